"""Methods that put the noise behind the network: what it says of the truth stays clean."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from tilth.models.robust import losses
from tilth.models.robust.classifier import RobustClassifier
from tilth.models.robust.loss_methods import LossRule
from tilth.models.robust.noise_estimate import known_or_estimated
from tilth.models.robust.run import Rule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from tilth.models.robust.run import Batch, Run, Task
    from tilth.models.robust.schedule import Schedule

# Spread evenly over each row before logarithms are taken: what the estimate excludes can be
# learned all the same. Our own.
_SPREAD = 0.01


class ForwardCorrection(RobustClassifier):
    """Cross-entropy of the given labels, reached through a fixed noise matrix.

    Parameters
    ----------
    module, schedule, device, random_state
        As in `RobustClassifier`.
    noise_matrix : float array of shape (n_classes, n_classes), optional
        P(given class | true class), rows sum to 1, classes in sorted order; None: estimated
        by confident learning, which trains four more networks.

    References
    ----------
    Patrini et al. (2017), "Making Deep Neural Networks Robust to Label Noise: a Loss
    Correction Approach", theorem 2.
    """

    def __init__(
        self,
        module: Any = None,
        *,
        noise_matrix: NDArray[np.floating] | None = None,
        schedule: Schedule | None = None,
        device: str | None = None,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            module, schedule=schedule, device=device, random_state=random_state
        )
        self.noise_matrix = noise_matrix

    def _rule(self, task: Task) -> Rule:
        matrix = known_or_estimated(self.noise_matrix, task)
        noise = torch.from_numpy(matrix).float().to(task.device)
        return LossRule(partial(losses.forward_corrected, noise=noise))


class SModel(RobustClassifier):
    """A noise layer learned together with the network, and left out when predicting.

    Parameters
    ----------
    module, schedule, device, random_state
        As in `RobustClassifier`.
    noise_matrix : float array of shape (n_classes, n_classes), optional
        Where the layer starts: P(given class | true class), rows sum to 1, classes in sorted
        order; None: the estimate of confident learning, which trains four more networks.

    References
    ----------
    Goldberger & Ben-Reuven (2017), "Training deep neural-networks using a noise adaptation
    layer", section 2 (the simple model). They start from the soft confusions of a network
    trained before; here the confident joint takes their place.
    """

    def __init__(
        self,
        module: Any = None,
        *,
        noise_matrix: NDArray[np.floating] | None = None,
        schedule: Schedule | None = None,
        device: str | None = None,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            module, schedule=schedule, device=device, random_state=random_state
        )
        self.noise_matrix = noise_matrix

    def _rule(self, task: Task) -> Rule:
        return NoiseLayerRule(known_or_estimated(self.noise_matrix, task))


class NoiseLayerRule(Rule):
    """Logits of a noise matrix as parameters beside the network's."""

    def __init__(self, matrix: NDArray[np.float64]) -> None:
        self.start = (1 - _SPREAD) * matrix + _SPREAD / len(matrix)

    def begin(self, run: Run) -> None:
        """Make the layer and let it be trained."""
        self.layer = torch.from_numpy(self.start).float().log().to(run.device)
        self.layer.requires_grad_()
        run.extra.append(self.layer)

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Return the cross-entropy of the given labels through the layer."""
        noise = self.layer.softmax(1)
        found = losses.forward_corrected(run.logits(batch.inputs), batch.labels, noise)
        return (batch.weights * found).mean()
