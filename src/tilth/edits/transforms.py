"""Column transforms: fitted parameters and a column in, a new column out, row by row."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.algorithms.markup import strip_markup
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MAX_PASSES = 12  # as in algorithms.markup: text nested deeper was made to be


def apply_transform(column: pd.Series, params: Mapping[str, Any]) -> pd.Series:
    """Return the column after one transform; the column itself is not changed.

    Each row is transformed by itself: nothing is fitted here, so training, test and
    future rows are treated alike.

    Parameters
    ----------
    column : Series
        Any column. A value a transform cannot work on (a number where text is stripped)
        is left as it is, or becomes missing where numbers are asked for.
    params : mapping
        ``kind`` and its fitted numbers:

        - ``{"kind": "scale", "center": c, "scale": s}``: (x - c) / s as float.
        - ``{"kind": "impute", "value": v}``: v where missing. A number as v also makes
          numbers of a column stored as text; what is none, or infinite, counts as
          missing then.
          Optional ``missing``: values that stand for missing as well (-999, "?").
        - ``{"kind": "strip_markup"}``: tags removed, entities decoded.
        - ``{"kind": "remove_text", "value": t}``: every occurrence of t removed.

    Returns
    -------
    Series
        Same index and name.

    Raises
    ------
    InvalidInputError
        If `params` is not one of the above.

    Examples
    --------
    >>> apply_transform(pd.Series([1.0, 3.0]), {"kind": "scale", "center": 1, "scale": 2}).tolist()
    [0.0, 1.0]
    >>> apply_transform(pd.Series(["a<br>b", None], dtype=object), {"kind": "strip_markup"}).tolist()
    ['a b', None]
    """
    kind = params.get("kind")
    if kind not in _TRANSFORMS:
        raise InvalidInputError(
            f"`params` must name one of the transforms {', '.join(_TRANSFORMS)} as its kind, "
            f"got {kind!r}. Use one of them."
        )
    transform, needed = _TRANSFORMS[kind]
    lacking = [name for name in needed if params.get(name) is None]
    if lacking:
        raise InvalidInputError(
            f"`params` of the transform {kind} must hold {' and '.join(needed)}, "
            f"got none for {lacking[0]}. Add it."
        )
    return transform(column, params)


def _scaled(column: pd.Series, params: Mapping[str, Any]) -> pd.Series:
    center, scale = float(params["center"]), float(params["scale"])
    if not (math.isfinite(center) and math.isfinite(scale) and scale > 0):
        raise InvalidInputError(
            "`params` of the transform scale must hold a finite center and a scale above 0, "
            f"got {center} and {scale}. Use mean and standard deviation."
        )
    values = (_numbers(column) - center) / scale
    return pd.Series(values, index=column.index, name=column.name)


def _imputed(column: pd.Series, params: Mapping[str, Any]) -> pd.Series:
    value = params["value"]
    codes = list(params.get("missing", ()))
    missing = (column.isna() | column.isin(codes)).to_numpy(dtype=bool)
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        numbers = _numbers(column)
        if not pd.api.types.is_numeric_dtype(column.dtype):
            numbers = np.where(missing | ~np.isfinite(numbers), float(value), numbers)
            return pd.Series(numbers, index=column.index, name=column.name)
        missing = missing | np.isinf(numbers)
    return _filled(column, missing, value) if missing.any() else column.copy()


def _filled(column: pd.Series, missing: np.ndarray[Any, Any], value: Any) -> pd.Series:
    """Return the column with `value` at `missing`, in its own dtype where that can hold it."""
    values = column.astype(object).to_numpy(dtype=object, copy=True)
    values[missing] = value
    filled = pd.Series(values, index=column.index, name=column.name, dtype=object)
    if isinstance(column.dtype, pd.CategoricalDtype):
        is_known = value in column.dtype.categories
        return filled.astype(column.dtype if is_known else "category")
    try:
        return filled.astype(column.dtype)
    except (TypeError, ValueError):  # the value does not fit: 2.5 into whole numbers, say
        return filled.infer_objects()


def _numbers(column: pd.Series) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return floats; what is no number is missing."""
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(
        column.dtype
    ):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    numbers = pd.to_numeric(column.astype(object).map(_number_or_text), errors="coerce")
    return numbers.to_numpy(dtype=np.float64, na_value=np.nan)


def _number_or_text(value: Any) -> Any:
    return value if isinstance(value, str | int | float | np.number) else None


def _stripped(column: pd.Series, params: Mapping[str, Any]) -> pd.Series:
    return _mapped(column, strip_markup)


def _text_removed(column: pd.Series, params: Mapping[str, Any]) -> pd.Series:
    removed = str(params["value"])
    if not removed:
        return column.copy()
    return _mapped(column, lambda text: _without(text, removed))


def _without(text: str, removed: str) -> str:
    """Return the text without `removed`, also where removing it made it anew."""
    for _ in range(_MAX_PASSES):
        if removed not in text:
            break
        first, *others = text.split(removed)
        kept = [first]
        for part in others:
            at_blank = not kept[-1] or kept[-1].endswith(" ")
            kept.append(part.lstrip(" ") if at_blank else part)
        text = "".join(kept).strip(" ")
    return text


def _mapped(column: pd.Series, function: Callable[[str], str]) -> pd.Series:
    """Return the column with `function` applied to its strings, in its own dtype."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.copy()
    values = [function(v) if isinstance(v, str) else v for v in column.astype(object)]
    mapped = pd.Series(values, index=column.index, name=column.name, dtype=object)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return mapped.astype("category")
    return mapped.astype(column.dtype)


_TRANSFORMS: dict[
    str, tuple[Callable[[pd.Series, Mapping[str, Any]], pd.Series], tuple[str, ...]]
] = {
    "scale": (_scaled, ("center", "scale")),
    "impute": (_imputed, ("value",)),
    "strip_markup": (_stripped, ()),
    "remove_text": (_text_removed, ("value",)),
}
