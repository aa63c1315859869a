"""Remedies for text problems: strip the markup, or drop the texts beyond repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tilth.algorithms.markup import markup_spans
from tilth.checks.text_problems import DEBRIS, EMPTY, MARKUP
from tilth.edits.edit import Edit, Reason, no_targets
from tilth.remedies.remedy import Remedy

if TYPE_CHECKING:
    from tilth.checks.check import Findings
    from tilth.data.dataset import Dataset

_CHECK = "text_problems"


def strip_markup(findings: Findings, dataset: Dataset) -> list[Edit]:
    """Strip tags and decode entities in every text column that holds any."""
    if not findings.issues["problem"].str.contains(MARKUP, regex=False).any():
        return []
    edits = []
    for name in dataset.schema.text:
        values = dataset.table[name]
        n = sum(1 for v in values if isinstance(v, str) and markup_spans(v))
        if n:
            text = f"{n:,} texts of {name} hold tags or entities ({n / len(dataset):.1%})"
            reason = Reason(_CHECK, "strip_markup", text)
            params = {"kind": "strip_markup"}
            edits.append(Edit("transform_column", no_targets(), reason, name, params))
    return edits


def drop_text_problems(
    findings: Findings, dataset: Dataset, *, problems: tuple[str, ...] = (EMPTY, DEBRIS)
) -> list[Edit]:
    """Drop the examples whose text has one of `problems`: empty or debris by default."""
    issues = findings.issues
    of_row = issues["problem"].str.split("; ")
    chosen = np.array([any(p in problems for p in own) for own in of_row], dtype=bool)
    positions = np.sort(issues["key"].to_numpy(dtype=np.intp)[chosen])
    if len(positions) == 0:
        return []
    share = len(positions) / len(dataset)
    text = f"{len(positions):,} texts are {' or '.join(map(_said, problems))} ({share:.1%})"
    targets = pd.DataFrame({"example_id": dataset.example_id[positions]})
    return [Edit("drop", targets, Reason(_CHECK, "drop_text_problems", text))]


def _said(problem: str) -> str:
    return (
        problem
        if problem == EMPTY or problem.startswith("unlike")
        else f"spoiled by {problem}"
    )


REMEDIES = (
    Remedy("strip_markup", _CHECK, strip_markup),
    Remedy("drop_text_problems", _CHECK, drop_text_problems),
)
