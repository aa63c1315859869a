"""Co-Teaching: two networks pick each other's examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from tilth.errors import InvalidInputError
from tilth.models.robust.classifier import RobustClassifier
from tilth.models.robust.losses import cross_entropy
from tilth.models.robust.noise_estimate import estimated_noise
from tilth.models.robust.run import Rule

if TYPE_CHECKING:
    from torch import Tensor

    from tilth.models.robust.run import Batch, Run, Task
    from tilth.models.robust.schedule import Schedule


class CoTeaching(RobustClassifier):
    """Two networks; each learns only from examples of small loss, chosen by the other.

    Parameters
    ----------
    module, schedule, device, random_state
        As in `RobustClassifier`. The two networks need different weights: a function that
        returns a module must not return the same ones twice.
    noise_rate : float, optional
        Share of wrong labels, in [0, 1), and so of examples passed over; None: estimated by
        confident learning, which trains four more networks.
    warm_epochs : int, default 10
        Over how many epochs that share is reached, as published.

    Notes
    -----
    The network with the better accuracy on the noisy validation labels predicts.

    References
    ----------
    Han et al. (2018), "Co-teaching: Robust Training of Deep Neural Networks with Extremely
    Noisy Labels", algorithm 1 (with c = 1).
    """

    def __init__(
        self,
        module: Any = None,
        *,
        noise_rate: float | None = None,
        warm_epochs: int = 10,
        schedule: Schedule | None = None,
        device: str | None = None,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            module, schedule=schedule, device=device, random_state=random_state
        )
        self.noise_rate = noise_rate
        self.warm_epochs = warm_epochs

    def _rule(self, task: Task) -> Rule:
        rate = estimated_noise(task).rate if self.noise_rate is None else self.noise_rate
        if not 0 <= rate < 1:
            raise InvalidInputError(f"`noise_rate` must be in [0, 1), got {rate}.")
        return CoTeachingRule(rate, self.warm_epochs)


class CoTeachingRule(Rule):
    """Passes over more and more examples of large loss, up to the noise rate."""

    n_networks = 2

    def __init__(self, noise_rate: float, warm_epochs: int) -> None:
        self.noise_rate = noise_rate
        self.warm_epochs = warm_epochs

    def kept(self, epoch: int) -> float:
        """Return the share of a batch that is learned from in an epoch, counted from 0."""
        return 1 - self.noise_rate * min((epoch + 1) / max(self.warm_epochs, 1), 1.0)

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Return the sum of both networks' losses on what the other one picked."""
        first, second = (
            cross_entropy(run.logits(batch.inputs, i), batch.labels) for i in (0, 1)
        )
        n = max(int(self.kept(run.epoch) * len(batch.labels)), 1)
        mine, theirs = (smallest(losses, n) for losses in (first, second))
        weights = batch.weights
        return (weights * first)[theirs].mean() + (weights * second)[mine].mean()


def smallest(losses: Tensor, n: int) -> Tensor:
    """Return the places of the `n` smallest losses."""
    return torch.topk(losses.detach(), n, largest=False).indices
