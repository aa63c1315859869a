"""Labels that carry noise of exactly the rates asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tilth.algorithms.label_noise.matrices import checked_matrix, empirical_noise
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RATE_SPREAD = 0.1  # of the flip rates of single examples (Xia et al. 2020, algorithm 2)


class NoisyLabels(NamedTuple):
    """Labels with planted errors.

    Attributes
    ----------
    labels : int array of shape (n_examples,)
        The given classes, some of them wrong.
    is_error : bool array of shape (n_examples,)
        Where they are wrong.
    matrix : float array of shape (n_classes, n_classes)
        The noise as it came out: entry (k, j) is the share of class ``k`` given ``j``.
    """

    labels: NDArray[np.int64]
    is_error: NDArray[np.bool_]
    matrix: NDArray[np.float64]


def flip_labels(
    labels: NDArray[np.integer], matrix: NDArray[np.floating], *, rng: np.random.Generator
) -> NoisyLabels:
    """Make labels wrong as a noise matrix says, in whole numbers as near to it as there are.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        True class of each example, coded 0 .. n_classes - 1.
    matrix : float array of shape (n_classes, n_classes)
        P(given class | true class), rows sum to 1.
    rng : Generator
        Decides which examples of a class get which label; how many is fixed.

    Returns
    -------
    NoisyLabels
        The number of errors is the expected one, rounded; so is that of each class, within
        1, and of each pair of classes, within 2. What the matrix excludes never happens.

    Raises
    ------
    InvalidInputError
        If a label has no row in `matrix`, or a row is no distribution.

    Notes
    -----
    Time O(n_examples + n_classes ** 2). Largest remainders: first over classes, then over
    what each class is mistaken for. Our own; independent draws, as published, miss the rate
    by about 1 / sqrt(n_examples).

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 10)
    >>> noise = np.array([[0.7, 0.3], [0.0, 1.0]])
    >>> flip_labels(labels, noise, rng=np.random.default_rng(0)).matrix
    array([[0.7, 0.3],
           [0. , 1. ]])
    """
    matrix = checked_matrix(matrix)
    labels = _checked_codes(labels, len(matrix))
    sizes = np.bincount(labels, minlength=len(matrix))
    n_wrong = _whole(sizes * (1 - matrix.diagonal()), most=sizes)
    noisy = labels.copy()
    for k in np.flatnonzero(n_wrong):
        members = rng.permutation(np.flatnonzero(labels == k))[: n_wrong[k]]
        wrong = matrix[k].copy()
        wrong[k] = 0.0
        counts = _whole(wrong / wrong.sum() * n_wrong[k])
        noisy[members] = np.repeat(np.arange(len(matrix)), counts)
    return _told(labels, noisy, len(matrix))


def flip_by_instance(
    labels: NDArray[np.integer],
    features: NDArray[np.floating],
    amount: float,
    *,
    rng: np.random.Generator,
    n_classes: int | None = None,
) -> NoisyLabels:
    """Make labels wrong depending on the example: some are mistaken more easily than others.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        True class of each example, coded 0 .. n_classes - 1.
    features : float array of shape (n_examples, n_features)
        What the mistakes depend on; columns are standardised first.
    amount : float
        Share of wrong labels, in [0, 1); met exactly, rounded to whole examples.
    rng : Generator
        Draws the flip rate of each example and a projection for each class.
    n_classes : int, optional
        None: one more than the largest label.

    Returns
    -------
    NoisyLabels

    Raises
    ------
    InvalidInputError
        If the lengths differ, or `amount` is out of range.

    Notes
    -----
    The flip rate of an example is drawn from a normal distribution around `amount` with
    spread 0.1, cut to [0, 1]; the wrong class is drawn with probability softmax(x W_k), the
    columns of W_k standard normal and W_k one matrix for each true class. Here the rates are
    shifted to sum to the number of errors wanted, and systematic sampling meets it.

    References
    ----------
    Xia et al. (2020), "Part-dependent Label Noise", algorithm 2.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> labels = np.repeat([0, 1, 2], 20)
    >>> int(flip_by_instance(labels, rng.normal(size=(60, 4)), 0.3, rng=rng).is_error.sum())
    18
    """
    features = np.asarray(features, dtype=np.float64)
    n_classes = int(np.max(labels, initial=0)) + 1 if n_classes is None else n_classes
    labels = _checked_codes(labels, n_classes)
    if features.ndim != 2 or len(features) != len(labels):
        raise InvalidInputError(
            f"`features` must be of shape ({len(labels)}, n_features), got {features.shape}."
        )
    if not 0 <= amount < 1 or n_classes < 2:
        raise InvalidInputError(
            f"`amount` must be in [0, 1) and there must be two classes or more, got {amount} "
            f"and {n_classes}."
        )
    wrong = np.flatnonzero(_chosen(_flip_rates(len(labels), amount, rng), rng))
    spread = features.std(axis=0)
    scaled = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    noisy = labels.copy()
    for k in range(n_classes):
        projection = rng.standard_normal((features.shape[1], n_classes))
        rows = wrong[labels[wrong] == k]
        scores = scaled[rows] @ projection
        scores[:, k] = -np.inf
        # The largest score after adding Gumbel noise is a draw from their softmax.
        noisy[rows] = (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)
    return _told(labels, noisy, n_classes)


def _flip_rates(n: int, amount: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a rate for each example; their sum is a whole number."""
    from scipy import stats  # heavy, and reading data must not wait for it

    bounds = (0 - amount) / _RATE_SPREAD, (1 - amount) / _RATE_SPREAD
    drawn = stats.truncnorm.rvs(
        *bounds, loc=amount, scale=_RATE_SPREAD, size=n, random_state=rng
    )
    wanted = round(amount * n)
    low, high = -1.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if np.clip(drawn + middle, 0, 1).sum() < wanted:
            low = middle
        else:
            high = middle
    rates: NDArray[np.float64] = np.clip(drawn + high, 0, 1)
    return rates


