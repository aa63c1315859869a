"""Exact nearest neighbors by blocked matrix products."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Metric = Literal["euclidean", "cosine"]

# One tile of distances, 0.5 MiB of float32, stays in the cache of a core. The first tile is
# narrow because all of it enters the pool of candidates. Our own measurements.
_TILE_ROWS = 128
_TILE_COLUMNS = 1024
_FIRST_COLUMNS = 256
_GATHERED = 1 << 21  # numbers copied at once when distances are computed exactly


def nearest_neighbors(
    queries: NDArray[np.floating],
    reference: NDArray[np.floating] | None = None,
    *,
    k: int,
    metric: Metric = "euclidean",
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Find the `k` reference rows nearest to each query row, exactly.

    Parameters
    ----------
    queries : float array of shape (n_queries, n_features)
        Finite numbers, in columns whose units are comparable.
    reference : float array of shape (n_reference, n_features), optional
        Where neighbors are taken from. None: from `queries` themselves, and no row is its
        own neighbor.
    k : int
        How many; at most the number of rows there are to choose from.
    metric : {"euclidean", "cosine"}, default "euclidean"
        ``cosine`` is one minus the cosine of the angle; a row of zeros is at distance 1
        from everything.

    Returns
    -------
    distances : float32 array of shape (n_queries, k)
        Ascending, non-negative; rows that are equal as float32 are at distance 0.
    indices : int64 array of shape (n_queries, k)
        Rows of `reference` (or of `queries`). Equal distances are in order of index.

    Raises
    ------
    InvalidInputError
        If a shape is wrong, a number is not finite, or `k` is out of range.

    Notes
    -----
    Float32 products give each distance with a bound on its rounding error; every row that
    could be among the `k` nearest is then measured again by plain differences, so the
    result does not depend on block sizes or threads. Time O(n_queries * n_reference *
    n_features), memory O(n_queries * k). The factor of the bound follows Higham & Mary
    (2019), "A new approach to probabilistic rounding error analysis", theorem 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> distances, indices = nearest_neighbors(np.array([[0.0], [1.0], [3.0]]), k=1)
    >>> distances.ravel(), indices.ravel()
    (array([1., 1., 2.], dtype=float32), array([1, 0, 1]))
    """
    queries, other = _checked(queries, reference, k)
    prepared, others = _prepared(queries, other, metric)
    among_themselves = reference is None
    own = np.arange(len(queries)) if among_themselves else None
    points, copies = _distinct(others)
    wanted = min(k + among_themselves, len(points))
    distances = np.empty((len(queries), k), dtype=np.float32)
    indices = np.empty((len(queries), k), dtype=np.int64)
    tiles = _Tiles.of(points, metric)
    for start in range(0, len(queries), _TILE_ROWS):
        block = slice(start, min(start + _TILE_ROWS, len(queries)))
        found = _nearest_points(prepared[block], tiles, wanted)
        skip = None if own is None else own[block]
        distances[block], indices[block] = _expanded(found, copies, k, skip)
    return distances, indices


class _Copies(NamedTuple):
    """Which rows each distinct point stands for."""

    start: NDArray[np.int64]  # of each point's rows in `rows`
    n_rows: NDArray[np.int64]
    rows: NDArray[np.int64]  # ascending inside each point


class _Found(NamedTuple):
    """Points near each query of a block, sorted by query, then distance, then first row."""

    query: NDArray[np.int64]
    point: NDArray[np.int64]
    distance: NDArray[np.float64]


class _Tiles(NamedTuple):
    """Distinct reference points, ready for products that give a lower bound of d squared."""

    points: NDArray[np.float32]
    factors: NDArray[np.float32]  # (points, n_features + 2)
    slack: NDArray[np.float32]  # rounding error each point's norm adds
    relative: float
    metric: Metric

    @classmethod
    def of(cls, points: NDArray[np.float32], metric: Metric) -> _Tiles:
        relative = (4.0 + 2.0 * np.sqrt(points.shape[1])) * float(np.finfo(np.float32).eps)
        squares = _squares(points, metric)
        ones = np.ones_like(squares)
        factors = np.column_stack([points, squares, ones]).astype(np.float32)
        return cls(
            points, factors, (2 * relative * squares).astype(np.float32), relative, metric
        )


