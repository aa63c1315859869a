"""The confident joint: how often each given class hides another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tilth.algorithms.estimation import finished, in_memory
from tilth.algorithms.labels.class_means import ClassMeans
from tilth.algorithms.labels.inputs import checked_examples
from tilth.algorithms.labels.scan import BLOCK

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from numpy.typing import NDArray

    from tilth.algorithms.estimation import Estimation
    from tilth.algorithms.labels.inputs import Examples

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

    Raises
    ------
    InvalidInputError
        If the lengths differ, a label has no column in `pred_probs`, or a value is no
        probability.

    Notes
    -----
    Sums are exact, so neither the order of the rows nor how they are cut into chunks changes
    a bit. Time O(n_examples).

    References
    ----------
    Northcutt, Jiang & Chuang (2021), "Confident Learning", JAIR 70, equation 2.

    Examples
    --------
    >>> import numpy as np
    >>> class_thresholds(np.array([0, 0, 1]), np.array([[0.5, 0.5], [1.0, 0.0], [0.3, 0.7]]))
    array([0.75, 0.7 ])
    """
    rows = checked_examples(labels, pred_probs)
    means = ClassMeans(rows.n_classes, rows.pred_probs.dtype)
    thresholds: NDArray[np.floating] = in_memory(means, rows)
    return thresholds


