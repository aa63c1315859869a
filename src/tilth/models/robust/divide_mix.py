"""DivideMix: split by loss, keep the labels of one part, guess those of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from tilth.models.robust.classifier import RobustClassifier
from tilth.models.robust.losses import cross_entropy
from tilth.models.robust.run import Rule, evaluated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from tilth.models.robust.run import Batch, Run, Task
    from tilth.models.robust.schedule import Schedule

_SHARPNESS = 0.5  # the temperature of guessed labels
_ALPHA = 4.0  # of the blend
_RAMP = 16  # epochs over which the guessed part reaches its weight
_CLEAN = 0.5  # probability from which a label is kept; these four as published


class DivideMix(RobustClassifier):
    """Two networks split the examples for each other and learn from both parts.

    Parameters
    ----------
    module, schedule, device, random_state
        As in `RobustClassifier`. The two networks need different weights, as in
        `CoTeaching`.
    guessed_weight : float, default 25.0
        Weight of examples whose labels are guessed: 0 to 150 in the paper, more for more
        noise.
    warm_epochs : int, default 5
        Of plain training before the first split.

    Notes
    -----
    The mean of both networks predicts. An epoch takes as many steps for each network as its
    kept examples fill batches; each step looks at four times as many examples as a plain one.

    References
    ----------
    Li, Socher & Hoi (2020), "DivideMix: Learning with Noisy Labels as Semi-supervised
    Learning", algorithm 1.
    """

    def __init__(
        self,
        module: Any = None,
        *,
        guessed_weight: float = 25.0,
        warm_epochs: int = 5,
        schedule: Schedule | None = None,
        device: str | None = None,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            module, schedule=schedule, device=device, random_state=random_state
        )
        self.guessed_weight = guessed_weight
        self.warm_epochs = warm_epochs

    def _rule(self, task: Task) -> Rule:
        return DivideMixRule(self.guessed_weight, self.warm_epochs)


class DivideMixRule(Rule):
    """Holds the split of the epoch and whose turn it is."""

    n_networks = 2

    def __init__(self, guessed_weight: float, warm_epochs: int) -> None:
        self.guessed_weight = guessed_weight
        self.warm_epochs = warm_epochs
        self.turn: int | None = None

    def predictors(self) -> Sequence[tuple[int, ...]]:
        """Return both networks together."""
        return [(0, 1)]

    def batches(self, run: Run) -> Iterator[Batch]:
        """Yield all examples while warming up, then the kept ones for each network in turn."""
        self.turn = None
        if run.epoch < self.warm_epochs:
            yield from run.shuffled()
            return
        chances = [_clean_chances(run, i) for i in (0, 1)]
        for turn in (0, 1):
            clean = chances[1 - turn]  # each network trusts what the other one says
            self.clean = torch.from_numpy(clean).float().to(run.device)
            kept, guessed = np.flatnonzero(clean > _CLEAN), np.flatnonzero(clean <= _CLEAN)
            if len(kept) < 2:  # no label is believed: all are
                kept, guessed = np.arange(len(clean)), guessed[:0]
            self.turn, self.guessed = turn, torch.from_numpy(guessed).to(run.device)
            yield from run.shuffled(torch.from_numpy(kept).to(run.device))

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Return cross-entropy of both while warming up, then what MixMatch asks for."""
        if self.turn is None:
            both = [
                cross_entropy(run.logits(batch.inputs, i), batch.labels) for i in (0, 1)
            ]
            return (batch.weights * (both[0] + both[1])).mean()
        mine, other = self.turn, 1 - self.turn
        kept = [batch.inputs, run.augmented(batch.rows)]
        rows = self._drawn(run, len(batch.rows))
        guessed = [run.augmented(rows), run.augmented(rows)] if len(rows) else []
        with torch.no_grad(), evaluated(run.networks[other]):
            believed = _mean_probs(run, kept, (mine,))
            clean = self.clean[batch.rows][:, None]
            given = torch.nn.functional.one_hot(batch.labels, run.task.n_classes).float()
            targets = [sharpened(clean * given + (1 - clean) * believed)] * 2
            if guessed:
                targets += [sharpened(_mean_probs(run, guessed, (mine, other)))] * 2
        inputs, blended = _blended(run, torch.cat(kept + guessed), torch.cat(targets))
        logits = run.logits(inputs, mine)
        n = 2 * len(batch.rows)
        weights = torch.cat([batch.weights, batch.weights])
        return mix_match_loss(
            (logits[:n], logits[n:]), (blended[:n], blended[n:]), weights, self._ramped(run)
        )

    def _drawn(self, run: Run, n: int) -> Tensor:
        """Draw as many examples with guessed labels, as far as there are any."""
        if not len(self.guessed):
            return self.guessed
        places = run.rng.choice(len(self.guessed), size=n, replace=n > len(self.guessed))
        return self.guessed[torch.from_numpy(places).to(run.device)]

    def _ramped(self, run: Run) -> float:
        risen = (run.epoch - self.warm_epochs + 1) / _RAMP
        return self.guessed_weight * min(max(risen, 0.0), 1.0)


