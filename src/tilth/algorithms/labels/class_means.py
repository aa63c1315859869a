"""The mean probability of each class over its own examples, exact whatever the order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.algorithms.labels.inputs import Examples

# Sums are kept in two limbs of this many bits: every float32 above 2 ** -28 is exact, a float64
# is rounded at 2 ** -53, and int64 holds the sums of 2 ** 36 rows.
_LIMB = 2.0**26
_ROWS = 65_536  # a block's weighted counts are whole floats far below 2 ** 53


class ClassSums(NamedTuple):
    """How many examples each class has, and the sum of their own probabilities.

    Attributes
    ----------
    counts, high, low : int arrays of shape (n_classes,)
        The sum is ``(high * 2 ** 26 + low) / 2 ** 52``.
    """

    counts: NDArray[np.int64]
    high: NDArray[np.int64]
    low: NDArray[np.int64]


@dataclass(frozen=True)
class ClassMeans:
    """An estimation: the mean probability of each class over the examples given that class.

    Attributes
    ----------
    n_classes : int
        Columns of `pred_probs`.
    dtype : numpy dtype
        In which the means are rounded.
    """

    n_classes: int
    dtype: np.dtype[np.floating]

    def start(self) -> ClassSums:
        """Return sums of no rows."""
        return ClassSums(*np.zeros((3, self.n_classes), dtype=np.int64))

    def update(self, state: ClassSums, rows: Examples) -> ClassSums:
        """Add some examples."""
        total = np.stack(state)
        if rows.twins is not None and rows.pred_probs.dtype != np.float16:
            rows.twins.add_own(rows.labels, rows.pred_probs, total)
            return ClassSums(*total)
        for start in range(0, len(rows.labels), _ROWS):
            block = slice(start, start + _ROWS)
            labels = rows.labels[block]
            given = rows.own(block).astype(np.float64)
            given *= _LIMB
            high = np.rint(given)
            given -= high
            given *= _LIMB
            total[0] += np.bincount(labels, minlength=self.n_classes)
            total[1] += _sums(labels, high, self.n_classes)
            total[2] += _sums(labels, np.rint(given), self.n_classes)
        return ClassSums(*total)

    def merge(self, state: ClassSums, other: ClassSums) -> ClassSums:
        """Add two sums."""
        return ClassSums(*np.add(state, other))

    def finish(self, state: ClassSums) -> NDArray[np.floating]:
        """Return the means; infinite for a class without examples."""
        unit = int(_LIMB)
        means = [  # whole numbers of any size, and one rounding
            (int(high) * unit + int(low)) / (int(count) * unit * unit) if count else np.inf
            for count, high, low in zip(*state, strict=True)
        ]
        return np.array(means, dtype=np.float64).astype(self.dtype)


def _sums(
    labels: NDArray[np.int64], whole: NDArray[np.float64], n_classes: int
) -> NDArray[np.int64]:
    return np.bincount(labels, weights=whole, minlength=n_classes).astype(np.int64)
