"""A readable rule about one column that every row of a table fulfils or not."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from tilth.errors import InvalidInputError
from tilth.signals.predicates.numbers import (
    DATES,
    date_interval_text,
    interval_text,
    numbers_of,
)
from tilth.signals.predicates.texts import MARKS, MEASURES, Texts, phrase_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Kind = Literal[
    "words", "characters", "mark", "script", "language", "equals", "missing", "range"
]
Value = str | int | float | bool | None

_ESCAPES = str.maketrans({"\n": "\\n", "\t": "\\t", "\r": "\\r", "\xa0": "\\xa0"})


@dataclass(frozen=True)
class Predicate:
    """One condition on one column, the same on any table that has the column.

    Attributes
    ----------
    kind : str
        ``words``       the text holds these words in a row, whatever the case and what is
                        between them (`value`: words joined by one blank, lower case).
        ``characters``  the text holds these characters (`value`).
        ``mark``        the text holds something of a kind: a key of `texts.MARKS`.
        ``script``, ``language``  most of the text is written in `value`.
        ``equals``      the cell is `value`.
        ``missing``     the cell is empty.
        ``range``       `low` <= number < `high`; None: open on that side.
    column : str
    value : str, int, float, bool or None
    measure : str, optional
        What the number of a range is: None the cell itself, ``date`` (or ``day-first date``)
        the cell as microseconds since 1970 in UTC, else a key of `texts.MEASURES`.
    """

    kind: Kind
    column: str
    value: Value = None
    measure: str | None = None
    low: float | None = None
    high: float | None = None

    @property
    def name(self) -> str:
        """The rule in words."""
        if self.kind == "range":
            return f"{self.column} {self._interval()}"
        said = _SAID[self.kind]
        return f"{self.column} {said(self.value)}"

    def _interval(self) -> str:
        if self.measure in DATES:
            return date_interval_text(self.low, self.high)
        if self.measure is None:
            return interval_text(self.low, self.high)
        return MEASURES[self.measure].said(self.low, self.high)

    def to_json(self) -> str:
        """Return the rule as one line of JSON, without what is None."""
        content = {k: v for k, v in asdict(self).items() if v is not None}
        return json.dumps(content, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Predicate:
        """Return the rule that `to_json` wrote.

        Raises
        ------
        InvalidInputError
            If `line` is not such a rule.

        Examples
        --------
        >>> rule = Predicate("equals", "source", "scrape_b")
        >>> Predicate.from_json(rule.to_json()) == rule, rule.name
        (True, "source = 'scrape_b'")
        """
        try:
            return cls(**json.loads(line))
        except (TypeError, ValueError) as error:
            raise InvalidInputError(
                f"`line` must be a rule written by `to_json`, got {line!r} ({error}). Use to_json."
            ) from error


def matches(predicate: Predicate, table: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which rows of any table with the rule's column fulfil it.

    Parameters
    ----------
    predicate : Predicate
    table : DataFrame
        Needs the rule's column only.

    Returns
    -------
    bool array of shape (n_rows,)

    Raises
    ------
    InvalidInputError
        If the table lacks the column.

    Examples
    --------
    >>> table = pd.DataFrame({"x": [1.0, 5.0, np.nan]})
    >>> matches(Predicate("range", "x", low=2.0), table).tolist()
    [False, True, False]
    """
    column = _column(table, predicate.column)
    if predicate.kind == "equals":
        return _equal(column, predicate.value)
    if predicate.kind == "missing":
        return column.isna().to_numpy(dtype=bool)
    if predicate.kind == "range":
        return _within(predicate, measured(predicate, table))
    return _text_matches(predicate, Texts(text_of(column)))


def measured(predicate: Predicate, table: pd.DataFrame) -> NDArray[np.float64]:
    """Return the number of each row that a range is about; NaN where there is none."""
    column = _column(table, predicate.column)
    if predicate.measure is None or predicate.measure in DATES:
        return numbers_of(column, predicate.measure)
    return MEASURES[predicate.measure].of(Texts(text_of(column)))


def text_of(column: pd.Series) -> NDArray[np.object_]:
    """Return the cells as strings, empty where missing."""
    values = column.astype(object).to_numpy(dtype=object)
    missing = column.isna().to_numpy(dtype=bool)
    return np.array(
        [
            "" if m else v if type(v) is str else str(v)
            for v, m in zip(values, missing, strict=True)
        ],
        dtype=object,
    )


def category_of(value: Any) -> Value:
    """Return a cell as a value JSON knows: bool, int, float, else its text."""
    if isinstance(value, np.generic):
        value = value.item()
    return value if isinstance(value, bool | int | float | str) else str(value)


def _text_matches(predicate: Predicate, texts: Texts) -> NDArray[np.bool_]:
    value = str(predicate.value)
    match predicate.kind:
        case "words":
            search = phrase_pattern(value).search
            return texts.each(lambda text: search(text.lower()) is not None)
        case "characters":
            return texts.each(lambda text: value in text)
        case "script":
            return np.asarray(texts.scripts == value, dtype=bool)
        case "language":
            return np.asarray(texts.languages == value, dtype=bool)
        case _:
            return texts.marked(value)


def _within(predicate: Predicate, numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    low = -np.inf if predicate.low is None else predicate.low
    if predicate.high is None:
        return numbers >= low
    return (numbers >= low) & (numbers < predicate.high)


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    for column in table.columns:
        if str(column) == name:
            return table[column]
    raise InvalidInputError(
        f"`table` must have the column {name!r} of the rule, got {list(map(str, table.columns))}. "
        "Give a table that has it."
    )


def _equal(column: pd.Series, value: Value) -> NDArray[np.bool_]:
    codes, uniques = pd.factorize(column.astype(object))
    equal = np.array([category_of(u) == value for u in uniques] + [False], dtype=bool)
    return equal[codes]


def _quoted(value: str) -> str:
    shown = value.translate(_ESCAPES)
    return "two blanks in a row" if value == "  " else f"'{shown}'"


def _shown(value: Value) -> str:
    return repr(value) if isinstance(value, str) else str(value)


_SAID: dict[Kind, Callable[[Value], str]] = {
    "words": lambda value: f"contains '{value}'",
    "characters": lambda value: f"contains {_quoted(str(value))}",
    "mark": lambda value: f"contains {MARKS[str(value)]}",
    "script": lambda value: f"is written in {str(value).title()} letters",
    "language": lambda value: f"is written in {value}",
    "equals": lambda value: f"= {_shown(value)}",
    "missing": lambda value: "is missing",
}
