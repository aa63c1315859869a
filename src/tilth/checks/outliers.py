"""Outliers: examples far from all others, or with a value far from the rest of its column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tilth.algorithms.outliers import cell_severity, outlier_scores, tail_cut
from tilth.checks.check import Check, Findings, NotApplicable

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEWEST = 30  # examples from which a tail can be told from its body; our own
_MAD = 1.4826  # makes the median absolute deviation a standard deviation of normal data


def find_outliers(
    embeddings: NDArray[np.floating], table: pd.DataFrame, *, max_false: float = 0.05
) -> Findings | NotApplicable:
    """Flag examples whose distance to the others, or one of whose values, lies beyond the tail.

    The cut lies where the tail of the sound part, extrapolated from its quartiles, would
    put `max_false` examples. `severity` is 1 at the cut.

    Parameters
    ----------
    embeddings, table
        Signals.
    max_false : float, default 0.05
        Sound examples expected beyond the cut, in the whole dataset.
    """
    n = len(embeddings)
    if n < _FEWEST:
        return NotApplicable(f"needs at least {_FEWEST} examples, there are {n}")
    distance = outlier_scores(embeddings)
    away = _distance_severity(distance, max_false)
    cells = _worst_cells(table, max_false)
    severity = np.maximum(away, cells["severity"])
    by_cell = cells["severity"].to_numpy() > away
    result = pd.DataFrame(
        {
            "key": np.arange(n),
            "quality": 1.0 / (1.0 + severity**2),
            "is_issue": severity > 1.0,
            "severity": severity,
            "distance": distance,
            "column": cells["column"].where(by_cell & (cells["severity"] > 1.0), None),
            "value": cells["value"].where(by_cell, np.nan),
            "robust_z": cells["robust_z"].where(by_cell, np.nan),
        }
    )
    columns = result.loc[result["is_issue"], "column"].dropna().value_counts()
    return Findings(
        unit="example",
        table=result,
        cut=f"where the tail of the sound examples would put {max_false:g} of them",
        facts={
            "by_column": {str(name): int(count) for name, count in columns.items()},
            "by_distance_only": int((result["is_issue"] & result["column"].isna()).sum()),
        },
    )


def _distance_severity(
    distance: NDArray[np.float64], max_false: float
) -> NDArray[np.float64]:
    """Judge distances by their logarithm, whose tail is light even in uneven crowds."""
    smallest = distance[distance > 0].min(initial=np.inf)
    if not np.isfinite(smallest):
        return np.zeros(len(distance))
    logs = np.log(np.maximum(distance, smallest))
    away = logs - np.median(logs)
    cut = tail_cut(away[away > 0], max_false=max_false / 2)
    severity: NDArray[np.float64] = np.maximum(away, 0.0) / cut
    return severity


def _worst_cells(table: pd.DataFrame, max_false: float) -> pd.DataFrame:
    """Return for each row its most extreme number: severity, column, value and robust z."""
    numeric = [
        name
        for name in table
        if pd.api.types.is_numeric_dtype(table[name].dtype)
        and not pd.api.types.is_bool_dtype(table[name].dtype)
    ]
    worst = np.zeros(len(table))
    column = np.full(len(table), None, dtype=object)
    value, robust_z = np.full(len(table), np.nan), np.full(len(table), np.nan)
    for name in numeric:
        values = table[name].to_numpy(dtype=np.float64, na_value=np.nan)
        severity = cell_severity(values, max_false=max_false / 2 / len(numeric))
        rows = np.flatnonzero(severity > worst)
        worst[rows], column[rows], value[rows] = severity[rows], str(name), values[rows]
        robust_z[rows] = _robust_z(values)[rows]
    return pd.DataFrame(
        {"severity": worst, "column": column, "value": value, "robust_z": robust_z}
    )


def _robust_z(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = values[np.isfinite(values)]
    middle = np.median(known)
    spread = _MAD * np.median(np.abs(known - middle))
    return (values - middle) / spread if spread > 0 else np.full(len(values), np.nan)


CHECK = Check(
    name="outliers",
    question="Which examples lie far from all others?",
    run=find_outliers,
)
