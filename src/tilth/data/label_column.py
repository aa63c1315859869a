"""The label column: what its labels are, and how they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tilth.data.elements.cells import holds_lists
from tilth.data.elements.multilabel import classes_of, multilabel_column
from tilth.data.guess import MAX_CLASSES, guess_task
from tilth.data.nearest import nearest
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tilth.data.roles import Roles
    from tilth.data.schema import Task

_ELEMENTS = ("tokens", "boxes", "masks")


def label_column(
    column: pd.Series, label: str, roles: Roles, source: str
) -> tuple[pd.Series, Task, tuple[str, ...], list[str]]:
    """Return the label column as it is kept, the task, its classes in order, and the decisions.

    Classes are named only where their order is not that of sorting, or where an example may
    have several.

    Raises
    ------
    InvalidInputError
        If the column cannot hold labels of the task.
    """
    given = column.dropna()
    name = f'the label column "{label}" of `{source}`'
    if given.empty and roles.task not in _ELEMENTS:
        raise InvalidInputError(
            f"Labels must be given for some examples, but {name} is empty. Name another "
            "column with --label."
        )
    if roles.task in _ELEMENTS:  # their readers wrote the cells
        return (
            column,
            roles.task,
            roles.classes or (),
            _label_notes(column, label, roles.task),
        )
    if given.dtype.kind in "mM":
        raise InvalidInputError(
            f"A label must be a class or a number; {name} holds dates. Name "
            "another column with --label."
        )
    if roles.task == "multilabel" or (roles.task is None and holds_lists(column)):
        cells, notes = multilabel_column(column, label)
        classes = _listed(classes_of(cells), roles.classes, name)
        return (
            cells,
            "multilabel",
            classes,
            _label_notes(cells, label, "multilabel") + notes,
        )
    task, notes = _task(given, label, roles, name)
    if task != "regression" and column.dtype.kind == "f" and len(given) < len(column):
        values = given.to_numpy(dtype=np.float64)
        if (np.abs(values) < 2**53).all() and (values == np.floor(values)).all():
            column = column.astype("Int64")
    notes += _label_notes(column, label, task)
    if task == "ordinal":
        return column, task, _ordered(column.dropna(), roles.classes, name), notes
    if roles.classes is not None:
        raise InvalidInputError(
            "`classes` must go with labels that have an order, or with several labels an example, "
            f"got the task {task}. Leave it out, or give --task ordinal."
        )
    return column, task, (), notes


def _task(given: pd.Series, label: str, roles: Roles, name: str) -> tuple[Task, list[str]]:
    is_number = pd.api.types.is_numeric_dtype(given.dtype)
    if is_number and not np.isfinite(given.to_numpy(dtype=np.float64)).all():
        finite = np.isfinite(given.to_numpy(dtype=np.float64))
        wrong = given.index.tolist()[int(np.argmin(finite))]
        raise InvalidInputError(
            f"Labels must be finite; {name} holds infinity in row {wrong}. Leave such rows out."
        )
    n_values = given.nunique()
    if roles.task is None and not is_number and n_values == len(given) > 2:
        raise InvalidInputError(
            f"Classes must repeat, but all {n_values} values of {name} differ: it looks like an "
            "id or a text. Name another column with --label."
        )
    guessed, why = guess_task(given)
    task = roles.task or guessed
    if task == "regression" and (not is_number or given.dtype.kind == "b"):
        raise InvalidInputError(
            f"Regression needs a numeric label; {name} holds {given.tolist()[0]!r}. "
            "Use the task classification."
        )
    if task == "regression" and roles.task is None:
        return task, [f'"{label}" was read as a quantity (regression): {why}.']
    return task, []


def _ordered(given: pd.Series, asked: Sequence[str] | None, name: str) -> tuple[str, ...]:
    """Return the classes in their order: the one asked for, or that of numbers."""
    values = list(given.unique())
    names = {str(value) for value in values}
    if asked is not None:
        ordered = _listed(tuple(sorted(names)), asked, name)
        return tuple(one for one in ordered if one in names)
    if len(names) > MAX_CLASSES:
        raise InvalidInputError(
            f"Ordinal labels must be a few classes, but {name} has {len(names)} values. Use the "
            "task regression."
        )
    try:
        return tuple(str(value) for value in sorted(values, key=float))
    except (TypeError, ValueError) as error:
        some = ",".join(sorted(names)[:3])
        raise InvalidInputError(
            f"Ordinal labels must be numbers, or have an order, but {name} holds {some}. Give it: "
            f"--classes {some} from the lowest to the highest."
        ) from error


def _listed(
    found: Sequence[str], asked: Sequence[str] | None, name: str
) -> tuple[str, ...]:
    """Return the classes in the order asked for; every one that occurs must be listed once."""
    if asked is None:
        return tuple(found)
    for one in found:
        if one not in asked:
            near = nearest(one, list(asked))
            hint = f" Did you mean it by {near}?" if near else " Add it."
            raise InvalidInputError(
                f'`classes` must list every class, but "{one}" of {name} is not in '
                f"{', '.join(asked)}.{hint}"
            )
    if len(set(asked)) < len(asked):
        twice = next(one for one in asked if list(asked).count(one) > 1)
        raise InvalidInputError(
            f'`classes` must list each class once, got "{twice}" more than once.'
        )
    return tuple(asked)


def _label_notes(column: pd.Series, label: str, task: Task) -> list[str]:
    notes = []
    n_missing = int(column.isna().sum())
    if n_missing:
        notes.append(f'{n_missing} examples have no label in "{label}".')
    if task in ("classification", "ordinal"):
        counts = column.value_counts()
        counts = counts[counts > 0]
        if len(counts) == 1:
            notes.append(
                f'Every label in "{label}" is {counts.index.tolist()[0]!r}: there is one class.'
            )
        elif rare := [str(c) for c in counts.index[counts == 1]]:
            shown = ", ".join(sorted(rare)[:MAX_CLASSES])
            notes.append(f"{len(rare)} classes have one example each: {shown}.")
    return notes
