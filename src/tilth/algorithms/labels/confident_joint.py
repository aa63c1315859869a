"""The confident joint: how often each given class hides another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tilth.algorithms.labels.inputs import checked_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A probability this little below its threshold still counts, so that a class whose
# probabilities are all equal is not lost to rounding (authors' code of Northcutt et al.).
_ROUNDING = 1e-6


def class_thresholds(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Return the mean probability of each class over the examples given that class.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.

    Returns
    -------
    float array of shape (n_classes,)
        In the precision of `pred_probs`; infinite for a class without examples.

    References
    ----------
    Northcutt, Jiang & Chuang (2021), "Confident Learning", JAIR 70, equation 2.

    Examples
    --------
    >>> import numpy as np
    >>> class_thresholds(np.array([0, 0, 1]), np.array([[0.5, 0.5], [1.0, 0.0], [0.3, 0.7]]))
    array([0.75, 0.7 ])
    """
    labels, pred_probs = checked_labels(labels, pred_probs)
    n_classes = pred_probs.shape[1]
    thresholds = np.full(n_classes, np.inf, dtype=pred_probs.dtype)
    for k in np.unique(labels):
        thresholds[k] = pred_probs[labels == k, k].mean()
    return thresholds


def confident_classes(
    labels: NDArray[np.int64], pred_probs: NDArray[np.floating]
) -> NDArray[np.int64]:
    """Return the class each example confidently belongs to, -1 for none.

    A class counts where its probability reaches its threshold; of several, the most
    probable class of all is taken, as the authors' code does.
    """
    thresholds = class_thresholds(labels, pred_probs)
    floor = thresholds - pred_probs.dtype.type(_ROUNDING)
    n_above = np.zeros(len(labels), dtype=np.int64)
    first = np.full(len(labels), -1, dtype=np.int64)
    for k in range(pred_probs.shape[1]):
        above = pred_probs[:, k] >= floor[k]
        first[above & (n_above == 0)] = k
        n_above += above
    return np.where(n_above > 1, most_probable(pred_probs), first)


def most_probable(pred_probs: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return the most probable class of each row, the first of equals.

    Column by column: numpy's argmax over a short last axis is many times slower.
    """
    n_classes = pred_probs.shape[1]
    if n_classes == 0 or n_classes >= 64:
        return (
            pred_probs.argmax(axis=1) if n_classes else np.zeros(len(pred_probs), np.int64)
        )
    best = pred_probs[:, 0].copy()
    winner = np.zeros(len(pred_probs), dtype=np.int64)
    for k in range(1, n_classes):
        better = pred_probs[:, k] > best
        best[better] = pred_probs[better, k]
        winner[better] = k
    return winner


def confident_joint(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating], *, calibrate: bool = True
) -> NDArray[np.int64]:
    """Count the examples of each given class (rows) that confidently belong to each class.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.
    calibrate : bool, default True
        Scale each row to the number of examples given its class, in whole numbers.

    Returns
    -------
    int array of shape (n_classes, n_classes)
        Entry (i, j): given ``i``, truly ``j``. The diagonal is at least 1 for classes that
        have examples.

    References
    ----------
    Northcutt, Jiang & Chuang (2021), "Confident Learning", JAIR 70, equations 1 to 3.

    Examples
    --------
    >>> import numpy as np
    >>> pred_probs = np.array([[0.8, 0.2], [0.2, 0.8], [0.9, 0.1], [0.1, 0.9]])
    >>> confident_joint(np.array([0, 1, 1, 1]), pred_probs)
    array([[1, 0],
           [1, 2]])
    """
    labels, pred_probs = checked_labels(labels, pred_probs)
    n_classes = pred_probs.shape[1]
    counts = np.bincount(labels, minlength=n_classes)
    found = confident_classes(labels, pred_probs)
    sure = found >= 0
    flat = np.bincount(labels[sure] * n_classes + found[sure], minlength=n_classes**2)
    joint = flat.reshape(n_classes, n_classes)
    np.fill_diagonal(joint, np.maximum(joint.diagonal(), counts > 0))
    if not calibrate:
        return joint
    totals = joint.sum(axis=1)
    scaled = joint * (counts / np.maximum(totals, 1))[:, None]
    return whole_rows(scaled)


def whole_rows(matrix: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round to whole numbers so that each row keeps its (rounded) total.

    What is missing goes to the entries rounding took most from; of equals, the last one
    when adding and the first one when taking away.
    """
    rounded = np.round(matrix)
    missing = np.round(matrix.sum(axis=1)) - rounded.sum(axis=1)
    for row in np.flatnonzero(missing):
        step = 1 if missing[row] > 0 else -1
        order = np.argsort(matrix[row] - rounded[row], kind="stable")[::-step]
        rounded[row, order[: int(abs(missing[row]))]] += step
    return rounded.astype(np.int64)


def noise_matrix(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Estimate P(given class | true class) from the confident joint.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.

    Returns
    -------
    float array of shape (n_classes, n_classes)
        Entry (k, j): truly ``k``, given ``j``; rows sum to 1. A class nothing belongs to
        has 1 on the diagonal.

    References
    ----------
    Northcutt, Jiang & Chuang (2021), "Confident Learning", JAIR 70, section 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> pred_probs = np.array([[0.8, 0.2], [0.2, 0.8], [0.9, 0.1], [0.1, 0.9]])
    >>> noise_matrix(np.array([0, 1, 1, 1]), pred_probs)
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    joint = confident_joint(labels, pred_probs).astype(np.float64)
    totals = joint.sum(axis=0)
    matrix = (joint / np.where(totals > 0, totals, 1.0)).T
    matrix[totals == 0, totals == 0] = 1.0
    return matrix
