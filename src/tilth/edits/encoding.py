"""Cell values and dtypes as JSON, and back, losing nothing."""

from __future__ import annotations

import base64
import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def encode_dtype(dtype: Any) -> Any:
    """Return a dtype as JSON: its name, or what its name does not say.

    Raises
    ------
    InvalidInputError
        If the dtype cannot be written, such as nested Arrow types.

    Examples
    --------
    >>> encode_dtype(pd.Series([1, 2]).dtype)
    'int64'
    """
    if isinstance(dtype, pd.CategoricalDtype):
        categories = pd.Series(dtype.categories)
        return {
            "categories": encode_values(categories),
            "of": encode_dtype(categories.dtype),
            "ordered": bool(dtype.ordered),
        }
    if isinstance(dtype, pd.ArrowDtype):
        encoded: Any = {"arrow": str(dtype.pyarrow_dtype)}
    elif isinstance(dtype, pd.StringDtype) and dtype.na_value is pd.NA:
        encoded = f"string[{dtype.storage}]"
    else:
        encoded = str(dtype)
    try:
        readable = decode_dtype(encoded) == dtype
    except InvalidInputError:
        readable = False
    if not readable:
        raise InvalidInputError(
            f"Columns of type {dtype} cannot be written as text. Use text or numbers."
        )
    return encoded


def decode_dtype(encoded: Any) -> Any:
    """Return the dtype that `encode_dtype` wrote.

    Raises
    ------
    InvalidInputError
        If `encoded` names no dtype.
    """
    try:
        if isinstance(encoded, str):
            return pd.Series([], dtype=encoded).dtype
        if "arrow" in encoded:
            name = encoded["arrow"]
            text = {"string": pa.string(), "large_string": pa.large_string()}
            return (
                pd.ArrowDtype(text[name])
                if name in text
                else pd.Series([], dtype=f"{name}[pyarrow]").dtype
            )
        categories = decode_values(encoded["categories"], decode_dtype(encoded["of"]))
        return pd.CategoricalDtype(pd.Index(categories), ordered=bool(encoded["ordered"]))
    except (TypeError, ValueError, KeyError, NotImplementedError) as error:
        raise InvalidInputError(
            f"No such type of column: {encoded!r}. Use a name that numpy or pandas knows."
        ) from error


def encode_values(values: pd.Series) -> list[Any]:
    """Return the values as JSON, missing ones as null.

    Raises
    ------
    InvalidInputError
        If a value has no written form.
    """
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        written = [*encode_values(pd.Series(dtype.categories)), None]
        return [written[code] for code in values.cat.codes]  # a missing value has code -1
    if pd.api.types.is_object_dtype(dtype):
        return [_encode_object(value) for value in values]
    write = _WRITE.get(dtype.kind, str)
    missing = values.isna().to_numpy(dtype=bool)
    return [None if gap else write(v) for v, gap in zip(values, missing, strict=True)]


def decode_values(encoded: Sequence[Any], dtype: Any) -> pd.Series:
    """Return what `encode_values` wrote of a column of `dtype`.

    Raises
    ------
    InvalidInputError
        If a value is none of that dtype.
    """
    try:
        return _decoded(encoded, dtype)
    except (TypeError, ValueError, KeyError, OverflowError, ArithmeticError) as error:
        raise InvalidInputError(
            f"Values do not fit a column of type {dtype}: {error}"
        ) from error


def _decoded(encoded: Sequence[Any], dtype: Any) -> pd.Series:
    if pd.api.types.is_object_dtype(dtype):
        return pd.Series([_decode_object(value) for value in encoded], dtype=object)
    if isinstance(dtype, pd.CategoricalDtype):
        written = enumerate(encode_values(pd.Series(dtype.categories)))
        code = {repr(value): number for number, value in written} | {repr(None): -1}
        codes = [code[repr(value)] for value in encoded]
        return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype))
    read = _READ.get(dtype.kind, lambda value, _: value)
    known = [i for i, value in enumerate(encoded) if value is not None]
    values = pd.Series([read(encoded[i], dtype) for i in known], dtype=object).astype(dtype)
    if len(known) == len(encoded):
        return values
    column = pd.Series([None] * len(encoded), dtype=dtype)
    column.iloc[known] = values.array
    return column


def _write_float(value: Any) -> float | str:
    number = float(value)
    return number if math.isfinite(number) else str(number).replace("inf", "Infinity")


def _read_float(value: Any, _: Any) -> float:
    return float(value)


def _read_time(value: Any, dtype: Any) -> pd.Timestamp:
    time = pd.Timestamp(value)
    zone = getattr(dtype, "tz", None)
    return time if zone is None else time.tz_convert(zone)


_WRITE: dict[str, Callable[[Any], Any]] = {
    "b": bool,
    "i": int,
    "u": int,
    "f": _write_float,
    "M": lambda value: value.isoformat(),
    "m": lambda value: value.isoformat(),
}
_READ: dict[str, Callable[[Any, Any], Any]] = {
    "f": _read_float,
    "M": _read_time,
    "m": lambda value, _: pd.Timedelta(value),
}

# Objects that JSON has no word for, as {"$name": text}; the order matters, because a
# Timestamp is a datetime and a datetime is a date.
_TAGGED: tuple[tuple[str, type, Callable[[Any], str], Callable[[str], Any]], ...] = (
    ("$timestamp", pd.Timestamp, lambda v: v.isoformat(), pd.Timestamp),
    ("$datetime", dt.datetime, lambda v: v.isoformat(), dt.datetime.fromisoformat),
    ("$date", dt.date, lambda v: v.isoformat(), dt.date.fromisoformat),
    ("$time", dt.time, lambda v: v.isoformat(), dt.time.fromisoformat),
    ("$timedelta", dt.timedelta, lambda v: pd.Timedelta(v).isoformat(), pd.Timedelta),
    ("$decimal", Decimal, str, Decimal),
    (
        "$bytes",
        bytes,
        lambda v: base64.b64encode(v).decode("ascii"),
        lambda text: base64.b64decode(text, validate=True),
    ),
    ("$number", float, lambda v: str(v).replace("inf", "Infinity"), float),
)


def _encode_object(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    if value is pd.NA or value is pd.NaT:
        return {"$missing": str(value)}
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    for tag, kind, write, _ in _TAGGED:
        if isinstance(value, kind):
            return {tag: write(value)}
    if isinstance(value, list | tuple | np.ndarray):
        return [_encode_object(part) for part in value]
    raise InvalidInputError(
        f"A value of type {type(value).__name__} cannot be written as text. Use text or numbers."
    )


def _decode_object(value: Any) -> Any:
    if isinstance(value, list):
        return [_decode_object(part) for part in value]
    if not isinstance(value, dict):
        return value
    if "$missing" in value:
        return pd.NaT if value["$missing"] == "NaT" else pd.NA
    for tag, _, _, read in _TAGGED:
        if tag in value:
            return read(value[tag])
    raise ValueError(f"{value!r} is no value")
