"""Columns from anywhere, as the plain pandas columns every other room expects."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tilth.data.images import encoded, is_image
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

_EXACT = 2**53  # floats hold every whole number up to here


def from_arrow(column: pa.ChunkedArray) -> pd.Series:  # noqa: PLR0911 - one return per type
    """Turn an Arrow column of one value per cell into pandas, losing no digits.

    Whole numbers with nulls become floats, as pandas reads them, or `Int64` where floats
    would lose digits; booleans with nulls become `boolean`; decimals floats; dates
    midnights; times of day text; dictionaries categories.
    """
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return from_arrow(column.cast(kind.storage_type))
    if pa.types.is_null(kind):
        return pd.Series(np.full(len(column), np.nan))
    if pa.types.is_boolean(kind) and column.null_count:
        return pd.Series(column.to_pandas(), dtype="boolean")
    if pa.types.is_integer(kind) and column.null_count:
        return _integers_with_nulls(column)
    if pa.types.is_decimal(kind):
        return from_arrow(column.cast(pa.float64()))
    if pa.types.is_float16(kind):
        return from_arrow(column.cast(pa.float32()))
    if pa.types.is_time(kind):
        return from_arrow(column.cast(pa.string()))
    if pa.types.is_string(kind) or pa.types.is_string_view(kind):
        column = column.cast(pa.large_string())
    if pa.types.is_dictionary(kind):  # pandas wants signed codes into plain strings
        is_view = pa.types.is_string_view(kind.value_type)
        value_type = pa.large_string() if is_view else kind.value_type
        column = column.cast(value_type).dictionary_encode() if is_view else column
        column = column.cast(pa.dictionary(pa.int64(), value_type, kind.ordered))
    series: pd.Series = column.to_pandas(date_as_object=False)
    if series.dtype == object:  # pandas 2 has no text type; missing is NaN there too
        series = series.where(series.notna(), np.nan)
    return series.rename(None)


def from_lists(column: pa.ChunkedArray | pd.Series) -> pd.Series:
    """Turn cells that hold lists into JSON text; missing ones stay missing."""
    cells = column.to_pylist() if isinstance(column, pa.ChunkedArray) else column
    texts = [
        None if cell is None else json.dumps(_plain(cell), ensure_ascii=False)
        for cell in cells
    ]
    return _text(pd.Series(texts, dtype=object))


def is_list(kind: pa.DataType) -> bool:
    """Say whether cells of this type are lists of single values."""
    if isinstance(kind, pa.BaseExtensionType):
        return is_list(kind.storage_type)
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(is_one(kind) for is_one in lists) and holds_one_value_per_cell(
        kind.value_type
    )


def _plain(value: Any) -> Any:
    """Return lists of plain values, dates as text, what is missing or not finite as null."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(inner) for inner in value]
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def holds_one_value_per_cell(kind: pa.DataType) -> bool:
    """Say whether `from_arrow` understands a column of this type."""
    if isinstance(kind, pa.BaseExtensionType):
        return holds_one_value_per_cell(kind.storage_type)
    if pa.types.is_dictionary(kind):
        return holds_one_value_per_cell(kind.value_type)
    odd = (pa.types.is_nested, pa.types.is_interval, is_bytes)
    return not any(is_odd(kind) for is_odd in odd)


def is_bytes(kind: pa.DataType) -> bool:
    """Say whether a column of this type holds bytes."""
    binary = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    return any(is_binary(kind) for is_binary in binary) or "binary_view" in str(kind)


def from_pandas(  # noqa: PLR0911 - one return per type
    column: pd.Series, name: str
) -> tuple[pd.Series, str]:
    """Turn a pandas column of any type into a plain one, with a sentence if values changed.

    Columns of objects become what they hold: numbers, booleans, dates or text; a mixture
    becomes text, lists JSON text. Index and name are dropped.

    Raises
    ------
    InvalidInputError
        If cells hold bytes, complex numbers or other objects.
    """
    column = pd.Series(column.array.copy(), dtype=column.dtype)
    dtype = column.dtype
    if isinstance(dtype, pd.ArrowDtype):
        arrow = pa.chunked_array(column.array.__arrow_array__())
        if is_list(arrow.type):
            return from_lists(arrow), said_of_lists(name)
        if not holds_one_value_per_cell(arrow.type):
            raise _not_one_value(name, str(arrow.type))
        return from_arrow(arrow), ""
    if isinstance(dtype, pd.SparseDtype):
        return from_pandas(pd.Series(np.asarray(column)), name)
    if isinstance(dtype, pd.CategoricalDtype):
        return _category(column, name)
    if isinstance(dtype, pd.PeriodDtype | pd.IntervalDtype):
        return column.astype(object).map(str, na_action="ignore").infer_objects(), ""
    if isinstance(dtype, pd.StringDtype):
        return _text(column.astype(object)), ""
    if dtype.kind == "O":
        return _objects(column, name)
    if dtype.kind == "c":
        raise _not_one_value(name, "complex numbers")
    if dtype in (np.dtype("float16"), np.dtype(np.longdouble)) and dtype != np.float64:
        column = column.astype(np.float64)
    return column, ""


