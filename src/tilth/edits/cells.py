"""Values put into columns without changing what either held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# What a kind of number may become, tried in order, so that a new value fits. Integers turn
# into floats as pandas reads them from files, unless they are too large for that.
_WIDER = {
    "int": ("int64", "uint64", "float64", "Int64"),
    "float": ("float64",),
    "bool": ("boolean",),
    "Int": ("Int64", "UInt64", "Float64"),
    "Float": ("Float64",),
}


def same_values(left: pd.Series, right: pd.Series) -> NDArray[np.bool_]:
    """Return where two columns hold equal values; missing equals missing, 1 equals 1.0."""
    both_missing = np.asarray(left.isna(), dtype=bool) & np.asarray(
        right.isna(), dtype=bool
    )
    pairs = zip(left.astype(object), right.astype(object), strict=True)
    equal = np.fromiter((_is_same(a, b) for a, b in pairs), dtype=bool, count=len(left))
    return np.asarray(both_missing | equal, dtype=bool)


def set_values(
    column: pd.Series, positions: NDArray[np.intp], values: pd.Series
) -> pd.Series:
    """Return `column` with `values` at `positions`, in its own dtype wherever they fit.

    Raises
    ------
    InvalidInputError
        If a value is of another kind than the column, such as text among numbers.
    """
    dtype = fitting_dtype(column, values)
    result = column.copy() if dtype == column.dtype else cast(column, dtype)
    if len(values):
        result.iloc[positions] = cast(values, dtype).array
    return result


def appended(column: pd.Series, values: pd.Series) -> pd.Series:
    """Return `column` followed by `values`, in its own dtype wherever they fit."""
    dtype = fitting_dtype(column, values)
    parts = [cast(column, dtype), cast(values, dtype)]
    return pd.concat(parts, ignore_index=True)


def fitting_dtype(column: pd.Series, values: pd.Series) -> Any:
    """Return the dtype nearest to the column's that holds its values and `values` exactly."""
    if len(values) == 0 or values.dtype == column.dtype:
        return column.dtype
    for dtype in _candidates(column, values):
        if _fits(values, dtype) and (dtype == column.dtype or _fits(column, dtype)):
            return dtype
    shown = next(v for v in values if not _fits(pd.Series([v], dtype=object), column.dtype))
    raise InvalidInputError(
        f"New values of column {column.name!r} must be of its kind ({column.dtype}), "
        f"got {show(shown)}. Give values of that kind."
    )


def cast(values: pd.Series, dtype: Any) -> pd.Series:
    """Return `values` in `dtype`, with the missing ones missing."""
    if values.dtype == dtype:
        return values
    missing = values.isna().to_numpy(dtype=bool)
    if pd.api.types.is_object_dtype(dtype) or not missing.any():
        return values.astype(dtype)
    # Missing values of one kind (None, NaN, NaT) do not cast to every other; leave them out.
    gaps = pd.Series(
        [None] * len(values), index=values.index, dtype=dtype, name=values.name
    )
    gaps.iloc[np.flatnonzero(~missing)] = values[~missing].astype(dtype).array
    return gaps


def show(value: Any) -> str:
    """Return a value as short text for a message."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return "missing"
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= 60 else text[:57] + "..."


def _is_same(left: Any, right: Any) -> bool:
    try:
        same = left == right
        return same if isinstance(same, bool) else bool(np.all(same))
    except (TypeError, ValueError):
        return False


def _candidates(column: pd.Series, values: pd.Series) -> Iterator[Any]:
    dtype = column.dtype
    yield dtype
    if isinstance(dtype, pd.CategoricalDtype):
        old = pd.Series(dtype.categories, name=column.name)
        new = values.dropna()
        new = new[~new.isin(old)].drop_duplicates()
        merged = pd.Index(appended(old, new)) if len(new) else dtype.categories
        yield pd.CategoricalDtype(merged, ordered=dtype.ordered)
    else:
        name = str(dtype)
        kind = next((k for k in _WIDER if name.removeprefix("u").startswith(k)), None)
        kind = "Int" if name.startswith("UInt") else kind
        yield from (
            pd.api.types.pandas_dtype(wider) for wider in _WIDER.get(kind or "", ())
        )
        if name.startswith(("datetime64", "timedelta64")):
            yield values.infer_objects().dtype


def _fits(values: pd.Series, dtype: Any) -> bool:
    if isinstance(dtype, pd.CategoricalDtype):
        return bool(values.dropna().isin(dtype.categories).all())
    try:
        if isinstance(dtype, np.dtype) and dtype.kind in "iu":
            limits = np.iinfo(dtype)  # older versions of numpy wrap around beyond them
            if not values.between(limits.min, limits.max).all():  # nor is missing between
                return False
        if isinstance(dtype, np.dtype) and dtype.kind == "b" and values.isna().any():
            return False
        return bool(same_values(values, cast(values, dtype)).all())
    except (TypeError, ValueError, OverflowError):
        return False
