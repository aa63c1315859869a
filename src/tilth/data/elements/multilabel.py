"""Several classes per example: lists, separated values or 0/1 columns as cells of class names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.data.elements.cells import holds_lists, list_cell, lists_of
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

JOINED = "labels"  # the column that several 0/1 columns become
_SEPARATORS = (";", "|", ",")
_ON_AND_OFF = ({0, 1}, {"0", "1"}, {"true", "false"}, {"yes", "no"})
_SHOWN = 6


def with_joined_columns(
    table: pd.DataFrame, columns: Sequence[str], source: str
) -> tuple[pd.DataFrame, str, list[str]]:
    """Put one column of class names in the place of several 0/1 columns called like the classes.

    Returns
    -------
    (DataFrame, str, list of str)
        The table, the name of the new column, one sentence per decision.

    Raises
    ------
    InvalidInputError
        If a column holds other values.
    """
    given = np.zeros((len(table), len(columns)), dtype=bool)
    missing = np.zeros(given.shape, dtype=bool)
    for j, column in enumerate(columns):
        given[:, j], missing[:, j] = _marked(table[column], column, source)
    names = np.array([str(column) for column in columns], dtype=object)
    cells = [
        None if gone else list_cell(sorted(names[row].tolist()))
        for row, gone in zip(given, np.all(missing, axis=1), strict=True)
    ]
    name = JOINED
    while name in table.columns and name not in columns:
        name += "_"
    place = list(table.columns).index(columns[0])
    rest = table.drop(columns=list(columns))
    rest.insert(min(place, rest.shape[1]), name, pd.Series(cells, dtype=object))
    shown = ", ".join(map(str, columns[:_SHOWN])) + ", ..." * (len(columns) > _SHOWN)
    return rest, name, [f'The columns {shown} were read as classes of one label, "{name}".']


def multilabel_column(column: pd.Series, name: str) -> tuple[pd.Series, list[str]]:
    """Write each cell as the sorted list of its classes.

    Returns
    -------
    (Series, list of str)
        Text cells such as ``["a", "b"]``; one sentence per decision.

    Raises
    ------
    InvalidInputError
        If cells hold neither lists nor text.
    """
    if holds_lists(column):
        found = lists_of(column)
        found, notes = _named(found, name)
    elif pd.api.types.is_numeric_dtype(column.dtype) and not column.isna().all():
        raise InvalidInputError(
            f'A label of several classes must be a list or separated names, but "{name}" holds '
            "numbers. Name all 0/1 columns: --label a,b,c."
        )
    else:
        found, notes = _separated(column, name)
    cells = [None if f is None else list_cell(sorted(set(f))) for f in found]
    return pd.Series(cells, index=column.index, dtype=object), notes


def classes_of(column: pd.Series) -> tuple[str, ...]:
    """Return the distinct classes in cells that `multilabel_column` wrote, sorted."""
    return tuple(sorted({c for found in lists_of(column) for c in found or ()}))


def _marked(
    column: pd.Series, name: str, source: str
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return where a column says yes, and where it says nothing."""
    missing = column.isna().to_numpy()
    text = column.astype(object).map(_plain, na_action="ignore")
    values = set(text.dropna())
    if not any(values <= allowed for allowed in _ON_AND_OFF):
        odd = sorted(map(str, values))[:3]
        raise InvalidInputError(
            f'Each of several label columns must hold 0 and 1, but "{name}" of `{source}` holds '
            f"{', '.join(odd)}. Name one label column, or only those that mark a class."
        )
    return text.isin({1, "1", "true", "yes"}).to_numpy(), missing


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip().lower()
    return int(value) if value in (0, 1) else value


def _named(
    found: list[list[Any] | None], name: str
) -> tuple[list[list[str] | None], list[str]]:
    """Return class names; lists of 0 and 1 as long as each other mark classes by place."""
    given = [f for f in found if f is not None]
    for row, values in enumerate(found):
        if any(isinstance(v, (list, dict)) or v is None for v in values or ()):
            raise InvalidInputError(
                f'Every list in "{name}" must hold class names, got {values} in row {row}.'
            )
    widths = {len(f) for f in given}
    is_marked = len(widths) == 1 and max(widths) > 1
    is_marked = is_marked and all(
        v in (0, 1) and v not in ("0", "1") for f in given for v in f
    )
    if not is_marked:
        return [f if f is None else [str(v) for v in f] for f in found], []
    places = [f if f is None else [str(i) for i, v in enumerate(f) if v] for f in found]
    return places, [f'Lists of 0 and 1 in "{name}" mark classes by their place, from 0.']


def _separated(column: pd.Series, name: str) -> tuple[list[list[str] | None], list[str]]:
    texts = column.astype(object).map(str, na_action="ignore")
    given = texts.dropna()
    mark = next((s for s in _SEPARATORS if given.str.contains(s, regex=False).any()), None)
    missing = texts.isna().to_numpy()
    found = [
        []
        if gone
        else [c.strip() for c in (text.split(mark) if mark else [text]) if c.strip()]
        for text, gone in zip(texts, missing, strict=True)
    ]
    notes = [f'Classes in "{name}" are separated by "{mark}".'] if mark else []
    if missing.any():
        notes.append(
            f'{int(missing.sum())} empty cells of "{name}" were read as none of the classes.'
        )
    return list(found), notes
