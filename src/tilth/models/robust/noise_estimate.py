"""How noisy the labels are, asked of networks that did not train on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tilth.algorithms.label_noise.matrices import checked_matrix
from tilth.algorithms.labels import confident_joint, noise_matrix
from tilth.errors import InvalidInputError
from tilth.models.robust.run import Rule, probabilities, train

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.models.robust.run import Task

_FOLDS = 4  # as Northcutt et al. (2021), section 5.1


class NoiseEstimate(NamedTuple):
    """Label noise by confident learning.

    Attributes
    ----------
    matrix : float array of shape (n_classes, n_classes)
        P(given class | true class), rows sum to 1.
    rate : float
        Share of labels that are wrong.
    """

    matrix: NDArray[np.float64]
    rate: float


def out_of_sample_probs(task: Task, n_folds: int = _FOLDS) -> NDArray[np.float64]:
    """Return the probabilities of every training example by a network that never saw it.

    Each fold is left out of one plain training; `task.validation` chooses its epoch.
    """
    rng = np.random.default_rng(task.seed)
    labels = np.asarray(task.labels)
    # Every class is spread evenly over the folds.
    order = rng.permutation(task.n_examples)
    order = order[np.argsort(labels[order], kind="stable")]
    folds = np.empty(task.n_examples, dtype=np.int64)
    folds[order] = np.arange(task.n_examples) % n_folds
    schedule = replace(task.schedule, dynamics=False)
    found = np.empty((task.n_examples, task.n_classes))
    for fold in range(n_folds):
        part = replace(task.rows(np.flatnonzero(folds != fold)), schedule=schedule)
        left_out = np.flatnonzero(folds == fold)
        network = train(part, Rule()).best[0]
        found[left_out] = probabilities(network, task.scale, task.rows(left_out).inputs)
    return found


def estimated_noise(task: Task) -> NoiseEstimate:
    """Estimate the noise of a task; trains four networks."""
    labels, pred_probs = np.asarray(task.labels), out_of_sample_probs(task)
    joint = confident_joint(labels, pred_probs)
    rate = 1.0 - float(joint.trace()) / max(int(joint.sum()), 1)
    return NoiseEstimate(noise_matrix(labels, pred_probs), rate)


def known_or_estimated(
    matrix: NDArray[np.floating] | None, task: Task
) -> NDArray[np.float64]:
    """Return a noise matrix the user gave, checked, or the estimate."""
    if matrix is None:
        return estimated_noise(task).matrix
    checked = checked_matrix(matrix)
    if len(checked) != task.n_classes:
        raise InvalidInputError(
            f"`noise_matrix` must have a row for each of the {task.n_classes} classes, got "
            f"{len(checked)}."
        )
    return checked
