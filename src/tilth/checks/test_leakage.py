"""Test leakage: test examples that repeat a training example."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tilth.checks.check import Check, Findings, NotApplicable
from tilth.data.identity import row_hashes

if TYPE_CHECKING:
    from tilth.data.dataset import Dataset

# Other rooms import this module, and pytest collects names that start with "test".
__test__ = False


def leaked_rows(train: Dataset, test: Dataset) -> pd.DataFrame:
    """List the test rows that repeat, or nearly repeat, a training row.

    Parameters
    ----------
    train, test : Dataset
        Compared by their inputs in the columns they share; labels and a named id column
        do not count.

    Returns
    -------
    DataFrame
        One row per leaked test row, in order: ``test_position``, ``train_position`` (its
        closest training row, the first of equals), ``kind`` ("exact" or "near") and
        ``similarity`` in [0, 1].
    """
    columns = _shared_inputs(train, test)
    known = pd.Index(row_hashes(train.table[columns]))
    first = pd.Series(np.arange(len(known)), index=known)
    first = first[~known.duplicated()]
    match = first.reindex(row_hashes(test.table[columns]))
    leaked = np.flatnonzero(match.notna().to_numpy())
    return pd.DataFrame(
        {
            "test_position": leaked,
            "train_position": match.to_numpy()[leaked].astype(np.int64),
            "kind": np.full(len(leaked), "exact", dtype=object),
            "similarity": np.ones(len(leaked)),
        }
    )


def find_test_leakage(dataset: Dataset, test: Dataset | None) -> Findings | NotApplicable:
    """Flag training examples that a test example repeats."""
    if test is None:
        return NotApplicable("there is no test set to compare with")
    leaked = leaked_rows(dataset, test)
    closest = leaked.groupby("train_position", sort=True)
    table = pd.DataFrame(
        {
            "key": np.array(list(closest.groups), dtype=np.int64),
            "quality": (1.0 - closest["similarity"].max()).to_numpy(),
            "is_issue": np.ones(closest.ngroups, dtype=bool),
            "n_test_rows": closest.size().to_numpy(),
        }
    )
    return Findings(
        unit="example",
        table=table,
        cut="equal inputs in training and test",
        facts={
            "n_test": len(test),
            "n_test_leaked": len(leaked),
            "share_of_test": len(leaked) / max(1, len(test)),
        },
    )


def _shared_inputs(train: Dataset, test: Dataset) -> list[str]:
    hidden = {train.schema.label, train.schema.id}
    return [
        name for name in train.table.columns if name in test.table and name not in hidden
    ]


CHECK = Check(
    name="test_leakage",
    question="Which training examples appear again in the test set?",
    run=find_test_leakage,
)
