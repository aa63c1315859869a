"""Exact order statistics of many groups at once, from rows that come in any order.

Two passes with bounded memory: a histogram of each group finds the bucket its rank lies in,
then only the values of that bucket are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from numpy.typing import NDArray

    from tilth.algorithms.estimation import Estimation
    from tilth.algorithms.labels.inputs import Examples

    Entries = Callable[
        [Examples, NDArray[np.floating]],
        Iterator[tuple[NDArray[np.signedinteger], NDArray[np.floating]]],
    ]

_CELLS = 1 << 17  # of all histograms together: 1 MB. No result depends on it
_FRESH = 1 << 20  # values that wait before repeats are counted together. The same


@dataclass(frozen=True, eq=False)
class Ranked:
    """What is ranked.

    Attributes
    ----------
    entries : callable (rows, bars) -> iterator of (group, value)
        The values of some rows, a hair around [low, low + 1], and the group of each. Values
        above the bar of their group may be left out; bars fall while it runs. Can be pickled.
    ranks : int array of shape (n_groups,)
        Which value is wanted: the rank-th smallest, counted from 1, repeats counted.
    low : float
        Where the values begin.
    dtype : numpy dtype
        Of the values.
    """

    entries: Entries
    ranks: NDArray[np.int64]
    low: float
    dtype: np.dtype[np.floating]

    @property
    def n_buckets(self) -> int:
        """How many buckets the histogram of a group has."""
        return max(_CELLS // max(len(self.ranks), 1), 2)

    def buckets(self, values: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return the bucket of each value, which never falls as the value grows."""
        scaled = values.astype(np.result_type(values, np.float32))
        scaled -= self.low
        scaled *= self.n_buckets
        np.clip(scaled, 0, self.n_buckets - 1, out=scaled)
        return scaled.astype(np.int64)

    def bars(self, bucket: NDArray[np.int64]) -> NDArray[np.floating]:
        """Return what no value of a bucket exceeds: the middle of the next one."""
        ends = np.where(
            bucket + 1 < self.n_buckets, self.low + (bucket + 1.5) / self.n_buckets, np.inf
        )
        return ends.astype(self.dtype)


def rank_cuts(
    ranked: Ranked,
) -> Generator[
    Estimation[Examples, Any], Any, tuple[NDArray[np.floating], NDArray[np.int64]]
]:
    """Find the value of a rank in each group, in two passes.

    Parameters
    ----------
    ranked : Ranked
        The values, and the rank wanted in each group.

    Yields
    ------
    Estimation
        The two passes.

    Returns
    -------
    cuts : float array of shape (n_groups,)
        The values; infinite where a group has fewer, or the rank is 0.
    left : int array of shape (n_groups,)
        How many values a group lacks for its rank.
    """
    brackets = yield RankHistograms(ranked)
    found = yield BracketValues(ranked, brackets)
    return found, brackets.left


