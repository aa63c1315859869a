"""Edits with what it takes to find their targets again in a refreshed source."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.data.identity import canonical_bytes, row_hashes
from tilth.data.roles import example_ids
from tilth.display.numbers import count
from tilth.edits.apply import apply_collecting, apply_edits, raise_conflicts, values_before
from tilth.edits.cells import show
from tilth.edits.ids import free_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit


@dataclass(frozen=True, eq=False)
class Patch:
    """An ordered list of edits and the dataset they were made for.

    Attributes
    ----------
    edits : tuple of Edit
        Applied in order; those that change examples say what was there before.
    fingerprint : str
        `fingerprint` of the source: on exactly this data the edits apply as they are.
    source : str
        Where the source came from, for people.
    n_examples : int
        Examples in the source.
    id_column : str, optional
        The column that names an example; None: examples are found by their content.
    inputs : tuple of str
        The columns of the source that content is made of.
    label : str, optional
        Its label column.
    addresses : DataFrame
        For every source example an edit names: ``example_id``, ``content`` (hash of its
        inputs), ``row`` (hash of its inputs and label) and ``k`` (it is the k-th example,
        counted from 1, with this row hash).
    """

    edits: tuple[Edit, ...]
    fingerprint: str
    source: str
    n_examples: int
    id_column: str | None
    inputs: tuple[str, ...]
    label: str | None
    addresses: pd.DataFrame

    def __repr__(self) -> str:
        """Return it at a glance."""
        size = count(len(self.edits), "edit")
        source = "" if self.source == "memory" else f" of {self.source!r}"
        rows = f"for {count(self.n_examples, 'row')}{source}"
        return f"Patch({', '.join([size, rows, *(edit.in_words for edit in self.edits)])})"

    def preview(self, n: int = 5) -> pd.DataFrame:
        """Return the first `n` changes of each edit, before | after."""
        changes = [_preview(edit, n) for edit in self.edits]
        columns = ["op", "example_id", "column", "before", "after"]
        return pd.DataFrame([row for rows in changes for row in rows], columns=columns)


def fingerprint(dataset: Dataset) -> str:
    """Return a hash of the examples, their order and ids; storage types do not matter."""
    digest = hashlib.blake2b(
        repr([str(c) for c in dataset.table.columns]).encode(), digest_size=16
    )
    digest.update(dataset.row_hash.astype("<u8").tobytes())
    digest.update(canonical_bytes(pd.DataFrame({"id": dataset.example_id})))
    return digest.hexdigest()


def make_patch(dataset: Dataset, edits: Sequence[Edit]) -> Patch:
    """Return the patch that makes `edits` to `dataset`, or to a refreshed copy of it.

    Raises
    ------
    ConflictError
        If the edits do not fit `dataset`.
    """
    complete = []
    conflicts: list[str] = []
    now = dataset
    for edit in edits:
        complete.append(_with_before(now, edit))
        now = apply_collecting(now, [edit], conflicts)
    raise_conflicts(conflicts)
    return Patch(
        edits=tuple(complete),
        fingerprint=fingerprint(dataset),
        source=dataset.source,
        n_examples=len(dataset),
        id_column=dataset.schema.id,
        inputs=tuple(dataset.inputs.columns),
        label=dataset.schema.label,
        addresses=_addresses(dataset, complete),
    )


def apply_patch(patch: Patch, dataset: Dataset) -> Dataset:
    """Return `dataset` after the edits of `patch`.

    On the very source of the patch this is `apply_edits`. On a refreshed one (rows
    shuffled, added, removed) each target is found by the id column if there is one, else
    as the k-th example with the same inputs and label, else as the only one left with the
    same inputs; never by position. Added examples go to the end there.

    Raises
    ------
    ConflictError
        If a target is absent or what an edit found there differs; lists every place.
    InvalidInputError
        If the patch's id column has gaps or repeats here.

    Examples
    --------
    >>> from tilth.data.read import read
    >>> from tilth.edits.edit import Edit, Reason
    >>> data = read({"x": [1, 2, 2], "y": ["a", "b", "b"]}, label="y")
    >>> reason = Reason("exact_duplicates", "by hand", "entered twice")
    >>> patch = make_patch(data, [Edit("drop", pd.DataFrame({"example_id": [2]}), reason)])
    >>> refreshed = read({"x": [9, 2, 1, 2], "y": ["a", "b", "a", "b"]}, label="y")
    >>> apply_patch(patch, refreshed).table["x"].tolist()
    [9, 2, 1]
    """
    dataset = _read_by_id(patch, dataset)
    if fingerprint(dataset) == patch.fingerprint:
        return apply_edits(dataset, patch.edits)
    conflicts: list[str] = []
    there = _located(patch, dataset)
    taken = set(dataset.example_id.tolist())
    edits = [_readdressed(edit, there, taken, conflicts) for edit in patch.edits]
    edited = apply_collecting(dataset, edits, conflicts)
    raise_conflicts(conflicts)
    return edited


def _with_before(dataset: Dataset, edit: Edit) -> Edit:
    """Say in the targets what the edit finds, so that it can be compared elsewhere."""
    column = values_before(dataset, edit)
    positions = pd.Index(dataset.example_id).get_indexer(
        pd.Index(edit.targets["example_id"])
    )
    if column is None or np.any(positions < 0):
        return edit
    if edit.op != "weight":
        edit = replace(edit, column=str(column.name))
    if "before" in edit.targets:
        return edit
    before = column.iloc[positions].reset_index(drop=True)
    return replace(edit, targets=edit.targets.reset_index(drop=True).assign(before=before))


def _addresses(dataset: Dataset, edits: Sequence[Edit]) -> pd.DataFrame:
    named: list[Any] = []
    for edit in edits:
        ids = "copy_of" if edit.op == "add_examples" else "example_id"
        named += edit.targets[ids].tolist() if ids in edit.targets else []
    ids_there = pd.Index(dataset.example_id)
    positions = np.unique(
        ids_there.get_indexer(pd.Index(pd.unique(pd.Series(named, dtype=object))))
    )
    positions = positions[positions >= 0]
    return pd.DataFrame(
        {
            "example_id": dataset.example_id[positions],
            "content": dataset.content_hash[positions],
            "row": dataset.row_hash[positions],
            "k": _occurrence(dataset.row_hash)[positions],
        }
    )


def _occurrence(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return for each row how many rows up to it, itself included, have its hash."""
    column = pd.Series(hashes)
    return np.asarray(column.groupby(column).cumcount(), dtype=np.int64) + 1


