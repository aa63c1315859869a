"""Runs of neighbouring blocks or values that a residual singles out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def best_run(
    sums: NDArray[np.floating],
    variances: NDArray[np.floating],
    sizes: NDArray[np.integer],
    *,
    n_examples: int,
    limits: tuple[int, int],
) -> tuple[int, int, float] | None:
    """Return the run of neighbouring blocks whose residual is highest for its spread.

    Parameters
    ----------
    sums, variances, sizes : arrays of shape (n_blocks,)
        Sum of the (centred) residual, sum of its variance and examples of each block.
    n_examples : int
        Examples in all; those in no block count as outside.
    limits : (int, int)
        Fewest and most examples in a run.

    Returns
    -------
    (start, stop, z) or None
        Blocks start .. stop - 1; None if no run is within the limits.

    Notes
    -----
    All runs are tried, O(n_blocks ** 2).

    Examples
    --------
    >>> best_run(np.array([-9.0, 9.0, 8.0, -8.0]), np.ones(4) * 9, np.ones(4, dtype=int) * 10,
    ...          n_examples=40, limits=(5, 30))[:2]
    (1, 3)
    """
    n_blocks = len(sums)
    start, stop = np.triu_indices(n_blocks + 1, k=1)
    total = np.r_[0.0, np.cumsum(sums)]
    spread = np.r_[0.0, np.cumsum(variances)]
    count = np.r_[0, np.cumsum(sizes)]
    size = count[stop] - count[start]
    variance = (spread[stop] - spread[start]) * (1 - size / n_examples)
    z = (total[stop] - total[start]) / np.sqrt(np.maximum(variance, 1e-12))
    z[(size < limits[0]) | (size > limits[1])] = -np.inf
    if not len(z) or not np.isfinite(z.max()):
        return None
    best = int(z.argmax())
    return int(start[best]), int(stop[best]), float(z[best])


def maximal_run(
    values: NDArray[np.floating], residual: NDArray[np.floating]
) -> tuple[float, float]:
    """Return the ends of the run of values with the largest sum of residuals.

    Parameters
    ----------
    values, residual : float arrays of shape (n_examples,)
        Values may repeat (they stay together), not be NaN.

    Returns
    -------
    (first, last) : floats
        Both are in the run.

    Notes
    -----
    Bentley (1984), "Programming Pearls: algorithm design techniques"; O(n log n) for sorting.

    Examples
    --------
    >>> maximal_run(np.array([4.0, 1.0, 2.0, 3.0]), np.array([-1.0, -1.0, 2.0, 2.0]))
    (2.0, 3.0)
    """
    distinct, inverse = np.unique(values, return_inverse=True)
    total = np.cumsum(np.bincount(inverse, weights=residual, minlength=len(distinct)))
    before = np.minimum.accumulate(np.r_[0.0, total[:-1]])
    last = int((total - before).argmax())
    first = int(np.r_[0.0, total[: last + 1]][: last + 1].argmin())
    return float(distinct[first]), float(distinct[last])