@dataclass(frozen=True, eq=False)
class ConfidentCounts:
    """An estimation: the examples of each given class (rows) that confidently are of each class.

    Attributes
    ----------
    thresholds : float array of shape (n_classes,)
        From `class_thresholds`.
    """

    thresholds: NDArray[np.floating]

    def start(self) -> NDArray[np.int64]:
        """Return counts of no rows; the last column is for those of no class."""
        n_classes = len(self.thresholds)
        return np.zeros((n_classes, n_classes + 1), dtype=np.int64)

    def update(self, state: NDArray[np.int64], rows: Examples) -> NDArray[np.int64]:
        """Count some examples."""
        found, state = self.classes(rows), state.copy()
        if rows.twins is not None:
            rows.twins.add_pairs(rows.labels, found, state)
            return state
        flat = state.ravel()
        size = max(BLOCK, len(flat))
        for start in range(0, len(found), size):
            pairs = rows.labels[start : start + size] * state.shape[1]
            pairs += found[start : start + size]
            flat += np.bincount(pairs, minlength=len(flat))
        return state

    def merge(
        self, state: NDArray[np.int64], other: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Add two counts."""
        return state + other

    def finish(
        self, state: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the joint as counted and the number of examples of each given class.

        A class that has examples has at least 1 on the diagonal.
        """
        counts = state.sum(axis=1)
        joint = state[:, :-1].copy()
        np.fill_diagonal(joint, np.maximum(joint.diagonal(), counts > 0))
        return joint, counts

    def classes(self, rows: Examples) -> NDArray[np.unsignedinteger]:
        """Return the class each example confidently belongs to, n_classes for none."""
        floor = self.thresholds - self.thresholds.dtype.type(_ROUNDING)
        return rows.confident(floor)


def joint_steps(
    n_classes: int, dtype: np.dtype[np.floating]
) -> Generator[
    Estimation[Examples, Any],
    Any,
    tuple[ConfidentCounts, NDArray[np.int64], NDArray[np.int64]],
]:
    """Find the joint in two passes; return how it was counted, the counts, the class sizes."""
    counting = ConfidentCounts((yield ClassMeans(n_classes, dtype)))
    joint, sizes = yield counting
    return counting, joint, sizes


def counted_joint(rows: Examples) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the joint as counted, and the class sizes, of rows that are at hand."""
    steps = joint_steps(rows.n_classes, rows.pred_probs.dtype)
    _, joint, sizes = finished(steps, lambda step: in_memory(step, rows))
    return joint, sizes


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
    joint, sizes = counted_joint(checked_examples(labels, pred_probs))
    if calibrate:
        given, true = np.nonzero(joint)
        values = calibrated(joint[given, true], given, sizes)
        joint[given, true] = whole_rows(values, given, len(joint))
    return joint


def calibrated(
    counts: NDArray[np.int64], given: NDArray[np.intp], sizes: NDArray[Any]
) -> NDArray[np.float64]:
    """Scale the entries of each given class to the number of its examples."""
    totals = np.bincount(given, weights=counts, minlength=len(sizes))
    factor: NDArray[np.float64] = sizes / np.maximum(totals, 1)
    return counts * factor[given]


def whole_rows(
    values: NDArray[np.float64], rows: NDArray[np.intp], n_rows: int
) -> NDArray[np.int64]:
    """Round entries of a matrix so that each row keeps its (rounded) total.

    The entries come row by row, in column order; those left out are 0. What is missing goes
    to the entries rounding took most from; of equals, the last one when adding and the first
    one when taking away.
    """
    rounded = np.round(values)
    totals = np.round(np.bincount(rows, values, n_rows))
    missing = (totals - np.bincount(rows, rounded, n_rows)).astype(np.int64)
    first = np.searchsorted(rows, np.arange(n_rows + 1))
    order = np.lexsort((values - rounded, rows))  # stable
    for row in np.flatnonzero(missing):
        start, end, n = first[row], first[row + 1], missing[row]
        if n > 0:
            rounded[order[end - n : end]] += 1
        else:
            rounded[order[start : start - n]] -= 1
    return rounded.astype(np.int64)


def joint_distribution(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Estimate P(given class, true class).

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.

    Returns
    -------
    float array of shape (n_classes, n_classes)
        Entry (i, j): given ``i``, truly ``j``; all sum to 1, rows to the shares of the given
        classes. All zero where there are no examples.

    References
    ----------
    Northcutt, Jiang & Chuang (2021), "Confident Learning", JAIR 70, equation 3.

    Examples
    --------
    >>> import numpy as np
    >>> pred_probs = np.array([[0.8, 0.2], [0.2, 0.8], [0.9, 0.1], [0.1, 0.9]])
    >>> joint_distribution(np.array([0, 1, 1, 1]), pred_probs)
    array([[0.25, 0.  ],
           [0.25, 0.5 ]])
    """
    joint, sizes = counted_joint(checked_examples(labels, pred_probs))
    given, true = np.nonzero(joint)
    shares = np.zeros(joint.shape)
    shares[given, true] = calibrated(joint[given, true], given, sizes / max(sizes.sum(), 1))
    return shares


def class_priors(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Estimate the share of each class among the true labels.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.

    Returns
    -------
    float array of shape (n_classes,)
        Sums to 1.

    References
    ----------
    Northcutt, Jiang & Chuang (2021), "Confident Learning", JAIR 70, section 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> pred_probs = np.array([[0.8, 0.2], [0.2, 0.8], [0.9, 0.1], [0.1, 0.9]])
    >>> class_priors(np.array([0, 1, 1, 1]), pred_probs)
    array([0.5, 0.5])
    """
    priors: NDArray[np.float64] = joint_distribution(labels, pred_probs).sum(axis=0)
    return priors


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
    return _shares(joint_distribution(labels, pred_probs).T)


def inverse_noise_matrix(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Estimate P(true class | given class) from the confident joint.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.

    Returns
    -------
    float array of shape (n_classes, n_classes)
        Entry (i, j): given ``i``, truly ``j``; rows sum to 1. A class without examples has
        1 on the diagonal.

    References
    ----------
    Northcutt, Jiang & Chuang (2021), "Confident Learning", JAIR 70, section 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> pred_probs = np.array([[0.8, 0.2], [0.2, 0.8], [0.9, 0.1], [0.1, 0.9]])
    >>> inverse_noise_matrix(np.array([0, 1, 1, 1]), pred_probs).round(2)
    array([[1.  , 0.  ],
           [0.33, 0.67]])
    """
    return _shares(joint_distribution(labels, pred_probs))


def _shares(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale rows to 1; an empty one gets 1 on the diagonal."""
    totals = matrix.sum(axis=1)
    shares = matrix / np.where(totals > 0, totals, 1.0)[:, None]
    empty = np.flatnonzero(totals == 0)
    shares[empty, empty] = 1.0
    return shares
