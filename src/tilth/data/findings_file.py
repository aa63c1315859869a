"""Findings out: a Parquet file written piece by piece, complete or not there at all."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.data.aside import written_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Append = Callable[[Mapping[str, NDArray[Any]]], None]

_CODED = ("given", "suggested")  # columns of codes, written as names of classes


@contextmanager
def findings_file(path: Path, classes: NDArray[Any]) -> Iterator[Append]:
    """Open a Parquet file for flagged rows; yields a function that appends some.

    Parameters
    ----------
    path : Path
        An existing file is replaced at the end, and only then.
    classes : array of shape (n_classes,)
        What the codes in the columns ``given`` and ``suggested`` are called.

    Raises
    ------
    OutputError
        If the disk is full or the folder may not be written to.
    """
    import pyarrow as pa
    from pyarrow import parquet

    names = pa.array(classes.tolist())
    writer: parquet.ParquetWriter | None = None

    def append(columns: Mapping[str, NDArray[Any]]) -> None:
        nonlocal writer
        arrays = {
            name: pa.DictionaryArray.from_arrays(values.astype(np.int32), names)
            if name in _CODED
            else pa.array(values)
            for name, values in columns.items()
        }
        table = pa.table(arrays)
        if writer is None:
            aside = stack.enter_context(written_aside(path.expanduser()))
            writer = stack.enter_context(
                parquet.ParquetWriter(
                    aside, table.schema, compression="zstd", use_dictionary=list(_CODED)
                )
            )
        writer.write_table(table)

    with ExitStack() as stack:
        yield append
