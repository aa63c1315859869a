"""What checks said, as rows and files, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tilth.checks.check import Estimate, Failed, Findings, NotApplicable, Skipped
from tilth.store.rows import now
from tilth.store.snapshots import read_findings, write_findings
from tilth.store.tables import FINDINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from tilth.checks.check import Outcome
    from tilth.store.version import Version


def outcome_rows(
    folder: Path, version: Version, outcomes: Mapping[str, Outcome]
) -> list[dict[str, Any]]:
    """Write the tables of the outcomes; return their rows of the findings table."""
    return [
        {
            **_row(outcome),
            "version_id": version.id,
            "check_name": name,
            "table_file": write_findings(folder, getattr(outcome, "table", None)),
            "members_file": write_findings(folder, getattr(outcome, "members", None)),
            "created": now(),
        }
        for name, outcome in outcomes.items()
    ]


def replace_outcomes(
    connection: sa.Connection, version: Version, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Put `rows` in place of what the same checks said of the version before."""
    names = [row["check_name"] for row in rows]
    said_before = (FINDINGS.c.version_id == version.id, FINDINGS.c.check_name.in_(names))
    connection.execute(sa.delete(FINDINGS).where(*said_before))
    for row in rows:
        connection.execute(sa.insert(FINDINGS).values(**row))


def read_outcomes(
    connection: sa.Connection, folder: Path, version: Version
) -> dict[str, Outcome]:
    """Return what each check said last of a version, in the order recorded."""
    query = sa.select(FINDINGS).where(FINDINGS.c.version_id == version.id)
    return {
        row.check_name: _outcome(
            row.outcome,
            row.document,
            read_findings(folder, row.table_file),
            read_findings(folder, row.members_file),
        )
        for row in connection.execute(query.order_by(FINDINGS.c.id)).all()
    }


def _row(outcome: Outcome) -> dict[str, Any]:
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


def _outcome(
    name: str,
    document: Mapping[str, Any],
    table: pd.DataFrame | None,
    members: pd.DataFrame | None,
) -> Outcome:
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
