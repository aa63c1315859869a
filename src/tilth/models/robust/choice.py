"""The best of the robust methods for some data, chosen on their own noisy labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tilth.models.robust.co_teaching import CoTeaching
from tilth.models.robust.early_learning import EarlyLearningRegularization
from tilth.models.robust.loss_methods import (
    GeneralizedCrossEntropy,
    PlainTraining,
    ReedBootstrapping,
    SymmetricCrossEntropy,
)
from tilth.models.robust.mentor_net import MentorNet
from tilth.models.robust.mixup import Mixup
from tilth.models.robust.noise_estimate import estimated_noise
from tilth.models.robust.noise_layers import ForwardCorrection, SModel
from tilth.models.robust.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tilth.models.robust.classifier import RobustClassifier
    from tilth.models.robust.noise_estimate import NoiseEstimate

# A fifth held out: it must choose among nine methods, and each of their epochs. Our own.
SCHEDULE = Schedule(validation=0.2, dynamics=False)


class MethodChoice(NamedTuple):
    """A robust method, and what chose it.

    Attributes
    ----------
    name : str
    method : RobustClassifier
        With its parameters.
    validation : dict of str to float
        Accuracy of every method on the noisy labels held out, at its best epoch.
    """

    name: str
    method: RobustClassifier
    validation: dict[str, float]


# By name, each made from what is estimated of the noise; other parameters as published.
METHODS: dict[str, Callable[[NoiseEstimate], RobustClassifier]] = {
    "Reed bootstrapping": lambda _: ReedBootstrapping(),
    "symmetric cross-entropy": lambda _: SymmetricCrossEntropy(),
    "generalized cross-entropy": lambda _: GeneralizedCrossEntropy(),
    "mixup": lambda _: Mixup(),
    "early-learning regularization": lambda _: EarlyLearningRegularization(),
    "forward correction": lambda noise: ForwardCorrection(noise_matrix=noise.matrix),
    "S-Model": lambda noise: SModel(noise_matrix=noise.matrix),
    "MentorNet": lambda noise: MentorNet(percentile=max(1 - noise.rate, 0.1)),
    "Co-Teaching": lambda noise: CoTeaching(noise_rate=min(noise.rate, 0.9)),
}


def best_robust_method(
    X: Any,
    y: NDArray[Any],
    sample_weight: NDArray[np.floating] | None = None,
    *,
    random_state: int = 0,
    progress: Callable[[], None] | None = None,
) -> MethodChoice:
    """Train every method once and choose by accuracy on noisy labels held out.

    Parameters
    ----------
    X, y, sample_weight
        As `RobustClassifier.fit` takes them; training data alone.
    random_state : int, default 0
    progress : callable, optional
        Called after each method.

    Returns
    -------
    MethodChoice

    Notes
    -----
    Four more networks are trained to estimate the noise. Of equals the first is taken.
    """
    plain = PlainTraining(schedule=SCHEDULE, random_state=random_state)
    noise = estimated_noise(plain.prepared(X, y, sample_weight))
    common = {"schedule": SCHEDULE, "random_state": random_state}
    methods = {name: make(noise).set_params(**common) for name, make in METHODS.items()}
    validation: dict[str, float] = {}
    for name, method in methods.items():
        fitted = method.fit(X, y, sample_weight)
        validation[name] = max(epoch["validation"] for epoch in fitted.history_)
        if progress is not None:
            progress()
    scores = np.nan_to_num(np.array(list(validation.values())), nan=-1.0)
    name = list(methods)[int(scores.argmax())]
    return MethodChoice(name, methods[name], validation)
