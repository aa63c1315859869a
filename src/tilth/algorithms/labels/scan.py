"""Scans over every probability: which class is most probable, which one is sure.

Written for the cache: a block of rows is turned on its side where there are few classes, so
that each step is one vector over many rows; numpy's own argmax is slow along a short axis.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from tilth.algorithms.labels.accelerate import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BLOCK = 131_072  # values that stay in the cache; benchmarks/label_speed.py
FEW = 24  # classes up to which turned blocks beat argmax; benchmarks/label_speed.py


def blocks(n_rows: int, width: int) -> Iterator[slice]:
    """Cut rows of `width` values into blocks of about `BLOCK` values."""
    size = max(BLOCK // max(width, 1), 1)
    for start in range(0, n_rows, size):
        yield slice(start, min(start + size, n_rows))


def code_type(highest: int) -> np.dtype[np.unsignedinteger]:
    """Return the smallest unsigned type that holds codes up to `highest`."""
    return np.min_scalar_type(highest)


@cache
def halves() -> NDArray[np.float32]:
    """Return what each float16 is, by its bits: numpy converts them slowly, one by one."""
    return np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)


def as_ordered(pred_probs: NDArray[np.floating]) -> NDArray[np.signedinteger]:
    """Return floats that are not negative as integers of the same order: fast to compare."""
    return pred_probs.view(f"i{pred_probs.dtype.itemsize}")


def most_probable(pred_probs: NDArray[np.floating]) -> NDArray[np.unsignedinteger]:
    """Return the most probable class of each row, the first of equals."""
    winners, _ = scanned(pred_probs, None)
    return winners


def scanned(
    pred_probs: NDArray[np.floating], floor: NDArray[np.floating] | None
) -> tuple[NDArray[np.unsignedinteger], NDArray[np.unsignedinteger]]:
    """Return the most probable class of each row, and the one it confidently belongs to.

    Parameters
    ----------
    pred_probs : float array of shape (n_rows, n_classes)
        Not negative, no NaN.
    floor : float array of shape (n_classes,), optional
        A class counts where its probability reaches its floor. None: none does.

    Returns
    -------
    winners : int array of shape (n_rows,)
        The most probable class, the first of equals.
    confident : int array of shape (n_rows,)
        The class that counts; of several the most probable class of all, as the code of
        Northcutt et al. (2021) does; n_classes where none counts.
    """
    n_rows, n_classes = pred_probs.shape
    winners = np.zeros(n_rows, dtype=code_type(max(n_classes - 1, 0)))
    confident = np.full(n_rows if floor is not None else 0, n_classes, code_type(n_classes))
    if n_classes == 0:
        return winners, confident
    twins = compiled(pred_probs.size)
    for rows in blocks(n_rows, n_classes):
        block = as_ordered(pred_probs[rows])
        line = np.zeros(0, block.dtype) if floor is None else floor.view(block.dtype)
        if twins is not None:
            twins.find_winners(block, winners[rows])
            if len(line):
                twins.find_confident(block, line, winners[rows], confident[rows])
            continue
        scan = _scan_few if n_classes <= FEW else _scan_many
        scan(block, line, winners[rows], confident[rows])
    return winners, confident


def _scan_few(
    block: NDArray[np.signedinteger],
    line: NDArray[np.signedinteger],
    winners: NDArray[np.unsignedinteger],
    confident: NDArray[np.unsignedinteger],
) -> None:
    """Fill in winners, and confident classes where there is a line; on the turned block."""
    columns = np.ascontiguousarray(block.T)
    best = columns.max(axis=0)
    ahead = columns[0] != best  # the best is still ahead of the columns seen
    winners[:] = ahead
    for column in columns[1:-1]:
        ahead &= column != best
        winners += ahead
    if not len(line):
        return
    sure = best >= line[winners]
    np.copyto(confident, winners, where=sure)
    others = np.flatnonzero(~sure)
    above = columns.take(others, axis=1) >= line[:, None]
    classes, at = np.divmod(np.flatnonzero(above), max(len(others), 1))
    _fill_in(confident, winners, others, (at, classes))


def _scan_many(
    block: NDArray[np.signedinteger],
    line: NDArray[np.signedinteger],
    winners: NDArray[np.unsignedinteger],
    confident: NDArray[np.unsignedinteger],
) -> None:
    """Do the same on the block as it is."""
    winners[:] = block.argmax(axis=1)
    if not len(line):
        return
    sure = block[np.arange(len(block)), winners] >= line[winners]
    np.copyto(confident, winners, where=sure)
    others = np.flatnonzero(~sure)
    above = block.take(others, axis=0) >= line
    _fill_in(confident, winners, others, np.divmod(np.flatnonzero(above), len(line)))


def _fill_in(
    confident: NDArray[np.unsignedinteger],
    winners: NDArray[np.unsignedinteger],
    others: NDArray[np.intp],
    above: tuple[NDArray[np.intp], NDArray[np.intp]],
) -> None:
    """Fill in rows whose most probable class does not count, though another may."""
    at, classes = above
    is_alone = np.bincount(at, minlength=len(others))[at] == 1
    confident[others[at]] = np.where(is_alone, classes, winners[others[at]])