def sharpened(probs: Tensor) -> Tensor:
    """Return probabilities to the power 1 / 0.5, normalised."""
    powered = probs ** (1 / _SHARPNESS)
    return powered / powered.sum(1, keepdim=True)


def mix_match_loss(
    logits: tuple[Tensor, Tensor],
    targets: tuple[Tensor, Tensor],
    weights: Tensor,
    guessed_weight: float,
) -> Tensor:
    """Return cross-entropy on kept, squared error on guessed examples, and a prior.

    The prior term, sum_k (1 / K) log((1 / K) / mean p_k), keeps predictions from falling
    into one class.

    References
    ----------
    Li, Socher & Hoi (2020), equations 9 to 12.
    """
    log_p = logits[0].log_softmax(1)
    kept = -(weights * (targets[0] * log_p).sum(1)).mean()
    guessed = logits[1].softmax(1)
    mean = torch.cat([log_p.exp(), guessed]).mean(0)
    prior = 1 / mean.shape[0]
    penalty = (prior * (prior / mean.clamp(min=1e-12)).log()).sum()
    if not len(guessed):
        return kept + penalty
    return kept + guessed_weight * ((guessed - targets[1]) ** 2).mean() + penalty


def clean_chances(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probability that each loss belongs to the lower of two normal clouds.

    References
    ----------
    Arazo et al. (2019) and Li, Socher & Hoi (2020), section 3.1, on normalised losses.
    """
    from sklearn.mixture import GaussianMixture

    low, high = losses.min(), losses.max()
    if high - low < 1e-12:
        return np.ones(len(losses))
    scaled = ((losses - low) / (high - low))[:, None]
    mixture = GaussianMixture(2, max_iter=50, tol=1e-2, reg_covar=5e-4, random_state=0)
    found = mixture.fit(scaled).predict_proba(scaled)[:, mixture.means_.argmin()]
    return np.asarray(found, dtype=np.float64)


def _clean_chances(run: Run, network: int) -> NDArray[np.float64]:
    losses = cross_entropy(run.predicted(network=network), run.labels)
    return clean_chances(np.asarray(losses.cpu(), dtype=np.float64))


def _mean_probs(run: Run, views: list[Tensor], networks: tuple[int, ...]) -> Tensor:
    """Return the mean probability over views of the same examples, and over networks."""
    said = [run.logits(view, i).softmax(1) for view in views for i in networks]
    return torch.stack(said).mean(0)


def _blended(run: Run, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    share = float(run.rng.beta(_ALPHA, _ALPHA))
    share = max(share, 1 - share)
    other = torch.from_numpy(run.rng.permutation(len(inputs))).to(run.device)
    return (
        share * inputs + (1 - share) * inputs[other],
        share * targets + (1 - share) * targets[other],
    )
