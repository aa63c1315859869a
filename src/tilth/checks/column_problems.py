"""Column problems: columns that hold nothing, too much, the same, or the answer."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.algorithms.columns import (
    copied_columns,
    dominating,
    is_identifier,
    scaled_copies,
    single_column_skill,
)
from tilth.checks.check import Check, Findings, NotApplicable
from tilth.signals.signals import plain_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.signals.column_stats import ColumnStats

CONSTANT = "constant"
IDENTIFIER = "identifier-like"
DUPLICATED = "duplicated"
LEAKS = "leaks the label"
BADLY_SCALED = "badly scaled"
MIXED = "mixed types"

_ID_NAME = re.compile(
    r"(?:.*[\W_])?(?:id|uuid|guid|key|index)|.*[a-z](?:ID|Id|UUID|Key|Index)"
)
_MIN_ROWS = 20  # our own: in fewer rows all-different values and perfect rules are common
_MIN_OTHERS = 10  # our own: examples outside the largest class, to call a rule no accident
_MIN_VARIED = 5  # our own: rows off the most frequent value, to call two columns the same
_MAX_CLASSES = 100  # a tree for 10,000 classes takes 3 GB; our own
_MAX_ROWS = 20_000  # copies are sought in so many rows and confirmed in all


def find_column_problems(
    dataset: Dataset,
    column_stats: Mapping[str, ColumnStats],
    *,
    scale_factor: float = 10.0,
    min_skill: float = 0.95,
) -> Findings | NotApplicable:
    """Flag columns a model should not get as they are; one row per column and problem.

    Parameters
    ----------
    dataset, column_stats
        Signals.
    scale_factor : float, default 10
        A column is badly scaled if its spread is this many times that of all smaller
        columns together; see `algorithms.columns.dominating`.
    min_skill : float, default 0.95
        A column leaks the label if it alone removes this share of the error of a constant
        guess on held-out examples; see `algorithms.columns.single_column_skill`. Our own:
        the best column of scikit-learn's iris reaches 0.93 and of 16 real tables without a
        leak 0.74, a copy of the label with one class in fifty wrong 0.96.
    """
    if not column_stats or len(dataset) < 2:
        return NotApplicable("there is no column besides the label, or no second row")
    columns = _Columns(dataset, column_stats)
    rows = [
        *_constant(columns),
        *_identifiers(columns),
        *_duplicated(columns),
        *_leaks(columns, min_skill),
        *_badly_scaled(columns, scale_factor),
        *_mixed(columns),
    ]
    flagged = pd.DataFrame(rows, columns=["column", "problem", "quality", "value", "why"])
    table = _one_row_each(flagged, list(column_stats))
    return Findings(
        unit="column",
        table=table,
        cut=(
            f"badly scaled: at least {scale_factor:g} times the spread of all smaller columns "
            f"together; leaks: alone removes {min_skill:.0%} of the error on held-out rows; "
            "identifier-like: more different values than chance allows (0.001)"
        ),
        facts={
            "n_columns": len(column_stats),
            "n_columns_flagged": int(flagged["column"].nunique()),
        },
    )


class _Columns:
    """The columns with their codes and numbers (a class because these are costly and shared)."""

    def __init__(self, dataset: Dataset, stats: Mapping[str, ColumnStats]) -> None:
        self.dataset = dataset
        self.stats = list(stats.values())
        self._inputs = plain_columns(dataset)
        self._codes: dict[int, NDArray[np.int64]] = {}
        self._numbers: dict[int, NDArray[np.float64]] = {}

    def codes(self, place: int) -> NDArray[np.int64]:
        """Return one code per distinct value of a column; missing has its own."""
        if place not in self._codes:
            column = self._inputs.iloc[:, place].astype(object)
            try:
                codes, _ = pd.factorize(column, use_na_sentinel=False)
            except TypeError:  # lists and the like
                codes, _ = pd.factorize(column.map(repr), use_na_sentinel=False)
            self._codes[place] = codes.astype(np.int64)
        return self._codes[place]

    def numbers(self, place: int) -> NDArray[np.float64]:
        """Return a numeric column as floats; missing, infinite and placeholders are NaN."""
        if place not in self._numbers:
            column = self._inputs.iloc[:, place]
            if not pd.api.types.is_numeric_dtype(column.dtype):
                column = pd.to_numeric(column.astype(object), errors="coerce")
            values = column.to_numpy(dtype=np.float64, na_value=np.nan).copy()
            values[~np.isfinite(values)] = np.nan
            for value, _ in self.stats[place].placeholders:
                if not isinstance(value, str):
                    values[values == value] = np.nan
            self._numbers[place] = values
        return self._numbers[place]

    def equal(self, place: int, other: int) -> bool:
        """Whether two columns hold the same values in the same rows."""
        one = self._inputs.iloc[:, place].astype(object)
        two = self._inputs.iloc[:, other].astype(object)
        same = (one == two) | (one.isna() & two.isna())
        return bool(same.to_numpy(dtype=bool).all())


_Row = tuple[str, str, float, float, str]


def _constant(columns: _Columns) -> Iterator[_Row]:
    for stats in columns.stats:
        if stats.kind == "empty":
            yield stats.name, CONSTANT, 0.0, 1.0, "every value is missing"
        elif stats.n_distinct == 1 and stats.n_present == stats.n:
            why = f"every value is {_short(stats.top_value)}"
            yield stats.name, CONSTANT, 0.0, 1.0, why


def _identifiers(columns: _Columns) -> Iterator[_Row]:
    schema = columns.dataset.schema
    named = {schema.id, schema.group, schema.time, schema.annotator, schema.split}
    for stats in columns.stats:
        n, share = stats.n_present, stats.n_distinct / max(stats.n_present, 1)
        if stats.name in named or n < _MIN_ROWS:
            continue
        if stats.kind == "numeric" and stats.is_whole:
            possible = stats.high - stats.low + 1
            found = is_identifier(n, stats.n_distinct, possible) or (
                share == 1.0 and _ID_NAME.fullmatch(stats.name) is not None
            )
        else:
            found = stats.kind == "categorical" and share >= 0.95 and stats.median_words > 0
        if found:
            why = f"{stats.n_distinct:,} different values in {n:,} rows"
            yield stats.name, IDENTIFIER, 1.0 - share, share, why


def _duplicated(columns: _Columns) -> Iterator[_Row]:
    first = _first_alike(columns)
    for place, other in enumerate(first):
        if other != place:
            same = columns.equal(place, int(other))
            how = "the same values as" if same else "one value for each value of"
            why = f"{how} {columns.stats[other].name}"
            yield columns.stats[place].name, DUPLICATED, 0.0, 1.0, why


def _first_alike(columns: _Columns) -> NDArray[np.intp]:
    """Return for each column the first one that says the same; itself if there is none."""
    n_columns = len(columns.stats)
    first = np.arange(n_columns)
    varied = [p for p, s in enumerate(columns.stats) if _is_varied(s)]
    step = max(1, -(-len(columns.dataset) // _MAX_ROWS))
    coarse = [p for p in varied if columns.stats[p].n_distinct <= columns.stats[p].n / 2]
    fine = [p for p in varied if p not in set(coarse)]
    numeric = [p for p in fine if columns.stats[p].kind == "numeric"]
    others = [p for p in fine if columns.stats[p].kind != "numeric"]
    if len(coarse) > 1:
        found = copied_columns(np.column_stack([columns.codes(p) for p in coarse]))
        first[coarse] = np.array(coarse)[found]
    if len(numeric) > 1:
        found = scaled_copies(
            np.column_stack([columns.numbers(p)[::step] for p in numeric])
        )
        for place, other in zip(numeric, np.array(numeric)[found], strict=True):
            pair = np.column_stack([columns.numbers(int(other)), columns.numbers(place)])
            if place != other and scaled_copies(pair)[1] == 0:
                first[place] = other
    for number, place in enumerate(others):
        alike = (p for p in others[:number] if first[p] == p and columns.equal(place, p))
        first[place] = next(alike, place)
    return first


def _is_varied(stats: ColumnStats) -> bool:
    if stats.n_distinct < 2:
        return False
    return stats.n_present * (1.0 - stats.top_share) >= _MIN_VARIED


def _leaks(columns: _Columns, min_skill: float) -> Iterator[_Row]:
    dataset = columns.dataset
    rows, task = dataset.labelled, dataset.schema.learned_as
    if task == "none" or len(rows) < _MIN_ROWS:
        return
    targets: NDArray[Any] = dataset.labels
    if task == "regression":
        targets = dataset.given[rows].astype(np.float64)
    else:
        if len(rows) - np.bincount(targets).max() < _MIN_OTHERS:
            return
        rows, targets = _of_frequent_classes(rows, targets)
    for place, stats in enumerate(columns.stats):
        is_numeric = stats.kind == "numeric"
        is_coded = stats.kind in {"categorical", "boolean", "mixed"}
        if stats.n_distinct < 2 or not (is_numeric or (is_coded and _repeats(stats))):
            continue
        values = (
            columns.numbers(place)
            if is_numeric
            else columns.codes(place).astype(np.float64)
        )
        skill = single_column_skill(values[rows], targets, task=task, is_ordered=is_numeric)
        if skill >= min_skill:
            why = f"alone removes {math.floor(1000 * skill) / 10:g} % of the error on held-out rows"
            yield stats.name, LEAKS, max(0.0, 1.0 - skill), skill, why


def _of_frequent_classes(
    rows: NDArray[np.intp], targets: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Keep the examples of the most frequent classes: what tells those apart is a leak too."""
    counts = np.bincount(targets)
    if len(counts) <= _MAX_CLASSES:
        return rows, targets
    kept = np.sort(np.argsort(-counts, kind="stable")[:_MAX_CLASSES])
    among = np.isin(targets, kept)
    return rows[among], np.searchsorted(kept, targets[among])


