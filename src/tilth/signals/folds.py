"""Folds for out-of-sample predictions: stratified, and equal examples stay together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def stratified_folds(
    strata: NDArray[np.integer],
    units: NDArray[np.uint64],
    *,
    n_folds: int,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Deal examples to folds, every stratum evenly, rows of one unit to one fold.

    Parameters
    ----------
    strata : int array of shape (n_examples,)
        What each fold should have its share of: class codes, or bins of a number.
    units : uint64 array of shape (n_examples,)
        Examples with equal values (copies of one another, one group) are never parted.
    n_folds : int
        At least 2.
    rng : Generator
        Which units go together.

    Returns
    -------
    int array of shape (n_examples,)
        The fold of each example, 0 .. n_folds - 1. Depends on neither the order of the
        rows nor the names of the strata.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> folds = stratified_folds(
    ...     np.array([0, 0, 1, 1]), np.array([7, 7, 8, 9], dtype=np.uint64), n_folds=2, rng=rng
    ... )
    >>> bool(folds[0] == folds[1]), bool(folds[2] != folds[3])
    (True, True)
    """
    names, first, unit, size = np.unique(
        units, return_index=True, return_inverse=True, return_counts=True
    )
    stratum = strata[first]
    mixed = np.flatnonzero(np.bincount(unit, weights=strata != stratum[unit]) > 0)
    for one in mixed:  # copies with different labels: the commonest, the lowest where tied
        stratum[one] = np.bincount(strata[unit == one]).argmax()
    shuffled = rng.permutation(len(names))
    fold = np.empty(len(names), dtype=np.intp)
    total = np.zeros(n_folds, dtype=np.intp)
    for members in _by_stratum(stratum, shuffled, size):
        total = _deal(members, size, fold, total)
    return fold[unit]


def _by_stratum(
    stratum: NDArray[np.integer], shuffled: NDArray[np.intp], size: NDArray[np.intp]
) -> list[NDArray[np.intp]]:
    """Return the units of each stratum, largest unit first, largest stratum first."""
    order = shuffled[np.argsort(-size[shuffled], kind="stable")]
    groups = [order[stratum[order] == value] for value in np.unique(stratum)]
    # Ties by the lowest unit, not by the name of the class: renaming changes nothing.
    return sorted(groups, key=lambda members: (-size[members].sum(), members.min()))


def _deal(
    members: NDArray[np.intp],
    size: NDArray[np.intp],
    fold: NDArray[np.intp],
    total: NDArray[np.intp],
) -> NDArray[np.intp]:
    """Give each unit to the fold with the fewest rows of its stratum, then of all."""
    held = np.zeros_like(total)
    n_large = int(np.count_nonzero(size[members] > 1))
    for unit in members[:n_large]:
        chosen = np.lexsort((total + held, held))[0]
        fold[unit] = chosen
        held[chosen] += size[unit]
    single = members[n_large:]
    emptiest_first = np.lexsort((total + held, held))
    fold[single] = emptiest_first[np.arange(len(single)) % len(total)]
    return total + held + np.bincount(fold[single], minlength=len(total))
