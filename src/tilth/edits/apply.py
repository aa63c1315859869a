"""Edits applied to a dataset: all of them, or only what future data needs too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.edits.cells import appended, cast, same_values, set_values, show
from tilth.edits.edit import COLUMN_OPS
from tilth.edits.encoding import decode_dtype
from tilth.edits.transforms import apply_transform
from tilth.errors import ConflictError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.data.schema import Schema
    from tilth.edits.edit import Edit, Op

MAX_SHOWN = 20  # conflicts listed in one message; our own: what a screen holds


def apply_edits(dataset: Dataset, edits: Sequence[Edit]) -> Dataset:
    """Return the dataset after `edits`, one after the other; `dataset` is unchanged.

    Parameters
    ----------
    dataset : Dataset
        What the first edit finds; each edit finds what the one before it left.
    edits : sequence of Edit
        Applied in order.

    Returns
    -------
    Dataset
        Surviving examples keep their ids; columns keep their dtype where the new values
        fit it.

    Raises
    ------
    ConflictError
        If a target or column is absent, an added id exists already, or a value differs
        from the edit's ``before``. All conflicts are collected first.
    InvalidInputError
        If an edit is malformed, or its values are of another kind than the column.
    """
    conflicts: list[str] = []
    edited = apply_collecting(dataset, edits, conflicts)
    raise_conflicts(conflicts)
    return edited


def apply_transforms(dataset: Dataset, edits: Sequence[Edit]) -> Dataset:
    """Return the dataset after the column transforms and dropped columns in `edits` only.

    This is what test and future rows need before a model trained on edited data sees
    them. The label may be absent; a column to drop that is absent already is no conflict.

    Raises
    ------
    ConflictError
        If a column to transform is absent.
    """
    wanted = [edit for edit in edits if edit.op in COLUMN_OPS]
    dropped = {edit.column for edit in wanted if edit.op == "drop_column"}
    gone = dropped.difference(dataset.table.columns)
    return apply_edits(dataset, [edit for edit in wanted if edit.column not in gone])


def apply_collecting(
    dataset: Dataset, edits: Sequence[Edit], conflicts: list[str]
) -> Dataset:
    """Return the dataset after what applies of `edits`; append the rest to `conflicts`."""
    for edit in edits:
        if edit.op not in _OPS:
            raise InvalidInputError(
                f"`op` must be one of {', '.join(_OPS)}, got {edit.op!r}. Use one of them."
            )
        dataset = _with_dtypes(_OPS[edit.op](dataset, edit, conflicts), edit)
    return dataset


def raise_conflicts(conflicts: Sequence[str]) -> None:
    """Raise one ConflictError that lists `conflicts`, if there are any."""
    if not conflicts:
        return
    shown = "\n".join(f"  {conflict}" for conflict in conflicts[:MAX_SHOWN])
    more = len(conflicts) - MAX_SHOWN
    rest = f"\n  ... and {more:,} more" if more > 0 else ""
    places = "1 place" if len(conflicts) == 1 else f"{len(conflicts):,} places"
    raise ConflictError(f"The edits do not fit the data in {places}:\n{shown}{rest}")


def values_before(dataset: Dataset, edit: Edit) -> pd.Series | None:
    """Return what `dataset` holds where `edit` changes it, by dataset row; None: no cells."""
    if edit.op == "weight":
        return pd.Series(_weights(dataset), name="weight")
    column = edit.column if edit.column is not None else dataset.schema.label
    if edit.op not in {"drop", "relabel", "set_cell"} or column not in dataset.table:
        return None
    return dataset.table[column]


def _drop(dataset: Dataset, edit: Edit, conflicts: list[str]) -> Dataset:
    positions, _ = _found(dataset, edit, conflicts)
    keep = np.ones(len(dataset), dtype=bool)
    keep[positions] = False
    return dataset.rows(keep)


def _set_cell(dataset: Dataset, edit: Edit, conflicts: list[str]) -> Dataset:
    column = values_before(dataset, edit)
    if column is None:
        conflicts.append(_no_column(edit, dataset))
        return dataset
    positions, targets = _found(dataset, edit, conflicts)
    edited = set_values(column, positions, targets["after"])
    return replace(dataset, table=_with_column(dataset.table, column.name, edited))


def _weight(dataset: Dataset, edit: Edit, conflicts: list[str]) -> Dataset:
    positions, targets = _found(dataset, edit, conflicts)
    weights = _weights(dataset)
    weights[positions] = targets["after"].to_numpy(dtype=np.float64)
    if not np.all(np.isfinite(weights) & (weights >= 0)):
        wrong = weights[~(np.isfinite(weights) & (weights >= 0))][0]
        raise InvalidInputError(
            f"Weights must be finite and not negative, got {wrong}. Drop what must not count."
        )
    return replace(dataset, weights=None if edit.params.get("unweighted") else weights)


def _add_examples(dataset: Dataset, edit: Edit, conflicts: list[str]) -> Dataset:
    new = _new_rows(dataset, edit, conflicts)
    if new is None:
        return dataset
    added, weights, targets = new
    columns = {name: appended(dataset.table[name], added[name]) for name in added.columns}
    order = _order(len(dataset), targets)
    table = pd.DataFrame(
        columns, index=pd.RangeIndex(len(order)), columns=dataset.table.columns
    )
    ids = _joined_ids(dataset.example_id, targets["example_id"])
    if weights is not None:
        weights = np.concatenate([_weights(dataset), weights])[order]
    return replace(
        dataset,
        table=table.iloc[order].reset_index(drop=True),
        example_id=ids[order],
        weights=weights,
    )


def _transform_column(dataset: Dataset, edit: Edit, conflicts: list[str]) -> Dataset:
    if edit.column not in dataset.table:
        conflicts.append(_no_column(edit, dataset))
        return dataset
    column = apply_transform(dataset.table[edit.column], edit.params)
    return replace(dataset, table=_with_column(dataset.table, edit.column, column))


def _drop_column(dataset: Dataset, edit: Edit, conflicts: list[str]) -> Dataset:
    if edit.column not in dataset.table:
        conflicts.append(_no_column(edit, dataset))
        return dataset
    table = dataset.table.drop(columns=[edit.column])
    return replace(dataset, table=table, schema=dataset.schema.on(table.columns))


def _add_column(dataset: Dataset, edit: Edit, conflicts: list[str]) -> Dataset:
    positions, targets = _found(dataset, edit, conflicts)
    absent = np.setdiff1d(np.arange(len(dataset)), positions)
    conflicts += [
        f"add_column {edit.column!r}: no value for example {show(dataset.example_id[i])}"
        for i in absent
    ]
    if len(absent):
        return dataset
    order = np.empty(len(dataset), dtype=np.intp)
    order[positions] = np.arange(len(positions))
    values = targets["after"].iloc[order].reset_index(drop=True)
    if edit.column in dataset.table:
        return replace(dataset, table=_with_column(dataset.table, edit.column, values))
    table = dataset.table.copy(deep=False)
    position = min(edit.params.get("position", table.shape[1]), table.shape[1])
    table.insert(position, edit.column, values)
    return replace(dataset, table=table, schema=_with_roles(dataset.schema, edit))


_OPS: dict[Op, Callable[[Dataset, Edit, list[str]], Dataset]] = {
    "drop": _drop,
    "relabel": _set_cell,
    "set_cell": _set_cell,
    "weight": _weight,
    "add_examples": _add_examples,
    "transform_column": _transform_column,
    "drop_column": _drop_column,
    "add_column": _add_column,
}


def _found(
    dataset: Dataset, edit: Edit, conflicts: list[str]
) -> tuple[NDArray[np.intp], pd.DataFrame]:
    """Return the rows of the targets that fit, and those targets."""
    targets = edit.targets.reset_index(drop=True)
    ids = targets["example_id"]
    positions = pd.Index(dataset.example_id).get_indexer(pd.Index(ids))
    repeated = ids.duplicated().to_numpy()
    fits = (positions >= 0) & ~repeated
    for example, twice in zip(ids[~fits], repeated[~fits], strict=True):
        why = "is listed twice" if twice else "is not there"
        conflicts.append(f"{edit.op}: example {show(example)} {why}")
    column = values_before(dataset, edit)
    if column is not None and "before" in targets:
        now = column.iloc[positions]
        differs = fits & ~same_values(now, targets["before"])
        conflicts += [
            f"{edit.op}: {column.name} of example {show(ids[i])} is {show(now.iloc[i])}, "
            f"not {show(targets['before'][i])}"
            for i in np.flatnonzero(differs)
        ]
        fits &= ~differs
    return positions[fits], targets[fits]


def _new_rows(
    dataset: Dataset, edit: Edit, conflicts: list[str]
) -> tuple[pd.DataFrame, NDArray[np.float64] | None, pd.DataFrame] | None:
    """Return the rows to add, their weights (None: no weights) and their targets."""
    targets = edit.targets.reset_index(drop=True)
    taken = (
        targets["example_id"].isin(dataset.example_id) | targets["example_id"].duplicated()
    )
    clashes = [
        f"add_examples: example {show(i)} exists" for i in targets["example_id"][taken]
    ]
    if "copy_of" in targets:
        sources = pd.Index(dataset.example_id).get_indexer(pd.Index(targets["copy_of"]))
        clashes += [
            f"add_examples: example {show(i)} to repeat is not there"
            for i in targets["copy_of"][sources < 0]
        ]
    else:
        sources = np.full(len(targets), -1)
        clashes += [
            f"add_examples: no value for column {name!r}"
            for name in dataset.table.columns
            if f"={name}" not in targets
        ]
    if clashes:
        conflicts += clashes
        return None
    if "copy_of" in targets:
        rows = dataset.table.iloc[sources].reset_index(drop=True)
        if dataset.schema.id in rows.columns:
            rows[dataset.schema.id] = targets["example_id"]
    else:
        named = {name: targets[f"={name}"] for name in dataset.table.columns}
        rows = pd.DataFrame(named, index=targets.index)
    return rows, _new_weights(dataset, targets, sources), targets


def _new_weights(
    dataset: Dataset, targets: pd.DataFrame, sources: NDArray[np.intp]
) -> NDArray[np.float64] | None:
    if "weight" in targets:
        return targets["weight"].to_numpy(dtype=np.float64)
    if dataset.weights is None:
        return None
    return np.where(sources < 0, 1.0, np.append(dataset.weights, 1.0)[sources])


def _order(n_before: int, targets: pd.DataFrame) -> NDArray[np.intp]:
    """Return which row of old rows, then new rows, stands where in the result."""
    n_added = len(targets)
    n_after = n_before + n_added
    if "position" not in targets:
        return np.arange(n_after)
    positions = targets["position"].to_numpy(dtype=np.int64)
    if len(np.unique(positions)) < n_added or np.any(
        (positions < 0) | (positions >= n_after)
    ):
        raise InvalidInputError(
            f"`position` of added examples must be distinct and in 0..{n_after - 1}, got "
            f"{positions[:5].tolist()}. Leave `position` out to add them at the end."
        )
    order = np.full(n_after, -1, dtype=np.intp)
    order[positions] = n_before + np.arange(n_added)
    order[order < 0] = np.arange(n_before)
    return order


def _joined_ids(old: NDArray[Any], new: pd.Series) -> NDArray[Any]:
    """Return old ids followed by new ones, of one kind, for they are compared and hashed."""
    if old.dtype.kind == "U":
        alike = all(isinstance(i, str) for i in new)
        joined = np.concatenate([old, new.to_numpy(dtype=str)])
    else:
        ids = pd.Series(old, name="example_id")
        kinds = {pd.api.types.infer_dtype(part, skipna=False) for part in (ids, new)}
        joined = appended(ids, new).to_numpy()
        alike = joined.dtype == old.dtype and (
            old.dtype.kind != "O" or len(kinds - {"empty"}) < 2
        )
    if not alike:
        raise InvalidInputError(
            f"Ids of added examples must be like the others, got {show(new.iloc[0])} beside "
            f"ids of type {old.dtype}. Give them ids of that type."
        )
    return joined


def _weights(dataset: Dataset) -> NDArray[np.float64]:
    return np.ones(len(dataset)) if dataset.weights is None else dataset.weights.copy()


def _with_column(table: pd.DataFrame, name: Any, values: pd.Series) -> pd.DataFrame:
    table = table.copy(deep=False)
    table[name] = values
    return table


def _with_dtypes(dataset: Dataset, edit: Edit) -> Dataset:
    """Store the columns an inverse names as they were stored before."""
    table = dataset.table
    for name, dtype in edit.params.get("dtypes", {}).items():
        table = _with_column(table, name, cast(table[name], decode_dtype(dtype)))
    return dataset if table is dataset.table else replace(dataset, table=table)


def _with_roles(schema: Schema, edit: Edit) -> Schema:
    """Give back the roles of a column; `text` comes with its place among the text columns."""
    roles = dict(edit.params.get("roles", {}))
    if "classes" in roles:
        roles["classes"] = tuple(roles["classes"])
    if "text" in roles:
        text = list(schema.text)
        text.insert(roles["text"], str(edit.column))
        roles["text"] = tuple(text)
    return replace(schema, **roles)


def _no_column(edit: Edit, dataset: Dataset) -> str:
    if edit.op == "relabel" and edit.column is None:
        return "relabel: the data has no label column"
    return f"{edit.op}: column {edit.column!r} is not there ({', '.join(map(str, dataset.table))})"
