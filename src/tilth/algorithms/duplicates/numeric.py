"""Near-duplicate table rows: closer than rows come by chance, in every column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from tilth.algorithms.duplicates.text import Pairs
from tilth.algorithms.neighbors import nearest_neighbors
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SAMPLE = (
    1000  # rows whose neighbors say what is usual; the median is then within 5 %. Our own.
)
_NEIGHBORS = 10  # that describe the surroundings of a row; our own
_PARTNERS = 5  # nearest rows looked at per row; connects groups of copies. Our own.
_KINDS = 10  # values of a category that keep rows apart, the most frequent; our own


def near_numeric_pairs(
    numbers: NDArray[np.floating],
    reference: NDArray[np.floating] | None = None,
    *,
    categories: NDArray[np.integer] | None = None,
    reference_categories: NDArray[np.integer] | None = None,
    max_ratio: float = 0.1,
    max_chance: float = 0.01,
) -> Pairs:
    """Find rows almost equal to another row, beyond what chance explains.

    Parameters
    ----------
    numbers : float array of shape (n_rows, n_numbers)
        Finite. Scaled inside, so units do not matter.
    reference : float array of shape (n_reference, n_numbers), optional
        None: pairs inside `numbers`.
    categories, reference_categories : int arrays of shape (n_rows, n_categories), optional
        Codes that must be equal in a pair.
    max_ratio : float, default 0.1
        Largest distance, as a share of the distance rows usually have to their nearest.
    max_chance : float, default 0.01
        Pairs the whole comparison may show by chance, by either of two counts: one from how
        crowded the surroundings of the row are, one from how often each column alone comes
        that close.

    Returns
    -------
    Pairs
        Each row with its nearest ones only; similarity is one minus the distance over the
        usual one. Rows that are equal are paired with the first of them, which stands for
        all in other pairs. Sorted by ``i`` and ``j``.

    Notes
    -----
    Columns are divided by their standard deviation. In a crowd of
    intrinsic dimension m, a neighbor at a share s of the distance of the k-th one is due to
    chance with probability (k - 1) s^m; m is estimated from the ratio of the second to the
    first distance. The second count guards tables of coarse values, where equality is
    common: the product over columns of the share of rows as close in that column. Time
    O(n log n) in few dimensions.

    References
    ----------
    Facco et al. (2017), "Estimating the intrinsic dimension of datasets by a minimal
    neighborhood information", equation 5, for m. The rest is our own.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.random.default_rng(0).normal(size=(200, 5))
    >>> rows[7] = rows[3] + 0.001
    >>> pairs = near_numeric_pairs(rows)
    >>> pairs.i, pairs.j
    (array([3]), array([7]))
    """
    own, other = _checked(numbers, reference)
    kinds = _codes(categories, len(own)), _codes(reference_categories, len(other))
    if reference is None:
        kinds = kinds[0], kinds[0]
    if min(len(own), len(other)) < 1 or len(other) <= _NEIGHBORS + 1 or not other.shape[1]:
        return _pairs(np.empty((0, 2), dtype=np.int64), np.empty(0))
    # The plain spread: absurd values mute their column here, and only here; a robust spread
    # would make columns that are mostly one value loud.
    center, spread = np.median(other, axis=0), other.std(axis=0)
    spread[spread == 0.0] = 1.0
    among = reference is None
    other = (other - center) / spread
    own = other if among else (own - center) / spread
    points = _with_kinds(own, kinds[0], kinds[1]), _with_kinds(other, kinds[1], kinds[1])
    distinct = np.unique(points[1], axis=0)
    if len(distinct) <= _NEIGHBORS + 1:
        return _pairs(np.empty((0, 2), dtype=np.int64), np.empty(0))
    usual, dimension = _usual(distinct)
    radius = max_ratio * usual
    found, distance = _within((own, other), kinds, radius, among=among)
    crowd = _crowd_chance(points[0], distinct, found[:, 0], distance, dimension)
    keep = (crowd * len(own) < max_chance) | (distance == 0.0)  # equal in any crowd
    found, distance = found[keep], distance[keep]
    n_pairs = len(own) * (len(own) - 1) / 2 if reference is None else len(own) * len(other)
    chance = _column_chance((own, other), kinds, found)
    keep = chance + np.log(n_pairs) < np.log(max_chance)
    return _pairs(found[keep], 1.0 - distance[keep] / usual)


def _checked(
    numbers: NDArray[np.floating], reference: NDArray[np.floating] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    own = np.asarray(numbers, dtype=np.float64)
    other = own if reference is None else np.asarray(reference, dtype=np.float64)
    if own.ndim != 2 or other.ndim != 2 or own.shape[1] != other.shape[1]:
        raise InvalidInputError(
            "`numbers` and `reference` must be tables of the same columns, got shapes "
            f"{own.shape} and {other.shape}. Give both the same columns in the same order."
        )
    if not (np.isfinite(own).all() and np.isfinite(other).all()):
        n_wrong = int((~np.isfinite(own)).sum() + (~np.isfinite(other)).sum())
        raise InvalidInputError(
            f"`numbers` and `reference` must be finite, got {n_wrong} missing or infinite numbers. "
            "Impute first."
        )
    return own, other


def _codes(categories: NDArray[np.integer] | None, n: int) -> NDArray[np.int64]:
    if categories is None:
        return np.empty((n, 0), dtype=np.int64)
    return np.asarray(categories, dtype=np.int64)


def _pairs(found: NDArray[np.int64], similarity: NDArray[np.float64]) -> Pairs:
    order = np.lexsort((found[:, 1], found[:, 0]))
    return Pairs(found[order, 0], found[order, 1], similarity[order])


def _with_kinds(
    numbers: NDArray[np.float64], kinds: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Append 0/1 columns, so that rows of another kind are one standard deviation away."""
    columns = [numbers]
    for c in range(kinds.shape[1]):
        values, count = np.unique(other[:, c], return_counts=True)
        top = values[np.lexsort((values, -count))][:_KINDS]
        columns.append((kinds[:, c : c + 1] == top) / np.sqrt(2.0))
    return np.hstack(columns).astype(np.float32)