def _chosen(rates: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Systematic sampling in random order: each by its rate, as many as the rates sum to."""
    chosen = np.zeros(len(rates), dtype=bool)
    total = round(float(rates.sum()))
    if total == 0:
        return chosen
    order = rng.permutation(len(rates))
    reached = np.cumsum(rates[order])
    reached *= total / reached[-1]
    marks = np.arange(total) + rng.random()
    chosen[order[np.searchsorted(reached, marks, side="right")]] = True
    return chosen


def _whole(
    wanted: NDArray[np.float64], most: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Round so that the rounded total stays, by largest remainder, the first of equals."""
    counts = np.floor(wanted + 1e-9).astype(np.int64)
    remainder = wanted - counts
    if most is not None:
        remainder = np.where(counts < most, remainder, -1.0)
    missing = round(float(wanted.sum())) - int(counts.sum())
    counts[np.argsort(-remainder, kind="stable")[: max(missing, 0)]] += 1
    return counts


def _checked_codes(labels: NDArray[np.integer], n_classes: int) -> NDArray[np.int64]:
    labels = np.asarray(labels)
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise InvalidInputError(
            f"`labels` must be class codes in one dimension, got {labels.dtype} of shape "
            f"{labels.shape}."
        )
    wrong = np.flatnonzero((labels < 0) | (labels >= n_classes))
    if len(wrong):
        raise InvalidInputError(
            f"`labels` must be class codes 0..{n_classes - 1}, got {labels[wrong[0]]} in row "
            f"{wrong[0]}."
        )
    return labels.astype(np.int64)


def _told(
    labels: NDArray[np.int64], noisy: NDArray[np.int64], n_classes: int
) -> NoisyLabels:
    return NoisyLabels(noisy, noisy != labels, empirical_noise(labels, noisy, n_classes))
