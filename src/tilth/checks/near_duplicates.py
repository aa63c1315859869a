"""Near duplicates: examples almost, but not exactly, equal to another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tilth.algorithms.duplicates import clusters
from tilth.checks.check import Check, Findings, NotApplicable
from tilth.checks.cluster_findings import blank_rows, cluster_facts, cluster_tables
from tilth.data.identity import row_hashes
from tilth.signals.near_pairs import compared_columns, near_pairs

if TYPE_CHECKING:
    from tilth.data.dataset import Dataset


def find_near_duplicates(
    dataset: Dataset, *, min_similarity: float | None = None
) -> Findings | NotApplicable:
    """Flag groups of examples almost the same as each other, beyond what chance explains.

    Groups are complete: exact copies of a member belong to it, and the groups of exact
    copies alone are left to exact_duplicates.

    Parameters
    ----------
    dataset
        A signal.
    min_similarity : float, optional
        Flag only pairs at least so similar, in [0, 1]. None: whatever chance does not explain.
    """
    columns = compared_columns(dataset)
    if not columns or len(dataset) < 2:
        return NotApplicable("there are no two examples with inputs to compare")
    blank = blank_rows(dataset, columns)
    pairs = near_pairs(dataset)
    inputs = [name for name in dataset.inputs if name != dataset.schema.id]
    hashes = row_hashes(dataset.contents(inputs))
    near = ~blank[pairs.i] & ~blank[pairs.j] & (hashes[pairs.i] != hashes[pairs.j])
    if min_similarity is not None:
        near &= pairs.similarity >= min_similarity
    i, j, similarity = pairs.i[near], pairs.j[near], pairs.similarity[near]
    # Exact copies join the group of the one that stands for them.
    _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    same = first[inverse.ravel()]
    rows = np.arange(len(dataset))
    group = clusters(np.concatenate([i, rows]), np.concatenate([j, same]), len(dataset))
    position = np.flatnonzero(np.isin(group, group[i]) & ~blank)
    table, members = cluster_tables(dataset, position, group[position], sign="~")
    closest = pd.Series(similarity, dtype=np.float64).groupby(group[i]).min()
    table["similarity"] = closest.reindex(table.index)
    # Conflicting labels first, then the most alike.
    quality = np.where(table["conflicting"], 0.0, 1.0 - table["similarity"])
    table.insert(1, "quality", quality)
    table.insert(2, "is_issue", np.ones(len(table), dtype=bool))
    return Findings(
        unit="cluster",
        table=table.reset_index(drop=True),
        cut="more alike than chance explains in 99 of 100 datasets of this size",
        members=members,
        facts=cluster_facts(table, len(dataset)),
    )


CHECK = Check(
    name="near_duplicates",
    question="Which examples are almost the same as another one?",
    run=find_near_duplicates,
)