def said_of_lists(name: str) -> str:
    """Say that lists became text."""
    return f'Lists in "{name}" were kept as JSON text.'


def text_names(names: Sequence[Hashable]) -> list[str]:
    """Return column names as strings, levels joined by ``_``; check that none repeats.

    Raises
    ------
    InvalidInputError
        If two columns have the same name.
    """
    texts = ["_".join(map(str, n)) if isinstance(n, tuple) else str(n) for n in names]
    repeated = (
        sorted({t for t in texts if texts.count(t) > 1})
        if len(set(texts)) < len(texts)
        else []
    )
    if repeated:
        places = [i + 1 for i, t in enumerate(texts) if t == repeated[0]]
        raise InvalidInputError(
            f'Column names must differ, got "{repeated[0]}" {len(places)} times (columns '
            f"{', '.join(map(str, places[:5]))}). Rename them; if a file has no header line, say --no-header."
        )
    return texts


def _integers_with_nulls(column: pa.ChunkedArray) -> pd.Series:
    ends = pc.min_max(column).as_py()
    low, high = ends["min"], ends["max"]
    if low is None or max(-low, high) <= _EXACT:
        return pd.Series(column.cast(pa.float64(), safe=False).to_numpy())
    filled = pc.fill_null(column, 0).to_numpy()
    series = pd.Series(filled, dtype="Int64" if low < 0 or high < 2**63 else "UInt64")
    series[pc.is_null(column).to_numpy(zero_copy_only=False)] = pd.NA
    return series


def _category(column: pd.Series, name: str) -> tuple[pd.Series, str]:
    plain, said = from_pandas(pd.Series(column.cat.categories), name)
    if plain.dtype == column.cat.categories.dtype and not said:
        return column, ""
    values = plain.array.take(column.cat.codes.to_numpy(), allow_fill=True)
    return pd.Series(
        pd.Categorical(values, categories=plain, ordered=column.cat.ordered)
    ), said


def _objects(  # noqa: PLR0911 - one return per type
    column: pd.Series, name: str
) -> tuple[pd.Series, str]:
    missing = column.isna()
    holds = pd.api.types.infer_dtype(column, skipna=True)
    match holds:
        case "string":
            return _text(column), ""
        case "empty":
            return pd.Series(np.full(len(column), np.nan)), ""
        case "boolean":
            return column.astype("boolean" if missing.any() else "bool"), ""
        case "integer":
            return _integers(column, name)
        case "floating" | "mixed-integer-float" | "decimal":
            return column.where(~missing, np.nan).astype(np.float64), ""
        case "datetime" | "datetime64" | "date":
            return _dates(column), ""
        case "timedelta" | "timedelta64":
            return pd.Series(pd.to_timedelta(column)), ""
        case "bytes" if is_image(column[~missing].iloc[0]):
            return column.where(~missing, None), ""
        case "bytes" | "complex":
            raise _not_one_value(name, holds)
        case _:
            return _mixture(column, name)


def _mixture(column: pd.Series, name: str) -> tuple[pd.Series, str]:
    given = column[column.notna()]
    if all(type(value).__module__.startswith("PIL.") for value in given):
        return column.map(encoded, na_action="ignore").where(column.notna(), None), ""
    scalars = (str, bool, int, float, np.generic)
    if all(isinstance(value, (list, tuple, np.ndarray)) for value in given):
        return from_lists(column.where(~column.isna(), None)), said_of_lists(name)
    for value in given:
        if hasattr(value, "__len__") and not isinstance(value, str):
            raise _not_one_value(name, f"{type(value).__name__} objects")
    kinds = {type(v).__name__ for v in given if isinstance(v, scalars)}
    said = (
        f'Column "{name}" mixes {" and ".join(sorted(kinds))} values; it was read as text.'
    )
    return _text(column.map(str, na_action="ignore")), said if len(kinds) > 1 else ""


def _integers(column: pd.Series, name: str) -> tuple[pd.Series, str]:
    try:
        return from_arrow(pa.chunked_array([pa.array(column, from_pandas=True)])), ""
    except (OverflowError, pa.ArrowInvalid):
        said = f'Column "{name}" holds whole numbers of more than 64 bits; it was read as text.'
        return _text(column.map(str, na_action="ignore")), said


def _dates(column: pd.Series) -> pd.Series:
    try:
        return pd.Series(pd.to_datetime(column))
    except (ValueError, TypeError):  # several time zones in one column
        return pd.Series(pd.to_datetime(column, utc=True))


def _text(column: pd.Series) -> pd.Series:
    column = column.where(column.notna(), np.nan)
    try:
        pa.array(column, pa.large_string(), from_pandas=True)
    except UnicodeEncodeError:  # half of a character pair: no encoding can store it
        column = column.map(_storable, na_action="ignore")
    return column.infer_objects()


def _storable(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _not_one_value(name: str, what: Any) -> InvalidInputError:
    return InvalidInputError(
        f'Every cell must hold one number, text, boolean or date; column "{name}" holds {what}. '
        "Leave the column out, or spread it over several columns."
    )
