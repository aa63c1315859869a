"""Compiled twins of the hot kernels (extra ``fast``): the same bits as numpy, in less time.

Serial, and free of the interpreter lock: who wants more cores runs chunks in threads. numba
mixes up cached parallel and serial builds of one function, and threads cost more CPU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from tilth.algorithms.labels.scan import FEW

if TYPE_CHECKING:
    from collections.abc import Callable

_LIMB = 2.0**26  # as in class_means.py


def _kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile at the first call, and keep the result on disk where a folder can be written."""
    try:
        kernel: Callable[..., Any] = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder to keep it in
        kernel = numba.njit(nogil=True)(function)
    return kernel


@_kernel
def find_winners(block, winners):  # type: ignore[no-untyped-def]  # compiled
    """Fill in the most probable class of each row, the first of equals; see scan.py."""
    n_rows, n_classes = block.shape
    if block.itemsize < 8:  # fits into one integer with its class: one maximum finds both
        for i in range(n_rows):
            top = np.int64(0)
            for k in range(n_classes):
                top = max(top, (np.int64(block[i, k]) << 32) - k)
            winners[i] = -top & 0xFFFFFFFF
        return
    for i in range(n_rows):
        best = block[i, 0]
        for k in range(1, n_classes):
            best = max(best, block[i, k])
        winner = n_classes
        for k in range(n_classes):
            winner = min(winner, k if block[i, k] == best else n_classes)
        winners[i] = winner


@_kernel
def find_confident(block, line, winners, confident):  # type: ignore[no-untyped-def]  # compiled
    """Fill in the class of each row that counts, n_classes for none; see scan.py."""
    n_rows, n_classes = block.shape
    for i in range(n_rows):
        row, found = block[i], winners[i]
        is_sure = row[found] >= line[found]
        if (
            is_sure and n_classes > FEW
        ):  # on short rows a wrong guess costs more than a count
            confident[i] = found
            continue
        n_above = alone = 0
        for k in range(n_classes):
            is_above = row[k] >= line[k]
            n_above += is_above
            alone += k * is_above
        if n_above < 2 and not is_sure:
            found = alone if n_above else n_classes
        confident[i] = found


@_kernel
def add_own(labels, pred_probs, total):  # type: ignore[no-untyped-def]  # compiled
    """Add counts and the sums of own probabilities, in two limbs; see class_means.py."""
    for i, k in enumerate(labels):
        scaled = np.float64(pred_probs[i, k]) * _LIMB
        high = np.rint(scaled)
        total[0, k] += 1
        total[1, k] += np.int64(high)
        total[2, k] += np.int64(np.rint((scaled - high) * _LIMB))


@_kernel
def add_pairs(labels, found, counts):  # type: ignore[no-untyped-def]  # compiled
    """Count how often each two classes come together; see confident_joint.py."""
    for i, k in enumerate(labels):
        counts[k, found[i]] += 1


@_kernel
def margins_within(rows, pairs, found):  # type: ignore[no-untyped-def]  # compiled
    """Fill in places, pairs and minus margins within limits, return how many; see margins.py."""
    labels, pred_probs, at = rows
    first, true, limit = pairs
    ids, values = found
    n, n_classes = 0, len(limit)
    for place, i in enumerate(at):
        label = labels[i]
        given = pred_probs[i, label]
        if (
            first[label + 1] - first[label] > n_classes >> 3
        ):  # to compare all at once is less
            n_near = 0
            for k in range(n_classes):
                n_near += given - pred_probs[i, k] <= limit[label, k]
            if n_near == 0:
                continue
        for q in range(first[label], first[label + 1]):
            minus = given - pred_probs[i, true[q]]
            if minus <= limit[label, true[q]]:
                ids[0, n], ids[1, n], values[n] = place, q, minus
                n += 1
    return n


@_kernel
def add_errors(labels, right, unit, totals):  # type: ignore[no-untyped-def]  # compiled
    """Count P(error) of the first reading in bins, and add all by class; see error_probability.py."""
    counts, sums = totals
    n_bins = len(counts)
    for i, k in enumerate(labels):
        counts[min(np.int64((1.0 - np.float64(right[0, i])) * n_bins), n_bins - 1)] += 1
        for j in range(len(right)):
            sums[k, j] += np.int64(np.rint((1.0 - np.float64(right[j, i])) * unit))


@_kernel
def hash_rows(labels, bits, odd, keys):  # type: ignore[no-untyped-def]  # compiled
    """Fill in a hash of the label and four probabilities of each row; see row_sample.py."""
    middle = bits.shape[1] // 2
    for i, k in enumerate(labels):
        key = np.uint32(k * odd[0] + bits[i, k] * odd[1] + bits[i, 0] * odd[2])
        key = np.uint32(key + bits[i, middle] * odd[3] + bits[i, -1] * odd[4])
        key = np.uint32((key ^ (key >> np.uint32(15))) * odd[5])
        key = np.uint32((key ^ (key >> np.uint32(12))) * odd[6])
        keys[i] = key ^ (key >> np.uint32(15))
