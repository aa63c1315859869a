"""Remedies for class imbalance: repeat, leave out or weight training examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tilth.algorithms.imbalance import balanced_weights, even_replication, surplus_examples
from tilth.edits.edit import Edit, Reason
from tilth.edits.ids import free_ids
from tilth.remedies.remedy import Remedy

if TYPE_CHECKING:
    from tilth.checks.check import Findings
    from tilth.data.dataset import Dataset

_CHECK = "class_imbalance"


def oversample_classes(findings: Findings, dataset: Dataset) -> list[Edit]:
    """Repeat the examples of every smaller class until it is as large as the largest.

    Each example of a class is repeated equally often, plus or minus one; the extra copies
    go by the hash of the row, so neither luck nor row order matters.
    """
    if not _rare(findings):
        return []
    rows = dataset.labelled
    positions, _ = even_replication(dataset.labels, dataset.row_hash[rows])
    if len(positions) == 0:
        return []
    originals = dataset.example_id[rows[positions]]
    targets = pd.DataFrame(
        {
            "example_id": free_ids(originals.tolist(), set(dataset.example_id.tolist())),
            "position": len(dataset) + np.arange(len(positions)),
            "copy_of": originals,
        }
    )
    counts = np.bincount(dataset.labels)
    text = (
        f"{_named(findings)}; {len(positions):,} copies make every class as large as the "
        f"largest ({counts.max():,}), each example of a class repeated equally often"
    )
    return [Edit("add_examples", targets, Reason(_CHECK, "oversample_classes", text))]


def undersample_classes(
    findings: Findings, dataset: Dataset, *, keep: int | None = None
) -> list[Edit]:
    """Drop examples of larger classes until none has more than `keep`.

    None keeps as many as the smallest class has, but at least 5. Which stay is decided by
    the hash of the row: arbitrary, but the same on every run and in any row order.
    """
    if not _rare(findings):
        return []
    rows, counts = dataset.labelled, np.bincount(dataset.labels)
    keep = max(5, int(counts[counts > 0].min())) if keep is None else keep
    surplus = surplus_examples(dataset.labels, dataset.row_hash[rows], keep=keep)
    if len(surplus) == 0:
        return []
    text = (
        f"{_named(findings)}; of every larger class {keep:,} examples stay, "
        f"{len(surplus):,} are dropped"
    )
    targets = pd.DataFrame({"example_id": dataset.example_id[rows[surplus]]})
    return [Edit("drop", targets, Reason(_CHECK, "undersample_classes", text))]


def weight_classes(findings: Findings, dataset: Dataset) -> list[Edit]:
    """Weight labelled examples so that every class counts the same; mean weight 1."""
    if not _rare(findings):
        return []
    rows = dataset.labelled
    before = np.ones(len(dataset)) if dataset.weights is None else dataset.weights
    balanced = balanced_weights(dataset.labels, before[rows])
    targets = pd.DataFrame(
        {"example_id": dataset.example_id[rows], "before": before[rows], "after": balanced}
    )
    text = (
        f"{_named(findings)}; weights from {balanced.min():.3g} to {balanced.max():.3g} make "
        "every class count the same"
    )
    return [Edit("weight", targets, Reason(_CHECK, "weight_classes", text))]


def _rare(findings: Findings) -> bool:
    return bool(findings.table["is_issue"].any())


def _named(findings: Findings) -> str:
    """Return the rare classes in words, the rarest first, three of them at most."""
    issues = findings.issues
    named = [
        f"{row.key} ({row.n:,}, {row.share:.1%})" for row in issues.head(3).itertuples()
    ]
    if len(issues) > 3:
        named.append(f"{len(issues) - 3} more")
    plural = "classes are" if len(issues) > 1 else "class is"
    return f"{len(issues)} {plural} rare: {', '.join(named)}"


REMEDIES = (
    Remedy("oversample_classes", _CHECK, oversample_classes, is_finishing=True),
    Remedy("undersample_classes", _CHECK, undersample_classes, is_finishing=True),
    Remedy("weight_classes", _CHECK, weight_classes, is_finishing=True),
)
