"""Label noise made to measure: transition matrices, and labels that follow them exactly."""

from tilth.algorithms.label_noise.flips import (
    NoisyLabels,
    flip_by_instance,
    flip_labels,
)
from tilth.algorithms.label_noise.matrices import (
    CIFAR10_CONFUSIONS,
    empirical_noise,
    make_asymmetric_noise,
    make_class_noise,
    make_pair_noise,
    make_uniform_noise,
    with_amount,
)

__all__ = [
    "CIFAR10_CONFUSIONS",
    "NoisyLabels",
    "empirical_noise",
    "flip_by_instance",
    "flip_labels",
    "make_asymmetric_noise",
    "make_class_noise",
    "make_pair_noise",
    "make_uniform_noise",
    "with_amount",
]
