"""Methods that are a loss and nothing else."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from tilth.models.robust import losses
from tilth.models.robust.classifier import RobustClassifier
from tilth.models.robust.run import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from tilth.models.robust.run import Batch, Run, Task
    from tilth.models.robust.schedule import Schedule

    Loss = Callable[[Tensor, Tensor], Tensor]


class LossRule(Rule):
    """Plain training with another loss per example."""

    def __init__(self, loss: Loss) -> None:
        self.per_example = loss

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Return the weighted mean of the loss."""
        return (
            batch.weights * self.per_example(run.logits(batch.inputs), batch.labels)
        ).mean()


class PlainTraining(RobustClassifier):
    """Cross-entropy on all labels as given: what the others are measured against.

    Takes `module`, `schedule`, `device` and `random_state` as `RobustClassifier` does.

    Examples
    --------
    >>> import numpy as np
    >>> from tilth.models.robust import Schedule
    >>> X = np.repeat([[-1.0], [1.0]], 100, axis=0)
    >>> model = PlainTraining(schedule=Schedule(n_epochs=3))
    >>> model.fit(X, np.repeat(["no", "yes"], 100)).predict(X[[0, -1]])
    array(['no', 'yes'], dtype='<U3')
    """

    def _rule(self, task: Task) -> Rule:
        return Rule()


class ReedBootstrapping(RobustClassifier):
    """Targets drawn towards what the network itself believes.

    Parameters
    ----------
    module, schedule, device, random_state
        As in `RobustClassifier`.
    mode : {"soft", "hard"}, default "hard"
        Whether belief is the probabilities or the most probable class.
    trust : float, optional
        Weight of the given label; None: 0.95 for soft and 0.8 for hard, as published.

    References
    ----------
    Reed et al. (2015), "Training Deep Neural Networks on Noisy Labels with Bootstrapping".
    """

    def __init__(
        self,
        module: Any = None,
        *,
        mode: Literal["soft", "hard"] = "hard",
        trust: float | None = None,
        schedule: Schedule | None = None,
        device: str | None = None,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            module, schedule=schedule, device=device, random_state=random_state
        )
        self.mode = mode
        self.trust = trust

    def _rule(self, task: Task) -> Rule:
        trust = self.trust
        if trust is None:
            trust = 0.95 if self.mode == "soft" else 0.8
        loss = losses.soft_bootstrap if self.mode == "soft" else losses.hard_bootstrap
        return LossRule(partial(loss, trust=trust))


class SymmetricCrossEntropy(RobustClassifier):
    """Cross-entropy and its mirror image, which bounds what a wrong label can cost.

    Parameters
    ----------
    module, schedule, device, random_state
        As in `RobustClassifier`.
    alpha, beta : float, default 0.1 and 1.0
        Weights of the two, those published for CIFAR-10.
    log_zero : float, default -4.0
        What stands for log 0, as published.

    References
    ----------
    Wang et al. (2019), "Symmetric Cross Entropy for Robust Learning with Noisy Labels".
    """

    def __init__(
        self,
        module: Any = None,
        *,
        alpha: float = 0.1,
        beta: float = 1.0,
        log_zero: float = -4.0,
        schedule: Schedule | None = None,
        device: str | None = None,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            module, schedule=schedule, device=device, random_state=random_state
        )
        self.alpha = alpha
        self.beta = beta
        self.log_zero = log_zero

    def _rule(self, task: Task) -> Rule:
        return LossRule(
            partial(
                losses.symmetric_cross_entropy,
                alpha=self.alpha,
                beta=self.beta,
                log_zero=self.log_zero,
            )
        )


class GeneralizedCrossEntropy(RobustClassifier):
    """A loss between cross-entropy and absolute error.

    Parameters
    ----------
    module, schedule, device, random_state
        As in `RobustClassifier`.
    q : float, default 0.7
        In (0, 1]; as published.

    References
    ----------
    Zhang & Sabuncu (2018), "Generalized Cross Entropy Loss for Training Deep Neural
    Networks with Noisy Labels".
    """

    def __init__(
        self,
        module: Any = None,
        *,
        q: float = 0.7,
        schedule: Schedule | None = None,
        device: str | None = None,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            module, schedule=schedule, device=device, random_state=random_state
        )
        self.q = q

    def _rule(self, task: Task) -> Rule:
        return LossRule(partial(losses.generalized_cross_entropy, q=self.q))
