"""Mixup: train between examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from tilth.models.robust.classifier import RobustClassifier
from tilth.models.robust.losses import cross_entropy
from tilth.models.robust.run import Rule

if TYPE_CHECKING:
    from torch import Tensor

    from tilth.models.robust.run import Batch, Run, Task
    from tilth.models.robust.schedule import Schedule


class Mixup(RobustClassifier):
    """Every example is blended with another one, and both labels count by their share.

    Parameters
    ----------
    module, schedule, device, random_state
        As in `RobustClassifier`.
    alpha : float, default 1.0
        The share is drawn from Beta(alpha, alpha): larger blends more evenly, which the
        paper uses (8 to 32) where labels are wrong.

    References
    ----------
    Zhang et al. (2018), "mixup: Beyond Empirical Risk Minimization", sections 2 and 3.4.
    """

    def __init__(
        self,
        module: Any = None,
        *,
        alpha: float = 1.0,
        schedule: Schedule | None = None,
        device: str | None = None,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            module, schedule=schedule, device=device, random_state=random_state
        )
        self.alpha = alpha

    def _rule(self, task: Task) -> Rule:
        return MixupRule(self.alpha)


class MixupRule(Rule):
    """Blends each batch with itself in another order."""

    def __init__(self, alpha: float) -> None:
        self.alpha = alpha

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Return the loss of the blends."""
        share = float(run.rng.beta(self.alpha, self.alpha))
        n = len(batch.labels)
        other = torch.from_numpy(run.rng.permutation(n)).to(run.device)
        logits = run.logits(share * batch.inputs + (1 - share) * batch.inputs[other])
        own = batch.weights * cross_entropy(logits, batch.labels)
        theirs = batch.weights[other] * cross_entropy(logits, batch.labels[other])
        return (share * own + (1 - share) * theirs).mean()
