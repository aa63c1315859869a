"""Tables as Parquet files that come back with the very dtypes they had."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tilth.edits.encoding import decode_dtype, decode_values, encode_dtype, encode_values

if TYPE_CHECKING:
    from pathlib import Path

_KEY = b"tilth"


def write_frame(table: pd.DataFrame, path: Path) -> None:
    """Write `table` to `path`; missing objects become None, all else comes back as it was.

    Text, numbers and times are plain Parquet columns; categories are stored as codes, and
    objects other than text as JSON, one document per cell. Nothing is pickled.

    Raises
    ------
    InvalidInputError
        If a value has no written form.
    """
    columns, arrays = [], []
    for name in table.columns:
        stored, array = _stored(table[name])
        columns.append(
            {"name": name, "dtype": encode_dtype(table[name].dtype), "stored": stored}
        )
        arrays.append(array)
    names = [str(number) + ":" + str(name) for number, name in enumerate(table.columns)]
    arrow = pa.table(arrays, names=names)
    described = json.dumps({"n_rows": len(table), "columns": columns}).encode()
    pq.write_table(
        arrow.replace_schema_metadata({_KEY: described}), path, compression="zstd"
    )


def read_frame(path: Path) -> pd.DataFrame:
    """Read what `write_frame` wrote."""
    arrow = pq.read_table(path)
    described = json.loads(arrow.schema.metadata[_KEY])
    columns = described["columns"]
    restored = {
        number: _restored(
            arrow.column(number), column["stored"], decode_dtype(column["dtype"])
        )
        for number, column in enumerate(columns)
    }
    table = pd.DataFrame(restored, index=pd.RangeIndex(described["n_rows"]))
    table.columns = pd.Index([column["name"] for column in columns])
    return table


def _stored(column: pd.Series) -> tuple[str, pa.Array]:
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "codes", pa.array(column.cat.codes.to_numpy())
    if isinstance(dtype, np.dtype) and dtype.kind in "biufmM":
        return "plain", pa.array(column.to_numpy(), from_pandas=True)
    if _has_arrow_form(dtype):
        return "plain", pa.array(column.array, from_pandas=True)
    if pd.api.types.infer_dtype(column, skipna=True) in {"string", "empty"}:
        try:
            return "text", pa.array(column.to_numpy(), pa.large_string(), from_pandas=True)
        except UnicodeEncodeError:
            pass  # lone surrogates are no UTF-8; JSON can say them
    return "json", pa.array(
        [json.dumps(cell) for cell in encode_values(column)], pa.large_string()
    )


def _restored(column: pa.ChunkedArray, stored: str, dtype: Any) -> pd.Series:
    if stored == "codes":
        return pd.Series(pd.Categorical.from_codes(column.to_numpy(), dtype=dtype))
    if stored == "json":
        return decode_values([json.loads(cell) for cell in column.to_pylist()], dtype)
    if stored == "text":
        return pd.Series(column.to_pylist(), dtype=object)
    if isinstance(dtype, pd.DatetimeTZDtype | np.dtype):
        plain: pd.Series = column.to_pandas().astype(dtype)
        return plain
    return pd.Series(dtype.__from_arrow__(column))


def _has_arrow_form(dtype: Any) -> bool:
    if isinstance(dtype, np.dtype | pd.SparseDtype):
        return False
    exact = pd.StringDtype | pd.ArrowDtype | pd.BooleanDtype | pd.DatetimeTZDtype
    return isinstance(dtype, exact) or dtype.kind in "iuf"  # nullable numbers