def _read_by_id(patch: Patch, dataset: Dataset) -> Dataset:
    """Let the patch's id column name the examples, if the dataset has it."""
    name = patch.id_column
    if name is None or name == dataset.schema.id or name not in dataset.table:
        return dataset
    ids = example_ids(dataset.table, name)
    return replace(dataset, schema=replace(dataset.schema, id=name), example_id=ids)


def _located(patch: Patch, dataset: Dataset) -> dict[Any, Any]:
    """Return the id here of each example of the patch's source that is found here."""
    named = patch.addresses["example_id"]
    if patch.id_column is not None and patch.id_column == dataset.schema.id:
        positions = pd.Index(dataset.example_id).get_indexer(pd.Index(named))
    else:
        positions = _rows_by_content(patch, dataset)
    here = dataset.example_id
    return {
        i: here[row] for i, row in zip(named.tolist(), positions, strict=True) if row >= 0
    }


def _rows_by_content(patch: Patch, dataset: Dataset) -> NDArray[np.intp]:
    absent = [name for name in patch.inputs if name not in dataset.table]
    raise_conflicts([f"column {name!r} is not there" for name in absent])
    inputs = list(patch.inputs)
    content = row_hashes(dataset.contents(inputs))
    row = content
    if patch.label in dataset.table:
        row = row_hashes(dataset.contents([*inputs, patch.label]))
    exact = pd.MultiIndex.from_arrays([row, _occurrence(row)])
    wanted = pd.MultiIndex.from_frame(patch.addresses[["row", "k"]])
    positions = exact.get_indexer(wanted)
    # The label may have changed since: then the one example left with the same inputs is it,
    # and the edit itself says whether it still finds what it found.
    left = pd.Series(np.setdiff1d(np.arange(len(dataset)), positions))
    only = left[~pd.Series(content[left]).duplicated(keep=False).to_numpy()].to_numpy(
        dtype=np.intp
    )
    lost = np.flatnonzero(positions < 0)
    hashes = patch.addresses["content"].to_numpy(dtype=np.uint64)[lost]
    once = ~pd.Series(hashes).duplicated(keep=False).to_numpy()
    found = pd.Index(content[only]).get_indexer(pd.Index(hashes))
    use = once & (found >= 0)
    positions[lost[use]] = only[found[use]]
    return positions


def _readdressed(
    edit: Edit, there: dict[Any, Any], taken: set[Any], conflicts: list[str]
) -> Edit:
    """Return the edit for the ids of the refreshed source; keeps `there` and `taken` up."""
    column = "copy_of" if edit.op == "add_examples" else "example_id"
    targets = edit.targets.reset_index(drop=True)
    if column in targets:
        found = targets[column].isin(there)
        conflicts += [
            f"{edit.op}: example {show(i)} of the source is not there"
            for i in targets[column][~found]
        ]
        targets = targets[found].reset_index(drop=True)
        targets[column] = pd.Series([there[i] for i in targets[column]])
    if edit.op == "drop":
        taken.difference_update(targets["example_id"])
    if edit.op == "add_examples":
        targets = targets.drop(columns="position", errors="ignore")
        old = targets["example_id"].tolist()
        new = free_ids(old, taken)
        there.update(zip(old, new, strict=True))
        targets["example_id"] = pd.Series(new)
    return replace(edit, targets=targets)


def _preview(edit: Edit, n: int) -> list[tuple[Any, ...]]:
    if edit.op in {"transform_column", "drop_column", "add_column"}:
        done = {"drop_column": "(dropped)", "add_column": "(added)"}
        return [(edit.op, "", edit.column, "", done.get(edit.op, dict(edit.params)))]
    targets = edit.targets.head(n)
    ids = targets["example_id"].tolist()
    before = targets["before"].tolist() if "before" in targets else [""] * len(ids)
    if edit.op == "drop":
        after = ["(dropped)"] * len(ids)
    elif "copy_of" in targets:
        after = [f"(copy of {show(i)})" for i in targets["copy_of"]]
    elif edit.op == "add_examples":
        after = ["(added)"] * len(ids)
    else:
        after = targets["after"].tolist()
    rows = zip(ids, before, after, strict=True)
    return [(edit.op, example, edit.column or "", old, new) for example, old, new in rows]
