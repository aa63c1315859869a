"""Datasets out: CSV, TSV, JSON Lines or Parquet, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tilth.data.aside import written_aside
from tilth.data.delimited import MISSING_WORDS
from tilth.data.files import DELIMITERS, PARQUET
from tilth.data.formulas import guarded
from tilth.data.read import WEIGHT_COLUMN
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from tilth.data.dataset import Dataset

_JSON_LINES = (".jsonl", ".ndjson")
ENDINGS = (*DELIMITERS, *PARQUET, *_JSON_LINES)
_ROWS_AT_ONCE = 10_000  # written as JSON before the next are made; our own


def write(
    dataset: Dataset, path: str | os.PathLike[str], *, guard_formulas: bool = False
) -> int:
    """Write a dataset to a file that appears complete or not at all.

    Parameters
    ----------
    dataset : Dataset
        Its table is written with the columns and rows in their order; weights, if any,
        as an extra last column ``sample_weight``.
    path : path
        ``.csv``, ``.tsv``, ``.jsonl`` or ``.parquet``. An existing file is replaced. Images
        are not copied: their paths are written as they lead from the folder of `path`, or in
        full where they lie outside of it; encoded images need ``.parquet``.
    guard_formulas : bool, default False
        In ``.csv`` and ``.tsv``, put an apostrophe before text that a spreadsheet would run as a
        formula. Such a cell reads back with its apostrophe.

    Returns
    -------
    int
        How many cells and names of columns were guarded.

    Raises
    ------
    InvalidInputError
        If the extension is another, the folder is missing, there are encoded images and it
        is not ``.parquet``, or there are weights and a column ``sample_weight`` as well.
    OutputError
        If the disk is full or the folder may not be written to.

    Notes
    -----
    `read` gives the same table back, floats to the last digit. CSV and TSV hold values, not
    types: there, empty text comes back as missing, dates as text, text that looks like a
    number as the number, and categories as text. JSON Lines tell text from numbers, and
    Parquet keeps every type.

    Examples
    --------
    >>> import tempfile
    >>> from tilth.data.read import read
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = write(read({"x": [1, 2]}), f"{folder}/out.csv")
    ...     read(f"{folder}/out.csv").table["x"].tolist()
    [1, 2]
    """
    path = Path(path).expanduser()
    suffix = path.suffix.lower()
    if suffix not in ENDINGS:
        raise InvalidInputError(
            f'`path` must end in .csv, .tsv, .jsonl or .parquet, got "{path.name}". Rename it.'
        )
    if not path.parent.is_dir():
        raise InvalidInputError(
            f"`path` must be in a folder that exists, got {path}. Make it: mkdir -p {path.parent}"
        )
    table = _with_paths(dataset, path)
    if dataset.weights is not None:
        if WEIGHT_COLUMN in table.columns:
            raise InvalidInputError(
                f'Weights are written as "{WEIGHT_COLUMN}", but there is a column of that name. '
                "Rename it first."
            )
        table = table.assign(**{WEIGHT_COLUMN: dataset.weights})
    with written_aside(path) as aside, aside.open("wb") as file:
        if suffix in PARQUET:
            _write_parquet(table, file)
        elif suffix in _JSON_LINES:
            file.writelines(_json_lines(table))
        else:
            delimiter = DELIMITERS[suffix] or ","
            return _write_delimited(table, file, delimiter, guard=guard_formulas)
    return 0


def _with_paths(dataset: Dataset, path: Path) -> pd.DataFrame:
    """Return the table with the paths of images as they lead from where it is written."""
    column, images = dataset.schema.image, dataset.images
    if column is None or images is None:
        return dataset.table
    if images.root is None:
        if path.suffix.lower() in PARQUET:
            return dataset.table
        raise InvalidInputError(
            f'Images in the column "{column}" cannot be written to {path.suffix}, got {path.name}. '
            "Name a .parquet file."
        )
    folder = path.parent.resolve()
    whole = [images.root / cell for cell in dataset.image_cells if isinstance(cell, str)]
    beneath = images.root.is_relative_to(folder)
    paths = [(p.relative_to(folder) if beneath else p).as_posix() for p in whole]
    return dataset.table.assign(**{column: np.array(paths, dtype=object)})


def _write_parquet(table: pd.DataFrame, file: Any) -> None:
    import pyarrow.parquet as pq  # 0.06 s, for those who need it

    pq.write_table(
        pa.Table.from_pandas(table, preserve_index=False), file, compression="zstd"
    )


def _json_lines(table: pd.DataFrame) -> Iterator[bytes]:
    """Write numbers to the last digit, what is missing as null, infinity as Python does."""
    names = [str(name) for name in table.columns]
    for start in range(0, len(table), _ROWS_AT_ONCE):
        part = table.iloc[start : start + _ROWS_AT_ONCE]
        columns = [_json_values(part.iloc[:, i]) for i in range(len(names))]
        for cells in zip(*columns, strict=True):
            line = json.dumps(dict(zip(names, cells, strict=True)), ensure_ascii=False)
            yield line.encode("utf-8", "surrogatepass") + b"\n"


def _json_values(column: pd.Series) -> list[Any]:
    missing = column.isna().to_numpy()
    if column.dtype.kind in "mM" or isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(str)
    values = column.astype(object).tolist()
    return [None if gone else value for value, gone in zip(values, missing, strict=True)]


def _write_delimited(table: pd.DataFrame, file: Any, delimiter: str, *, guard: bool) -> int:
    """Join cells to lines in Arrow: as exact as the csv module and several times faster."""
    names = pa.array([str(n) for n in table.columns], pa.large_string())
    texts = [_texts(table[name]) for name in table.columns]
    n_guarded = 0
    if guard:
        names, n_guarded = guarded(names)
        for i, text in enumerate(texts):
            if pa.types.is_large_string(text.type):
                texts[i], n = guarded(text)
                n_guarded += n
    # Also a separator that `read` might take for ours if it stood alone in the header.
    names = _quoted(names, ",;|\t")
    file.write((delimiter.join(names.to_pylist()) + "\n").encode())
    cells = [pc.fill_null(_cells(text, delimiter), "") for text in texts]
    if len(cells) == 1:  # an empty line would be no row at all
        cells[0] = pc.if_else(pc.equal(cells[0], ""), '""', cells[0]).cast(
            pa.large_string()
        )
    none = pa.scalar("", pa.large_string())
    cells[-1] = pc.binary_join_element_wise(cells[-1], pa.scalar("\n", none.type), none)
    lines = pc.binary_join_element_wise(*cells, pa.scalar(delimiter, none.type))
    _, ends, characters = lines.buffers()
    start, *_, end = np.frombuffer(ends, np.int64)[lines.offset :][: len(lines) + 1]
    file.write(memoryview(characters)[start:end])
    return n_guarded


def _texts(column: pd.Series) -> pa.Array:
    """Return a column in Arrow: floats, booleans and integers, all else as text."""
    if column.dtype.kind in "mM":
        column = column.astype(str).where(column.notna(), None)
    array = pa.array(column, from_pandas=True)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    kept = (pa.types.is_floating, pa.types.is_boolean, pa.types.is_integer)
    return (
        array
        if any(is_kind(array.type) for is_kind in kept)
        else array.cast(pa.large_string())
    )


def _cells(array: pa.Array, delimiter: str) -> pa.Array:
    if pa.types.is_floating(array.type):
        return _float_cells(array.cast(pa.float64()))
    if pa.types.is_boolean(array.type):
        return pc.if_else(array, "True", "False").cast(pa.large_string())
    if pa.types.is_integer(array.type):
        return array.cast(pa.large_string())
    return _quoted(array, delimiter)


def _float_cells(array: pa.Array) -> pa.Array:
    """Write as Python and pandas do: the shortest digits that give the same float."""
    text = array.cast(pa.large_string())
    is_whole = pc.match_substring_regex(text, r"^-?[0-9]+$")
    if array.null_count and pc.all(is_whole).as_py():
        return text  # whole numbers with gaps: they read back as these floats
    point = pc.if_else(is_whole, ".0", "").cast(pa.large_string())
    text = pc.binary_join_element_wise(text, point, pa.scalar("", pa.large_string()))
    size = pc.abs(array)
    # Near its ends Arrow changes to exponents at other powers of ten than Python.
    odd = pc.and_(pc.or_(pc.less(size, 1e-3), pc.greater(size, 1e14)), pc.is_finite(array))
    odd = pc.fill_null(odd, fill_value=False)
    shown = [repr(value) for value in array.filter(odd).to_pylist()]
    return pc.replace_with_mask(text, odd, pa.array(shown, pa.large_string()))


def _quoted(text: pa.Array, delimiters: str) -> pa.Array:
    """Quote what a reader would split, take for missing or skip as a blank line."""
    special = f'["\r\n{delimiters}]|^\\s+$'
    words = pa.array(MISSING_WORDS, pa.large_string())
    needs = pc.or_(pc.match_substring_regex(text, special), pc.is_in(text, value_set=words))
    doubled = pc.replace_substring(text, '"', '""')
    quote = pa.scalar('"', pa.large_string())
    none = pa.scalar("", pa.large_string())
    return pc.if_else(needs, pc.binary_join_element_wise(quote, doubled, quote, none), text)
