"""What a project remembers of a version, as a run to report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.errors import StoreError
from tilth.report.contents import Run
from tilth.report.documents import dataset_document
from tilth.report.steps import audit_steps, improve_steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tilth.checks.check import Outcome
    from tilth.data.dataset import Dataset
    from tilth.store.project import Project
    from tilth.store.version import Version


def stored_run(
    project: Project, version: Version, program: Sequence[str] = ("tilth",)
) -> Run:
    """Return the run that a report of `version` tells of.

    Parameters
    ----------
    project : Project
    version : Version
        Made by edits: their proof comes first, then what the checks said of it, or of its
        parent if they were not asked since. An import: what the checks said, and the last
        improvement tried on it.
    program : sequence of str
        The first words of a next command in the same project.

    Raises
    ------
    StoreError
        If nothing was recorded of the version.
    """
    entries = {entry["version"]: entry for entry in project.log(version)}
    by_id = {each.id: each for each in project.versions(version)}
    parent = None if version.parent_id is None else by_id[version.parent_id]
    result = _result(project, version, parent, entries)
    subject = version
    outcomes = project.findings(version)
    if not outcomes and parent is not None:
        subject, outcomes = parent, project.findings(parent)
    if not outcomes and result is None:
        raise StoreError(
            f"Nothing is recorded of {version.name} of `{version.source_path}`. "
            f"Ask the checks first: tilth audit {version.name}"
        )
    dataset = project.load(subject)
    last = next(iter(project.runs("audit", of=subject, n=1)), None)
    made = _made(result, last, subject)
    words = {name: [subject.name] for name in ("audit", "improve")}
    about = f"The checks looked at {subject.name} of {Path(subject.source_path).name}."
    return Run(
        dataset=dataset,
        outcomes=outcomes,
        made=made,
        facts=(last or {"document": {}})["document"].get("facts")
        or (result or {}).get("facts", {}),
        result=result,
        commands=improve_steps(result, program)
        if result
        else audit_steps(_asked(dataset, outcomes), program, words),
        source=subject.name,
        program=program,
        words=words,
        notes=[about]
        if outcomes
        else [],  # of an improvement INVALID at once there are none
    )


def _result(
    project: Project,
    version: Version,
    parent: Version | None,
    entries: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any] | None:
    """Return the proof that a version came with, or the last improvement tried on it."""
    if parent is not None:
        proof = entries[version.name]["proof"]
        if proof is None:
            return None
        made = {"version": version.name, "parent": parent.name}
        return {"edits": entries[version.name]["edits"], **proof, **made}
    last = next(iter(project.runs("improve", of=version, n=1)), None)
    return None if last is None else dict(last["document"])


def _made(
    result: Mapping[str, Any] | None, audit: Mapping[str, Any] | None, version: Version
) -> dict[str, Any]:
    """Return how the run was made; what an older tilth did not record is None."""
    unknown: dict[str, Any] = {
        "time": version.created,
        "command": version.command,
        "data": version.content,
        "seed": None,
        "tilth": None,
        "python": None,
        "system": None,
        "packages": {},
    }
    recorded = (result or {}).get("made") or (audit or {"document": {}})["document"].get(
        "made"
    )
    return unknown | dict(recorded or {})


def _asked(dataset: Dataset, outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    """Return which checks found something, and what is known of the label."""
    checks = [
        {
            "name": name,
            "outcome": "findings" if len(getattr(outcome, "issues", ())) else "clean",
        }
        for name, outcome in outcomes.items()
    ]
    return {"checks": checks, "dataset": dataset_document(dataset)}
