"""When each example happened, as numbers that order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Tried in this order on the whole column, so that 01/02/2020 means one thing in it.
_FORMATS = ("ISO8601", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "mixed")


def read_times(column: pd.Series) -> NDArray[np.float64]:
    """Return a column of dates or numbers as floats that order it; NaN where missing.

    Dates become seconds since 1970 in UTC; numbers stay as they are (a year, a step).

    Raises
    ------
    InvalidInputError
        If a value is neither a number nor a date.

    Examples
    --------
    >>> read_times(pd.Series(["1970-01-02", None]))
    array([86400.,    nan])
    """
    if pd.api.types.is_numeric_dtype(column.dtype):
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    if column.dtype.kind == "m":
        return np.asarray(column.dt.total_seconds(), dtype=np.float64)
    given = column.notna().to_numpy()
    seconds = np.full(len(column), np.nan)
    texts = column[given].astype(object)
    is_date = np.zeros(len(texts), dtype=bool)
    for form in _FORMATS:
        dates = pd.to_datetime(texts, format=form, errors="coerce", utc=True)
        is_date = dates.notna().to_numpy()
        if is_date.all():
            seconds[given] = (dates - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
            return seconds
    wrong = int(np.flatnonzero(given)[int(np.argmin(is_date))])
    raise InvalidInputError(
        f'`time` must name a column of dates or numbers, got "{column.name}" with '
        f"{column.iloc[wrong]!r} in row {wrong}. Name another column."
    )