def _checked(
    queries: NDArray[np.floating], reference: NDArray[np.floating] | None, k: int
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    queries = np.asarray(queries)
    other = queries if reference is None else np.asarray(reference)
    for name, array in (("queries", queries), ("reference", other)):
        if array.ndim != 2:
            raise InvalidInputError(
                f"`{name}` must have shape (rows, features), got {array.shape}. Use reshape(-1, 1) for "
                "one feature."
            )
    if queries.shape[1] != other.shape[1]:
        raise InvalidInputError(
            "`queries` and `reference` must have the same columns, got "
            f"{queries.shape[1]} and {other.shape[1]}. Encode both with the same encoder."
        )
    available = len(other) - (reference is None)
    if not 1 <= k <= available:
        raise InvalidInputError(
            f"`k` must be between 1 and {available}, got {k}. Use at most as many as there are others."
        )
    for name, array in (("queries", queries), ("reference", other)):
        if not np.isfinite(array).all():
            row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
            raise InvalidInputError(
                f"`{name}` must be finite, got a missing or infinite number in row {row}. "
                "Impute first."
            )
    return queries, other


def _prepared(
    queries: NDArray[np.floating], other: NDArray[np.floating], metric: Metric
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Shift to the reference mean (small numbers round less), or scale to length 1."""
    if metric == "cosine":
        return _unit(queries), _unit(other)
    # The median: a mean, and so the rounding to float32, would depend on row order.
    center = np.median(other, axis=0) if len(other) else np.zeros(other.shape[1])
    shifted = (queries - center).astype(np.float32)
    return shifted, shifted if other is queries else (other - center).astype(np.float32)


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    vectors = np.asarray(vectors, dtype=np.float64)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    length[length == 0.0] = 1.0
    unit: NDArray[np.float32] = (vectors / length).astype(np.float32)
    return unit


def _squares(points: NDArray[np.float32], metric: Metric) -> NDArray[np.float64]:
    if metric == "cosine":  # 1 + 1 - 2 cos: twice the distance, also for rows of zeros
        return np.ones(len(points))
    squares: NDArray[np.float64] = np.einsum("ij,ij->i", points, points, dtype=np.float64)
    return squares


def _distinct(rows: NDArray[np.float32]) -> tuple[NDArray[np.float32], _Copies]:
    """Keep one of each set of equal rows, in order of first appearance."""
    rows = np.ascontiguousarray(rows + np.float32(0.0))  # -0.0 becomes 0.0
    keys = rows.view([("", np.void, rows.shape[1] * 4)]).ravel() if rows.shape[1] else None
    if keys is None:
        inverse = np.zeros(len(rows), dtype=np.int64)
        first = np.zeros(1, dtype=np.int64)
    else:
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    point = rank[inverse.ravel()]
    count = np.bincount(point, minlength=len(first))
    start = np.cumsum(count) - count
    return rows[np.sort(first)], _Copies(start, count, np.argsort(point, kind="stable"))


def _nearest_points(queries: NDArray[np.float32], tiles: _Tiles, wanted: int) -> _Found:
    """Collect every point that may be among the `wanted` nearest, then measure those."""
    squares = _squares(queries, tiles.metric)
    keep = 1.0 - tiles.relative
    left = np.column_stack([-2.0 * queries, np.full_like(squares, keep), keep * squares])
    left = left.astype(np.float32)
    own_slack = (2 * tiles.relative * squares).astype(np.float32)
    bound = np.full(len(queries), np.inf, dtype=np.float32)
    empty = np.empty(0, dtype=np.int64)
    pool = _Pool(empty, empty, empty.astype(np.float32))
    fresh: list[_Pool] = []
    first = min(max(_FIRST_COLUMNS, 2 * wanted), len(tiles.points))
    edges = [0, *range(first, len(tiles.points), _TILE_COLUMNS), len(tiles.points)]
    for start, stop in itertools.pairwise(edges):
        lower = left @ tiles.factors[start:stop].T
        hit = np.flatnonzero(lower <= bound[:, None])
        query, column = np.divmod(hit, lower.shape[1])
        fresh.append(_Pool(query, column + start, lower.ravel()[hit]))
        if start == 0 or sum(len(part.query) for part in fresh) > len(queries) * wanted:
            pool = _joined([pool, *fresh])
            bound = _bounds(pool, tiles.slack, own_slack, wanted)
            pool = _below(pool, bound)
            fresh = []
    pool = _joined([pool, *fresh])
    pool = _below(pool, _bounds(pool, tiles.slack, own_slack, wanted))
    distance = _measured(queries, tiles, pool)
    order = np.lexsort((pool.point, distance, pool.query))
    return _Found(pool.query[order], pool.point[order], distance[order])


class _Pool(NamedTuple):
    """Candidates: query of the block, point, lower bound of the squared distance."""

    query: NDArray[np.int64]
    point: NDArray[np.int64]
    lower: NDArray[np.float32]


def _joined(parts: list[_Pool]) -> _Pool:
    query, point, lower = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(
        query.astype(np.uint8), kind="stable"
    )  # radix sort; _TILE_ROWS <= 256
    return _Pool(query[order], point[order], lower[order])


def _below(pool: _Pool, bound: NDArray[np.float32]) -> _Pool:
    near = pool.lower <= bound[pool.query]
    return _Pool(pool.query[near], pool.point[near], pool.lower[near])


def _bounds(
    pool: _Pool, slack: NDArray[np.float32], own_slack: NDArray[np.float32], wanted: int
) -> NDArray[np.float32]:
    """Bound from above, per query, the squared distance of its `wanted`-th nearest point."""
    count = np.bincount(pool.query, minlength=len(own_slack))
    offset = np.arange(len(pool.query)) - (np.cumsum(count) - count)[pool.query]
    if count.max(initial=0) < wanted:
        return np.full(len(own_slack), np.inf, dtype=np.float32)
    upper = np.full((len(own_slack), int(count.max())), np.inf, dtype=np.float32)
    upper[pool.query, offset] = pool.lower + slack[pool.point] + own_slack[pool.query]
    upper.partition(wanted - 1, axis=1)
    return upper[:, wanted - 1]


def _measured(
    queries: NDArray[np.float32], tiles: _Tiles, pool: _Pool
) -> NDArray[np.float64]:
    """Distances by plain differences, in float64."""
    distance = np.empty(len(pool.query))
    step = max(1, _GATHERED // max(1, queries.shape[1]))
    for start in range(0, len(distance), step):
        part = slice(start, start + step)
        gap = queries[pool.query[part]].astype(np.float64) - tiles.points[pool.point[part]]
        distance[part] = np.einsum("ij,ij->i", gap, gap)
    if tiles.metric == "euclidean":
        return np.sqrt(distance)
    zero_query, zero_point = ~np.any(queries, axis=1), ~np.any(tiles.points, axis=1)
    zero = zero_query[pool.query] | zero_point[pool.point]
    return np.where(zero, 1.0, distance / 2.0)


def _expanded(
    found: _Found, copies: _Copies, k: int, own: NDArray[np.int64] | None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Put back the rows each point stands for; take `k` per query, in order of index."""
    most = k + (own is not None)  # a query never needs more rows of one point than this
    count = np.minimum(copies.n_rows[found.point], most)
    taken = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(taken)) - np.repeat(np.cumsum(count) - count, count)
    row = copies.rows[copies.start[found.point[taken]] + within]
    query, distance = found.query[taken], found.distance[taken]
    order = np.lexsort((row, distance, query))
    if own is not None:
        order = order[row[order] != own[query[order]]]
    per_query = np.bincount(query[order], minlength=int(found.query[-1]) + 1)
    first = np.cumsum(per_query) - per_query
    pick = order[first[:, None] + np.arange(k)]
    return distance[pick].astype(np.float32), row[pick]
