"""Columns looked at one by one and beside each other: scale, identity, copies, leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.special import pdtr

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CLIP = (1.0, 99.0)  # our own: percentiles that keep 1 % of outliers from making a spread
_CHANCE = 0.001  # our own: rarer than this is not chance; a table has tens of columns
_MAX_ROWS = 20_000  # our own: an accuracy near 1 is then known to 0.2 percentage points
_LEAVES_PER_CLASS = (
    8  # our own: a label hidden in a column needs few cuts; noise needs many
)
_SAME = 1e-10  # 1 - |correlation| of an exact copy in float64, with room for rounding


def robust_spread(values: NDArray[np.floating[Any]]) -> float:
    """Return the standard deviation after clipping to the 1st and 99th percentile.

    A few wild values then do not make a wide column. Where clipping leaves a constant
    (a rare indicator), it is the plain standard deviation.

    Parameters
    ----------
    values : float array of shape (n_examples,)
        Finite; at least one.

    Returns
    -------
    float

    References
    ----------
    Our own choice of percentiles; winsorised variance as in Wilcox (2012), "Introduction
    to Robust Estimation", section 3.3.

    Examples
    --------
    >>> values = np.r_[np.tile([-1.0, 1.0], 100), 1e9]
    >>> round(robust_spread(values), 4)
    1.0
    """
    clipped = float(np.clip(values, *np.percentile(values, _CLIP)).std())
    return clipped if clipped > 0 else float(np.std(values))


def placeholder_codes(
    distinct: NDArray[np.floating[Any]], counts: NDArray[np.integer[Any]]
) -> NDArray[np.float64]:
    """Return numbers that look like codes for a missing value.

    A code is written with nines (99, -9, -999.0, ...; not 9) or is a giant (1e30 and beyond), is
    the smallest or largest value, occurs at least twice, and lies apart from all other
    values by more than their whole range.

    Parameters
    ----------
    distinct : float array of shape (n_distinct,)
        The distinct values of a column, finite and ascending.
    counts : int array of shape (n_distinct,)
        How often each occurs.

    Returns
    -------
    float array
        The codes, ascending; mostly none.

    References
    ----------
    Our own rule, made to miss codes among plausible values rather than to remove values.

    Examples
    --------
    >>> placeholder_codes(np.array([-999.0, 18.0, 40.0, 99.0]), np.array([5, 1, 1, 1]))
    array([-999.])
    """
    inner, inner_counts = np.asarray(distinct, dtype=np.float64), np.asarray(counts)
    codes: list[float] = []
    while len(inner) > 2:
        for end, others in ((0, inner[1:]), (-1, inner[:-1])):
            value = float(inner[end])
            gap = min(abs(value - float(others[0])), abs(value - float(others[-1])))
            apart = gap > float(others[-1] - others[0])
            if inner_counts[end] >= 2 and apart and _is_written_with_nines(value):
                codes.append(value)
                inner = others
                inner_counts = inner_counts[1:] if end == 0 else inner_counts[:-1]
                break
        else:
            break
    return np.sort(np.array(codes, dtype=np.float64))


def dominating(
    spreads: NDArray[np.floating[Any]], *, factor: float = 10.0
) -> NDArray[np.float64]:
    """Return by what factor each column's spread dominates the columns below it.

    Sorted by spread, a column dominates where the next smaller spread is at least `factor`
    times smaller and all smaller columns together hold less than 1 / `factor` of its
    spread: distances and gradients then see little else. Every column from there on
    dominates. At most half of the columns can dominate the others.

    Parameters
    ----------
    spreads : float array of shape (n_columns,)
        Spread of each column, above 0; NaN where it has none.
    factor : float, default 10
        What counts as dominating.

    Returns
    -------
    float array of shape (n_columns,)
        Spread over the root of the summed squared spreads of the columns that do not
        dominate; NaN for a column that does not dominate.

    References
    ----------
    Our own. At factor 10 a column carries more than 99 % of every squared distance.

    Examples
    --------
    >>> dominating(np.array([1.0, 2.0, 100.0]))
    array([        nan,         nan, 44.72135955])
    """
    if factor <= 1:
        raise InvalidInputError(
            f"`factor` must be above 1, got {factor}. Use 10, the default."
        )
    spreads = np.asarray(spreads, dtype=np.float64)
    result = np.full(len(spreads), np.nan)
    measured = np.flatnonzero(np.isfinite(spreads) & (spreads > 0))
    ordered = measured[np.argsort(spreads[measured], kind="stable")]
    below = np.sqrt(np.cumsum(spreads[ordered] ** 2))
    first = (len(ordered) + 1) // 2  # so many at least do not dominate
    for place in range(max(first, 1), len(ordered)):
        smaller, all_smaller = spreads[ordered[place - 1]], below[place - 1]
        if spreads[ordered[place]] >= factor * max(smaller, all_smaller):
            result[ordered[place:]] = spreads[ordered[place:]] / all_smaller
            break
    return result


def collision_chance(n_values: int, n_distinct: int, n_possible: float) -> float:
    """Return how likely so few repeated values are if values were drawn at random.

    Parameters
    ----------
    n_values, n_distinct : int
        Values and distinct values seen.
    n_possible : float
        Whole numbers between the smallest and the largest value seen, both included.

    Returns
    -------
    float
        At most the probability, whatever the distribution: any but the uniform one
        repeats itself more. Small means that the values avoid each other, as identifiers do.

    References
    ----------
    The birthday problem in its Poisson approximation; its use here is our own.

    Examples
    --------
    >>> collision_chance(100, 100, 100) < 1e-6, collision_chance(100, 100, 1e6) > 0.9
    (True, True)
    """
    expected = n_values * (n_values - 1) / (2.0 * max(n_possible, 1.0))
    return float(pdtr(n_values - n_distinct, expected))


def is_identifier(n_values: int, n_distinct: int, n_possible: float) -> bool:
    """Whether whole numbers are nearly all different, and too often so for chance (0.001).

    Examples
    --------
    >>> is_identifier(500, 500, 500), is_identifier(500, 400, 1000)
    (True, False)
    """
    if n_distinct < 0.95 * n_values:  # our own: room for repeated rows
        return False
    return collision_chance(n_values, n_distinct, n_possible) < _CHANCE


def copied_columns(codes: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
    """Return for each column the first column that splits the examples in the same way.

    Parameters
    ----------
    codes : int array of shape (n_examples, n_columns)
        Each column's values as codes; equal codes, equal values. Missing is a code too.

    Returns
    -------
    int array of shape (n_columns,)
        Number of the first column that is a one-to-one renaming of this one; its own
        number if there is none before it.

    Notes
    -----
    Time O(n_examples * n_columns). Row order does not matter.

    Examples
    --------
    >>> copied_columns(np.array([[0, 5, 0], [1, 3, 0], [0, 5, 1]]))
    array([0, 0, 2])
    """
    codes = np.asarray(codes)
    seen: dict[bytes, int] = {}
    first = np.arange(codes.shape[1])
    for place in range(codes.shape[1]):
        _, where, inverse = np.unique(
            codes[:, place], return_index=True, return_inverse=True
        )
        canonical = where[inverse.ravel()]  # each value by the first row that has it
        first[place] = seen.setdefault(canonical.tobytes(), place)
    return first


def scaled_copies(values: NDArray[np.floating[Any]]) -> NDArray[np.intp]:
    """Return for each column the first column it is a rescaled copy of.

    Parameters
    ----------
    values : float array of shape (n_examples, n_columns)
        Numbers; NaN where missing. Copies are missing in the same places.

    Returns
    -------
    int array of shape (n_columns,)
        Number of the first column with a correlation of exactly 1 or -1 (to rounding);
        its own number if there is none before it.

    Notes
    -----
    Time O(n_examples * n_columns^2) as one matrix product.

    Examples
    --------
    >>> celsius = np.array([0.0, 10.0, 25.0])
    >>> scaled_copies(np.c_[celsius, [1.0, 0.0, 5.0], 1.8 * celsius + 32])
    array([0, 1, 0])
    """
    values = np.asarray(values, dtype=np.float64)
    missing = np.isnan(values)
    n_present = np.maximum((~missing).sum(axis=0), 1)
    filled = np.where(missing, 0.0, values)
    centred = np.where(missing, 0.0, filled - filled.sum(axis=0) / n_present)
    norms = np.sqrt((centred**2).sum(axis=0))
    centred = centred / np.where(norms > 0, norms, 1.0)
    alike = np.abs(centred.T @ centred) > 1 - _SAME
    first = np.arange(values.shape[1])
    for place in range(values.shape[1]):
        for other in np.flatnonzero(alike[place, :place]):
            if np.array_equal(missing[:, place], missing[:, other]):
                first[place] = first[other]
                break
    return first


def single_column_skill(
    column: NDArray[np.floating[Any]],
    targets: NDArray[Any],
    *,
    task: Literal["classification", "regression"],
    is_ordered: bool = True,
) -> float:
    """Return how well one column alone predicts the label on examples not fitted to.

    Parameters
    ----------
    column : float array of shape (n_examples,)
        Numbers, or codes of categories with ``is_ordered=False``; NaN where missing.
    targets : array of shape (n_examples,)
        Class codes, or numbers for regression.
    task : {"classification", "regression"}
        What the label is.
    is_ordered : bool, default True
        Whether larger means more; otherwise each value is predicted by itself.

    Returns
    -------
    float
        Share of the error of the best constant guess that the column removes: accuracy
        above the largest class, or R squared; 1 is perfect, 0 or less is nothing.

    Notes
    -----
    Two folds, dealt out along the sorted column, so row order does not matter and no rng
    is needed. Only the order of the values counts. Ordered columns go through a small
    decision tree with 8 leaves per class (128 for regression). Beyond 20,000 examples,
    every k-th along the sorted column.

    References
    ----------
    Our own; leakage in the sense of Kaufman et al. (2012), "Leakage in Data Mining".

    Examples
    --------
    >>> labels = np.tile([0, 1], 50)
    >>> single_column_skill(labels * 2.0 + 7, labels, task="classification")
    1.0
    """
    order = np.lexsort((targets, column))
    order = order[:: max(1, -(-len(order) // _MAX_ROWS))]
    values, wanted = _ranks(np.asarray(column)[order]), np.asarray(targets)[order]
    predicted = np.empty(len(wanted), dtype=np.float64)
    constant = np.empty(len(wanted), dtype=np.float64)
    for fold in (0, 1):
        held = np.arange(len(wanted)) % 2 == fold
        if held.all() or not held.any():
            return 0.0
        constant[held] = _best_constant(wanted[~held], task)
        fitted = _tree_predictions if is_ordered else _value_predictions
        predicted[held] = fitted(values[~held], wanted[~held], values[held], task)
    if task == "regression":
        errors, baseline = (wanted - predicted) ** 2, (wanted - constant) ** 2
    else:
        errors, baseline = wanted != predicted, wanted != constant
    total = float(baseline.sum())
    return 1.0 - float(errors.sum()) / total if total > 0 else 0.0


def _ranks(values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return places among the distinct values: a tree reads float32, which has no 1e39 and few seconds."""
    ranks = np.unique(values, return_inverse=True)[1].astype(np.float64)
    return np.where(np.isnan(values), np.nan, ranks)


