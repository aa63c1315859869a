"""Columns as numbers: quantile blocks with readable ends, and intervals in words."""

from __future__ import annotations

import math
import re
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

_N_BLOCKS = 20  # methods.md 20.4; runs of blocks are searched
_SAMPLED = 500  # our own: distinct cells looked at to tell what a text column holds
_PARSED = 0.95  # our own: share of those that must be numbers or dates
# A date has a year of four digits or a month name, or two separators, and always digits.
_DATE = re.compile(r"^\s*(?=.*\d)(?=.*[-/.:\s])[\w\s,./:+\-]{6,40}$")
_DAY_OVER_12 = re.compile(r"^\s*(?:1[3-9]|2\d|3[01])[/.\-]\d{1,2}[/.\-]\d{4}")
DAY_FIRST = "day-first date"
DATES = ("date", DAY_FIRST)
_DAY = 86_400_000_000  # microseconds


def numbers_of(column: pd.Series, measure: str | None = None) -> NDArray[np.float64]:
    """Return a column as floats, dates as microseconds since 1970 in UTC; NaN where neither.

    `measure` is None, ``date``, or ``day-first date`` for text such as 24/12/2021.
    """
    if measure is not None:
        return _microseconds(column, day_first=measure == DAY_FIRST)
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    codes, uniques = pd.factorize(column.astype(object))
    numbers = pd.to_numeric(pd.Series(uniques, dtype=object), errors="coerce")
    return np.append(numbers.to_numpy(dtype=np.float64), np.nan)[codes]


