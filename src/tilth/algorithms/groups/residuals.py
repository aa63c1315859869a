"""Per-example residuals of labels against a model, and their sums over groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, ndtri

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csc_array

_FLOOR = 1e-6  # methods.md 20.1: float16 probabilities are clipped there
_MAX_FIT_ROWS = 20_000  # methods.md 20.1


def temperature(labels: NDArray[np.integer], pred_probs: NDArray[np.floating]) -> float:
    """Return the power that makes probabilities fit the given labels best.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given classes, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.

    Returns
    -------
    float
        In [0.05, 20]; above 1 where the model is too modest, below 1 where it is too sure.

    Notes
    -----
    Least log loss of ``pred_probs ** power``, rescaled, on at most 20,000 evenly spaced rows.

    References
    ----------
    Guo et al. (2017), "On Calibration of Modern Neural Networks", section 4.2.

    Examples
    --------
    >>> pred_probs = np.array([[0.9, 0.1], [0.1, 0.9]] * 50)
    >>> labels = np.array([0, 1] * 45 + [1, 0] * 5)
    >>> round(temperature(labels, pred_probs), 2)
    1.0
    """
    rows = np.arange(0, len(labels), max(1, -(-len(labels) // _MAX_FIT_ROWS)))
    logs, given = _logs(pred_probs)[rows], labels[rows]

    def loss(log_power: float) -> float:
        scaled = log_softmax(np.exp(log_power) * logs, axis=1)
        return -float(scaled[np.arange(len(rows)), given].mean())

    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(found.x))


def tempered(pred_probs: NDArray[np.floating], power: float) -> NDArray[np.float64]:
    """Return ``pred_probs ** power`` with rows that sum to 1.

    Examples
    --------
    >>> tempered(np.array([[0.8, 0.2]]), 2.0).round(3)
    array([[0.941, 0.059]])
    """
    scaled: NDArray[np.float64] = np.exp(log_softmax(power * _logs(pred_probs), axis=1))
    return scaled


def slope_residual(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how much more each label agrees with the model than the model expects.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given classes.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities, tempered.

    Returns
    -------
    residual : float array of shape (n_examples,)
        ``log p(given) - sum_k p(k) log p(k)``: 0 on average where the probabilities are
        right, negative where labels contradict them.
    variance : float array of shape (n_examples,)
        Of the residual, if the probabilities are right.

    Notes
    -----
    The score of the temperature (the derivative of the log likelihood), so it expects more
    disagreement on hard examples and none that easy ones do not deserve. Our own use of it.

    Examples
    --------
    >>> residual, variance = slope_residual(np.array([0, 1]), np.array([[0.8, 0.2], [0.8, 0.2]]))
    >>> residual.round(3), variance.round(3)
    (array([ 0.277, -1.109]), array([0.307, 0.307]))
    """
    logs = _logs(pred_probs)
    expected = (pred_probs * logs).sum(axis=1)
    variance = np.maximum((pred_probs * logs**2).sum(axis=1) - expected**2, 0.0)
    return logs[np.arange(len(labels)), labels] - expected, variance


