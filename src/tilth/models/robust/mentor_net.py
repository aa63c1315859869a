"""MentorNet: examples are weighed by a curriculum, given in advance or learned from data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch

from tilth.algorithms.label_noise import flip_labels, with_amount
from tilth.errors import InvalidInputError
from tilth.models.robust.classifier import RobustClassifier
from tilth.models.robust.losses import cross_entropy
from tilth.models.robust.mentor import Lesson, Mentor, fitted_mentor
from tilth.models.robust.noise_estimate import known_or_estimated
from tilth.models.robust.run import Rule, train

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import NDArray
    from torch import Tensor

    from tilth.models.robust.run import Batch, Run, Task
    from tilth.models.robust.schedule import Schedule

_MEMORY = 0.9  # of the moving percentile, from batch to batch; our own
_PLANTED = 0.2  # share of labels made wrong to learn from; our own


class MentorNet(RobustClassifier):
    """Each example counts by a weight in [0, 1] that a mentor gives it.

    Parameters
    ----------
    module, schedule, device, random_state
        As in `RobustClassifier`.
    curriculum : {"predefined", "data-driven"}, default "predefined"
        ``predefined`` weighs by loss: 1 up to a moving percentile, falling to 0 over
        `slope`. ``data-driven`` first trains a mentor, a small LSTM, to tell right from
        wrong labels by how their loss runs; see `fit` for what it learns from.
    percentile : float, default 0.75
        Share of a batch whose losses count as small, in (0, 1]; 1 minus the noise is a
        fair value.
    slope : float, default 1.0
        Loss above the percentile at which the weight is 0; 0 for a step.
    burn_in : float, default 0.2
        Part of the training in which all weights are 1.

    References
    ----------
    Jiang et al. (2018), "MentorNet: Learning Data-Driven Curriculum for Very Deep Neural
    Networks on Corrupted Labels", equation 5 and section 3.
    """

    def __init__(
        self,
        module: Any = None,
        *,
        curriculum: Literal["predefined", "data-driven"] = "predefined",
        percentile: float = 0.75,
        slope: float = 1.0,
        burn_in: float = 0.2,
        schedule: Schedule | None = None,
        device: str | None = None,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            module, schedule=schedule, device=device, random_state=random_state
        )
        self.curriculum = curriculum
        self.percentile = percentile
        self.slope = slope
        self.burn_in = burn_in

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: NDArray[np.floating] | None = None,
        *,
        validation: tuple[Any, Any] | None = None,
        verified: NDArray[np.integer] | None = None,
    ) -> Self:
        """Learn from examples and their given labels, some of which may be wrong.

        Parameters
        ----------
        X, y, sample_weight, validation
            As in `RobustClassifier.fit`.
        verified : int array of shape (n_examples,), optional
            For the data-driven curriculum: 1 where a label is known to be right, 0 where it
            is known to be wrong, -1 elsewhere. None: the mentor learns from labels that are
            made wrong on purpose, a fifth of them, mistaken as the estimated noise mistakes
            them; no truth is needed. That is our own.
        """
        self._verified = None if verified is None else np.asarray(verified)
        if self._verified is not None and self._verified.shape != np.shape(y):
            raise InvalidInputError(
                f"`verified` must have one entry per example, got {self._verified.shape} for "
                f"{np.shape(y)} labels."
            )
        super().fit(X, y, sample_weight, validation=validation)
        del self._verified
        return self

    def _rule(self, task: Task) -> Rule:
        if self.curriculum == "predefined":
            return PredefinedRule(self.percentile, self.slope, self.burn_in)
        if self._verified is not None:
            known = torch.from_numpy(self._verified[self.trained_rows_].astype(np.int64))
            if not ((known == 0).any() and (known == 1).any()):
                raise InvalidInputError(
                    "`verified` must hold right labels (1) and wrong ones (0), got "
                    f"{sorted(set(known.tolist()))}."
                )
            mentor = _taught(task, known, self.percentile)
            return DataDrivenRule(mentor, self.percentile, self.burn_in)
        return self._self_taught(task)

    def _self_taught(self, task: Task) -> Rule:
        labels = np.asarray(task.labels)
        noise = known_or_estimated(None, task)
        wrong = 1 - noise.diagonal()
        prior = np.bincount(labels, minlength=task.n_classes) / task.n_examples
        share = min(_PLANTED, float(prior @ wrong) / max(float(wrong.max()), 1e-9))
        rate = float(prior @ wrong)
        if share < 0.01:  # hardly any noise: nothing to be taught
            return PredefinedRule(self.percentile, self.slope, self.burn_in)
        rng = np.random.default_rng(task.seed)
        planted = flip_labels(labels, with_amount(noise, share, class_prior=prior), rng=rng)
        spoiled = replace(task, labels=torch.from_numpy(planted.labels))
        known = torch.from_numpy((~planted.is_error).astype(np.int64))
        mentor = _taught(spoiled, known, self.percentile)
        # Wrong labels that were there look like planted ones, and there are this many more.
        return DataDrivenRule(
            mentor, self.percentile, self.burn_in, more=1 + (1 - share) * rate / share
        )


class MentorRule(Rule):
    """Plain training with weights; keeps the moving percentile of the loss."""

    def __init__(self, percentile: float, burn_in: float) -> None:
        self.percentile = percentile
        self.burn_in = burn_in
        self.level: Tensor | None = None

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Return the mean of weight times loss."""
        losses = cross_entropy(run.logits(batch.inputs), batch.labels)
        with torch.no_grad():
            now = torch.quantile(losses.detach(), self.percentile)
            old = now if self.level is None else self.level
            self.level = _MEMORY * old + (1 - _MEMORY) * now
            weights = self.weigh(run, batch, losses.detach())
        if run.epoch < self.burn_in * run.schedule.n_epochs:
            weights = torch.ones_like(weights)
        return (batch.weights * weights * losses).mean()

    def weigh(self, run: Run, batch: Batch, losses: Tensor) -> Tensor:
        """Return a weight in [0, 1] for each example."""
        raise NotImplementedError


