"""The roles a user gave, checked against the table, and the schema they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.data.guess import guess_label, guess_roles, guess_text
from tilth.data.label_column import label_column
from tilth.data.nearest import nearest
from tilth.data.schema import SINGLE_ROLES, TASKS, Schema
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from tilth.data.schema import Guess, Task

_MAX_NAMED = 12  # columns listed in an error; our own: about two lines of a terminal


@dataclass(frozen=True)
class Roles:
    """What the user said; None: not said."""

    label: str | None = None
    text: tuple[str, ...] | None = None
    id: str | None = None
    group: str | None = None
    time: str | None = None
    annotator: str | None = None
    split: str | None = None
    task: Task | None = None
    classes: tuple[str, ...] | None = None
    image: str | None = None
    class_ids: tuple[int | str, ...] | None = None

    def named(self) -> dict[str, str]:
        """Return the role of every column that was named, by column."""
        single = {getattr(self, role): str(role) for role in SINGLE_ROLES}
        single.pop(None, None)
        return single | dict.fromkeys(self.text or (), "text")


def make_schema(
    table: pd.DataFrame, roles: Roles, source: str
) -> tuple[pd.DataFrame, Schema, list[str]]:
    """Check the given roles, guess the rest, and make the label what its classes are.

    Returns
    -------
    (DataFrame, Schema, list of str)
        The table, its label column changed only where whole-number classes came as floats
        because some are missing; the schema; one sentence per decision.

    Raises
    ------
    InvalidInputError
        If a named column is missing, has two roles, or cannot be a label.
    """
    check_roles(table, roles, source)
    guesses: list[Guess] = []
    label = roles.label
    if label is None and roles.task != "none":
        guess = guess_label(table.drop(columns=list(roles.named())))
        if guess is not None:
            label, guesses = guess.column, [guess]
    notes: list[str] = []
    classes: tuple[str, ...] = ()
    task: Task = "none"
    if label is not None:
        column, task, classes, notes = label_column(table[label], label, roles, source)
        table = table.assign(**{label: column})
    elif roles.task is None:
        notes = [
            "No label column is known, so labels are not checked; name one with --label."
        ]
    taken = {*roles.named(), *([label] if label else [])}
    text = roles.text
    if text is None:
        guesses += (found := guess_text(table, taken))
        text = tuple(guess.column for guess in found)
    guesses += guess_roles(table, {*taken, *text})
    schema = Schema(
        task, label, text, roles.id, roles.group, roles.time, roles.annotator, roles.split,
        tuple(guesses), classes, roles.image, roles.class_ids or (),
    )  # fmt: skip
    return table, schema, notes


def check_roles(table: pd.DataFrame, roles: Roles, source: str) -> None:
    """Check that each named column is there and has one role.

    Raises
    ------
    InvalidInputError
        If one is missing, with the name that is nearest, or two roles share a column.
    """
    named = roles.named()
    check_columns(table, list(named), source, named)
    if roles.task not in {None, *TASKS}:
        near = nearest(str(roles.task), list(TASKS))
        hint = f" Did you mean --task {near}?" if near else ""
        raise InvalidInputError(
            f'`task` must be one of {", ".join(TASKS)}, got "{roles.task}".{hint}'
        )
    if roles.label is not None and roles.task == "none":
        raise InvalidInputError(
            f'`label` must not be given with task "none", got "{roles.label}". Leave one out.'
        )
    given = [getattr(roles, role) for role in SINGLE_ROLES]
    single = [column for column in given if column is not None] + list(roles.text or ())
    for column in single:
        if single.count(column) > 1:
            raise InvalidInputError(
                f'Each column must have one role, got "{column}" for several. Name it once.'
            )


def check_columns(
    table: pd.DataFrame,
    wanted: Sequence[str],
    source: str,
    roles: Mapping[str, str] | None = None,
) -> None:
    """Check that the table has the wanted columns; `roles` names the flag to correct.

    Raises
    ------
    InvalidInputError
        If one is missing; the message has the columns and the nearest name.
    """
    names = [str(name) for name in table.columns]
    for column in wanted:
        if column in names:
            continue
        shown = ", ".join(f'"{name}"' for name in names[:_MAX_NAMED])
        more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
        flag = f"--{roles[column]} " if roles else ""
        hint = f" Did you mean {flag}{near}?" if (near := nearest(column, names)) else ""
        raise InvalidInputError(
            f'Cannot read `{source}`: column "{column}" is missing; it has {shown}{more}.{hint}'
        )


def example_ids(table: pd.DataFrame, column: str | None) -> NDArray[Any]:
    """Return the ids in `column`, else the row numbers; whole numbers have room for new ones.

    Raises
    ------
    InvalidInputError
        If an id is missing or occurs twice.
    """
    if column is None:
        return np.arange(len(table))
    ids = table[column]
    if ids.isna().any():
        row = int(np.argmax(ids.isna().to_numpy()))
        raise InvalidInputError(
            f'`id` must name a column without gaps, got "{column}", which is empty in row {row}. '
            "Name another id column, or none."
        )
    if ids.duplicated().any():
        first = ids[ids.duplicated()].tolist()[0]
        rows = ", ".join(map(str, np.flatnonzero((ids == first).to_numpy())[:3]))
        raise InvalidInputError(
            f'`id` must name a column of unique values, got "{column}" with {first!r} in rows '
            f"{rows}. Name another id column, or none."
        )
    if not pd.api.types.is_numeric_dtype(ids.dtype):
        return np.array(ids.astype(object), dtype=object)
    numbers = ids.to_numpy()
    is_small = numbers.dtype.kind in "iu" and numbers.dtype.itemsize < 8
    return numbers.astype(np.int64) if is_small else numbers
