"""ELR: hold on to what was learned before the wrong labels were."""

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

_LEAST = 1e-4  # probabilities are kept this far from 0 and 1, so that the loss is finite


class EarlyLearningRegularization(RobustClassifier):
    """Cross-entropy, and a pull towards the network's own earlier beliefs (ELR).

    Parameters
    ----------
    module, schedule, device, random_state
        As in `RobustClassifier`.
    pull : float, default 3.0
        Weight of the pull, as published for CIFAR-10.
    momentum : float, default 0.7
        How slowly beliefs are updated, as published for CIFAR-10.

    References
    ----------
    Liu et al. (2020), "Early-Learning Regularization Prevents Memorization of Noisy
    Labels", equations 6 and 9.
    """

    def __init__(
        self,
        module: Any = None,
        *,
        pull: float = 3.0,
        momentum: float = 0.7,
        schedule: Schedule | None = None,
        device: str | None = None,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            module, schedule=schedule, device=device, random_state=random_state
        )
        self.pull = pull
        self.momentum = momentum

    def _rule(self, task: Task) -> Rule:
        return EarlyLearningRule(self.pull, self.momentum)


class EarlyLearningRule(Rule):
    """Keeps a running mean of the probabilities of every example."""

    def __init__(self, pull: float, momentum: float) -> None:
        self.pull = pull
        self.momentum = momentum

    def begin(self, run: Run) -> None:
        """Start without beliefs."""
        self.beliefs = torch.zeros(len(run.labels), run.task.n_classes, device=run.device)

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Return cross-entropy plus pull * log(1 - <p, belief>); beliefs are updated."""
        logits = run.logits(batch.inputs)
        p = logits.softmax(1).clamp(_LEAST, 1 - _LEAST)
        seen = p.detach() / p.detach().sum(1, keepdim=True)
        belief = self.momentum * self.beliefs[batch.rows] + (1 - self.momentum) * seen
        self.beliefs[batch.rows] = belief
        agreement = (1 - (p * belief).sum(1)).log()
        losses = cross_entropy(logits, batch.labels) + self.pull * agreement
        return (batch.weights * losses).mean()
