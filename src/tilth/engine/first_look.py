"""One look at every row of labels and probabilities: sizes, a name for the content, plain faults."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tilth.algorithms.labels.row_sample import keys_of
from tilth.algorithms.labels.scan import blocks
from tilth.engine.given_arrays import (
    MAX_ROW_SUM_ERROR,
    SURE,
    check_out_of_sample,
    unequal_to_1,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from tilth.algorithms.labels.inputs import Examples
    from tilth.scale.chunks import Chunk

_WIDTH = 4  # numbers of a row that are looked at together
_ROWS = 8_192  # of a chunk whose sum is looked at: what is no probability is so everywhere


class Seen(NamedTuple):
    """What one look at some rows says."""

    sizes: NDArray[np.int64]
    n_agree: int
    n_sure: int
    keys: int
    placed_keys: int


class Look(NamedTuple):
    """What one look at all rows says.

    Attributes
    ----------
    sizes : int array of shape (n_classes,)
        Examples of each class.
    n_agree : int
        Examples whose given class is the most probable one.
    version_id : str
        Hash of the label and four probabilities of every row, in their order.
    """

    sizes: NDArray[np.int64]
    n_agree: int
    version_id: str


def seen(chunk: Chunk[Examples], rows: Examples) -> Seen:
    """Look at some rows.

    Raises
    ------
    InvalidInputError
        If the probabilities of a row do not sum to 1.
    """
    sums = rows.pred_probs[:_ROWS].sum(axis=1, dtype=np.float32)
    off = np.flatnonzero(np.abs(sums - 1.0) > MAX_ROW_SUM_ERROR)
    if len(off):
        raise unequal_to_1(float(sums[off[0]]), chunk.start + int(off[0]))
    all_keys = keys_of(rows)
    n_sure = total = placed = 0
    for part in blocks(len(all_keys), _WIDTH):
        keys = all_keys[part].astype(np.uint64)
        total += int(keys.sum())
        keys *= np.arange(
            chunk.start + part.start, chunk.start + part.stop, dtype=np.uint64
        )
        placed += int(keys.sum())
        n_sure += int(np.count_nonzero(rows.own(part).astype(np.float64) > SURE))
    return Seen(
        sizes=np.bincount(rows.labels, minlength=rows.n_classes),
        n_agree=len(rows.labels) - int(np.count_nonzero(rows.winners != rows.labels)),
        n_sure=n_sure,
        keys=total,
        placed_keys=placed,
    )


def first_look(parts: Iterable[Seen]) -> Look:
    """Put together what was seen of all rows.

    Raises
    ------
    InvalidInputError
        If the probabilities look in-sample.
    """
    sizes, n_agree, n_sure, *keys = (sum(column) for column in zip(*parts, strict=True))
    check_out_of_sample(n_sure, int(np.sum(sizes)))
    named = ",".join(str(value) for value in (*sizes, *(key % (1 << 64) for key in keys)))
    version_id = hashlib.sha256(named.encode()).hexdigest()[:32]
    return Look(sizes, n_agree, version_id)