def _usual(distinct: NDArray[np.float32]) -> tuple[float, float]:
    """Return the usual distance to the nearest other row, and the intrinsic dimension."""
    rows = np.linspace(0, len(distinct) - 1, min(_SAMPLE, len(distinct))).astype(np.int64)
    distances, _ = nearest_neighbors(distinct[rows], distinct, k=3)
    near, next_near = distances[:, 1].astype(np.float64), distances[:, 2].astype(np.float64)
    ratio = next_near[near > 0] / near[near > 0]
    middle = float(np.log(np.median(ratio))) if len(ratio) else 0.0
    # The ratio is Pareto with exponent m, whose median is 2^(1/m): a few copies do not move it.
    dimension = np.log(2.0) / middle if middle > 0 else float(distinct.shape[1])
    return float(np.median(near)), float(np.clip(dimension, 1.0, distinct.shape[1]))


def _within(
    numbers: tuple[NDArray[np.float64], NDArray[np.float64]],
    kinds: tuple[NDArray[np.int64], NDArray[np.int64]],
    radius: float,
    *,
    among: bool,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Nearest rows of the same kinds, not farther than `radius`."""
    own, other = numbers
    n = len(own)
    both = np.concatenate([kinds[0], kinds[1]])
    kind = (
        _first_of_equals(both.astype(np.float64)) if both.shape[1] else np.zeros(len(both))
    )
    apart = kind[:, None] * (4.0 * radius + 1e-9)  # beyond the radius of any other kind
    places, queries = np.column_stack([other, apart[n:]]), np.column_stack([own, apart[:n]])
    # Equal rows would use up the partners of near ones: only the first of them is searched.
    first = _first_of_equals(places)
    rows = np.unique(first)
    asking = rows if among else np.arange(n)
    searched = cKDTree(places[rows]).query(
        queries[asking], k=_PARTNERS + 1, distance_upper_bound=radius
    )
    gap, place = np.asarray(searched[0]), np.asarray(searched[1])
    hit = np.isfinite(gap) & ~(among & (gap == 0.0))
    gap, i, j = gap[hit], asking[np.nonzero(hit)[0]], rows[place[hit]]
    if among:
        copies = np.flatnonzero(first != np.arange(n))
        i, j = np.concatenate([i, first[copies]]), np.concatenate([j, copies])
        gap = np.concatenate([gap, np.zeros(len(copies))])
        i, j = np.minimum(i, j), np.maximum(i, j)
    found, once = np.unique(np.column_stack([i, j]), axis=0, return_index=True)
    return found.astype(np.int64), gap[once]


def _first_of_equals(rows: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return for each row the first row equal to it."""
    _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return first[inverse.ravel()].astype(np.int64)


def _crowd_chance(  # noqa: PLR0917 - one step of one function, five arrays
    points: NDArray[np.float32],
    distinct: NDArray[np.float32],
    rows: NDArray[np.int64],
    distance: NDArray[np.float64],
    dimension: float,
) -> NDArray[np.float64]:
    """Probability of a neighbor that near, seen from how far the tenth one is."""
    if not len(rows):
        return np.empty(0)
    once, back = np.unique(rows, return_inverse=True)
    around, _ = nearest_neighbors(points[once], distinct, k=_NEIGHBORS + 1)
    far = around[:, -1].astype(np.float64)[back]
    share = np.divide(distance, far, out=np.ones_like(distance), where=far > 0)
    chance: NDArray[np.float64] = (_NEIGHBORS - 1) * np.minimum(share, 1.0) ** dimension
    return chance


def _column_chance(
    numbers: tuple[NDArray[np.float64], NDArray[np.float64]],
    kinds: tuple[NDArray[np.int64], NDArray[np.int64]],
    found: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Log of the product over columns of the share of rows as close as the pair is."""
    own, other = numbers
    i, j = found[:, 0], found[:, 1]
    total = np.zeros(len(found))
    itself = own is other  # a row is no coincidence with itself
    for c in range(own.shape[1]):
        ordered = np.sort(other[:, c])
        gap = np.abs(own[i, c] - other[j, c])
        low = np.searchsorted(ordered, own[i, c] - gap * (1 + 1e-9), side="left")
        high = np.searchsorted(ordered, own[i, c] + gap * (1 + 1e-9), side="right")
        total += np.log(np.maximum(high - low - itself, 1) / (len(other) - itself))
    for c in range(kinds[0].shape[1]):
        values, count = np.unique(kinds[1][:, c], return_counts=True)
        place = np.searchsorted(values, kinds[0][i, c])
        total += np.log(np.maximum(count[place] - itself, 1) / (len(other) - itself))
    return total
