"""Where tables come from: files, folders, data frames, Arrow tables, dictionaries of arrays."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tilth.data.arrow import table_of_arrow
from tilth.data.columns import from_pandas, text_names
from tilth.data.files import paths_of, read_files
from tilth.data.hugging_face import (
    arrow_of_dataset,
    is_hugging_face,
    is_saved_dataset,
    saved_files,
)
from tilth.data.image_folder import read_image_folder
from tilth.data.images import encoded
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from tilth.data.images import Images


@dataclass(frozen=True, eq=False)
class Loaded:
    """A source as a plain table.

    Attributes
    ----------
    table : DataFrame
    name : str
        What the source is called.
    notes : list of str
        One sentence per decision.
    root : Path
        The folder that paths in the table are relative to.
    images : Images, optional
        What opens the column ``image``, where the source is a folder of images.
    """

    table: pd.DataFrame
    name: str
    notes: list[str]
    root: Path
    images: Images | None = None


def load(source: Any, *, has_header: bool = True, keep_lists: bool = False) -> Loaded:
    """Return a source as a plain table, with one sentence per decision.

    With `keep_lists` no list becomes columns: all are JSON text.

    Raises
    ------
    UnreadableDataError
        If a file does not exist or holds no table.
    InvalidInputError
        If the source is of a kind that cannot be read, or its columns are.
    """
    if isinstance(source, str | os.PathLike):
        return _of_path(source, has_header=has_header, keep_lists=keep_lists)
    if is_hugging_face(source):
        table, notes = table_of_arrow(arrow_of_dataset(source), keep_lists=keep_lists)
    elif isinstance(source, pd.DataFrame):
        table, notes = _of_frame(source)
    elif isinstance(source, Mapping):
        table, notes = _of_arrays(source)
    elif (arrow := _as_arrow(source)) is not None:
        table, notes = table_of_arrow(arrow, keep_lists=keep_lists)
    else:
        raise InvalidInputError(
            "`source` must be a path, a pandas, polars or Arrow table, a Hugging Face dataset, or "
            f"a dict of arrays, got {type(source).__name__}. Make a pandas DataFrame of it."
        )
    return Loaded(table, "memory", notes, Path())


def _of_path(
    source: str | os.PathLike[str], *, has_header: bool, keep_lists: bool
) -> Loaded:
    paths = paths_of(os.fspath(source))
    if paths[0].is_dir() and not is_saved_dataset(paths[0]):
        table, images, notes = read_image_folder(paths[0])
        return Loaded(table, str(source), notes, paths[0], images)
    root = paths[0] if paths[0].is_dir() else paths[0].parent
    files = saved_files(paths[0]) if paths[0].is_dir() else paths
    table, notes = read_files(files, has_header=has_header, keep_lists=keep_lists)
    return Loaded(table, str(source), notes, root)


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
    return pd.DataFrame(dict(zip(names, parts, strict=True)), copy=False), notes


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
        if n_dimensions in {3, 4} and array.dtype == np.uint8:  # pixels of images
            columns[str(key)] = pd.Series([encoded(image) for image in array], dtype=object)
            continue
        if (
            isinstance(array, str | bytes)
            or not hasattr(array, "__len__")
            or n_dimensions not in {1, 2}
        ):
            shape = getattr(array, "shape", type(array).__name__)
            raise InvalidInputError(
                f'`source["{key}"]` must be a one- or two-dimensional array, got {shape}. '
                "Give one value, or one row of values, per example."
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
            f'{lengths[other]} in "{other}". Give one value per example in each.'
        )
    return _of_frame(pd.DataFrame({n: _series(a) for n, a in columns.items()}))


def _series(array: Any) -> pd.Series:
    if isinstance(array, pd.Series):
        return array.reset_index(drop=True)
    kind = getattr(getattr(array, "dtype", None), "kind", "O")
    values = list(array) if kind == "O" else array
    return pd.Series(values, dtype=object if kind in "OU" else None)


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
