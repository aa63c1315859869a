"""Outliers: examples far from all others, and cells far from the rest of their column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHARE, _FEWEST, _MOST = 0.1, 5, 500  # neighbors: methods.md 20.3, on 14 sets of ADBench
_REFERENCE = 5_000  # rows neighbors are taken from in larger sets; our own
_BLOCK = 1 << 22  # distances held at once; our own
_LIGHTEST, _HEAVIEST = -0.15, 1.0  # tail shapes believed, see `tail_cut`; our own
_SIDE = 20  # values on one side of the median from which a tail can be told; our own


def outlier_scores(
    features: NDArray[np.floating],
    *,
    reference: NDArray[np.floating] | None = None,
    rng: np.random.Generator | None = None,
) -> NDArray[np.float64]:
    """Measure how far each example is from the others: the mean distance to its nearest ones.

    Parameters
    ----------
    features : float array of shape (n_examples, n_features)
        Finite, in comparable units: best numbers divided by the square root of their
        standard deviation.
    reference : float array of shape (n_reference, n_features), optional
        Neighbors are taken from here, so that new examples are scored by known ones. None:
        from `features` themselves, an example never being its own neighbor.
    rng : Generator, optional
        Picks the 5,000 rows that stand for a larger reference; None: evenly spaced rows.

    Returns
    -------
    float array of shape (n_examples,)
        Non-negative distances in the unit of `features`; larger is farther out.

    Raises
    ------
    InvalidInputError
        If shapes differ, a number is not finite, or there is nothing to compare with.

    Notes
    -----
    The neighbors are a tenth of the reference, at least 5 and at most 500: with few, groups
    of outliers hide each other. Time O(n_examples * 5,000 * n_features).

    References
    ----------
    Angiulli & Pizzuti (2002), "Fast outlier detection in high dimensional spaces". Number
    of neighbors and scaling: our own, on the 14 sets of ADBench (Han et al. 2022).

    Examples
    --------
    >>> import numpy as np
    >>> features = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [50.0]])
    >>> int(outlier_scores(features).argmax())
    5
    """
    features = _checked(features, "features")
    among = reference is None
    known = features if reference is None else _checked(reference, "reference")
    if known.shape[1] != features.shape[1] or len(known) <= among:
        raise InvalidInputError(
            f"`reference` must have the {features.shape[1]} columns of `features` and some "
            f"other example, got shape {known.shape}. Encode both alike."
        )
    # The share of the whole that counts as near stays the same in a part of it.
    wanted = np.clip(_SHARE * len(known), _FEWEST, _MOST) / len(known)
    rows = _chosen(len(known), rng)
    points = known[rows]
    k = int(np.clip(round(wanted * len(points)), 1, len(points) - among))
    k = min(max(k, _FEWEST), len(points) - among)
    center = np.median(points, axis=0)
    points = (points - center).astype(np.float32)
    place = np.full(len(known), -1) if among else None
    if place is not None:
        place[rows] = np.arange(len(rows))
    scores = np.empty(len(features))
    step = max(1, _BLOCK // len(points))
    for start in range(0, len(features), step):
        block = (features[start : start + step] - center).astype(np.float32)
        own = None if place is None else place[start : start + step]
        scores[start : start + step] = _mean_nearest(block, points, own, k)
    return scores


def tail_cut(deviations: NDArray[np.floating], *, max_false: float = 0.05) -> float:
    """Extrapolate how far the largest of these deviations would be without outliers.

    Parameters
    ----------
    deviations : float array of shape (n,)
        Positive distances from the middle, on one side of it.
    max_false : float, default 0.05
        Expected number of sound values beyond the cut.

    Returns
    -------
    float
        The cut; infinite where fewer than 20 values or a middle without spread cannot say.

    Notes
    -----
    A generalised Pareto tail is fitted to the quartiles, which a quarter of bad values on
    this side hardly move, and read off at `max_false` / n. Its shape is kept within -0.15
    (of normal data the cut is then 4.4 standard deviations at n = 4,000) and 1 (Cauchy), so
    that skewed and heavy-tailed columns have cuts of their own. Skewed ones bend more than
    their quartiles tell: of 2,000 exponential or lognormal values up to 1 lies beyond.

    References
    ----------
    Pickands (1975), "Statistical inference using extreme order statistics", for reading the
    shape off quantiles; here from the quartiles. Our own.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.abs(np.random.default_rng(0).normal(size=2000))
    >>> bool(4.0 < tail_cut(values) < 5.0), bool(tail_cut(values**3) > 100)
    (True, True)
    """
    deviations = np.asarray(deviations, dtype=np.float64)
    if len(deviations) < _SIDE:
        return float("inf")
    near, middle, far = np.quantile(deviations, [0.25, 0.5, 0.75])
    if not far > middle:
        return float("inf")
    shape = _tail_shape(far - middle, middle - near)
    scale = (far - middle) / _grown(4.0, shape, 2.0)
    return float(middle + scale * _grown(max(len(deviations) / max_false, 4.0), shape, 2.0))


def cell_severity(
    values: NDArray[np.floating], *, max_false: float = 0.05
) -> NDArray[np.float64]:
    """Compare how far each value is from the median with how far sound values may be.

    Parameters
    ----------
    values : float array of shape (n,)
        One column; NaN where missing.
    max_false : float, default 0.05
        Expected number of sound values beyond 1, on both sides together.

    Returns
    -------
    float array of shape (n,)
        0 at the median (and for missing values), 1 at the cut of the value's own side of
        the median, above 1 beyond it.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.random.default_rng(0).normal(size=1000)
    >>> values[3] = 60.0
    >>> np.flatnonzero(cell_severity(values) > 1)
    array([3])
    """
    values = np.asarray(values, dtype=np.float64)
    severity = np.zeros(len(values))
    known = np.isfinite(values)
    if not known.any():
        return severity
    away = np.where(known, values, np.nan) - np.median(values[known])
    for sign in (1.0, -1.0):
        side = np.flatnonzero(known & (sign * away > 0))
        cut = tail_cut(sign * away[side], max_false=max_false / 2)
        severity[side] = sign * away[side] / cut
    return severity


def _checked(array: NDArray[np.floating], name: str) -> NDArray[np.floating]:
    array = np.asarray(array)
    if array.ndim != 2:
        raise InvalidInputError(
            f"`{name}` must have shape (n_examples, n_features), got {array.shape}. Use "
            "reshape(-1, 1) for one feature."
        )
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise InvalidInputError(
            f"`{name}` must be finite, got a missing or infinite number in row {row}. "
            "Impute first."
        )
    return array


def _chosen(n: int, rng: np.random.Generator | None) -> NDArray[np.int64]:
    if n <= _REFERENCE:
        return np.arange(n)
    if rng is None:
        return np.linspace(0, n - 1, _REFERENCE).astype(np.int64)
    return np.sort(rng.choice(n, _REFERENCE, replace=False))


def _mean_nearest(
    block: NDArray[np.float32],
    points: NDArray[np.float32],
    own: NDArray[np.int64] | None,
    k: int,
) -> NDArray[np.float64]:
    squared = block @ points.T
    squared *= -2.0
    squared += np.einsum("ij,ij->i", points, points)
    squared += np.einsum("ij,ij->i", block, block)[:, None]
    if own is not None:
        itself = np.flatnonzero(own >= 0)
        squared[itself, own[itself]] = np.inf
    squared.partition(k - 1, axis=1)
    near = np.sqrt(np.maximum(squared[:, :k], 0.0))
    return np.asarray(near.mean(axis=1, dtype=np.float64))


def _grown(ratio: float, shape: float, start: float) -> float:
    """Growth of a generalised Pareto quantile between survival 1 / start and 1 / ratio."""
    if abs(shape) < 1e-9:
        return float(np.log(ratio / start))
    return float((ratio**shape - start**shape) / shape)


def _tail_shape(outer: float, inner: float) -> float:
    """Solve for the shape whose quartile gaps have the ratio outer : inner."""

    def excess(shape: float) -> float:
        return inner * _grown(4.0, shape, 2.0) - outer * _grown(2.0, shape, 4.0 / 3.0)

    if excess(_LIGHTEST) >= 0.0:
        return _LIGHTEST
    if excess(_HEAVIEST) <= 0.0:
        return _HEAVIEST
    return float(brentq(excess, _LIGHTEST, _HEAVIEST))
