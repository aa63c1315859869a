"""Remedies for columns: drop, scale or impute them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from tilth.checks.column_problems import BADLY_SCALED
from tilth.edits.edit import Edit, Reason, no_targets
from tilth.remedies.remedy import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tilth.checks.check import Findings
    from tilth.data.dataset import Dataset
    from tilth.signals.column_stats import ColumnStats

_IQR_TO_SD = 1.349  # interquartile range of a normal law in standard deviations


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


def scale_column(
    findings: Findings,
    column_stats: Mapping[str, ColumnStats],
    *,
    column: str | None = None,
    method: Literal["standard", "robust"] = "standard",
) -> list[Edit]:
    """Center and scale the badly scaled columns, or only `column`.

    ``standard`` takes mean and standard deviation of the training data, ``robust`` median
    and interquartile range (as a standard deviation; ``standard`` where that range is 0).
    """
    edits = []
    for name, problems in _flagged(findings, column):
        stats = column_stats.get(name)
        if stats is None or BADLY_SCALED not in {problem for problem, _ in problems}:
            continue
        is_robust = method == "robust" and stats.iqr > 0
        center = stats.median if is_robust else stats.mean
        scale = stats.iqr / _IQR_TO_SD if is_robust else stats.sd
        if not (math.isfinite(center) and math.isfinite(scale) and scale > 0):
            continue
        why = dict(problems)[BADLY_SCALED]
        text = f"column {name} is {BADLY_SCALED} ({why}); scaled by {scale:.4g} around {center:.4g}"
        params = {"kind": "scale", "center": center, "scale": scale}
        reason = Reason("column_problems", "scale_column", text)
        edits.append(Edit("transform_column", no_targets(), reason, name, params))
    return edits


def impute_column(
    findings: Findings,
    column_stats: Mapping[str, ColumnStats],
    *,
    column: str | None = None,
    method: Literal["auto", "median", "most_frequent", "constant"] = "auto",
    value: float | str | None = None,
) -> list[Edit]:
    """Fill missing and disguised values of the flagged columns, or only of `column`.

    ``auto`` is the median of numbers, the category "missing" of strings and the empty
    string of free text; ``constant`` is `value`. A column of whole numbers is filled with
    a whole number.
    """
    edits = []
    issues = findings.issues
    for row in issues.itertuples():
        stats = column_stats.get(str(row.key))
        if (
            stats is None
            or (column is not None and stats.name != column)
            or stats.n_present == 0
        ):
            continue
        fill = value if method == "constant" else _typical(stats, method)
        if fill is None:
            continue
        n = stats.n_missing + stats.n_placeholders
        if n == 0:
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


def _typical(stats: ColumnStats, method: str) -> Any:
    """Return what to fill a column with; None where there is no sensible value."""
    if stats.kind == "numeric" and method in {"auto", "median"}:
        return float(round(stats.median)) if stats.is_whole else stats.median
    if method == "median" or stats.kind == "date":
        return None
    if stats.kind == "text":
        return ""
    if method == "auto" and isinstance(stats.top_value, str):
        return "missing"  # a category of its own loses nothing; a frequent one would be a claim
    return (
        stats.top_value if isinstance(stats.top_value, str | float | int | bool) else None
    )


def _said(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)


def _flagged(
    findings: Findings, column: str | None
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