def shift_residual(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how much more often each class is given than the model expects.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given classes.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities, tempered.

    Returns
    -------
    residual, variance : float arrays of shape (n_examples, n_classes)
        ``[given = k] - p(k)`` and ``p(k) (1 - p(k))``.

    Examples
    --------
    >>> residual, variance = shift_residual(np.array([1]), np.array([[0.8, 0.2]]))
    >>> residual.round(2), variance.round(2)
    (array([[-0.8,  0.8]]), array([[0.16, 0.16]]))
    """
    probs = np.asarray(pred_probs, dtype=np.float64)
    residual = -probs
    residual[np.arange(len(labels)), labels] += 1.0
    return residual, probs * (1.0 - probs)


def group_z(
    members: csc_array, residual: NDArray[np.floating], variance: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return, for every group, how far its mean residual is from that of all examples.

    Parameters
    ----------
    members : bool or float csc_array of shape (n_examples, n_groups)
        Which examples are in which group.
    residual, variance : float arrays of shape (n_examples,) or (n_examples, n_targets)
        Any target with mean 0 and this variance where nothing is wrong.

    Returns
    -------
    float array of shape (n_groups,) or (n_groups, n_targets)
        ``sum_g (r - mean r) / sqrt(sum_g v (1 - n_g / n))``: normal with standard deviation
        1 for a random group; 0 where the variance is 0.

    Notes
    -----
    One sparse product, O(members * n_targets).

    Examples
    --------
    >>> from scipy.sparse import csc_array
    >>> members = csc_array(np.array([[1], [1], [0], [0]]))
    >>> group_z(members, np.array([1.0, 1.0, -1.0, -1.0]), np.ones(4)).round(2)
    array([2.])
    """
    n_examples = members.shape[0]
    if len(residual) != n_examples:
        raise InvalidInputError(
            f"`residual` must have one entry per row of `members`, got {len(residual)} for {n_examples} rows."
        )
    transposed = members.T.astype(np.float64)
    sizes = np.asarray(transposed.sum(axis=1), dtype=np.float64)
    centred = residual - residual.mean(axis=0)
    share = (1.0 - sizes / max(n_examples, 1)).reshape((-1, *(1,) * (residual.ndim - 1)))
    return _ratio(transposed @ centred, transposed @ variance * share)


def family_cut(n_candidates: int, n_targets: int, *, level: float = 0.01) -> float:
    """Return the |z| that the largest of all candidate groups exceeds by chance in `level` of data sets.

    The Bonferroni bound over candidates, targets and two sides.

    Examples
    --------
    >>> round(family_cut(1, 1), 2), round(family_cut(1000, 2), 2)
    (2.58, 4.56)
    """
    return -float(ndtri(level / (2 * max(n_candidates * n_targets, 1))))


def label_slope(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> tuple[float, float]:
    """Return how much labels depend on what the model says of their examples.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given classes of a group.
    pred_probs : float array of shape (n_examples, n_classes)
        Class probabilities from elsewhere, tempered there.

    Returns
    -------
    slope : float
        1 where labels follow the model as expected, 0 where they do not depend on it,
        negative where they contradict it. Class shares of the group's own are allowed for.
    error : float
        Its standard error; infinite where one class only is given.

    Notes
    -----
    Most likely ``softmax(slope * log p + bias)`` with one bias per class and a ridge of one
    example's weight on slope - 1 and the biases.

    Examples
    --------
    >>> pred_probs = np.array([[0.9, 0.1]] * 100 + [[0.1, 0.9]] * 100)
    >>> slope, error = label_slope(np.array([0, 1] * 100), pred_probs)
    >>> abs(slope) < 0.05, error < 0.1
    (True, True)
    """
    counts = np.bincount(labels, minlength=pred_probs.shape[1])
    if len(labels) == 0 or counts.max() == len(labels):
        return 0.0, float("inf")
    logs = _logs(pred_probs)
    given = np.arange(len(labels)), labels
    onehot_sum = counts.astype(np.float64)

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scaled = log_softmax(theta[0] * logs + theta[1:], axis=1)
        probs = np.exp(scaled)
        pull = theta - np.r_[1.0, np.zeros(len(theta) - 1)]
        value = -float(scaled[given].sum()) + 0.5 * float(pull @ pull)
        slope = float((probs * logs).sum() - logs[given].sum())
        return value, np.r_[slope, probs.sum(axis=0) - onehot_sum] + pull

    start = np.r_[1.0, np.zeros(pred_probs.shape[1])]
    theta = minimize(loss, start, jac=True, method="L-BFGS-B").x
    probs = np.exp(log_softmax(theta[0] * logs + theta[1:], axis=1))
    spread = _slope_information(probs, logs)
    return float(theta[0]), float(1.0 / np.sqrt(spread + 1.0))


def _slope_information(probs: NDArray[np.float64], logs: NDArray[np.float64]) -> float:
    """Fisher information of the slope, the biases being fitted too."""
    n_classes = probs.shape[1]
    mean = (probs * logs).sum(axis=1, keepdims=True)
    own = float((probs * (logs - mean) ** 2).sum())
    cross = (probs * (logs - mean)).sum(axis=0)
    biases = np.diag(probs.sum(axis=0)) - probs.T @ probs + np.eye(n_classes) * 1e-6
    return max(own - float(cross @ np.linalg.solve(biases, cross)), 0.0)


def _logs(pred_probs: NDArray[np.floating]) -> NDArray[np.float64]:
    logs: NDArray[np.float64] = np.log(
        np.maximum(np.asarray(pred_probs, dtype=np.float64), _FLOOR)
    )
    return logs


def _ratio(
    total: NDArray[np.float64], variance: NDArray[np.float64]
) -> NDArray[np.float64]:
    spread = np.sqrt(np.maximum(variance, 0.0))
    return np.divide(total, spread, out=np.zeros_like(total), where=spread > 1e-12)
