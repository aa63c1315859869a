"""Remedies for columns: drop, scale or impute them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tilth.checks.column_problems import BADLY_SCALED
from tilth.edits.edit import Edit, Reason, no_targets
from tilth.remedies.remedy import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tilth.checks.check import Findings
    from tilth.data.dataset import Dataset
    from tilth.signals.column_stats import ColumnStats


def drop_column(
    findings: Findings, dataset: Dataset, *, column: str | None = None
) -> list[Edit]:
    """Drop the flagged columns, or only `column`."""
    edits = []
    for name, problems in _flagged(findings, column):
        if name not in dataset.table.columns:
            continue
        said = "; ".join(f"{p} ({why})" for p, why in problems)
        reason = Reason("column_problems", "drop_column", f"column {name}: {said}")
        edits.append(Edit("drop_column", no_targets(), reason, name))
    return edits


def scale_column(findings: Findings, column_stats: Mapping[str, ColumnStats]) -> list[Edit]:
    """Center and scale the badly scaled columns by mean and standard deviation of the training data."""
    edits = []
    for name, problems in _flagged(findings):
        stats = column_stats.get(name)
        if stats is None or BADLY_SCALED not in {problem for problem, _ in problems}:
            continue
        if not (math.isfinite(stats.mean) and math.isfinite(stats.sd) and stats.sd > 0):
            continue
        why = dict(problems)[BADLY_SCALED]
        text = f"column {name} is {BADLY_SCALED} ({why}); scaled by {stats.sd:.4g} around {stats.mean:.4g}"
        params = {"kind": "scale", "center": stats.mean, "scale": stats.sd}
        reason = Reason("column_problems", "scale_column", text)
        edits.append(Edit("transform_column", no_targets(), reason, name, params))
    return edits


def impute_column(
    findings: Findings, column_stats: Mapping[str, ColumnStats]
) -> list[Edit]:
    """Fill missing and disguised values of the flagged columns.

    With the median of numbers, a whole one where all are whole, the category "missing" of
    strings and the empty string of free text.
    """
    edits = []
    for name in findings.issues["key"]:
        stats = column_stats.get(str(name))
        if stats is None or stats.n_present == 0:
            continue
        fill, n = _typical(stats), stats.n_missing + stats.n_placeholders
        if fill is None or n == 0:
            continue
        text = f"{n:,} values of column {stats.name} are missing ({n / stats.n:.1%}); filled with {_said(fill)}"
        params: dict[str, Any] = {"kind": "impute", "value": fill}
        codes = [
            code
            for code, _ in stats.placeholders
            if isinstance(code, str) or abs(code) < math.inf
        ]
        if codes:
            params["missing"] = codes
        reason = Reason("missing_values", "impute_column", text)
        edits.append(Edit("transform_column", no_targets(), reason, stats.name, params))
    return edits


def _typical(stats: ColumnStats) -> Any:
    """Return what to fill a column with; None where there is no sensible value."""
    if stats.kind == "numeric":
        return float(round(stats.median)) if stats.is_whole else stats.median
    if stats.kind == "date":
        return None
    if stats.kind == "text":
        return ""
    if isinstance(stats.top_value, str):
        return "missing"  # a category of its own loses nothing; a frequent one would be a claim
    return stats.top_value if isinstance(stats.top_value, float | int | bool) else None


def _said(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)


def _flagged(
    findings: Findings, column: str | None = None
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield each flagged column with its problems, worst column first."""
    issues = findings.issues
    for name in issues["column"].drop_duplicates():
        if column is None or name == column:
            own = issues[issues["column"] == name]
            yield name, list(zip(own["problem"], own["why"], strict=True))


REMEDIES = (
    Remedy("drop_column", "column_problems", drop_column, per_unit=("column", "column")),
    Remedy("scale_column", "column_problems", scale_column),
    Remedy("impute_column", "missing_values", impute_column),
)
