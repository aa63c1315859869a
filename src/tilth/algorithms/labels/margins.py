"""Margins of other classes over the given one, of the few rows and pairs where they count."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.algorithms.labels.scan import FEW, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tilth.algorithms.labels.inputs import Examples


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of classes.

    Attributes
    ----------
    given, true : int arrays of shape (n_pairs,)
        Given this class, truly that one; sorted.
    n_classes : int
        How many classes there are.
    """

    given: NDArray[np.intp]
    true: NDArray[np.intp]
    n_classes: int

    def matrix(self, values: NDArray[Any], *, fill: float) -> NDArray[Any]:
        """Return a value for each pair as a matrix of all classes."""
        matrix = np.full((self.n_classes, self.n_classes), fill, dtype=values.dtype)
        matrix[self.given, self.true] = values
        return matrix

    @cached_property
    def first(self) -> NDArray[np.intp]:
        """Where the pairs of each given class begin, and the end."""
        return np.searchsorted(self.given, np.arange(self.n_classes + 1))

    def of(self, given: NDArray[Any], true: NDArray[Any]) -> NDArray[np.int32]:
        """Return which pair each two classes are; -1: none."""
        found: NDArray[np.int32] = self._table[given, true]
        return found

    @cached_property
    def _table(self) -> NDArray[np.int32]:
        return self.matrix(np.arange(len(self.given), dtype=np.int32), fill=-1)


@dataclass(frozen=True, eq=False)
class NegativeMargins:
    """Minus the margins of examples over their given class.

    The margin of class j over the given class k is p_j - p_k; minus, so that those to prune
    come first.

    Attributes
    ----------
    pairs : Pairs
        The classes (k, j) that count.
    dtype : numpy dtype
        Of the margins: float32 for float16 probabilities, else as they are.
    positive : bool
        Which margins: those above 0, or the others.
    """

    pairs: Pairs
    dtype: np.dtype[np.floating]
    positive: bool = True

    def __call__(
        self, rows: Examples, bars: NDArray[np.floating]
    ) -> Iterator[tuple[NDArray[np.signedinteger], NDArray[np.floating]]]:
        """Yield pairs and values up to the bar of their pair; bars may fall meanwhile."""
        if not self.positive:
            some = np.diff(self.pairs.first) > 0
            at = np.flatnonzero(some[rows.labels])
            for _, pair, value in margins_within(rows, at, self.pairs, bars):
                yield pair[value >= 0], value[value >= 0]
            return
        winners = rows.winners[rows.doubted]
        rows, at = rows.doubted_alone
        for block in blocks(len(at), 8):  # the largest first: they lower the bars
            yield self._of_classes(rows, at[block], winners[block])
        for place, pair, value in margins_within(rows, at, self.pairs, bars):
            others = (value < 0) & (self.pairs.true[pair] != winners[place])
            yield pair[others], value[others]

    def _of_classes(
        self, rows: Examples, at: NDArray[np.intp], true: NDArray[np.unsignedinteger]
    ) -> tuple[NDArray[np.signedinteger], NDArray[np.floating]]:
        labels = rows.labels.take(at)
        values = rows.pred_probs[at, labels].astype(self.dtype)
        values -= rows.pred_probs[at, true]
        pair = self.pairs.of(labels, true)
        return pair[pair >= 0], values[pair >= 0]


def margins_within(
    rows: Examples, at: NDArray[np.intp], pairs: Pairs, bars: NDArray[np.floating]
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.signedinteger], NDArray[np.floating]]]:
    """Yield places in `at`, pairs and minus their margin where at most the bar of the pair.

    Parameters
    ----------
    rows : Examples
        Where the rows come from.
    at : int array
        The rows looked at.
    pairs : Pairs
        The classes looked at.
    bars : float array of shape (n_pairs,)
        Its type is that of the margins; may fall meanwhile.
    """
    known, limit = bars.copy(), pairs.matrix(bars, fill=-np.inf)
    for block in blocks(len(at), min(4 * rows.n_classes, 1024)):  # room for all found
        if not np.array_equal(known, bars):
            known, limit = bars.copy(), pairs.matrix(bars, fill=-np.inf)
        place, pair, value = _within(rows, at[block], pairs, limit)
        yield block.start + place, pair, value


def _within(
    rows: Examples, at: NDArray[np.intp], pairs: Pairs, limit: NDArray[np.floating]
) -> tuple[NDArray[np.intp], NDArray[np.signedinteger], NDArray[np.floating]]:
    if rows.twins is not None and rows.pred_probs.dtype == limit.dtype:
        n_most = len(at) * rows.n_classes
        found = np.empty((2, n_most), dtype=np.intp), np.empty(n_most, dtype=limit.dtype)
        given_rows = rows.labels, rows.pred_probs, at
        n = rows.twins.margins_within(given_rows, (pairs.first, pairs.true, limit), found)
        return found[0][0, :n], found[0][1, :n], found[1][:n]
    labels, local = rows.labels.take(at), np.arange(len(at))
    probs = rows.pred_probs.take(at, axis=0).astype(limit.dtype, copy=False)
    given = probs[local, labels]
    if rows.n_classes <= FEW:  # turned on its side: numpy is slow along short rows
        values = given - np.ascontiguousarray(probs.T)
        near = np.flatnonzero(values <= limit.T.take(labels, axis=1))
        true, place = np.divmod(near, len(at))
    else:
        values = given[:, None] - probs
        near = np.flatnonzero(values <= limit.take(labels, axis=0))
        place, true = np.divmod(near, rows.n_classes)
    return place, pairs.of(labels[place], true), values.ravel()[near]
