"""What checks said, as rows and files, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tilth.checks.check import Estimate, Failed, Findings, NotApplicable, Skipped

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from tilth.checks.check import Outcome


def outcome_row(outcome: Outcome) -> dict[str, Any]:
    """Return the columns of the findings table that `outcome` fills, without its tables."""
    name: str
    n_issues: int | None
    document: dict[str, Any]
    match outcome:
        case Findings():
            n_issues = int(outcome.table["is_issue"].sum())
            precision = outcome.expected_precision
            document = {
                "unit": outcome.unit,
                "cut": outcome.cut,
                "facts": dict(outcome.facts),
                "expected_precision": None if precision is None else asdict(precision),
            }
            name = "findings" if n_issues else "clean"
        case NotApplicable():
            name, n_issues, document = "not_applicable", None, {"reason": outcome.reason}
        case Skipped():
            name, n_issues, document = "skipped", None, {"reason": outcome.reason}
        case Failed():
            name, n_issues, document = "failed", None, {"error": outcome.error}
    return {"outcome": name, "n_issues": n_issues, "document": document}


def outcome_of(
    name: str,
    document: Mapping[str, Any],
    table: pd.DataFrame | None,
    members: pd.DataFrame | None,
) -> Outcome:
    """Return the outcome that `outcome_row` and its tables describe."""
    if table is None:
        if name == "failed":
            return Failed(document["error"])
        kind = NotApplicable if name == "not_applicable" else Skipped
        return kind(document["reason"])
    precision = document["expected_precision"]
    return Findings(
        unit=document["unit"],
        table=table,
        cut=document["cut"],
        members=members,
        expected_precision=None if precision is None else Estimate(**precision),
        facts=document["facts"],
    )