def measure_of(column: pd.Series) -> tuple[bool, str | None]:
    """Say whether a column holds numbers, by type or written out, and their `measure`."""
    dtype = column.dtype
    if pd.api.types.is_numeric_dtype(dtype):
        return dtype.kind in "iuf", None
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return True, "date"
    uniques = pd.unique(column.dropna().astype(object))
    sample = pd.Series(uniques[:: max(1, len(uniques) // _SAMPLED)], dtype=object)
    if len(uniques) < _N_BLOCKS or np.isfinite(numbers_of(sample)).mean() >= _PARSED:
        return len(uniques) >= _N_BLOCKS, None
    texts = sample.map(str)
    measure = DAY_FIRST if texts.str.match(_DAY_OVER_12).any() else "date"
    if texts.str.match(_DATE).mean() < _PARSED:
        return False, None
    return bool(np.isfinite(numbers_of(sample, measure)).mean() >= _PARSED), measure


def blocks(
    values: NDArray[np.float64], *, is_date: bool = False
) -> tuple[list[tuple[float | None, float | None]], NDArray[np.intp]]:
    """Cut numbers into about 20 blocks of equal weight.

    A value that fills more than a block counts for one block only, so the rest is still
    cut finely; equal values stay together.

    Returns
    -------
    ends : list of (low, high)
        low <= value < high; None at the outer ends.
    codes : int array
        Block of each value; -1 where it is NaN.

    Examples
    --------
    >>> blocks(np.array([1.0, 2.0, 2.0, np.nan]))
    ([(None, 2.0), (2.0, None)], array([ 0,  1,  1, -1]))
    """
    known = ~np.isnan(values)
    distinct, inverse, counts = np.unique(
        values[known], return_inverse=True, return_counts=True
    )
    codes = np.full(len(values), -1, dtype=np.intp)
    if len(distinct) == 0:
        return [], codes
    weight = np.minimum(counts, max(counts.sum() / _N_BLOCKS, 1.0))
    middle = np.cumsum(weight) - weight / 2
    block = np.minimum((middle / weight.sum() * _N_BLOCKS).astype(np.intp), _N_BLOCKS - 1)
    if len(distinct) <= _N_BLOCKS:
        block = np.arange(len(distinct))
    starts = np.flatnonzero(np.r_[True, np.diff(block) > 0])
    cut = readable_moment if is_date else readable_cut
    cuts = [cut(distinct[i - 1], distinct[i]) for i in starts[1:]]
    number = np.cumsum(np.r_[0, np.diff(block) > 0])
    codes[known] = number[inverse]
    return list(zip([None, *cuts], [*cuts, None], strict=True)), codes


def readable_cut(below: float, above: float) -> float:
    """Return the number with the fewest digits in (below, above].

    Examples
    --------
    >>> readable_cut(2.9173, 3.0688), readable_cut(6, 7)
    (3.0, 7.0)
    """
    if not (math.isfinite(below) and math.isfinite(above)) or float(above).is_integer():
        return float(above)
    for digits in range(17):
        cut = float(np.round(math.floor(above * 10.0**digits) / 10.0**digits, digits))
        if below < cut <= above:
            return cut
    return float(above)


def readable_moment(below: float, above: float) -> float:
    """Return the roundest moment in (below, above], all in microseconds since 1970.

    Examples
    --------
    >>> day = 86_400_000_000.0
    >>> readable_moment(0.6 * day, 1.4 * day) == day
    True
    """
    for unit in ("Y", "M", "D", "h", "m", "s"):
        moment = np.datetime64(int(above), "us").astype(f"datetime64[{unit}]")
        cut = float(moment.astype("datetime64[us]").astype(np.int64))
        if below < cut <= above:
            return cut
    return float(above)


def interval_text(low: float | None, high: float | None, unit: str = "") -> str:
    """Return an interval [low, high) in words."""
    if low is None and high is None:
        return "is known"
    if low is None:
        return f"is below {_number(high)}{unit}"
    if high is None:
        return f"is at least {_number(low)}{unit}"
    if float(low).is_integer() and float(high).is_integer():
        last = high - 1
        return (
            f"is {_number(low)}{unit}"
            if last == low
            else f"between {_number(low)} and {_number(last)}{unit}"
        )
    return f"from {_number(low)} to below {_number(high)}{unit}"


def date_interval_text(low: float | None, high: float | None) -> str:
    """Return an interval of time in words; whole days where both ends are midnights."""
    whole = all(end is None or end % _DAY == 0 for end in (low, high))
    if low is None and high is None:
        return "is known"
    if low is None:
        return f"is before {_moment(high, whole=whole)}"
    if high is None:
        return f"is {_moment(low, whole=whole)} or later"
    if not whole:
        return f"from {_moment(low, whole=False)} to before {_moment(high, whole=False)}"
    first, last = _moment(low, whole=True), _moment(high - _DAY, whole=True)
    return f"is {first}" if first == last else f"between {first} and {last}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return (
        f"{int(value):,}".replace(",", "")
        if float(value).is_integer()
        else repr(float(value))
    )


def _moment(microseconds: float | None, *, whole: bool) -> str:
    moment = np.datetime64(int(microseconds or 0), "us")
    return str(moment.astype("datetime64[D]" if whole else "datetime64[s]")).replace(
        "T", " "
    )


def _microseconds(column: pd.Series, *, day_first: bool) -> NDArray[np.float64]:
    codes, uniques = pd.factorize(column)
    known = pd.Series(uniques)
    if not pd.api.types.is_datetime64_any_dtype(known.dtype):
        known = known.astype(object).map(str)
    moments = _parsed(known, day_first=day_first)
    values = moments.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    numbers = np.where(np.isnat(values), np.nan, values.astype(np.int64).astype(np.float64))
    return np.append(numbers, np.nan)[codes]


def _parsed(known: pd.Series, *, day_first: bool) -> pd.Series:
    """Parse with the format of the first entry, much faster; one by one where that fails."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas tells which parser it falls back to
        moments = pd.to_datetime(known, errors="coerce", utc=True, dayfirst=day_first)
        if moments.isna().any() and known.dtype == object:
            lost = moments.isna()
            one_by_one = pd.to_datetime(
                known[lost], errors="coerce", utc=True, dayfirst=day_first, format="mixed"
            )
            moments = moments.where(~lost, one_by_one)
    return moments
