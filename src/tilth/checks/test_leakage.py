"""Test leakage: training examples that come again, or nearly, in the test set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.checks.check import Check, Findings, NotApplicable
from tilth.checks.cluster_findings import blank_rows, copies_by_chance
from tilth.data.identity import row_hashes
from tilth.signals.near_pairs import compared_columns, near_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset


def leaked_rows(train: Dataset, test: Dataset) -> pd.DataFrame:
    """List the test rows that repeat, or nearly repeat, a training row.

    Parameters
    ----------
    train, test : Dataset
        Compared by their inputs in the columns they share; labels, a named id column and
        rows without any content do not count.

    Returns
    -------
    DataFrame
        One row per leaked test row, in order: ``test_position``, ``train_position`` (its
        closest training row, the first of equals), ``kind`` ("exact" or "near"),
        ``similarity`` in [0, 1] and ``copies_by_chance``: how many such rows coarse columns
        would give the training set if they were independent (0 for text and near repeats).

    Notes
    -----
    Equal rows are always listed. Near ones are only where chance does not explain that they
    are so alike (`near_text_pairs`, `near_numeric_pairs`), so that coarse tables and short
    generic texts do not leak by being ordinary.
    """
    exact = _exact(train, test)
    near = _near(train, test)
    near = near[~near["test_position"].isin(exact["test_position"])]
    both = pd.concat([exact, near], ignore_index=True)
    return both.sort_values("test_position", kind="stable", ignore_index=True)


def find_test_leakage(
    dataset: Dataset, test: Dataset | None, *, max_by_chance: float = 0.5
) -> Findings | NotApplicable:
    """Flag training examples that a test example repeats, exactly or nearly.

    Equal rows of coarse tables are listed but not flagged where chance explains them.

    Parameters
    ----------
    dataset, test
        Signals.
    max_by_chance : float, default 0.5
        Repeats that independent columns may explain before they are no longer flagged.
    """
    if test is None:
        return NotApplicable("there is no test set to compare with")
    if not compared_columns(dataset, test):
        return NotApplicable("the training and the test set have no input column in common")
    leaked = leaked_rows(dataset, test)
    flagged = leaked["copies_by_chance"] <= max_by_chance
    per_example = leaked.assign(
        is_issue=flagged,
        exact=leaked["kind"] == "exact",
        quality=1.0 - leaked["similarity"],
    ).groupby("train_position", sort=True)
    table = per_example.agg(
        quality=("quality", "min"),
        is_issue=("is_issue", "max"),
        kind=("kind", "min"),  # "exact" comes before "near"
        n_test_rows=("test_position", "size"),
        test_row=("test_position", "first"),
        similarity=("similarity", "max"),
        copies_by_chance=("copies_by_chance", "max"),
    )
    table = table.rename_axis("key").reset_index()
    n_flagged = int(flagged.sum())
    return Findings(
        unit="example",
        table=table,
        cut="equal inputs, or more alike than chance explains",
        facts={
            "n_test": len(test),
            "n_test_leaked": n_flagged,
            "n_test_exact": int((flagged & (leaked["kind"] == "exact")).sum()),
            "share_of_test": n_flagged / max(1, len(test)),
        },
    )


def _exact(train: Dataset, test: Dataset) -> pd.DataFrame:
    hidden = {train.schema.label, train.schema.id}
    columns: list[Any] = [c for c in train.table if c not in hidden and c in test.table]
    if not columns:
        return _leaks(np.empty(0), np.empty(0), "exact", np.empty(0))
    known = np.flatnonzero(~blank_rows(train, columns))
    hashes = pd.Index(row_hashes(train.contents(columns))[known])
    first = ~hashes.duplicated()
    place = hashes[first].get_indexer(pd.Index(row_hashes(test.contents(columns))))
    rows = np.flatnonzero(place >= 0)
    matched = known[first][place[rows]]
    leaks = _leaks(rows, matched, "exact", np.ones(len(rows)))
    if len(rows):
        by_chance = copies_by_chance(train, columns, matched)
        leaks["copies_by_chance"] = by_chance
    return leaks


def _near(train: Dataset, test: Dataset) -> pd.DataFrame:
    columns = compared_columns(train, test)
    if not columns or not len(train) or not len(test):
        return _leaks(np.empty(0), np.empty(0), "near", np.empty(0))
    pairs = near_pairs(test, train)
    blank = blank_rows(test, columns)
    order = np.lexsort((pairs.j, -pairs.similarity, pairs.i))
    order = order[~blank[pairs.i[order]]]
    rows, closest = np.unique(pairs.i[order], return_index=True)
    closest = order[closest]
    return _leaks(rows, pairs.j[closest], "near", pairs.similarity[closest])


def _leaks(
    test_position: NDArray[np.integer] | NDArray[np.floating],
    train_position: NDArray[np.integer] | NDArray[np.floating],
    kind: str,
    similarity: NDArray[np.float64],
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "test_position": test_position.astype(np.int64),
            "train_position": train_position.astype(np.int64),
            "kind": np.full(len(similarity), kind, dtype=object),
            "similarity": similarity.astype(np.float64),
            "copies_by_chance": np.zeros(len(similarity)),
        }
    )


CHECK = Check(
    name="test_leakage",
    question="Which training examples appear again in the test set?",
    run=find_test_leakage,
)
