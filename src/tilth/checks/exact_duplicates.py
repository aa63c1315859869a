"""Exact duplicates: examples whose inputs are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.checks.check import Check, Findings, NotApplicable
from tilth.checks.cluster_findings import (
    blank_rows,
    cluster_facts,
    cluster_tables,
    copies_by_chance,
)
from tilth.data.identity import row_hashes

if TYPE_CHECKING:
    from tilth.data.dataset import Dataset


def find_exact_duplicates(
    dataset: Dataset, *, max_by_chance: float = 0.5
) -> Findings | NotApplicable:
    """Flag groups of examples with equal inputs, unless coarse columns make them common.

    Labels and a named id column do not count as inputs.

    Parameters
    ----------
    dataset
        A signal.
    max_by_chance : float, default 0.5
        Copies that independent columns may explain before a cluster is no longer flagged.
    """
    columns: list[Any] = [name for name in dataset.inputs if name != dataset.schema.id]
    if not columns:
        return NotApplicable("there is no column besides the label and the id")
    known = np.flatnonzero(~blank_rows(dataset, columns))
    hashes = row_hashes(dataset.contents(columns))[known]
    _, group, count = np.unique(hashes, return_inverse=True, return_counts=True)
    copied = count[group] > 1
    position, group = known[copied], group[copied]
    table, members = cluster_tables(dataset, position, group, sign="=")
    first = members["position"].to_numpy()[~members["key"].duplicated().to_numpy()]
    by_chance = copies_by_chance(dataset, columns, first)
    # Conflicting labels first, then the largest groups.
    quality = np.where(table["conflicting"], 0.0, 0.5 / table["n_examples"].clip(lower=2))
    table.insert(1, "quality", quality)
    table.insert(2, "is_issue", by_chance <= max_by_chance)
    table["copies_by_chance"] = by_chance
    return Findings(
        unit="cluster",
        table=table.reset_index(drop=True),
        cut=f"equal inputs, of which chance explains at most {max_by_chance:g} copies",
        members=members,
        facts=cluster_facts(table, len(dataset)),
    )


CHECK = Check(
    name="exact_duplicates",
    question="Which examples have exactly the same inputs as another one?",
    run=find_exact_duplicates,
)
