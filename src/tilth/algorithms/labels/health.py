"""Health of the classes: how often each is given wrongly, and which two are hardly told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.stats import norm, rankdata

from tilth.algorithms.labels.calibration import (
    NoiseCalibration,
    error_probabilities,
    noise_calibration,
)
from tilth.algorithms.labels.expected import believed
from tilth.algorithms.labels.inputs import checked_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.algorithms.labels.error_probability import Doubt

_DOUBTS: tuple[Doubt, Doubt, Doubt] = ("middle", "low", "high")
_LEVEL = 0.95
_FEWEST = 5  # examples of a class that speak for how well it is told from another


class ClassHealth(NamedTuple):
    """How sound the labels of each class are; one entry per class.

    Attributes
    ----------
    n : int array of shape (n_classes,)
        Examples given as the class.
    wrong : float array of shape (n_classes, 3)
        Expected share of them that is wrong, if labels are doubted in the middle, as little and as
        much as is plausible; NaN for a class without examples.
    taken_for : int array of shape (n_classes,)
        The other class the model names most for examples given as this one; -1 without
        examples.
    """

    n: NDArray[np.int64]
    wrong: NDArray[np.float64]
    taken_for: NDArray[np.int64]


class ClassOverlaps(NamedTuple):
    """Pairs of classes, those that are told apart worst first.

    Attributes
    ----------
    first, second : int arrays of shape (n_pairs,)
        The classes, `first` below `second`.
    overlap : float array of shape (n_pairs, 3)
        0 where the model tells all examples of the two apart, 1 where it might as well toss a
        coin, with a 95 % interval: 2 (1 - AUC).
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    overlap: NDArray[np.float64]


def class_health(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    *,
    calibration: NoiseCalibration | None = None,
) -> ClassHealth:
    """Estimate for each class which share of its given labels is wrong.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.
    calibration : NoiseCalibration, optional
        None: from these examples.

    Returns
    -------
    ClassHealth

    Notes
    -----
    The means of P(error) within the classes, with the doubts of `expected_precision`;
    `noise_rate` is the same for all labels together. O(n_examples * n_classes).

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 500)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.99, 0.01)
    >>> labels[::10] = 1 - labels[::10]  # every tenth is wrong
    >>> class_health(labels, pred_probs).wrong[:, 0].round(1)
    array([0.1, 0.1])
    """
    labels, pred_probs = checked_labels(labels, pred_probs)
    n_classes = pred_probs.shape[1]
    known = calibration or noise_calibration(labels, pred_probs)
    n = np.bincount(labels, minlength=n_classes)
    wrong = np.full((n_classes, 3), np.nan)
    for column, doubt in enumerate(_DOUBTS):
        p_error = error_probabilities(labels, pred_probs, calibration=known, doubt=doubt)
        total = np.bincount(labels, p_error, minlength=n_classes)
        wrong[n > 0, column] = total[n > 0] / n[n > 0]
    wrong[:, 1] *= believed(known)
    said = _named(labels, pred_probs)
    np.fill_diagonal(said, -1.0)
    taken_for = np.where((n > 0) & (n_classes > 1), said.argmax(axis=1), -1)
    return ClassHealth(n, wrong, taken_for)


def overlapping_classes(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    *,
    nearest: int | None = None,
) -> ClassOverlaps:
    """Find the pairs of classes that labels or model hardly tell apart: worth merging, or defining.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.
    nearest : int, optional
        Compare each class only with so many others: those the model names most for examples
        given as it. None: with all.

    Returns
    -------
    ClassOverlaps
        Pairs in which each class has five examples or more.

    Notes
    -----
    Examples of two classes are ordered by the share the one has of the probability of both; AUC
    is the chance that an example of the one comes before an example of the other, ties
    counted half. Needs no cut and does not depend on how many examples there are of either. The
    interval is that of Hanley & McNeil. Wrong labels count as overlap, as they should: one in
    ten in both directions gives at least 0.2 in balanced classes. O(n_classes * n_examples * log
    n_examples), of `nearest` classes instead of all where it is given.

    References
    ----------
    Hanley & McNeil (1982), "The meaning and use of the area under a receiver operating
    characteristic curve", Radiology 143. That 2 (1 - AUC) names pairs worth merging is our own.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.arange(300) % 3
    >>> pred_probs = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])[labels]
    >>> found = overlapping_classes(labels, pred_probs)
    >>> int(found.first[0]), int(found.second[0]), found.overlap[:, 0]
    (0, 1, array([1., 0., 0.]))
    """
    labels, pred_probs = checked_labels(labels, pred_probs)
    members = [np.flatnonzero(labels == k) for k in range(pred_probs.shape[1])]
    big = [k for k, rows in enumerate(members) if len(rows) >= _FEWEST]
    pairs = [(j, k) for i, j in enumerate(big) for k in big[i + 1 :]]
    if nearest is not None and nearest < len(big) - 1:
        pairs = _nearest(_named(labels, pred_probs), big, nearest)
    overlap = np.array(
        [_overlap(pred_probs, members[j], members[k], (j, k)) for j, k in pairs]
    ).reshape(-1, 3)
    order = np.argsort(-overlap[:, 0], kind="stable")
    ordered = np.array(pairs, dtype=np.int64).reshape(-1, 2)[order]
    return ClassOverlaps(ordered[:, 0], ordered[:, 1], overlap[order])


def _named(
    labels: NDArray[np.int64], pred_probs: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return how much probability examples given as one class (row) have of another (column)."""
    n, n_classes = pred_probs.shape
    given = csr_array((np.ones(n), (labels, np.arange(n))), shape=(n_classes, n))
    return np.asarray(
        given @ pred_probs.astype(np.result_type(pred_probs, np.float32)), dtype=np.float64
    )


def _nearest(
    named: NDArray[np.float64], classes: list[int], nearest: int
) -> list[tuple[int, int]]:
    """Return each class with the classes it is taken for most, every pair once."""
    among = named[np.ix_(classes, classes)]
    np.fill_diagonal(among, -1.0)
    others = np.argsort(-among, axis=1, kind="stable")[:, :nearest]
    pairs = {
        (min(j, classes[k]), max(j, classes[k]))
        for j, row in zip(classes, others.tolist(), strict=True)
        for k in row
    }
    return sorted(pairs)


def _overlap(
    pred_probs: NDArray[np.floating],
    of_first: NDArray[np.intp],
    of_second: NDArray[np.intp],
    pair: tuple[int, int],
) -> NDArray[np.float64]:
    m, n = len(of_first), len(of_second)
    both = pred_probs[np.append(of_first, of_second)][:, pair].astype(np.float64)
    total = both.sum(axis=1)
    share = np.full(m + n, 0.5)
    np.divide(both[:, 1], total, out=share, where=total > 0.0)
    ranks = rankdata(share)
    auc = (ranks[m:].sum() - n * (n + 1) / 2.0) / (m * n)
    q1, q2 = auc / (2.0 - auc), 2.0 * auc**2 / (1.0 + auc)
    spread = auc * (1 - auc) + (m - 1) * (q1 - auc**2) + (n - 1) * (q2 - auc**2)
    reach = 2.0 * norm.ppf((1.0 + _LEVEL) / 2.0) * np.sqrt(max(spread, 0.0) / (m * n))
    value = 2.0 * (1.0 - auc)
    return np.asarray(np.clip([value, value - reach, value + reach], 0.0, 1.0))