class PredefinedRule(MentorRule):
    """The curriculum in closed form."""

    def __init__(self, percentile: float, slope: float, burn_in: float) -> None:
        super().__init__(percentile, burn_in)
        self.slope = slope

    def weigh(self, run: Run, batch: Batch, losses: Tensor) -> Tensor:
        """Return 1 up to the level, and a line down to 0 over `slope`."""
        return predefined_weights(losses, self.level, self.slope)


def predefined_weights(losses: Tensor, level: Tensor, slope: float) -> Tensor:
    """Return clip(1 - (loss - level) / slope, 0, 1), or a step for a slope of 0.

    References
    ----------
    Jiang et al. (2018), equation 5 and the closed form below it.
    """
    if slope == 0:
        return (losses <= level).float()
    return (1 - (losses - level) / slope).clamp(0, 1)


class WatchedRule(MentorRule):
    """Plain training that writes down how every example stands at every visit."""

    def begin(self, run: Run) -> None:
        """Start without a past."""
        self.before = torch.zeros(len(run.labels), 2, device=run.device)
        self.lessons: list[tuple[Tensor, Lesson]] = []

    def weigh(self, run: Run, batch: Batch, losses: Tensor) -> Tensor:
        """Return 1 for each, having looked."""
        self.lessons.append((batch.rows, self.lesson(run, batch, losses)))
        return torch.ones_like(losses)

    def lesson(self, run: Run, batch: Batch, losses: Tensor) -> Lesson:
        """Return how the examples stand, and remember it for the next visit."""
        now = torch.stack([losses, losses - self.level], 1)
        track = torch.stack([self.before[batch.rows], now], 1)
        self.before[batch.rows] = now
        progress = torch.full_like(losses, run.epoch / run.schedule.n_epochs)
        return Lesson(track, batch.labels, progress)


class DataDrivenRule(WatchedRule):
    """Weights by a mentor that was taught before."""

    def __init__(
        self, mentor: Mentor, percentile: float, burn_in: float, *, more: float = 1.0
    ) -> None:
        super().__init__(percentile, burn_in)
        self.mentor = mentor
        self.more = more

    def weigh(self, run: Run, batch: Batch, losses: Tensor) -> Tensor:
        """Return the probability that each label is right."""
        told = self.mentor(self.lesson(run, batch, losses)).sigmoid()
        return (1 - self.more * (1 - told)).clamp(0, 1)


def _taught(task: Task, known: Tensor, percentile: float) -> Mentor:
    """Train a student plainly, and a mentor on those of its examples whose labels are known."""
    watched = WatchedRule(percentile, burn_in=1.0)
    train(replace(task, schedule=replace(task.schedule, dynamics=False)), watched)
    known = known.to(task.device)
    lessons, truth = [], []
    for rows, lesson in watched.lessons:
        told = known[rows] >= 0
        lessons.append(Lesson(*(column[told] for column in lesson)))
        truth.append(known[rows][told])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(task.seed)
        return fitted_mentor(lessons, truth, task.n_classes)
