"""Rows of the project database, written within a transaction of the caller."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tilth.store.tables import DATASETS, EDITS, PROOFS, RUNS, VERSIONS
from tilth.store.version import Version, select_versions, version_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tilth.edits.edit import Edit


def now() -> str:
    """Return the present second, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def version_with(connection: sa.Connection, row_id: int) -> Version:
    """Return the version with an id."""
    return version_of(
        connection.execute(select_versions().where(VERSIONS.c.id == row_id)).one()
    )


def insert_import(
    connection: sa.Connection, source_path: str, row: dict[str, Any]
) -> Version:
    """Return the version that holds this content of this source, made if it is new."""
    same = (DATASETS.c.source_path == source_path, VERSIONS.c.content == row["content"])
    known = connection.execute(
        select_versions().where(*same).order_by(VERSIONS.c.id)
    ).first()
    if known is not None:
        _update_dataset(connection, known.dataset_id)
        return version_with(connection, known.id)
    dataset = {"source_path": source_path, "content": row["content"], "current_version": 1}
    dataset_id = _insert(
        connection, DATASETS, **dataset, used=_next_use(connection), created=now()
    )
    row = {**row, "dataset_id": dataset_id, "number": 1, "created": now()}
    return version_with(connection, _insert(connection, VERSIONS, **row))


def insert_version(
    connection: sa.Connection, parent: Version, row: dict[str, Any], edits: Sequence[Edit]
) -> tuple[Version, bool]:
    """Return the version that `row` describes, now the latest, and whether it is new."""
    same = (VERSIONS.c.parent_id == parent.id, VERSIONS.c.content == row["content"])
    known = connection.execute(sa.select(VERSIONS.c.id).where(*same)).scalar()
    if known is not None:
        return make_current(connection, known), False
    of_dataset = VERSIONS.c.dataset_id == parent.dataset_id
    newest = connection.execute(sa.select(sa.func.max(VERSIONS.c.number)).where(of_dataset))
    row = {**row, "dataset_id": parent.dataset_id, "number": newest.scalar_one() + 1}
    version_id = _insert(connection, VERSIONS, **row, created=now())
    for place, edit in enumerate(edits):
        _insert(connection, EDITS, version_id=version_id, place=place, **_edit_row(edit))
    return make_current(connection, version_id), True


def make_current(connection: sa.Connection, row_id: int) -> Version:
    """Let "latest" be this version, and its dataset the one used last."""
    row = connection.execute(sa.select(VERSIONS).where(VERSIONS.c.id == row_id)).one()
    _update_dataset(connection, row.dataset_id, current_version=row.number)
    return version_with(connection, row_id)


def insert_proof(
    connection: sa.Connection, before: Version, after: Version, document: Mapping[str, Any]
) -> None:
    """Remember a comparison of two versions."""
    proof = {"verdict": str(document.get("verdict", "")), "document": dict(document)}
    _insert(
        connection, PROOFS, before_id=before.id, after_id=after.id, **proof, created=now()
    )


def insert_run(
    connection: sa.Connection,
    kind: str,
    command: str,
    document: Mapping[str, Any],
    *,
    version: Version | None,
) -> None:
    """Remember that a command ran."""
    run = {"kind": kind, "command": command, "document": dict(document), "created": now()}
    _insert(connection, RUNS, **run, version_id=None if version is None else version.id)


def run_documents(
    connection: sa.Connection,
    kind: str | None,
    of: Version | None = None,
    *,
    tested: Mapping[str, str] | None = None,
    n: int | None = None,
) -> list[dict[str, Any]]:
    """Return the recorded runs, newest first: of one kind, on one version, that `tested` this."""
    query = sa.select(RUNS).order_by(RUNS.c.id.desc()).limit(n)
    if kind is not None:
        query = query.where(RUNS.c.kind == kind)
    if of is not None:
        query = query.where(RUNS.c.version_id == of.id)
    for name, value in (tested or {}).items():
        query = query.where(RUNS.c.document["tested", name].as_string() == value)
    return [
        {
            "kind": run.kind,
            "command": run.command,
            "document": run.document,
            "time": run.created,
        }
        for run in connection.execute(query)
    ]


def history(connection: sa.Connection, versions: Sequence[Version]) -> list[dict[str, Any]]:
    """Return all versions of one dataset with their edits and latest proof, newest first."""
    by_id = {version.id: version for version in versions}
    edits = connection.execute(
        sa.select(EDITS).where(EDITS.c.version_id.in_(list(by_id))).order_by(EDITS.c.place)
    ).all()
    proofs = connection.execute(
        sa.select(PROOFS).where(PROOFS.c.after_id.in_(list(by_id))).order_by(PROOFS.c.id)
    ).all()
    proof_of = {row.after_id: row.document for row in proofs}
    entries = []
    for version in reversed(versions):
        parent = None if version.parent_id is None else by_id[version.parent_id]
        entry = {
            "version": version.name,
            "parent": None if parent is None else parent.name,
            "content": version.content,
            "current": version.is_current,
            "command": version.command,
            "time": version.created,
            "n_examples": version.n_examples,
            "n_before": None if parent is None else parent.n_examples,
            "edits": [_edit_document(row) for row in edits if row.version_id == version.id],
            "proof": proof_of.get(version.id),
        }
        entries.append(entry)
    return entries


def _edit_document(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "op": row.op,
        "n": row.n,
        "column": row.column_name,
        "check": row.check_name,
        "remedy": row.remedy,
        "reason": row.reason,
        "author": row.author,
        "time": row.time,
    }


def _edit_row(edit: Edit) -> dict[str, Any]:
    return {
        "op": edit.op,
        "n": edit.n,
        "column_name": edit.column,
        "params": dict(edit.params),
        "check_name": edit.reason.check,
        "remedy": edit.reason.remedy,
        "reason": edit.reason.text,
        "author": edit.author,
        "time": edit.time,
    }


def _insert(connection: sa.Connection, table: sa.Table, **values: Any) -> int:
    key = connection.execute(sa.insert(table).values(**values)).inserted_primary_key
    return int(key[0]) if key is not None else 0


def _update_dataset(connection: sa.Connection, dataset_id: int, **values: Any) -> None:
    statement = sa.update(DATASETS).where(DATASETS.c.id == dataset_id)
    connection.execute(statement.values(**values, used=_next_use(connection)))


def _next_use(connection: sa.Connection) -> int:
    return (
        int(connection.execute(sa.select(sa.func.max(DATASETS.c.used))).scalar() or 0) + 1
    )
