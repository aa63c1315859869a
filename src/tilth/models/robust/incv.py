"""INCV: cross-validate again and again to find labels one can trust, then co-teach."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from tilth.models.robust.classifier import RobustClassifier
from tilth.models.robust.co_teaching import CoTeachingRule
from tilth.models.robust.run import Rule, probabilities, train

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tilth.models.robust.run import Batch, Run, Task
    from tilth.models.robust.schedule import Schedule

    Rows = NDArray[np.intp]

_ITERATIONS = 4  # as published
_SHORTER = 4  # the eight trainings of the selection are this much shorter: 50 of 200 epochs


class INCV(RobustClassifier):
    """Iterative noisy cross-validation, then Co-Teaching on what it selected.

    Parameters
    ----------
    module, schedule, device, random_state
        As in `RobustClassifier`.
    discard : bool, default True
        Also throw away examples of the largest loss, as published for symmetric noise.
    warm_epochs : int, default 10
        Of the Co-Teaching that follows; examples neither selected nor thrown away join it
        after so many epochs.

    Attributes
    ----------
    selected_ : int array
        Rows of `X` whose labels are trusted.
    noise_rate_ : float
        As estimated.

    Notes
    -----
    Eight trainings of a quarter of the length come before the last one. That one keeps the
    share of small losses that the estimated noise of its examples leaves.

    References
    ----------
    Chen et al. (2019), "Understanding and Utilizing Deep Neural Networks Trained with Noisy
    Labels", algorithms 2 and 3, equations 2 and 4.
    """

    def __init__(
        self,
        module: Any = None,
        *,
        discard: bool = True,
        warm_epochs: int = 10,
        schedule: Schedule | None = None,
        device: str | None = None,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            module, schedule=schedule, device=device, random_state=random_state
        )
        self.discard = discard
        self.warm_epochs = warm_epochs

    def _rule(self, task: Task) -> Rule:
        found = selection(task, discard=self.discard)
        self.selected_ = self.trained_rows_[found.selected]
        self.noise_rate_ = found.noise_rate
        return SelectedRule(found, self.warm_epochs, task.n_classes)


@dataclass(frozen=True, eq=False)
class Selection:
    """Rows whose labels are trusted, rows left over, and the estimated share of errors."""

    selected: Rows
    candidates: Rows
    noise_rate: float


def noise_rate_from_agreement(agreement: float, n_classes: int) -> float:
    """Return the symmetric noise at which a network agrees so often with labels it never saw.

    A network that learned the noise agrees with probability (1 - e)^2 + e^2 / (K - 1); the
    smaller solution is taken.

    References
    ----------
    Chen et al. (2019), equation 2.

    Examples
    --------
    >>> round(noise_rate_from_agreement(0.6**2 + 0.4**2 / 9, 10), 6)
    0.4
    """
    others = n_classes - 1
    if agreement <= 1 / n_classes:  # no noise makes for less
        return others / n_classes
    a, c = 1 + 1 / others, 1 - min(agreement, 1.0)
    return float((1 - np.sqrt(max(1 - a * c, 0.0))) / a)


def selected_noise_rate(noise_rate: float, n_classes: int) -> float:
    """Return the share of errors among labels a network that never saw them agrees with.

    References
    ----------
    Chen et al. (2019), equation 4 (one minus the label precision).

    Examples
    --------
    >>> round(selected_noise_rate(0.4, 10), 3)
    0.047
    """
    right, wrong = (1 - noise_rate) ** 2, noise_rate**2 / (n_classes - 1)
    return wrong / (right + wrong)


def selection(task: Task, *, discard: bool) -> Selection:
    """Select labels that networks trained on other examples agree with, four times over."""
    rng = np.random.default_rng(task.seed)
    short = max(task.schedule.n_epochs // _SHORTER, 1)
    schedule = replace(task.schedule, n_epochs=short, dynamics=False)
    task = replace(task, schedule=schedule)
    selected, candidates = np.arange(0), np.arange(task.n_examples)
    noise_rate = 0.0
    for iteration in range(_ITERATIONS):
        halves = np.array_split(rng.permutation(candidates), 2)
        found: list[Rows] = []
        gone: list[Rows] = []
        for trained_on, asked in (halves, halves[::-1]):
            if not len(trained_on) or not len(asked):
                continue
            agrees, losses = _asked(task, np.concatenate([selected, trained_on]), asked)
            if iteration == 0 and not found:
                noise_rate = noise_rate_from_agreement(agrees.mean(), task.n_classes)
            found.append(asked[agrees])
            if discard:
                ratio = min(2.0, noise_rate / max(1 - noise_rate, 1e-9))
                n_gone = min(int(ratio * agrees.sum()), int((~agrees).sum()))
                worst = np.argsort(-losses, kind="stable")
                gone.append(asked[worst[~agrees[worst]][:n_gone]])
        taken = np.concatenate([*found, *gone, np.arange(0)])
        selected = np.concatenate([selected, *found])
        candidates = np.setdiff1d(candidates, taken)
    return Selection(np.sort(selected), candidates, noise_rate)


def _asked(
    task: Task, rows: Rows, asked: Rows
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Train on some rows; return whether the network agrees with others, and their losses."""
    network = train(task.rows(rows), Rule()).best[0]
    others = task.rows(asked)
    probs = probabilities(network, task.scale, others.inputs)
    labels = np.asarray(others.labels)
    p_given = probs[np.arange(len(asked)), labels]
    return probs.argmax(axis=1) == labels, -np.log(np.maximum(p_given, 1e-12))


class SelectedRule(CoTeachingRule):
    """Co-Teaching on selected examples, joined by the candidates later."""

    def __init__(self, found: Selection, warm_epochs: int, n_classes: int) -> None:
        super().__init__(0.0, warm_epochs)
        self.found = found
        n, n_left = len(found.selected), len(found.candidates)
        of_selected = selected_noise_rate(found.noise_rate, n_classes)
        n_wrong = found.noise_rate * (n + n_left) - of_selected * n
        of_left = float(np.clip(n_wrong / max(n_left, 1), found.noise_rate, 1.0))
        self.rates = of_selected, (of_selected * n + of_left * n_left) / max(n + n_left, 1)

    def batches(self, run: Run) -> Iterator[Batch]:
        """Yield batches of the selected examples, later of the candidates as well."""
        joined = run.epoch >= self.warm_epochs and len(self.found.candidates) > 0
        parts = [self.found.selected, *([self.found.candidates] if joined else [])]
        self.noise_rate = self.rates[int(joined)]
        return run.shuffled(torch.from_numpy(np.concatenate(parts)).to(run.device))
