"""What changed between two datasets, as edits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.data.identity import row_hashes
from tilth.edits.cells import fitting_dtype, same_values
from tilth.edits.edit import Edit, Reason, no_targets
from tilth.edits.ids import free_ids
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset

    Rows = NDArray[np.intp]


def diff(before: Dataset, after: Dataset) -> list[Edit]:
    """Return edits that turn the examples of `before` into those of `after`.

    Parameters
    ----------
    before, after : Dataset
        Two versions, or two files. Examples are matched by id; unless both name the same
        id column they are also matched by content (equal inputs and label, then equal
        inputs, k-th with k-th), and what explains the difference with fewer changed cells
        is returned.

    Returns
    -------
    list of Edit
        Drops, dropped columns, relabels, set cells, weights, whole columns (added, changed
        in more than half of the rows, or of another kind), added examples. Empty: equal.
        The order of examples and storage types (1 and 1.0) are not compared.

    Notes
    -----
    Time O(cells). Applied to `before` the edits give the rows of `after`; in the order of
    `after` if examples in both stand in the same order.
    """
    by_id, n_by_id = _compared(before, after, *_matched_ids(before, after))
    named = before.schema.id is not None and before.schema.id == after.schema.id
    if named or n_by_id == 0:
        return by_id
    by_content, n_by_content = _compared(before, after, *_matched_content(before, after))
    return by_id if n_by_id <= n_by_content else by_content


def _matched_ids(before: Dataset, after: Dataset) -> tuple[Rows, Rows]:
    there = pd.Index(after.example_id).get_indexer(pd.Index(before.example_id))
    old = np.flatnonzero(there >= 0)
    return old, there[old]


def _matched_content(before: Dataset, after: Dataset) -> tuple[Rows, Rows]:
    """Match equal rows first, then equal inputs; ascending in `before`."""
    shared = [name for name in before.table.columns if name in after.table]
    inputs = [name for name in shared if name != before.schema.label]
    old_left, new_left = np.arange(len(before)), np.arange(len(after))
    matched: list[tuple[Rows, Rows]] = []
    for columns in (shared, inputs):
        old_rows, new_rows = (
            pd.MultiIndex.from_arrays([hashes, _occurrence(hashes)])
            for hashes in (
                row_hashes(before.contents(columns).iloc[old_left]),
                row_hashes(after.contents(columns).iloc[new_left]),
            )
        )
        there = new_rows.get_indexer(old_rows)
        matched.append((old_left[there >= 0], new_left[there[there >= 0]]))
        old_left, new_left = old_left[there < 0], np.delete(new_left, there[there >= 0])
    old, new = (np.concatenate(part) for part in zip(*matched, strict=True))
    order = np.argsort(old, kind="stable")
    return old[order], new[order]


def _occurrence(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    column = pd.Series(hashes)
    return np.asarray(column.groupby(column).cumcount(), dtype=np.int64)


def _compared(
    before: Dataset, after: Dataset, old: Rows, new: Rows
) -> tuple[list[Edit], int]:
    """Return the edits, given which rows are the same example, and how many cells they touch."""
    n_columns = max(before.table.shape[1], after.table.shape[1])
    reason = Reason("", "", f"found by comparing {before.source} with {after.source}")
    gone = np.setdiff1d(np.arange(len(before)), old)
    come = np.setdiff1d(np.arange(len(after)), new)
    n_cells = n_columns * (len(gone) + len(come))
    edits: list[Edit] = []
    if len(gone):
        targets = pd.DataFrame({"example_id": before.example_id[gone]})
        edits.append(Edit("drop", targets, reason, author="diff"))
    for name in before.table.columns:
        if name not in after.table:
            edits.append(
                Edit("drop_column", no_targets(), reason, column=name, author="diff")
            )
            n_cells += 1
    for name in after.table.columns:
        found, n_changed = _column_edits(before, after, name, (old, new))
        edits += [replace(edit, reason=reason, author="diff") for edit in found]
        n_cells += n_changed
    rest = [*_weight_edits(before, after, old, new), *_added(before, after, come)]
    return edits + [replace(edit, reason=reason, author="diff") for edit in rest], n_cells


def _same_cells(
    before: Dataset, after: Dataset, name: str, rows: tuple[Rows, Rows]
) -> NDArray[np.bool_]:
    """Say which cells hold the same; an image is the same wherever its file lies."""
    old, new = (
        data.contents([name])[name].iloc[places].reset_index(drop=True)
        for data, places in zip((before, after), rows, strict=True)
    )
    return same_values(old, new)


def _column_edits(
    before: Dataset, after: Dataset, name: str, rows: tuple[Rows, Rows]
) -> tuple[list[Edit], int]:
    """Return the edits of one column, and how many of its cells differ."""
    old, new = rows
    ids, values = before.example_id[old], after.table[name].iloc[new].reset_index(drop=True)
    whole = Edit(
        "add_column",
        pd.DataFrame({"example_id": ids, "after": values}),
        _NO_REASON,
        column=name,
        params={"position": after.table.columns.get_loc(name)},
    )
    if name not in before.table:
        return [whole], 1
    column = before.table[name].iloc[old].reset_index(drop=True)
    changed = np.flatnonzero(~_same_cells(before, after, name, rows))
    is_label = name == before.schema.label
    if not _is_of_kind(before.table[name], after.table[name]):
        return [whole], len(changed)
    if 2 * len(changed) > len(old) and not is_label:
        return [whole], len(changed)
    if not len(changed):
        return [], 0
    cells = {
        "example_id": ids[changed],
        "before": column[changed],
        "after": values[changed],
    }
    targets = pd.DataFrame(cells).reset_index(drop=True)
    if is_label:
        return [Edit("relabel", targets, _NO_REASON)], len(changed)
    return [Edit("set_cell", targets, _NO_REASON, column=name)], len(changed)


def _is_of_kind(column: pd.Series, values: pd.Series) -> bool:
    try:
        fitting_dtype(column, values)
    except InvalidInputError:
        return False
    return True


def _weight_edits(before: Dataset, after: Dataset, old: Rows, new: Rows) -> list[Edit]:
    if before.weights is None and after.weights is None:
        return []
    was, now = (
        np.ones(len(d)) if d.weights is None else d.weights for d in (before, after)
    )
    changed = np.flatnonzero(was[old] != now[new])
    cells = {"before": was[old][changed], "after": now[new][changed]}
    targets = pd.DataFrame({"example_id": before.example_id[old][changed], **cells})
    return [Edit("weight", targets, _NO_REASON)] if len(changed) else []


def _added(before: Dataset, after: Dataset, rows: Rows) -> list[Edit]:
    if not len(rows):
        return []
    taken = set(before.example_id.tolist())
    ids = free_ids(after.example_id[rows].tolist(), taken)
    targets: dict[str, Any] = {"example_id": pd.Series(ids), "position": rows}
    if after.weights is not None:
        targets["weight"] = after.weights[rows]
    new = after.table.iloc[rows].reset_index(drop=True)
    cells = {f"={name}": new[name] for name in new.columns}
    return [Edit("add_examples", pd.DataFrame({**targets, **cells}), _NO_REASON)]


_NO_REASON = Reason("", "", "")
