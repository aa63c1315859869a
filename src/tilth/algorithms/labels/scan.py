"""Scans over every probability: which class is most probable, which one is sure.

Written for the cache: a block of rows is turned on its side where there are few classes, so
that each step is one vector over many rows; numpy's own argmax is slow along a short axis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BLOCK = 131_072  # values that stay in the cache; benchmarks/label_speed.py
_FEW = 24  # classes up to which turned blocks beat argmax; benchmarks/label_speed.py


def blocks(n_rows: int, width: int) -> Iterator[slice]:
    """Cut rows of `width` values into blocks of about `BLOCK` values."""
    size = max(BLOCK // max(width, 1), 1)
    for start in range(0, n_rows, size):
        yield slice(start, min(start + size, n_rows))


def code_type(highest: int) -> np.dtype[np.unsignedinteger]:
    """Return the smallest unsigned type that holds codes up to `highest`."""
    return np.min_scalar_type(highest)


def as_ordered(pred_probs: NDArray[np.floating]) -> NDArray[np.floating | np.signedinteger]:
    """Return what compares the same and fast: float16 as integers where none is negative."""
    if pred_probs.dtype != np.float16 or not pred_probs.dtype.isnative:
        return pred_probs
    bits = pred_probs.view(np.int16)
    return pred_probs if bits.size and bits.min() < 0 else bits


def most_probable(pred_probs: NDArray[np.floating]) -> NDArray[np.unsignedinteger]:
    """Return the most probable class of each row, the first of equals."""
    n_rows, n_classes = pred_probs.shape
    winners = np.zeros(n_rows, dtype=code_type(max(n_classes - 1, 0)))
    if n_classes < 2:
        return winners
    find = _first_of_few if n_classes <= _FEW else _first_of_many
    for rows in blocks(n_rows, n_classes):
        find(as_ordered(pred_probs[rows]), winners[rows])
    return winners


def _first_of_few(block: NDArray[np.generic], winners: NDArray[np.unsignedinteger]) -> None:
    columns = np.ascontiguousarray(block.T)
    best = columns.max(axis=0)
    ahead = columns[0] != best  # the best is still ahead of the columns seen
    winners[:] = ahead
    for column in columns[1:-1]:
        ahead &= column != best
        winners += ahead


def _first_of_many(
    block: NDArray[np.generic], winners: NDArray[np.unsignedinteger]
) -> None:
    winners[:] = block.argmax(axis=1)


def confident_classes(
    pred_probs: NDArray[np.floating],
    winners: NDArray[np.unsignedinteger],
    floor: NDArray[np.floating],
) -> NDArray[np.unsignedinteger]:
    """Return the class each row confidently belongs to, n_classes for none.

    A class counts where its probability reaches its floor; of several, the most probable
    class of all is taken, as the code of Northcutt et al. (2021) does.
    """
    n_rows, n_classes = pred_probs.shape
    found = np.empty(n_rows, dtype=code_type(n_classes))
    for rows in blocks(n_rows, n_classes):
        block, best = as_ordered(pred_probs[rows]), winners[rows]
        line = floor.view(block.dtype)
        top = np.take_along_axis(block, best[:, None].astype(np.intp), axis=1)[:, 0]
        sure = top >= line[best]
        found[rows] = np.where(sure, best, n_classes)
        others = np.flatnonzero(~sure)
        at, classes = np.divmod(np.flatnonzero(block[others] >= line), n_classes)
        alone = np.bincount(at, minlength=len(others))[at] == 1
        chosen = np.where(alone, classes, best[others[at]])
        found[rows][others[at]] = chosen
    return found
