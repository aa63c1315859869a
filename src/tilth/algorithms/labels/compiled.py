"""Compiled twins of the hot kernels (extra ``fast``): the same bits as numpy, in less time.

Serial, and free of the interpreter lock: who wants more cores runs chunks in threads. numba
mixes up cached parallel and serial builds of one function, and threads cost more CPU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np

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
def scan(block, line, winners, confident):  # type: ignore[no-untyped-def]  # compiled
    """Fill in the most probable class of each row and the one that counts; see scan.py."""
    n_rows, n_classes = block.shape
    for i in range(n_rows):
        best = block[i, 0]
        for k in range(1, n_classes):
            best = max(best, block[i, k])
        winner = 0
        while block[i, winner] != best:
            winner += 1
        winners[i] = winner
        if len(line) == 0:
            continue
        if best >= line[winner]:
            confident[i] = winner
            continue
        n_above = 0
        for k in range(n_classes):
            n_above += block[i, k] >= line[k]
        if n_above > 1:
            confident[i] = winner
        elif n_above == 1:
            alone = 0
            while block[i, alone] < line[alone]:
                alone += 1
            confident[i] = alone


@_kernel
def add_own(labels, given, total):  # type: ignore[no-untyped-def]  # compiled
    """Add counts and the sums of own probabilities, in two limbs; see class_means.py."""
    for i, k in enumerate(labels):
        scaled = given[i] * _LIMB
        high = np.rint(scaled)
        total[0, k] += 1
        total[1, k] += np.int64(high)
        total[2, k] += np.int64(np.rint((scaled - high) * _LIMB))


@_kernel
def margins_within(rows, at, pairs, found):  # type: ignore[no-untyped-def]  # compiled
    """Fill in rows, pairs and minus margins within bars; return how many; see margins.py."""
    labels, pred_probs = rows
    first, true, bars = pairs
    row, pair, value = found
    n = 0
    for i in at:
        label = labels[i]
        given = pred_probs[i, label]
        for q in range(first[label], first[label + 1]):
            minus = given - pred_probs[i, true[q]]
            if minus <= bars[q]:
                row[n] = i
                pair[n] = q
                value[n] = minus
                n += 1
    return n