def _is_written_with_nines(value: float) -> bool:
    if abs(value) >= 1e30:
        return True
    return value == int(value) and value != 9 and set(str(abs(int(value)))) == {"9"}


def _best_constant(targets: NDArray[Any], task: str) -> float:
    if task == "regression":
        return float(targets.mean())
    return float(np.argmax(np.bincount(targets)))


def _tree_predictions(
    values: NDArray[np.float64],
    targets: NDArray[Any],
    asked: NDArray[np.float64],
    task: str,
) -> NDArray[np.float64]:
    # Loaded here: half a second that the first finding need not wait for.
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    # a fixed random_state only breaks ties between equal cuts; there is one feature
    if task == "regression":
        tree = DecisionTreeRegressor(max_leaf_nodes=128, random_state=0)
    else:
        n_leaves = _LEAVES_PER_CLASS * max(2, len(np.unique(targets)))
        tree = DecisionTreeClassifier(max_leaf_nodes=n_leaves, random_state=0)
    tree.fit(values[:, None], targets)
    return np.asarray(tree.predict(asked[:, None]), dtype=np.float64)


def _value_predictions(
    values: NDArray[np.float64],
    targets: NDArray[Any],
    asked: NDArray[np.float64],
    task: str,
) -> NDArray[np.float64]:
    """Predict each value by its own examples, an unseen value by all."""
    known, codes = np.unique(values, return_inverse=True)
    if task == "regression":
        best = np.bincount(codes, weights=targets) / np.bincount(codes)
    else:
        counts = np.zeros((len(known), int(targets.max()) + 1), dtype=np.int64)
        np.add.at(counts, (codes, targets), 1)
        best = counts.argmax(axis=1).astype(np.float64)
    place = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    unseen = known[place] != asked
    return np.where(unseen, _best_constant(targets, task), best[place])