def _repeats(stats: ColumnStats) -> bool:
    return stats.n_distinct <= stats.n_present / 2


def _badly_scaled(columns: _Columns, factor: float) -> Iterator[_Row]:
    spreads = np.array([s.spread if s.n_distinct > 1 else math.nan for s in columns.stats])
    for stats, times in zip(columns.stats, dominating(spreads, factor=factor), strict=True):
        if not math.isnan(times):
            why = f"spread {stats.spread:.4g}, {times:,.0f} times that of all columns below it together"
            yield stats.name, BADLY_SCALED, min(1.0, 1.0 / float(times)), float(times), why


def _mixed(columns: _Columns) -> Iterator[_Row]:
    for stats in columns.stats:
        if stats.kind == "mixed":
            share = stats.n_other / max(stats.n_present, 1)
            why = f"{stats.n_other:,} of {stats.n_present:,} values are of another type, as {_short(stats.other)}"
            yield stats.name, MIXED, max(0.0, 0.5 - share), share, why


def _one_row_each(flagged: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return a table with a row per problem, and one for each column without any."""
    several = flagged["column"].duplicated(keep=False)
    flagged = flagged.assign(
        key=np.where(
            several, flagged["column"] + ": " + flagged["problem"], flagged["column"]
        ),
        is_issue=True,
    )
    rest = [name for name in names if name not in set(flagged["column"])]
    sound = pd.DataFrame(
        {
            "column": rest,
            "problem": "",
            "quality": 1.0,
            "value": np.nan,
            "why": "",
            "key": rest,
        }
    ).assign(is_issue=False)
    parts = [part for part in (flagged, sound) if len(part)]
    order = ["key", "quality", "is_issue", "column", "problem", "value", "why"]
    return pd.concat(parts, ignore_index=True)[order]


def _short(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


CHECK = Check(
    name="column_problems",
    question="Which columns should a model not get as they are?",
    run=find_column_problems,
)
