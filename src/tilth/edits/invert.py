"""The edit that takes an edit back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.data.schema import SINGLE_ROLES
from tilth.edits.apply import apply_edits, values_before
from tilth.edits.edit import Edit, no_targets
from tilth.edits.encoding import encode_dtype

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.data.schema import Schema


def invert(edit: Edit, before: Dataset) -> Edit:
    """Return the edit that takes `edit` back.

    Parameters
    ----------
    edit : Edit
        Any edit that fits `before`.
    before : Dataset
        What `edit` finds.

    Returns
    -------
    Edit
        Applied after `edit` it gives `before` again: rows, order, ids, weights, dtypes and
        roles, except guessed roles of a dropped column.

    Raises
    ------
    ConflictError
        If `edit` does not fit `before`.
    """
    after = apply_edits(before, [edit])
    inverse = _INVERSES[edit.op](edit, before, after)
    text = f"undo: {edit.reason.text}" if edit.reason.text else "undo"
    kept = {name: before.table[name].dtype for name in before.table if name in after.table}
    changed = {n: encode_dtype(d) for n, d in kept.items() if after.table[n].dtype != d}
    params = inverse.params
    if changed and inverse.op != "add_column":  # that one brings the stored column itself
        params = {**params, "dtypes": changed}
    return replace(
        inverse, params=params, reason=replace(edit.reason, text=text), author=edit.author
    )


def invert_all(edits: Sequence[Edit], before: Dataset) -> list[Edit]:
    """Return the edits that take `edits` back, in the order to apply them."""
    inverses = []
    for edit in edits:
        inverses.append(invert(edit, before))
        before = apply_edits(before, [edit])
    return inverses[::-1]


def _undrop(edit: Edit, before: Dataset, _: Dataset) -> Edit:
    rows = _rows(before, edit)
    targets: dict[str, Any] = {"example_id": before.example_id[rows], "position": rows}
    if before.weights is not None:
        targets["weight"] = before.weights[rows]
    gone = before.table.iloc[rows].reset_index(drop=True)
    cells = {f"={name}": gone[name] for name in gone.columns}
    return Edit("add_examples", pd.DataFrame({**targets, **cells}), edit.reason)


def _swap(edit: Edit, before: Dataset, after: Dataset) -> Edit:
    rows = _rows(before, edit)
    old, new = values_before(before, edit), values_before(after, edit)
    targets = {
        "example_id": before.example_id[rows],
        "before": None if new is None else new.iloc[rows].reset_index(drop=True),
        "after": None if old is None else old.iloc[rows].reset_index(drop=True),
    }
    unweighted = edit.op == "weight" and before.weights is None
    params = {"unweighted": True} if unweighted else {}
    return replace(edit, targets=pd.DataFrame(targets), params=params)


def _remove(edit: Edit, before: Dataset, _: Dataset) -> Edit:
    return Edit("drop", edit.targets[["example_id"]].reset_index(drop=True), edit.reason)


def _restore_column(edit: Edit, before: Dataset, _: Dataset) -> Edit:
    if edit.column not in before.table:  # it was added
        return Edit("drop_column", no_targets(), edit.reason, column=edit.column)
    params: dict[str, Any] = {"position": before.table.columns.get_loc(edit.column)}
    if edit.op == "drop_column":
        params["roles"] = _roles(before.schema, edit.column)
    targets = pd.DataFrame(
        {"example_id": before.example_id, "after": before.table[edit.column]}
    )
    return Edit("add_column", targets, edit.reason, column=edit.column, params=params)


_INVERSES = {
    "drop": _undrop,
    "relabel": _swap,
    "set_cell": _swap,
    "weight": _swap,
    "add_examples": _remove,
    "transform_column": _restore_column,
    "drop_column": _restore_column,
    "add_column": _restore_column,
}


def _rows(dataset: Dataset, edit: Edit) -> NDArray[Any]:
    here = pd.Index(dataset.example_id)
    return np.asarray(here.get_indexer(pd.Index(edit.targets["example_id"])), dtype=np.intp)


def _roles(schema: Schema, column: str | None) -> dict[str, Any]:
    roles: dict[str, Any] = {
        role: column for role in SINGLE_ROLES if getattr(schema, role) == column
    }
    if schema.label == column:
        roles["task"] = schema.task
        roles |= {"classes": list(schema.classes)} if schema.classes else {}
    if column in schema.text:
        roles["text"] = schema.text.index(str(column))
    return roles
