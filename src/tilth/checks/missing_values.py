"""Missing values: cells that are empty or hold something that stands for empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.checks.check import Check, Findings, NotApplicable
from tilth.signals.signals import plain_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.signals.column_stats import ColumnStats


def find_missing_values(
    dataset: Dataset, column_stats: Mapping[str, ColumnStats], *, max_share: float = 0.0
) -> Findings | NotApplicable:
    """Flag columns where too many cells are missing, disguised or not.

    Disguised: "?", "N/A", blank strings, infinity, and number codes such as -999 that stand
    apart from all other values.

    Parameters
    ----------
    dataset, column_stats
        Signals.
    max_share : float, default 0.0
        Share of missing cells up to which a column is not flagged.
    """
    if not column_stats or len(dataset) == 0:
        return NotApplicable("there is no column besides the label, or no row")
    inputs = plain_columns(dataset)
    missing = np.column_stack(
        [
            missing_cells(inputs.iloc[:, place], stats)
            for place, stats in enumerate(column_stats.values())
        ]
    )
    shares = missing.mean(axis=0)
    columns = list(column_stats.values())
    flagged = shares > max_share
    table = pd.DataFrame(
        {
            "key": [c.name for c in columns],
            "quality": 1.0 - shares,
            "is_issue": flagged,
            "n_missing": [c.n_missing for c in columns],
            "n_disguised": [c.n_placeholders for c in columns],
            "share": shares,
            "disguised_as": [_listed(c) for c in columns],
            "kind": [c.kind for c in columns],
        }
    )
    rows, places = np.nonzero(missing & flagged)
    names = np.array([c.name for c in columns], dtype=object)
    return Findings(
        unit="column",
        table=table,
        cut=f"flagged: more than {max_share:.0%} of the cells are missing",
        members=pd.DataFrame({"key": names[places], "position": rows}),
        facts=_facts(dataset, missing),
    )


def missing_cells(column: pd.Series, stats: ColumnStats) -> NDArray[np.bool_]:
    """Return which cells of a column are missing or hold one of its placeholders."""
    missing = column.isna().to_numpy(dtype=bool)
    for value, _ in stats.placeholders:
        if isinstance(value, str):
            missing = missing | (column.astype(object) == value).to_numpy(dtype=bool)
        else:
            numbers = pd.to_numeric(column.astype(object), errors="coerce")
            missing = missing | (numbers.to_numpy(dtype=np.float64) == value)
    return missing


def _listed(stats: ColumnStats) -> str:
    """Return the placeholders with their counts, the most frequent first."""
    ordered = sorted(stats.placeholders, key=lambda pair: (-pair[1], str(pair[0])))
    listed = [
        f"{value!r} ({n:,})" if isinstance(value, str) else f"{value:g} ({n:,})"
        for value, n in ordered[:5]
    ]
    return ", ".join(listed)


def _facts(dataset: Dataset, missing: NDArray[np.bool_]) -> dict[str, Any]:
    empty = np.flatnonzero(missing.all(axis=1))
    n_labels = 0
    if dataset.schema.label is not None:
        n_labels = len(dataset) - len(dataset.labelled)
    return {
        "n_cells_missing": int(missing.sum()),
        "n_rows_with_missing": int(missing.any(axis=1).sum()),
        "n_rows_empty": len(empty),
        "first_rows_empty": [str(dataset.example_id[i]) for i in empty[:10]],
        "n_labels_missing": n_labels,
    }


CHECK = Check(
    name="missing_values",
    question="Where are values missing, also in disguise?",
    run=find_missing_values,
)
