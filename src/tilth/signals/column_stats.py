"""The signal `column_stats`: every column but the label, measured."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from tilth.algorithms.columns import placeholder_codes, robust_spread
from tilth.signals.signals import Signal, plain_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset

Kind = Literal["numeric", "boolean", "date", "text", "categorical", "mixed", "empty"]

# Words people write for "nothing here" (our own list, from what CSV readers and survey
# codebooks treat as missing). "none" and "unknown" are answers in some columns, so only
# those that never are one stand here.
_PLACEHOLDERS = frozenset(
    {
        "?",
        "??",
        "???",
        "-",
        "--",
        "---",
        ".",
        "..",
        "n/a",
        "n.a.",
        "n.a",
        "#n/a",
        "na",
        "nan",
    }
    | {"null", "<na>", "nil", "(null)", "#null!", "#value!", "#div/0!", "#ref!", "missing"}
    | {
        "not available",
        "not applicable",
        "undefined",
        "inf",
        "-inf",
        "infinity",
        "-infinity",
    }
    | {"nat", "#name?", "tbd", "n.d.", "\\n", "''", '""'}
)
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})(?: \d{1,2}:\d{2}(?::\d{2})?)?"
)
_MOSTLY = 0.95  # our own: a column is of a kind if at most one value in twenty is not
_MIN_TEXT_WORDS = 4  # the product's definition of free text: mostly unique, median 4 words
_MOSTLY_NUMBERS = (
    0.8  # our own: below it, codes such as "A1", "12" are natural, not spoiled
)


@dataclass(frozen=True)
class ColumnStats:
    """What one column holds.

    Attributes
    ----------
    name : str
    kind : str
        ``numeric`` (also numbers stored as text), ``boolean``, ``date``, ``text``,
        ``categorical``, ``mixed`` (numbers spoiled by other things) or ``empty``.
    n : int
        Rows.
    n_missing : int
        Missing as the table has it; placeholders are not among them.
    placeholders : tuple of (value, count)
        Values that stand for missing: "?", "N/A", -999, infinity, blank strings.
    n_distinct : int
        Distinct values, missing ones and placeholders left out.
    top_value, top_share
        Most frequent of those (the first by its text among equals) and its share of them.
    as_text : bool
        Numbers that the table holds as text.
    is_whole : bool
        Every number is a whole one.
    mean, sd, median, low, high : float
        Of the finite numbers that are no placeholder; NaN unless numeric.
    spread : float
        Standard deviation after clipping to the 1st and 99th percentile, so that a few
        outliers do not make a wide column; NaN unless numeric.
    median_words : float
        Words of the median value; 0 unless strings.
    n_other : int
        For ``mixed``: how many values are not of the main type.
    other : str
        For ``mixed``: one of them.
    """

    name: str
    kind: Kind
    n: int
    n_missing: int
    placeholders: tuple[tuple[Any, int], ...]
    n_distinct: int
    top_value: Any = None
    top_share: float = math.nan
    as_text: bool = False
    is_whole: bool = False
    mean: float = math.nan
    sd: float = math.nan
    median: float = math.nan
    low: float = math.nan
    high: float = math.nan
    spread: float = math.nan
    median_words: float = 0.0
    n_other: int = 0
    other: str = ""

    @property
    def n_placeholders(self) -> int:
        """How many cells hold a placeholder."""
        return sum(count for _, count in self.placeholders)

    @property
    def n_present(self) -> int:
        """How many cells hold a value."""
        return self.n - self.n_missing - self.n_placeholders


@dataclass(frozen=True)
class _Counted:
    """Distinct values of a column that are present, and how often each occurs."""

    values: Sequence[Any]
    counts: NDArray[np.int64]


def column_stats(dataset: Dataset) -> dict[str, ColumnStats]:
    """Return what each column but the label holds, by name, in file order.

    Examples
    --------
    >>> from tilth.data.dataset import Dataset
    >>> from tilth.data.schema import Schema
    >>> table = pd.DataFrame({"age": [31.0, None, 29.0, -999.0, -999.0], "city": list("aabba")})
    >>> stats = column_stats(Dataset(table, Schema("none"), np.arange(5)))
    >>> stats["age"].placeholders, stats["age"].median, stats["city"].kind
    (((-999.0, 2),), 30.0, 'categorical')
    """
    inputs = plain_columns(dataset)
    texts = set(dataset.schema.text)
    return {
        str(name): one_column(inputs.iloc[:, place], is_text=name in texts)
        for place, name in enumerate(inputs.columns)
    }


def one_column(column: pd.Series, *, is_text: bool = False) -> ColumnStats:
    """Return what one column holds; `is_text` if the schema says it is free text."""
    name, n = str(column.name), len(column)
    n_missing = int(column.isna().sum())
    if n_missing == n:
        return ColumnStats(name, "empty", n, n_missing, (), 0)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        counted = _counted(column)
        return _described(ColumnStats(name, "date", n, n_missing, (), 0), counted)
    if pd.api.types.is_bool_dtype(column.dtype):
        return _described(
            ColumnStats(name, "boolean", n, n_missing, (), 0), _counted(column)
        )
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.dropna().to_numpy(dtype=np.float64)
        return _numeric(name, n, n_missing, values)
    return _of_objects(column, n_missing, is_text=is_text)


def _of_objects(column: pd.Series, n_missing: int, *, is_text: bool) -> ColumnStats:
    name, n = str(column.name), len(column)
    counted = _counted(column)
    strings = [v.strip() if isinstance(v, str) else None for v in counted.values]
    hollow = np.array([s is not None and _is_hollow(s) for s in strings], dtype=bool)
    placeholders = tuple(
        (counted.values[i], int(counted.counts[i])) for i in np.flatnonzero(hollow).tolist()
    )
    kept = np.flatnonzero(~hollow).tolist()
    present = _Counted([counted.values[i] for i in kept], counted.counts[kept])
    base = ColumnStats(name, "empty", n, n_missing, placeholders, 0)
    if len(present.values) == 0:
        return base
    if is_text:
        return _described(base, present, kind="text")
    if all(isinstance(v, bool | np.bool_) for v in present.values):
        return _described(base, present, kind="boolean")
    numbers = np.array([_number(v) for v in present.values], dtype=np.float64)
    numeric_share = float(present.counts[~np.isnan(numbers)].sum() / present.counts.sum())
    if numeric_share == 1.0:
        as_text = any(isinstance(v, str) for v in present.values)
        values = np.repeat(numbers, present.counts)
        return _numeric(
            name, n, n_missing, values, placeholders=placeholders, as_text=as_text
        )
    is_number_object = np.array([not isinstance(v, str) for v in present.values])
    if numeric_share >= _MOSTLY_NUMBERS or _is_mixed(is_number_object, present.counts):
        return _mixed(base, present, numbers)
    return _described(base, present, kind=_text_kind(present))


def _mixed(
    base: ColumnStats, present: _Counted, numbers: NDArray[np.float64]
) -> ColumnStats:
    """Describe a column of several types: the rarer of numbers and other things is the other."""
    is_number = ~np.isnan(numbers)
    n_numbers = int(present.counts[is_number].sum())
    n_others = int(present.counts.sum()) - n_numbers
    minority = is_number if n_numbers < n_others else ~is_number
    if not minority.any():  # numbers and numbers written as text are no different numbers
        minority = np.array([isinstance(v, str) for v in present.values])
    first = min(
        (str(present.values[i]) for i in np.flatnonzero(minority).tolist()), default=""
    )
    return _described(
        base,
        present,
        kind="mixed",
        n_other=int(present.counts[minority].sum()),
        other=first[:60],
    )


def _is_mixed(is_other_object: NDArray[np.bool_], counts: NDArray[np.int64]) -> bool:
    """Whether strings stand beside objects that are none (numbers, dates, lists)."""
    return bool(is_other_object.any() and not is_other_object.all() and counts.sum() > 0)


def _text_kind(present: _Counted) -> Kind:
    strings = [v for v in present.values if isinstance(v, str)]
    if not strings:
        return (
            "date"
            if all(hasattr(v, "isoformat") for v in present.values)
            else "categorical"
        )
    n_dates = sum(1 for s in strings if _DATE.fullmatch(s.strip()))
    if n_dates >= _MOSTLY * len(strings):
        return "date"
    is_unique = len(strings) > present.counts.sum() / 2
    return (
        "text" if is_unique and _median_words(strings) >= _MIN_TEXT_WORDS else "categorical"
    )


def _described(base: ColumnStats, present: _Counted, **more: Any) -> ColumnStats:
    top = int(present.counts.max())
    first = min(
        (present.values[i] for i in np.flatnonzero(present.counts == top).tolist()),
        key=str,
        default=None,
    )
    strings = [v for v in present.values if isinstance(v, str)]
    known = {
        "n_distinct": len(present.values),
        "top_value": first,
        "top_share": top / float(present.counts.sum()),
        "median_words": _median_words(strings) if strings else 0.0,
    }
    return ColumnStats(**{**base.__dict__, **known, **more})


def _numeric(
    name: str,
    n: int,
    n_missing: int,
    values: NDArray[np.float64],
    *,
    placeholders: tuple[tuple[Any, int], ...] = (),
    as_text: bool = False,
) -> ColumnStats:
    distinct, counts = np.unique(values, return_counts=True)
    finite = np.isfinite(distinct)
    codes = placeholder_codes(distinct[finite], counts[finite])
    coded = np.isin(distinct, codes) | ~finite
    placeholders += tuple(
        (float(v), int(c)) for v, c in zip(distinct[coded], counts[coded], strict=True)
    )
    base = ColumnStats(name, "numeric", n, n_missing, placeholders, 0, as_text=as_text)
    distinct, counts = distinct[~coded], counts[~coded]
    if len(distinct) == 0:
        return base
    values = np.repeat(distinct, counts)  # sorted
    low, median, high = np.percentile(values, [0, 50, 100])
    top = int(np.argmax(counts))
    numbers = {
        "n_distinct": len(distinct),
        "top_value": float(distinct[top]),
        "top_share": float(counts[top] / len(values)),
        "is_whole": bool((distinct == np.round(distinct)).all()),
        "mean": float(values.mean()),
        "sd": float(values.std()),
        "median": float(median),
        "low": float(low),
        "high": float(high),
        "spread": robust_spread(values),
    }
    return ColumnStats(**{**base.__dict__, **numbers})


def _counted(column: pd.Series) -> _Counted:
    present = column.dropna().astype(object)
    try:
        counts = present.value_counts(sort=False)
    except TypeError:  # lists, dicts: compared by how they are written
        counts = present.map(repr).value_counts(sort=False)
    return _Counted(list(counts.index), counts.to_numpy().astype(np.int64))


def _is_hollow(text: str) -> bool:
    return not text or (len(text) <= 16 and text.lower() in _PLACEHOLDERS)


def _number(value: Any) -> float:
    if isinstance(value, bool | np.bool_) or (isinstance(value, str) and "_" in value):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _median_words(strings: Sequence[str]) -> float:
    return float(np.median([s.strip().count(" ") + 1 for s in strings]))


SIGNAL = Signal("column_stats", column_stats)
