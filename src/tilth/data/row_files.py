"""Arrays in files, read some rows at a time: .npy, .npz, Parquet and CSV."""

from __future__ import annotations

import math
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.data.headers import read_header
from tilth.errors import InvalidInputError, UnreadableDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

ENDINGS = (".npy", ".npz", ".parquet", ".csv", ".tsv")
_BATCH = 1 << 16  # rows of a table read at once
_BYTES = 1 << 24  # of an array read at once
_HEADER = 1 << 22  # bytes looked at for the first line


@dataclass(frozen=True)
class RowFile:
    """An array on disk, row after row.

    Attributes
    ----------
    path : Path
        The file.
    dtype : numpy dtype
        Of a value.
    shape : tuple of int
        Rows first.
    offset : int
        Bytes before the first row.
    by_column : bool
        Whether values lie column after column, as those of a table of pandas do.
    """

    path: Path
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    offset: int = 0
    by_column: bool = False

    @property
    def _width(self) -> int:
        return math.prod(self.shape[1:])

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return rows; not mapped, so that what was read does not stay in memory."""
        if self.by_column:
            firsts = range(start, start + self.shape[0] * self._width, self.shape[0])
            columns = [self._values(first, stop - start) for first in firsts]
            return np.stack(columns, axis=1)
        values = self._values(start * self._width, (stop - start) * self._width)
        return values.reshape(stop - start, *self.shape[1:])

    def _values(self, first: int, n_values: int) -> NDArray[Any]:
        offset = self.offset + first * self.dtype.itemsize
        return np.fromfile(self.path, self.dtype, n_values, offset=offset)

    def pieces(self) -> Iterator[NDArray[Any]]:
        """Yield all rows, some at a time."""
        size = max(_BYTES // max(self._width * self.dtype.itemsize, 1), 1)
        for start in range(0, self.shape[0], size):
            yield self.read(start, min(start + size, self.shape[0]))


def npy_file(path: Path) -> RowFile:
    """Return the array of a .npy file without reading its rows.

    Raises
    ------
    UnreadableDataError
        If it is no .npy file, or not all of it.
    InvalidInputError
        If it holds Python objects.
    """
    try:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            read = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            shape, is_by_column, dtype = read(file)
            offset = file.tell()
    except (OSError, ValueError, KeyError) as error:
        raise UnreadableDataError(f"Cannot read `{path}`: {error}") from error
    if dtype.hasobject:
        raise InvalidInputError(
            f"`{path}` must hold numbers or text, got Python objects, which would have to be "
            "run to be read. Save array.astype(str), or codes."
        )
    size, wanted = path.stat().st_size, offset + math.prod(shape) * dtype.itemsize
    if size < wanted:
        raise UnreadableDataError(
            f"Cannot read `{path}`: it should have {wanted:,} bytes for an array of shape "
            f"{shape}, it has {size:,}. Was it copied whole?"
        )
    return RowFile(path, dtype, shape, offset, by_column=is_by_column and len(shape) > 1)


def extracted(path: Path, folder: Path) -> RowFile:
    """Return the one array of a .npz file, unpacked into `folder`.

    Raises
    ------
    UnreadableDataError
        If it cannot be read.
    InvalidInputError
        If it holds more than one array.
    """
    target = folder / f"{path.stem}.npy"
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(names) != 1:
                raise InvalidInputError(
                    f"`{path}` must hold one array, got {', '.join(names) or 'none'}. "
                    "Save the one alone."
                )
            with archive.open(names[0]) as packed, target.open("wb") as file:
                shutil.copyfileobj(packed, file)
    except (OSError, zipfile.BadZipFile) as error:
        raise UnreadableDataError(f"Cannot read `{path}`: {error}") from error
    return npy_file(target)


def written(
    pieces: Iterable[NDArray[Any]], path: Path, on_rows: Callable[[int], None]
) -> RowFile:
    """Write pieces of an array one after the other, and return them as a file of rows."""
    n_rows, dtype, width = 0, np.dtype(np.uint8), ()
    with path.open("wb") as file:
        for piece in pieces:
            piece.tofile(file)
            n_rows, dtype, width = n_rows + len(piece), piece.dtype, piece.shape[1:]
            on_rows(len(piece))
    return RowFile(path, dtype, (n_rows, *width))


@dataclass(frozen=True)
class TableRows:
    """A Parquet or CSV file, read some rows at a time.

    Attributes
    ----------
    names : tuple of str
        What its columns are called.
    notes : tuple of str
        What was decided about its first line.
    batches : iterator of RecordBatch
        Its rows; can be taken once.
    """

    names: tuple[str, ...]
    notes: tuple[str, ...]
    batches: Iterator[pa.RecordBatch]


def table_rows(path: Path, *, has_header: bool = True) -> TableRows:
    """Open a Parquet or CSV file.

    Raises
    ------
    UnreadableDataError
        If it cannot be read, now or while its rows are taken.
    """
    import pyarrow as pa
    from pyarrow import csv, parquet

    try:
        if path.suffix.lower() == ".parquet":
            file = parquet.ParquetFile(
                path, buffer_size=1 << 20
            )  # else whole groups are read
            names = tuple(file.schema_arrow.names)
            return TableRows(names, (), _taken(file.iter_batches(_BATCH), path))
        with path.open("rb") as start:
            tab = "\t" if path.suffix.lower() == ".tsv" else None
            header = read_header(start.read(_HEADER), path.name, tab, has_header=has_header)
        read = csv.ReadOptions(
            column_names=list(header.names), skip_rows=int(header.is_row), block_size=_BYTES
        )
        cells = csv.ParseOptions(delimiter=header.delimiter)
        reader = csv.open_csv(path, read_options=read, parse_options=cells)
        return TableRows(header.names, header.notes, _taken(reader, path))
    except (OSError, pa.ArrowException) as error:
        raise UnreadableDataError(f"Cannot read `{path}`: {error}") from error


def _taken(batches: Iterable[pa.RecordBatch], path: Path) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    try:
        yield from batches
    except (OSError, pa.ArrowException) as error:
        raise UnreadableDataError(f"Cannot read `{path}`: {error}") from error


def checked_path(path: str) -> Path:
    """Return the path of a file that is there and may hold an array.

    Raises
    ------
    UnreadableDataError
        If there is no such file.
    InvalidInputError
        If its ending is unknown.
    """
    found = Path(path)
    if not found.is_file():
        raise UnreadableDataError(f"Cannot read `{path}`: there is no such file.")
    if found.suffix.lower() not in ENDINGS:
        raise InvalidInputError(
            f"`{path}` must end in {', '.join(ENDINGS)}, got {found.suffix or 'no ending'}."
        )
    return found
