"""A sample of rows that is the same in any row order, in any chunks, on any number of workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from tilth.algorithms.estimation import Estimation
    from tilth.algorithms.labels.inputs import Examples

_BUCKETS = 8  # for each row wanted
_ROWS = 32_768  # hashed at once
# Odd numbers with random bits.
_ODD = np.array([0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93], dtype=np.uint64)
_ODD_HALF = np.array(
    [
        *(0x9E3779B9, 0x85EBCA6B, 0xC2B2AE35, 0x165667B1, 0x27D4EB2F),
        *(0x2C1B3C6D, 0x297A2D39),  # these mix
    ],
    dtype=np.uint32,
)


class RowSample(NamedTuple):
    """Some rows in an order of their own.

    Attributes
    ----------
    key : int array of shape (n_rows,)
        A hash of what the row holds.
    labels : int array of shape (n_rows,)
        Their given classes.
    pred_probs : float array of shape (n_rows, n_classes)
        Their probabilities.
    """

    key: NDArray[np.uint32]
    labels: NDArray[np.int64]
    pred_probs: NDArray[np.floating]


def sample_steps(
    size: int, n_classes: int, dtype: np.dtype[np.floating]
) -> Generator[Estimation[Examples, Any], Any, RowSample]:
    """Draw up to `size` rows in two passes; all where there are no more.

    Rows are ordered by a hash of their content and every so-manieth is taken, so that rows
    that are equal are taken as often as they should be.
    """
    quotas = yield KeyCounts(size)
    sample: RowSample = yield KeyedRows(quotas, n_classes, dtype)
    return sample


@dataclass(frozen=True)
class KeyCounts:
    """An estimation: how many rows of each bucket of keys to take.

    Attributes
    ----------
    size : int
        Rows wanted in all.
    """

    size: int

    def start(self) -> NDArray[np.int64]:
        """Count nothing."""
        return np.zeros(1 << (_BUCKETS * self.size).bit_length(), dtype=np.int64)

    def update(self, state: NDArray[np.int64], rows: Examples) -> NDArray[np.int64]:
        """Count the rows of each bucket."""
        state, keys = state.copy(), keys_of(rows)
        for start in range(0, len(keys), len(state)):
            bucket = _bucket(keys[start : start + len(state)], len(state))
            state += np.bincount(bucket, minlength=len(state))
        return state

    def merge(
        self, state: NDArray[np.int64], other: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Add two counts."""
        return state + other

    def finish(self, state: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return how many to take."""
        n_rows = int(state.sum())
        if n_rows <= self.size:
            return state.astype(np.int32)
        ranks = (2 * np.arange(self.size, dtype=np.int64) + 1) * n_rows // (2 * self.size)
        bucket = np.searchsorted(np.cumsum(state), ranks, side="right")
        return np.bincount(bucket, minlength=len(state)).astype(np.int32)


@dataclass(frozen=True, eq=False)
class KeyedRows:
    """An estimation: the rows with the smallest keys of each bucket.

    Attributes
    ----------
    quotas : int array of shape (n_buckets,)
        How many of each.
    n_classes : int
        Columns of the probabilities.
    dtype : numpy dtype
        Of the probabilities.
    """

    quotas: NDArray[np.int32]
    n_classes: int
    dtype: np.dtype[np.floating]

    def start(self) -> RowSample:
        """Take nothing."""
        none = np.zeros(0, dtype=np.int64)
        return RowSample(
            none.astype(np.uint32), none, np.zeros((0, self.n_classes), self.dtype)
        )

    def update(self, state: RowSample, rows: Examples) -> RowSample:
        """Take rows, and leave those behind whose bucket is full."""
        keys = keys_of(rows)
        limit = np.where(self.quotas > 0, self._limit(state.key), np.uint32(0))
        near = [np.zeros(0, dtype=np.intp)]
        for start in range(0, len(keys), _ROWS):
            block = keys[start : start + _ROWS]
            near.append(
                start + np.flatnonzero(block <= limit[_bucket(block, len(self.quotas))])
            )
        chosen = np.concatenate(near)
        if not len(chosen):
            return state
        key = keys[chosen]
        limit = self._limit(np.sort(key))
        chosen = chosen[key <= limit[_bucket(key, len(limit))]]
        taken = RowSample(
            keys[chosen], rows.labels[chosen], rows.pred_probs.take(chosen, axis=0)
        )
        return self.merge(state, taken)

    def _limit(self, ordered: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Return the largest key of each bucket that sorted keys leave room for."""
        bucket = _bucket(ordered, len(self.quotas))
        first = np.searchsorted(bucket, bucket)
        last = np.flatnonzero(np.arange(len(bucket)) - first + 1 == self.quotas[bucket])
        limit = np.full(len(self.quotas), np.iinfo(np.uint32).max, dtype=np.uint32)
        limit[bucket[last]] = ordered[last]
        return limit

    def merge(self, state: RowSample, other: RowSample) -> RowSample:
        """Take the smallest keys of both, in order; where they are equal, content decides."""
        key = np.concatenate([state.key, other.key])
        labels = np.concatenate([state.labels, other.labels])
        pred_probs = np.concatenate([state.pred_probs, other.pred_probs])
        order = np.lexsort((_full_keys(labels, pred_probs), key))
        bucket = _bucket(key[order], len(self.quotas))
        first = np.searchsorted(bucket, bucket)
        order = order[np.arange(len(order)) - first < self.quotas[bucket]]
        return RowSample(key[order], labels[order], pred_probs[order])

    def finish(self, state: RowSample) -> RowSample:
        """Return the rows in the order of their keys."""
        return state


def _bucket(keys: NDArray[np.uint32], n_buckets: int) -> NDArray[np.uint32]:
    return keys >> np.uint32(33 - n_buckets.bit_length())


def keys_of(rows: Examples) -> NDArray[np.uint32]:
    """Return a hash of the label and four probabilities of each row.

    Those of the given, the first, the middle and the last class: a sample takes the smallest
    keys, so rows of one key come as seldom as one row. Where float16 rounds the given class to
    1, the others tell rows apart.
    """
    known: NDArray[np.uint32] | None = rows.kept.pop("keys", None)
    if known is not None:  # asked twice, by the two passes of a sample
        return known
    keys = rows.kept["keys"] = np.empty(len(rows.labels), dtype=np.uint32)
    width = rows.pred_probs.dtype.itemsize
    if rows.twins is not None and width < 8:
        bits = rows.pred_probs.view(f"u{width}")
        rows.twins.hash_rows(rows.labels, bits, _ODD_HALF, keys)
        return keys
    for start in range(0, len(keys), _ROWS):
        block = slice(start, start + _ROWS)
        key = rows.labels[block].astype(np.uint32)
        key *= _ODD_HALF[0]
        key += _half_bits(rows.own(block)) * _ODD_HALF[1]
        columns = (0, rows.n_classes // 2, rows.n_classes - 1)
        for column, odd in zip(columns, _ODD_HALF[2:5], strict=True):
            key += _half_bits(rows.pred_probs[block, column].copy()) * odd
        for shift, odd in ((15, _ODD_HALF[5]), (12, _ODD_HALF[6])):
            key ^= key >> np.uint32(shift)
            key *= odd
        key ^= key >> np.uint32(15)
        keys[block] = key
    return keys


def _half_bits(values: NDArray[np.floating]) -> NDArray[np.uint32]:
    if values.dtype.itemsize < 8:
        return values.view(f"u{values.dtype.itemsize}").astype(np.uint32)
    both = values.view(np.uint32).reshape(-1, 2)
    return both[:, 0] ^ both[:, 1]


def _full_keys(
    labels: NDArray[np.int64], pred_probs: NDArray[np.floating]
) -> NDArray[np.uint64]:
    """Return a hash of all a row holds; the order it makes depends on nothing else."""
    key = labels.astype(np.uint64)
    for column in pred_probs.T:
        key = _mixed(key + _bits(column) * _ODD[0])
    return key


def _bits(values: NDArray[np.floating]) -> NDArray[np.uint64]:
    return values.view(f"u{values.dtype.itemsize}").astype(np.uint64)


def _mixed(key: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Let every bit reach the higher ones."""
    key ^= key >> np.uint64(29)
    key *= _ODD[1]
    return key