class Brackets(NamedTuple):
    """Where the wanted ranks lie.

    Attributes
    ----------
    bucket : int array of shape (n_groups,)
        The bucket of the wanted value; -1 where a group has too few.
    rank : int array of shape (n_groups,)
        Its rank among the values of the bucket.
    left : int array of shape (n_groups,)
        How many values a group lacks.
    """

    bucket: NDArray[np.int64]
    rank: NDArray[np.int64]
    left: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RankHistograms:
    """An estimation: the bucket each wanted rank lies in."""

    ranked: Ranked

    def start(self) -> NDArray[np.int64]:
        """Count nothing."""
        return np.zeros((len(self.ranked.ranks), self.ranked.n_buckets), dtype=np.int64)

    def update(self, state: NDArray[np.int64], rows: Examples) -> NDArray[np.int64]:
        """Count the values of some rows; above the rank a histogram need not be whole."""
        total = state.copy()
        flat = total.ravel()
        cells: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
        n_cells = n_counted = 0
        bars = self._bars(total)
        for group, values in self.ranked.entries(rows, bars):
            cells.append(
                group * np.int64(self.ranked.n_buckets) + self.ranked.buckets(values)
            )
            n_cells += len(group)
            if n_cells > min(n_counted, len(flat) // 2):
                n_counted += n_cells
                flat += np.bincount(np.concatenate(cells), minlength=len(flat))
                bars[:] = self._bars(total)
                cells, n_cells = cells[:1], 0
        flat += np.bincount(np.concatenate(cells), minlength=len(flat))
        return total

    def _bars(self, state: NDArray[np.int64]) -> NDArray[np.floating]:
        """Return values above which nothing counts any more."""
        bucket, _, left = self.finish(state)
        bars = self.ranked.bars(bucket)
        bars[bucket < 0] = -np.inf
        bars[left > 0] = np.inf
        return bars

    def merge(
        self, state: NDArray[np.int64], other: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Add two counts."""
        return state + other

    def finish(self, state: NDArray[np.int64]) -> Brackets:
        """Return where the ranks lie."""
        up_to = np.cumsum(state, axis=1)
        total = up_to[:, -1]
        ranks = self.ranked.ranks
        has = (ranks > 0) & (ranks <= total)
        bucket = np.where(has, (up_to < ranks[:, None]).sum(axis=1), -1)
        groups = np.arange(len(state))
        rank = ranks - np.where(bucket > 0, up_to[groups, bucket - 1], 0)
        return Brackets(bucket, rank, np.maximum(ranks - total, 0))


class Counted(NamedTuple):
    """Distinct values of groups, how often each came, and values that came since."""

    group: NDArray[np.int64]
    value: NDArray[np.floating]
    times: NDArray[np.int64]
    fresh: tuple[tuple[NDArray[np.int64], NDArray[np.floating]], ...] = ()


@dataclass(frozen=True, eq=False)
class BracketValues:
    """An estimation: the value of a rank in the bucket of each group."""

    ranked: Ranked
    brackets: Brackets

    def start(self) -> Counted:
        """Keep nothing."""
        none = np.zeros(0, dtype=np.int64)
        return Counted(none, none.astype(self.ranked.dtype), none)

    def update(self, state: Counted, rows: Examples) -> Counted:
        """Keep the values that lie in the bucket of their group."""
        fresh = list(state.fresh)
        bucket = self.brackets.bucket
        bars = np.where(bucket < 0, -np.inf, self.ranked.bars(bucket))
        for group, values in self.ranked.entries(rows, bars.astype(self.ranked.dtype)):
            near = np.flatnonzero(self.ranked.buckets(values) == bucket[group])
            fresh.append((group[near].astype(np.int64), values[near]))
        state = state._replace(fresh=tuple(fresh))
        if sum(len(values) for _, values in fresh) > max(_FRESH, len(state.value)):
            return _together(state)
        return state

    def merge(self, state: Counted, other: Counted) -> Counted:
        """Keep the values of both."""
        state, other = _together(state), _together(other)
        return _counted(
            *(np.concatenate(pair) for pair in zip(state[:3], other[:3], strict=True))
        )

    def finish(self, state: Counted) -> NDArray[np.floating]:
        """Return the values; infinite where there is none."""
        group, value, times, _ = _together(state)
        found = np.full(len(self.brackets.bucket), np.inf, dtype=self.ranked.dtype)
        up_to = np.cumsum(times)
        first = np.searchsorted(group, np.arange(len(found)))
        before = np.concatenate([[0], up_to])[first]
        has = np.flatnonzero(self.brackets.bucket >= 0)
        wanted = before[has] + self.brackets.rank[has]
        found[has] = value[np.searchsorted(up_to, wanted)]
        return found


def _together(state: Counted) -> Counted:
    if not state.fresh:
        return state
    group, value = (np.concatenate(arrays) for arrays in zip(*state.fresh, strict=True))
    return _counted(
        np.concatenate([state.group, group]),
        np.concatenate([state.value, value]),
        np.concatenate([state.times, np.ones(len(value), dtype=np.int64)]),
    )


def _counted(
    group: NDArray[np.int64], value: NDArray[np.floating], times: NDArray[np.int64]
) -> Counted:
    """Sort by group and value, and count equals together."""
    order = _order(group, value)
    group, value, times = group[order], value[order], times[order]
    is_first = np.ones(len(value), dtype=bool)
    is_first[1:] = (group[1:] != group[:-1]) | (value[1:] != value[:-1])
    first = np.flatnonzero(is_first)
    times = np.add.reduceat(times, first) if len(first) else times
    return Counted(group[first], value[first], times)


def _order(group: NDArray[np.int64], value: NDArray[np.floating]) -> NDArray[np.intp]:
    if value.dtype.itemsize > 4:
        return np.lexsort((value, group))
    # Both in one integer: one sort instead of two. Floats in the order of their bits.
    bits = value.astype(np.float32).view(np.int32)
    bits = np.where(bits < 0, bits ^ np.int32(0x7FFFFFFF), bits)
    return np.argsort((group << 32) + bits)
