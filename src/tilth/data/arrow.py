"""Arrow tables as plain tables, with what pandas and Hugging Face wrote beside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tilth.data.columns import (
    from_arrow,
    from_lists,
    holds_one_value_per_cell,
    is_bytes,
    is_list,
    said_of_lists,
    text_names,
)
from tilth.data.images import is_image
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator


def table_of_arrow(
    arrow: pa.Table, *, keep_lists: bool = False
) -> tuple[pd.DataFrame, list[str]]:
    """Return an Arrow table as a plain one, and one sentence per decision.

    What pandas wrote about its types is kept, but no pandas index that is not a column. Class
    numbers become the names that Hugging Face `datasets` wrote beside them; structs and lists of
    one length become columns, other lists JSON text (all of them with `keep_lists`).

    Raises
    ------
    InvalidInputError
        If cells hold bytes, lists of lists or other things that are no value.
    """
    text_names(arrow.column_names)
    notes: list[str] = []
    arrow = _flattened(arrow, notes)
    arrow = _with_class_names(arrow, notes)
    names: list[str] = []
    parts: list[pd.Series] = []
    for name, column in zip(arrow.column_names, arrow.columns, strict=True):
        if name.startswith("__index_level_"):
            continue  # pandas' name for an index without one
        if is_list(column.type) and (
            keep_lists or not pa.types.is_fixed_size_list(column.type)
        ):
            notes.append(said_of_lists(name))
        for own, part in _columns(name, column, keep_lists=keep_lists):
            names.append(own)
            parts.append(part)
    dtypes = _pandas_dtypes(arrow)
    for i, name in enumerate(names):
        if name in dtypes and str(parts[i].dtype) != dtypes[name]:
            parts[i] = parts[i].astype(pd.api.types.pandas_dtype(dtypes[name]))
    columns = dict(zip(text_names(names), parts, strict=True))
    return pd.DataFrame(columns, copy=False), notes


def _columns(
    name: str, column: pa.ChunkedArray, *, keep_lists: bool
) -> Iterator[tuple[str, pd.Series]]:
    kind = column.type
    if pa.types.is_fixed_size_list(kind) and column.null_count == 0 and not keep_lists:
        flat = pa.chunked_array([c.flatten() for c in column.chunks], kind.value_type)
        for i in range(kind.list_size):
            own = f"{name}_{i}"
            yield own, from_arrow(flat.take(np.arange(i, len(flat), kind.list_size)))
    elif is_list(kind):
        yield name, from_lists(column)
    elif is_bytes(kind) and _holds_images(column):
        yield name, pd.Series(np.array([*column.to_pylist(), None], dtype=object)[:-1])
    elif not holds_one_value_per_cell(kind):
        raise InvalidInputError(
            f'Every cell must hold one number, text, boolean or date; column "{name}" holds '
            f"{kind}. Leave the column out, or spread it over several."
        )
    else:
        yield name, from_arrow(column)


def _holds_images(column: pa.ChunkedArray) -> bool:
    known = column.drop_null()
    return len(known) > 0 and is_image(known[0].as_py()[:16])


def _flattened(arrow: pa.Table, notes: list[str]) -> pa.Table:
    """Spread structs over columns ``meta.source``, as objects in JSON Lines are.

    A struct of bytes and path is an image, as Hugging Face stores them: its bytes, or its path.
    """
    for place, field in enumerate(arrow.schema):
        if pa.types.is_struct(field.type) and {f.name for f in field.type} == {
            "bytes",
            "path",
        }:
            column = arrow.column(place).combine_chunks()
            content, path = (
                pc.struct_field(column, "bytes"),
                pc.struct_field(column, "path"),
            )
            chosen = path if content.null_count == len(content) else content
            arrow = arrow.set_column(place, field.name, chosen)
    spread = [f.name for f in arrow.schema if pa.types.is_struct(f.type)]
    notes += [f'Objects in "{name}" were spread over columns.' for name in spread]
    metadata = arrow.schema.metadata
    while any(pa.types.is_struct(field.type) for field in arrow.schema):
        arrow = arrow.flatten()
    return arrow.replace_schema_metadata(metadata)


def _with_class_names(arrow: pa.Table, notes: list[str]) -> pa.Table:
    """Put in the names of classes that Hugging Face `datasets` keeps beside their numbers."""
    for name, classes in _class_names(arrow.schema.metadata).items():
        place = arrow.schema.get_field_index(name)
        if place < 0:
            continue
        kind, column = arrow.schema.field(place).type, arrow.column(place)
        if pa.types.is_integer(kind):
            column = _named(column, classes)
        elif is_list(kind) and pa.types.is_integer(kind.value_type):
            lists = column.combine_chunks().cast(pa.large_list(pa.int64()))
            values = _named(lists.flatten(), classes)
            lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
            ends = np.append(0, np.cumsum(lengths))
            column = pa.LargeListArray.from_arrays(
                pa.array(
                    ends,
                    mask=np.append(lists.is_null().to_numpy(zero_copy_only=False), False),
                ),
                values,
            )
        else:
            continue
        arrow = arrow.set_column(place, name, column)
        shown = ", ".join(classes[:5]) + (", ..." if len(classes) > 5 else "")
        notes.append(f'Class numbers in "{name}" were read by their names ({shown}).')
    return arrow


def _named(codes: Any, classes: list[str]) -> Any:
    codes = codes.cast(pa.int64())
    known = pc.and_(pc.greater_equal(codes, 0), pc.less(codes, len(classes)))
    codes = pc.if_else(known, codes, pa.scalar(None, pa.int64()))  # -1: no label
    return pc.take(pa.array(classes, pa.string()), codes)


def _class_names(metadata: dict[bytes, bytes] | None) -> dict[str, list[str]]:
    try:
        described = json.loads((metadata or {}).get(b"huggingface", b"{}"))
        features = described["info"]["features"].items()
        # In lists ``{"feature": {"_type": "ClassLabel", ...}, "_type": "Sequence"}``.
        inner = {name: f.get("feature", f) for name, f in features if isinstance(f, dict)}
        return {
            name: [str(class_name) for class_name in feature["names"]]
            for name, feature in inner.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, KeyError, TypeError, AttributeError):  # written by somebody else
        return {}


def _pandas_dtypes(arrow: pa.Table) -> dict[str, Any]:
    """Return the nullable types pandas wrote beside the columns: Arrow has no other word."""
    described = (arrow.schema.pandas_metadata or {}).get("columns", [])
    nullable = ("Int", "UInt", "Float", "boolean")
    return {
        c["name"]: c["numpy_type"]
        for c in described
        if c.get("name") and str(c.get("numpy_type")).startswith(nullable)
    }
