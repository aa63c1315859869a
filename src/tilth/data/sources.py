"""Where tables come from: files, data frames, Arrow tables, dictionaries of arrays."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tilth.data.columns import from_arrow, from_pandas, holds_one_value_per_cell, text_names
from tilth.data.delimited import read_delimited
from tilth.data.roles import nearest
from tilth.errors import InvalidInputError, UnreadableDataError

DELIMITERS = {".csv": None, ".tsv": "\t", ".tab": "\t"}
PARQUET = (".parquet", ".pq")
_UNREAD = (
    ".json",
    ".jsonl",
    ".ndjson",
    ".xlsx",
    ".xls",
    ".npz",
    ".npy",
    ".feather",
    ".pkl",
)


def table_of(source: Any) -> tuple[pd.DataFrame, str, list[str]]:
    """Return a source as a plain table, its name, and one sentence per decision.

    Raises
    ------
    UnreadableDataError
        If a file does not exist or holds no table.
    InvalidInputError
        If the source is of a kind that cannot be read, or its columns are.
    """
    if isinstance(source, str | os.PathLike):
        table, notes = _read_file(Path(source).expanduser())
        return table, str(source), notes
    if isinstance(source, pd.DataFrame):
        table, notes = _of_frame(source)
    elif isinstance(source, Mapping):
        table, notes = _of_arrays(source)
    elif (arrow := _as_arrow(source)) is not None:
        table, notes = _of_arrow(arrow)
    else:
        raise InvalidInputError(
            "`source` must be a path, a pandas, polars or Arrow table, or a dict of arrays, "
            f"got {type(source).__name__}."
        )
    return table, "memory", notes


def _read_file(path: Path) -> tuple[pd.DataFrame, list[str]]:
    if path.is_dir():
        raise UnreadableDataError(
            f"Cannot read `{path}`: it is a folder. Name a file in it."
        )
    if not path.exists():
        folder = path.parent
        others = (
            [p.name for p in folder.iterdir() if p.is_file()] if folder.is_dir() else []
        )
        near = nearest(path.name, others)
        hint = f" Did you mean {path.with_name(near)}?" if near else ""
        raise UnreadableDataError(f"Cannot read `{path}`: there is no such file.{hint}")
    suffix = path.suffix.lower()
    if suffix in _UNREAD:
        raise UnreadableDataError(
            f"Cannot read `{path}`: {suffix} files are not read. Save the table as CSV or Parquet."
        )
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        if suffix in PARQUET or (suffix not in DELIMITERS and magic == b"PAR1"):
            return _read_parquet(path)
        table, notes = read_delimited(path, DELIMITERS.get(suffix))
    except OSError as error:
        raise UnreadableDataError(
            f"Cannot read `{path}`: {error.strerror or error}."
        ) from error
    table.columns = pd.Index(_names(list(table.columns), path))
    return table, notes


def _read_parquet(path: Path) -> tuple[pd.DataFrame, list[str]]:
    import pyarrow.parquet as pq  # 0.06 s, for those who need it

    try:
        arrow = pq.ParquetFile(path).read()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        reason = str(error).partition("\n")[0]
        raise UnreadableDataError(
            f"Cannot read `{path}`: it is not a complete Parquet file ({reason}) "
            "If it is CSV, name it .csv."
        ) from error
    try:
        return _of_arrow(arrow)
    except InvalidInputError as error:
        raise UnreadableDataError(f"Cannot read `{path}`: {error}") from error


def _of_arrow(arrow: pa.Table) -> tuple[pd.DataFrame, list[str]]:
    """Keep what pandas wrote about its types, but no pandas index that is not a column."""
    text_names(arrow.column_names)
    names, parts = [], []
    for name, column in zip(arrow.column_names, arrow.columns, strict=True):
        if name.startswith("__index_level_"):
            continue  # pandas' name for an index without one
        if pa.types.is_fixed_size_list(column.type) and column.null_count == 0:
            width = column.type.list_size
            flat = pa.chunked_array(
                [chunk.flatten() for chunk in column.chunks], column.type.value_type
            )
            for i in range(width):
                names.append(f"{name}_{i}")
                parts.append(from_arrow(flat.take(np.arange(i, len(flat), width))))
            continue
        if not holds_one_value_per_cell(column.type):
            raise InvalidInputError(
                "Every cell must hold one number, text, boolean or date; column "
                f'"{name}" holds {column.type}. Leave the column out, or spread it over several.'
            )
        names.append(name)
        parts.append(from_arrow(column))
    dtypes = _pandas_dtypes(arrow)
    for i, name in enumerate(names):
        if name in dtypes and str(parts[i].dtype) != dtypes[name]:
            parts[i] = parts[i].astype(pd.api.types.pandas_dtype(dtypes[name]))
    return _joined(parts, text_names(names)), []


def _pandas_dtypes(arrow: pa.Table) -> dict[str, str]:
    """Return the nullable types pandas wrote beside the columns: Arrow has no other word."""
    described = (arrow.schema.pandas_metadata or {}).get("columns", [])
    nullable = ("Int", "UInt", "Float", "boolean")
    return {
        c["name"]: c["numpy_type"]
        for c in described
        if c.get("name") and str(c.get("numpy_type")).startswith(nullable)
    }


def _of_frame(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    names = text_names(list(frame.columns))
    notes, parts = [], []
    for i, name in enumerate(names):
        part, said = from_pandas(frame.iloc[:, i], name)
        parts.append(part)
        notes += [said] if said else []
    if any(name is not None for name in frame.index.names):
        kept = ", ".join(f'"{name}"' for name in frame.index.names)
        notes.append(f"The index {kept} was left out; reset_index() makes it a column.")
    return _joined(parts, names), notes


def _of_arrays(arrays: Mapping[Any, Any]) -> tuple[pd.DataFrame, list[str]]:
    columns: dict[str, Any] = {}
    for key, values in arrays.items():
        array = (
            values
            if isinstance(values, pd.Series)
            else np.asarray(values)
            if (hasattr(values, "__array__"))
            else values
        )
        n_dimensions = getattr(array, "ndim", 1)
        if (
            isinstance(array, str | bytes)
            or not hasattr(array, "__len__")
            or n_dimensions not in {1, 2}
        ):
            shape = getattr(array, "shape", type(array).__name__)
            raise InvalidInputError(
                f'`source["{key}"]` must be a one- or two-dimensional array, got {shape}.'
            )
        if n_dimensions == 2:
            columns |= {f"{key}_{i}": array[:, i] for i in range(array.shape[1])}
        else:
            columns[str(key)] = array
    lengths = {name: len(array) for name, array in columns.items()}
    if len(set(lengths.values())) > 1:
        first, *_ = lengths
        other = next(name for name in lengths if lengths[name] != lengths[first])
        raise InvalidInputError(
            f'Arrays in `source` must be equally long, got {lengths[first]} in "{first}" and '
            f'{lengths[other]} in "{other}".'
        )
    return _of_frame(pd.DataFrame({n: _series(a) for n, a in columns.items()}))


def _series(array: Any) -> pd.Series:
    if isinstance(array, pd.Series):
        return array.reset_index(drop=True)
    kind = getattr(getattr(array, "dtype", None), "kind", "O")
    values = list(array) if kind == "O" else array
    return pd.Series(values, dtype=object if kind in "OU" else None)


def _joined(parts: list[pd.Series], names: list[str]) -> pd.DataFrame:
    return pd.DataFrame(dict(zip(names, parts, strict=True)), copy=False)


def _as_arrow(source: Any) -> pa.Table | None:
    if isinstance(source, pa.Table):
        return source
    if isinstance(source, pa.RecordBatch):
        return pa.Table.from_batches([source])
    if type(source).__module__.startswith("polars") and hasattr(source, "collect"):
        source = source.collect()
    if hasattr(source, "to_arrow"):
        return source.to_arrow()
    if hasattr(source, "__arrow_c_stream__"):
        return pa.table(source)
    return None


def _names(names: list[Any], path: Path) -> list[str]:
    try:
        return text_names(names)
    except InvalidInputError as error:
        raise UnreadableDataError(f"Cannot read `{path}`: {error}") from error
