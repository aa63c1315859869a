"""How labels were given inside a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FLOOR = 1e-6
_EM_STEPS = 200  # our own: far beyond what it takes to settle
_EM_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class GroupNoise:
    """How labels were given inside a group.

    Attributes
    ----------
    noise_rate : float
        Share of examples whose given label is not the likely true one.
    given_of_true : float array of shape (n_classes, n_classes)
        Chance that true class k (row) was given as class j (column).
    true_probs : float array of shape (n_examples, n_classes)
        Chance of each true class, given inputs and label.
    """

    noise_rate: float
    given_of_true: NDArray[np.float64]
    true_probs: NDArray[np.float64]


def group_noise(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> GroupNoise:
    """Estimate how labels were given in a group, from a model that did not learn from it.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given classes of the group.
    pred_probs : float array of shape (n_examples, n_classes)
        Calibrated probabilities of the true classes, from outside the group.

    Returns
    -------
    GroupNoise

    Notes
    -----
    Expectation maximisation for one noise matrix, the model's probabilities being the prior
    of each example (Dawid & Skene 1979 with one annotator and known priors). Starts from
    the model's own joint distribution of true and given classes.

    Examples
    --------
    >>> pred_probs = np.array([[0.95, 0.05]] * 100 + [[0.05, 0.95]] * 100)
    >>> found = group_noise(np.array([1] * 95 + [0] * 5 + [0] * 95 + [1] * 5), pred_probs)
    >>> round(found.noise_rate, 2), found.given_of_true.round(1).tolist()
    (0.99, [[0.0, 1.0], [1.0, 0.0]])
    """
    n_classes = pred_probs.shape[1]
    given = np.zeros((len(labels), n_classes))
    given[np.arange(len(labels)), labels] = 1.0
    matrix = np.maximum(pred_probs, _FLOOR).T @ given + 1.0 / n_classes
    matrix /= matrix.sum(axis=1, keepdims=True)
    for _ in range(_EM_STEPS):
        true_probs = noise_given(labels, pred_probs, matrix).true_probs
        # a class that is rare here keeps half an example of evenly spread labels
        update = true_probs.T @ given + 0.5 / n_classes
        update /= update.sum(axis=1, keepdims=True)
        moved = float(np.abs(update - matrix).max())
        matrix = update
        if moved < _EM_TOLERANCE:
            break
    return noise_given(labels, pred_probs, matrix)


def noise_given(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    given_of_true: NDArray[np.floating],
) -> GroupNoise:
    """Return what a known noise matrix says of each example of a group.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given classes of the group.
    pred_probs : float array of shape (n_examples, n_classes)
        Calibrated probabilities of the true classes, from outside the group.
    given_of_true : float array of shape (n_classes, n_classes)
        As in `GroupNoise`.

    Returns
    -------
    GroupNoise

    Examples
    --------
    >>> swap = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> noise_given(np.array([0, 1]), np.array([[0.5, 0.5], [0.5, 0.5]]), swap).noise_rate
    1.0
    """
    joint = np.maximum(pred_probs, _FLOOR) * given_of_true[:, labels].T
    true_probs = joint / np.maximum(joint.sum(axis=1, keepdims=True), 1e-300)
    right = true_probs[np.arange(len(labels)), labels]
    noise_rate = 1.0 - float(right.mean()) if len(labels) else 0.0
    return GroupNoise(noise_rate, np.asarray(given_of_true, dtype=np.float64), true_probs)


def noise_log_ratio(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    given_of_true: NDArray[np.floating],
) -> NDArray[np.float64]:
    """Return, per example, how much likelier its label is with a group's noise than without.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given classes.
    pred_probs : float array of shape (n_examples, n_classes)
        Probabilities of the true classes.
    given_of_true : float array of shape (n_classes, n_classes)
        As in `GroupNoise`.

    Returns
    -------
    float array of shape (n_examples,)
        Log likelihood ratio. Summed over the members of a rule it says how well the rule
        draws the line: sound examples inside and noisy ones outside both cost.

    Examples
    --------
    >>> coin = np.full((2, 2), 0.5)
    >>> noise_log_ratio(np.array([0, 1]), np.array([[0.9, 0.1], [0.9, 0.1]]), coin).round(2)
    array([-0.59,  1.61])
    """
    prior = np.maximum(pred_probs, _FLOOR)
    noisy = (prior * given_of_true[:, labels].T).sum(axis=1)
    ratio: NDArray[np.float64] = np.log(np.maximum(noisy, _FLOOR)) - np.log(
        prior[np.arange(len(labels)), labels]
    )
    return ratio
