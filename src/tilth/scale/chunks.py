"""Rows that are too many to hold at once, as chunks that can be loaded again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Rows_co = TypeVar("Rows_co", covariant=True)


@dataclass(frozen=True)
class Chunk(Generic[Rows_co]):
    """Some rows of many.

    Attributes
    ----------
    start, stop : int
        Which rows, as a slice of all.
    load : callable () -> rows
        Returns them, the same each time; can be pickled, so that a worker elsewhere may call it.
    """

    start: int
    stop: int
    load: Callable[[], Rows_co]


def cut_into_chunks(
    n_rows: int, size: int, loader: Callable[[int, int], Callable[[], Rows_co]]
) -> list[Chunk[Rows_co]]:
    """Cut rows into chunks of equal size, the last one smaller.

    Parameters
    ----------
    n_rows : int
        How many rows there are.
    size : int
        Rows of a chunk.
    loader : callable (start, stop) -> callable () -> rows
        Makes what a chunk is loaded by.

    Returns
    -------
    list of Chunk
        In row order; one empty chunk where there are no rows.

    Examples
    --------
    >>> import numpy as np
    >>> from functools import partial
    >>> rows = np.arange(5)
    >>> chunks = cut_into_chunks(5, 2, lambda a, b: partial(rows.__getitem__, slice(a, b)))
    >>> [chunk.load().tolist() for chunk in chunks]
    [[0, 1], [2, 3], [4]]
    """
    starts = range(0, max(n_rows, 1), max(size, 1))
    stops = [min(start + max(size, 1), n_rows) for start in starts]
    return [
        Chunk(start, stop, loader(start, stop))
        for start, stop in zip(starts, stops, strict=True)
    ]
