"""Cells that hold a list: written one way, read from the ways people have them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

_SHOWN = 40  # characters of a cell quoted in an error


def list_cell(values: Iterable[Any]) -> str:
    """Write values as the text of a cell.

    Examples
    --------
    >>> list_cell(["O", "B-LOC"])
    '["O", "B-LOC"]'
    """
    return json.dumps(list(values), ensure_ascii=False)


def is_list_cell(cell: object) -> bool:
    """Say whether a cell looks like a list: a JSON array as text."""
    return isinstance(cell, str) and cell[:1] == "[" and cell.rstrip()[-1:] == "]"


def holds_lists(column: pd.Series) -> bool:
    """Say whether every cell that is not missing looks like a list."""
    given = column.dropna()
    return len(given) > 0 and all(is_list_cell(cell) for cell in given)


def lists_of(column: pd.Series) -> list[list[Any] | None]:
    """Return the list in each cell; None where the cell is missing.

    Raises
    ------
    InvalidInputError
        If a cell holds no list; says which.
    """
    missing = column.isna().to_numpy()
    return [
        None if gone else _list_of(cell, row, str(column.name))
        for row, (cell, gone) in enumerate(zip(column, missing, strict=True))
    ]


def _list_of(cell: Any, row: int, name: str) -> list[Any]:
    try:
        values = json.loads(cell)
    except (TypeError, ValueError, RecursionError):
        values = None
    if isinstance(values, list):
        return values
    text = str(cell)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    raise InvalidInputError(
        f'Every cell of "{name}" must hold a list such as ["a", "b"], got {shown} in row {row}. '
        "Correct it, or leave it empty."
    )
