"""A fingerprint of a test set, to see whether anyone touched it since."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tilth.data.dataset import Dataset


def test_fingerprint(dataset: Dataset) -> str:
    """Return a hash of the examples and their labels, whatever their order.

    Any changed value, label, added, removed or repeated row and any renamed column
    changes it; the order of rows and columns, ids, roles, the file format and the source do not.

    Examples
    --------
    >>> import pandas as pd
    >>> from tilth.data.dataset import Dataset
    >>> from tilth.data.schema import Schema
    >>> def read(x):
    ...     return Dataset(pd.DataFrame({"x": x}), Schema("none"), np.arange(len(x)))
    >>> test_fingerprint(read([1, 2])) == test_fingerprint(read([2.0, 1.0]))
    True
    >>> test_fingerprint(read([1, 2])) == test_fingerprint(read([1, 3]))
    False
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(np.sort(dataset.row_hash).astype("<u8").tobytes())
    digest.update("\0".join(sorted(map(str, dataset.table.columns))).encode())
    return digest.hexdigest()
