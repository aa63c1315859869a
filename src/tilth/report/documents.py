"""Records as the JSON documents scripts read; their fields are a promise."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tilth.checks.check import Failed, Findings, NotApplicable, Outcome, Skipped
from tilth.data.elements.counts import element_counts
from tilth.data.label_files import LabelFiles
from tilth.data.plain_values import plain_value
from tilth.data.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit
    from tilth.engine.audit import Audit
    from tilth.engine.improve import Improvement
    from tilth.engine.label_audit import LabelAudit
    from tilth.trial.proof import Proof

_NOT_EVIDENCE = frozenset({"key", "quality", "is_issue", "given", "suggested"})


def dataset_document(dataset: "Dataset | LabelFiles") -> dict[str, Any]:
    """Describe a dataset: size, roles and how they were found, classes, notes."""
    if isinstance(dataset, LabelFiles):
        return _label_files_document(dataset)
    schema = dataset.schema
    document: dict[str, Any] = {
        "source": dataset.source,
        "version_id": dataset.version_id,
        "n_examples": len(dataset),
        "n_columns": dataset.table.shape[1],
        "columns": [str(column) for column in dataset.table.columns],
        **_roles(schema),
        "notes": list(dataset.notes),
        "n_unlabelled": None
        if schema.label is None
        else len(dataset) - len(dataset.labelled),
    }
    if schema.classes:
        document["order"] = list(schema.classes)
    if schema.learned_as == "classification":
        document["classes"] = class_counts(dataset)
    elif schema.task in ("multilabel", "tokens", "boxes"):
        document["classes"] = [
            {"label": plain_value(name), "n": n} for name, n in element_counts(dataset)
        ]
    return document


def _label_files_document(files: LabelFiles) -> dict[str, Any]:
    """Describe labels and probabilities without a table."""
    return {
        "source": files.source,
        "version_id": files.version_id,
        "n_examples": len(files),
        "n_columns": 0,
        "columns": [],
        **_roles(Schema(task="classification", label="label")),
        "notes": list(files.notes),
        "n_unlabelled": 0,
        "classes": _largest_first(files.sizes, files.classes),
    }


def _roles(schema: Schema) -> dict[str, Any]:
    return {
        "task": schema.task,
        "label": schema.label,
        "text": list(schema.text),
        "image": schema.image,
        "id": schema.id,
        "group": schema.group,
        "time": schema.time,
        "annotator": schema.annotator,
        "split": schema.split,
        "guesses": plain_value(list(schema.guesses)),
    }


def class_counts(dataset: "Dataset") -> list[dict[str, Any]]:
    """Count the examples of each class, largest class first."""
    import numpy as np

    sizes = np.bincount(dataset.labels, minlength=len(dataset.classes))
    return _largest_first(sizes, dataset.classes)


def _largest_first(sizes: Any, classes: Any) -> list[dict[str, Any]]:
    order = sorted(range(len(classes)), key=lambda k: (-int(sizes[k]), k))
    return [{"label": plain_value(classes[k]), "n": int(sizes[k])} for k in order]


def audit_document(audit: "Audit", limit: int | None = None) -> dict[str, Any]:
    """Write an audit as ``tilth.audit/1``; `limit` caps the issues listed, never the counts."""
    return _audit_document(audit, audit.dataset, limit)


def label_audit_document(audit: "LabelAudit", limit: int | None = None) -> dict[str, Any]:
    """Write an audit of labels and probabilities alone as ``tilth.audit/1``."""
    return _audit_document(audit, audit.files, limit)


def _audit_document(
    audit: "Audit | LabelAudit", examined: "Dataset | LabelFiles", limit: int | None
) -> dict[str, Any]:
    return {
        "schema": "tilth.audit/1",
        "dataset": dataset_document(examined),
        "failed": sum(isinstance(outcome, Failed) for outcome in audit.outcomes.values()),
        "seconds": round(audit.seconds, 3),
        "facts": plain_value(audit.facts),
        "checks": [
            check_document(name, outcome, examined, limit)
            for name, outcome in audit.outcomes.items()
        ],
    }


def check_document(
    name: str, outcome: Outcome, dataset: "Dataset | LabelFiles", limit: int | None = None
) -> dict[str, Any]:
    """Write how one check ended."""
    ended: dict[str, Any] = {
        "name": name,
        "outcome": "",
        "reason": None,
        "unit": None,
        "n_issues": 0,
    }
    ended |= {"n_examples": 0, "share": 0.0, "expected_precision": None, "cut": None}
    ended |= {"facts": {}, "issues": []}
    match outcome:
        case NotApplicable(reason):
            return ended | {"outcome": "not_applicable", "reason": reason}
        case Skipped(reason):
            return ended | {"outcome": "skipped", "reason": reason}
        case Failed(error):
            return ended | {"outcome": "failed", "reason": error}
        case Findings():
            return ended | _findings(outcome, dataset, limit)


def _findings(
    findings: Findings, dataset: "Dataset | LabelFiles", limit: int | None
) -> dict[str, Any]:
    n_examples = findings.n_examples
    return {
        "outcome": "findings" if findings.n_issues else "clean",
        "unit": findings.unit,
        "n_issues": findings.n_issues,
        "n_examples": n_examples,
        "share": n_examples / len(dataset) if len(dataset) else 0.0,
        "expected_precision": plain_value(findings.expected_precision),
        "cut": findings.cut,
        "facts": plain_value(findings.facts),
        "issues": _issues(findings, findings.worst(limit), dataset),
    }


def _issues(
    findings: Findings, issues: "pd.DataFrame", dataset: "Dataset | LabelFiles"
) -> list[dict[str, Any]]:
    columns = {name: plain_value(issues[name].tolist()) for name in issues.columns}
    evidence = [name for name in issues.columns if name not in _NOT_EVIDENCE]
    missing = [None] * len(issues)
    members: dict[Any, list[Any]] | None = None
    if findings.unit == "example":
        positions = issues["key"].to_numpy(dtype="int64")
        columns["key"] = plain_value(dataset.example_id[positions])
    else:
        members = _members(findings, issues, dataset)
    documents = []
    for i, key in enumerate(columns["key"]):
        document = {
            "key": key,
            "quality": columns["quality"][i],
            "given": columns.get("given", missing)[i],
            "suggested": columns.get("suggested", missing)[i],
            "evidence": {str(name): columns[name][i] for name in evidence},
        }
        if members is not None:
            document["example_ids"] = members.get(issues["key"].iloc[i], [])
        documents.append(document)
    return documents


def _members(
    findings: Findings, issues: "pd.DataFrame", dataset: "Dataset | LabelFiles"
) -> dict[Any, list[Any]]:
    """Return the example ids of each unit listed, in file order."""
    if findings.members is None:
        return {}
    listed = findings.members[findings.members["key"].isin(issues["key"])]
    return {
        key: plain_value(dataset.example_id[sorted(positions)])
        for key, positions in listed.groupby("key", sort=False)["position"]
    }


def prove_document(proof: "Proof", seconds: float) -> dict[str, Any]:
    """Write a proof as ``tilth.prove/1``."""
    return {
        "schema": "tilth.prove/1",
        **plain_value(proof.to_document()),
        "seconds": round(seconds, 3),
    }


def improve_document(improvement: "Improvement") -> dict[str, Any]:
    """Write an improvement as ``tilth.improve/1``."""
    return {
        "schema": "tilth.improve/1",
        **plain_value(improvement.proof.to_document()),
        "edits": edits_document(improvement.edits),
        "candidates": plain_value(improvement.candidates),
        "rejected_proof": improvement.rejected
        and plain_value(improvement.rejected.to_document()),
        "seconds": round(improvement.seconds, 3),
    }


def edits_document(edits: Sequence["Edit"]) -> list[dict[str, Any]]:
    """Describe edits in the order they are applied."""
    return [edit.to_document() for edit in edits]
