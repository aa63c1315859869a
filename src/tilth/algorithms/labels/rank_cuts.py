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

    Entries = Callable[[Examples], Iterator[tuple[NDArray[np.intp], NDArray[np.floating]]]]

_CELLS = 1 << 17  # of all histograms together: 1 MB. No result depends on it
_FRESH = 1 << 20  # values that wait before repeats are counted together. The same


def rank_cuts(
    entries: Entries, ranks: NDArray[np.int64], dtype: np.dtype[np.floating]
) -> Generator[
    Estimation[Examples, Any], Any, tuple[NDArray[np.floating], NDArray[np.int64]]
]:
    """Find the value of a rank in each group, in two passes.

    Parameters
    ----------
    entries : callable (rows) -> iterator of (group, value)
        The values of some rows, a hair around [-1, 1], and the group of each; can be pickled.
    ranks : int array of shape (n_groups,)
        Which value is wanted: the rank-th smallest, counted from 1, repeats counted.
    dtype : numpy dtype
        Of the values.

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
    brackets = yield RankHistograms(entries, ranks)
    found = yield BracketValues(entries, brackets, dtype)
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


def _buckets(values: NDArray[np.floating], n_groups: int) -> NDArray[np.int64]:
    """Return the bucket of each value, which never falls as the value grows."""
    n_buckets = _n_buckets(n_groups)
    scaled = values.astype(np.result_type(values, np.float32))
    scaled += 1
    scaled *= n_buckets // 2
    np.clip(scaled, 0, n_buckets - 1, out=scaled)
    return scaled.astype(np.int64)


def _n_buckets(n_groups: int) -> int:
    return 2 * max(_CELLS // (2 * max(n_groups, 1)), 1)


@dataclass(frozen=True, eq=False)
class RankHistograms:
    """An estimation: the bucket each wanted rank lies in."""

    entries: Entries
    ranks: NDArray[np.int64]

    def start(self) -> NDArray[np.int64]:
        """Count nothing."""
        n_groups = len(self.ranks)
        return np.zeros((n_groups, _n_buckets(n_groups)), dtype=np.int64)

    def update(self, state: NDArray[np.int64], rows: Examples) -> NDArray[np.int64]:
        """Count the values of some rows."""
        n_groups, n_buckets = state.shape
        total = state.ravel().copy()
        cells: list[NDArray[np.int64]] = []
        n_cells = 0
        for group, values in self.entries(rows):
            cells.append(group * n_buckets + _buckets(values, n_groups))
            n_cells += len(group)
            if n_cells > len(total) // 2:
                total += np.bincount(np.concatenate(cells), minlength=len(total))
                cells, n_cells = [], 0
        if cells:
            total += np.bincount(np.concatenate(cells), minlength=len(total))
        return total.reshape(state.shape)

    def merge(
        self, state: NDArray[np.int64], other: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Add two counts."""
        return state + other

    def finish(self, state: NDArray[np.int64]) -> Brackets:
        """Return where the ranks lie."""
        up_to = np.cumsum(state, axis=1)
        total = up_to[:, -1]
        has = (self.ranks > 0) & (self.ranks <= total)
        bucket = np.where(has, (up_to < self.ranks[:, None]).sum(axis=1), -1)
        groups = np.arange(len(state))
        rank = self.ranks - np.where(bucket > 0, up_to[groups, bucket - 1], 0)
        return Brackets(bucket, rank, np.maximum(self.ranks - total, 0))


class Counted(NamedTuple):
    """Distinct values of groups, how often each came, and values that came since."""

    group: NDArray[np.int64]
    value: NDArray[np.floating]
    times: NDArray[np.int64]
    fresh: tuple[tuple[NDArray[np.int64], NDArray[np.floating]], ...] = ()


@dataclass(frozen=True, eq=False)
class BracketValues:
    """An estimation: the value of a rank in the bucket of each group."""

    entries: Entries
    brackets: Brackets
    dtype: np.dtype[np.floating]

    def start(self) -> Counted:
        """Keep nothing."""
        none = np.zeros(0, dtype=np.int64)
        return Counted(none, none.astype(self.dtype), none)

    def update(self, state: Counted, rows: Examples) -> Counted:
        """Keep the values that lie in the bucket of their group."""
        n_groups = len(self.brackets.bucket)
        fresh = list(state.fresh)
        for group, values in self.entries(rows):
            near = np.flatnonzero(_buckets(values, n_groups) == self.brackets.bucket[group])
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
        found = np.full(len(self.brackets.bucket), np.inf, dtype=self.dtype)
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
    order = np.lexsort((value, group))
    group, value, times = group[order], value[order], times[order]
    is_first = np.ones(len(value), dtype=bool)
    is_first[1:] = (group[1:] != group[:-1]) | (value[1:] != value[:-1])
    first = np.flatnonzero(is_first)
    times = np.add.reduceat(times, first) if len(first) else times
    return Counted(group[first], value[first], times)
