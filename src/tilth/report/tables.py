"""Tables about the whole dataset: its classes, and which classes are taken for which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.checks.check import Findings
from tilth.display.terminal import clipped
from tilth.report.findings import NAME_WIDTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tilth.checks.check import Outcome
    from tilth.data.dataset import Dataset

MAX_CLASSES = 12  # rows and columns of a matrix that can be read; our own
MAX_BARS = 20  # classes drawn; our own


def class_balance(dataset: Dataset) -> dict[str, Any] | None:
    """Return the size of each class, largest first; None where there are no classes.

    Classes beyond `MAX_BARS` are counted together.
    """
    if dataset.schema.learned_as != "classification" or not len(dataset.classes):
        return None
    counts = np.bincount(dataset.labels, minlength=len(dataset.classes))
    order = np.argsort(-counts, kind="stable")
    shown, rest = order[:MAX_BARS], order[MAX_BARS:]
    total, most = int(counts.sum()), int(counts.max())
    return {
        "n_classes": len(counts),
        "classes": [
            {
                "label": clipped(dataset.classes[i], NAME_WIDTH),
                "n": int(counts[i]),
                "share": counts[i] / total,
                "of_largest": counts[i] / most,
            }
            for i in shown
        ],
        "n_others": len(rest),
        "n_in_others": int(counts[rest].sum()),
    }


def noise_matrix(outcome: Outcome | None) -> dict[str, Any] | None:
    """Count which given labels a model takes for which other class.

    Parameters
    ----------
    outcome : Outcome
        Of the check label_errors.

    Returns
    -------
    dict or None
        ``classes``; ``rows`` with ``label``, ``n`` (examples given this label), ``cells``
        (of them suspected to be of each class; None on the diagonal), ``shares`` of the same
        and ``others`` (suspected to be of a class not shown). Of many classes those with
        the most suspected labels are shown. None where nothing is suspected.
    """
    if not isinstance(outcome, Findings) or "suggested" not in outcome.table:
        return None
    if outcome.table["given"].dtype.kind == "f":
        return None  # numbers have no classes
    table = outcome.table
    flagged = table[table["is_issue"].to_numpy(dtype=bool)]
    if flagged.empty:
        return None
    given = flagged["given"].map(str)
    suggested = flagged["suggested"].map(str)
    totals = table["given"].map(str).value_counts()
    involved = given.value_counts().add(suggested.value_counts(), fill_value=0)
    most = involved.sort_values(ascending=False, kind="stable").index[:MAX_CLASSES]
    names = sorted(most)
    counts = pd.crosstab(given, suggested).reindex(index=names, columns=names, fill_value=0)
    all_of_row = given.value_counts().reindex(names, fill_value=0)
    rows = []
    for name in names:
        n, cells = int(totals.get(name, 0)), counts.loc[name]
        rows.append(
            {
                "label": clipped(name, NAME_WIDTH),
                "n": n,
                "cells": [None if other == name else int(cells[other]) for other in names],
                "shares": [
                    None if other == name else float(cells[other] / max(n, 1))
                    for other in names
                ],
                "others": int(all_of_row[name] - cells.sum()),
            }
        )
    return {
        "classes": [clipped(name, NAME_WIDTH) for name in names],
        "rows": rows,
        "n_classes": int(pd.concat([given, suggested]).nunique()),
        "has_others": any(row["others"] for row in rows),
    }


def overlaps(outcomes: Mapping[str, Outcome]) -> list[dict[str, Any]]:
    """Count the probably wrong labels inside each group with bad labels, largest first."""
    patterns, errors = outcomes.get("label_patterns"), outcomes.get("label_errors")
    if not isinstance(patterns, Findings) or not isinstance(errors, Findings):
        return []
    if patterns.members is None:
        return []
    flagged = errors.table["key"][errors.table["is_issue"].to_numpy(dtype=bool)]
    inside = patterns.members[patterns.members["position"].isin(flagged)]
    counts = inside["key"].value_counts()
    return [
        {"key": clipped(key, NAME_WIDTH), "n": int(n), "n_flagged": len(flagged)}
        for key, n in counts.items()
    ]
