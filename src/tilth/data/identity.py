"""Who is who: content hashes and canonical bytes that do not depend on storage."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PRIME = np.uint64(
    0x9E3779B97F4A7C15
)  # odd constant of Fibonacci hashing (Knuth, TAOCP 6.4)
_MISSING = np.uint64(
    0xC2B2AE3D27D4EB4F
)  # a 64-bit prime of xxHash; any odd constant would do
_EXACT = np.uint64(2**53)  # floats hold every whole number up to here
_UNITS_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def row_hashes(table: pd.DataFrame) -> NDArray[np.uint64]:
    """Hash each row by its column names and values.

    Numbers hash by value (1 and 1.0 agree), text by its characters, times by the instant,
    missing values all alike, so a table hashes the same from CSV, Parquet or memory and
    in any order of columns. 64 bits: two of a million different rows collide with
    probability 3e-8.

    Examples
    --------
    >>> a, b = row_hashes(pd.DataFrame({"x": [1, 2]})), row_hashes(pd.DataFrame({"x": [1.0, 3.0]}))
    >>> bool(a[0] == b[0]), bool(a[1] == b[1])
    (True, False)
    """
    total = np.zeros(len(table), dtype=np.uint64)
    for name in table.columns:
        salt = pd.util.hash_array(np.array([str(name)], dtype=object))[0]
        total += _mixed(_column_hash(table[name]) ^ salt)
    return _mixed(total)


def canonical_bytes(table: pd.DataFrame) -> bytes:
    """Return the table's Arrow content as bytes, the same for equal content.

    Column order, names, types, values and nulls count. How Arrow happens to hold them
    does not: dictionaries, chunks, slices, string layouts, what lies under a null.
    """
    parts = [struct.pack("<q", len(table))]
    for name in table.columns:
        column = _plain(table[name])
        valid = column.is_valid().to_numpy(zero_copy_only=False)
        head = f"{name}\0{column.type}".encode("utf-8", "surrogatepass")
        parts += [struct.pack("<q", len(head)), head, np.packbits(valid).tobytes()]
        parts += _values(column)
    return b"".join(parts)


def _plain(column: pd.Series) -> pa.Array:
    try:
        array = pa.array(column, from_pandas=True)
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        if pa.types.is_dictionary(array.type):
            array = array.cast(array.type.value_type)
        if pa.types.is_string(array.type) or pa.types.is_string_view(array.type):
            array = array.cast(pa.large_string())
    except (
        pa.ArrowInvalid,
        pa.ArrowTypeError,
        pa.ArrowNotImplementedError,
        ValueError,
        OverflowError,
    ):
        array = pa.array(
            [None if m else _tagged(v) for v, m in zip(column, column.isna(), strict=True)]
        )
        return array.cast(pa.large_string())
    if _is_fixed(array.type) or pa.types.is_large_string(array.type):
        return array
    return pa.array(
        [None if v is None else _tagged(v) for v in array.to_pylist()], pa.large_string()
    )


def _is_fixed(kind: pa.DataType) -> bool:
    tests = (pa.types.is_primitive, pa.types.is_boolean)
    return any(test(kind) for test in tests) and not pa.types.is_interval(kind)


def _tagged(value: Any) -> str:
    return f"{type(value).__name__}:{value!r}".encode("unicode_escape").decode("ascii")


def _values(column: pa.Array) -> list[bytes]:
    if not pa.types.is_large_string(column.type):
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.uint8())
        if column.null_count:
            column = pc.fill_null(column, pa.scalar(0, pa.int64()).cast(column.type))
        array = column.to_numpy(zero_copy_only=False)
        return [np.ascontiguousarray(array).tobytes()]
    column = pc.fill_null(column, "")
    lengths = pc.binary_length(column).to_numpy(zero_copy_only=False)
    if not lengths.any():
        return [lengths.tobytes()]
    _, offsets, characters = column.buffers()
    ends = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
    return [lengths.tobytes(), memoryview(characters)[ends[0] : ends[-1]].tobytes()]


def _column_hash(column: pd.Series) -> NDArray[np.uint64]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        hashed = _column_hash(pd.Series(column.cat.categories))
        return np.append(hashed, _MISSING)[column.cat.codes.to_numpy()]
    if column.dtype == object:
        column = column.convert_dtypes()
    missing = column.isna().to_numpy()
    kind = column.dtype.kind
    if kind in "iu":
        hashed = _whole_number_hash(
            column.fillna(0).to_numpy(np.int64 if kind == "i" else np.uint64)
        )
    elif kind in "bf":
        hashed = _float_hash(column.to_numpy(dtype=np.float64, na_value=np.nan))
    elif kind in "mM" and hasattr(column.dt, "unit"):
        hashed = _instant_hash(column)
    else:
        text = column if isinstance(column.dtype, pd.StringDtype) else column.map(_as_text)
        codes, values = pd.factorize(text)
        found = pd.util.hash_array(np.array(values, dtype=object), categorize=False)
        hashed = np.append(found, _MISSING)[codes]
    return np.where(missing, _MISSING, hashed)


def _as_text(value: Any) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()


def _float_hash(values: NDArray[np.float64]) -> NDArray[np.uint64]:
    return pd.util.hash_array(values + 0.0)  # -0.0 becomes 0.0


def _whole_number_hash(values: NDArray[Any]) -> NDArray[np.uint64]:
    """Hash as floats do; numbers that floats cannot hold add what rounding took off."""
    hashed = _float_hash(values.astype(np.float64))
    bits = values.astype(np.uint64)
    size = np.where(values < 0, -bits, bits)
    if (size > _EXACT).any():
        near = size.astype(np.float64)
        near[near >= 2.0**64] = 0.0  # 2^64 is 0 in 64 bits
        lost = size - near.astype(np.uint64)
        hashed ^= np.where(lost != 0, _mixed(lost), np.uint64(0))
    return hashed


def _instant_hash(column: pd.Series) -> NDArray[np.uint64]:
    per_second = _UNITS_PER_SECOND[column.dt.unit]
    count = column.to_numpy(dtype=f"{column.dtype.kind}8[{column.dt.unit}]").view(np.int64)
    seconds, rest = np.divmod(count, per_second)
    nanoseconds = (rest * (10**9 // per_second)).astype(np.uint64)
    return _whole_number_hash(seconds) ^ _mixed(nanoseconds)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(32))) * _PRIME
    return values ^ (values >> np.uint64(29))
