"""Records as the JSON documents scripts read; their fields are a promise."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from tilth.checks.check import Failed, Findings, NotApplicable, Outcome, Skipped
from tilth.data.elements.counts import element_counts

if TYPE_CHECKING:
    import pandas as pd

    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit
    from tilth.engine.audit import Audit
    from tilth.engine.improve import Improvement
    from tilth.trial.proof import Proof

_NOT_EVIDENCE = frozenset({"key", "quality", "is_issue", "given", "suggested"})


def plain_value(value: Any) -> Any:  # noqa: PLR0911 - one return for each kind of value
    """Return `value` as JSON knows it: plain types, null for what is missing or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> plain_value({"a": np.float32(0.5), "b": (np.nan, np.int64(3))})
    {'a': 0.5, 'b': [None, 3]}
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(plain_value(key)): plain_value(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain_value(inner) for inner in value]
    if is_dataclass(value) and not isinstance(value, type):
        return plain_value(asdict(value))
    if hasattr(value, "tolist"):  # numpy and pandas scalars and arrays
        inner = value.tolist()
        return str(value) if type(inner) is type(value) else plain_value(inner)
    if hasattr(value, "isoformat"):
        text = value.isoformat()
        return None if text == "NaT" else text
    return None if _is_missing(value) else str(value)


def dataset_document(dataset: "Dataset") -> dict[str, Any]:
    """Describe a dataset: size, roles and how they were found, classes, notes."""
    schema = dataset.schema
    document: dict[str, Any] = {
        "source": dataset.source,
        "version_id": dataset.version_id,
        "n_examples": len(dataset),
        "n_columns": dataset.table.shape[1],
        "columns": [str(column) for column in dataset.table.columns],
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


def class_counts(dataset: "Dataset") -> list[dict[str, Any]]:
    """Count the examples of each class, largest class first."""
    import numpy as np

    counts = np.bincount(dataset.labels, minlength=len(dataset.classes))
    order = np.argsort(-counts, kind="stable")
    return [{"label": plain_value(dataset.classes[i]), "n": int(counts[i])} for i in order]


def audit_document(audit: "Audit", limit: int | None = None) -> dict[str, Any]:
    """Write an audit as ``tilth.audit/1``; `limit` caps the issues listed, never the counts."""
    return {
        "schema": "tilth.audit/1",
        "dataset": dataset_document(audit.dataset),
        "failed": sum(isinstance(outcome, Failed) for outcome in audit.outcomes.values()),
        "seconds": round(audit.seconds, 3),
        "facts": plain_value(audit.facts),
        "checks": [
            check_document(name, outcome, audit.dataset, limit)
            for name, outcome in audit.outcomes.items()
        ],
    }


def check_document(
    name: str, outcome: Outcome, dataset: "Dataset", limit: int | None = None
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


def _findings(findings: Findings, dataset: "Dataset", limit: int | None) -> dict[str, Any]:
    issues = findings.issues
    n_examples = findings.n_examples
    return {
        "outcome": "findings" if len(issues) else "clean",
        "unit": findings.unit,
        "n_issues": len(issues),
        "n_examples": n_examples,
        "share": n_examples / len(dataset) if len(dataset) else 0.0,
        "expected_precision": plain_value(findings.expected_precision),
        "cut": findings.cut,
        "facts": plain_value(findings.facts),
        "issues": _issues(
            findings, issues if limit is None else issues.head(limit), dataset
        ),
    }


def _issues(
    findings: Findings, issues: "pd.DataFrame", dataset: "Dataset"
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
    findings: Findings, issues: "pd.DataFrame", dataset: "Dataset"
) -> dict[Any, list[Any]]:
    """Return the example ids of each unit listed, in file order."""
    if findings.members is None:
        return {}
    listed = findings.members[findings.members["key"].isin(issues["key"])]
    return {
        key: plain_value(dataset.example_id[sorted(positions)])
        for key, positions in listed.groupby("key", sort=False)["position"]
    }


def edit_document(edit: "Edit") -> dict[str, Any]:
    """Describe one edit without its targets; the patch file has those."""
    return {
        "op": edit.op,
        "n": int(edit.n),
        "remedy": edit.reason.remedy,
        "check": edit.reason.check,
        "reason": edit.reason.text,
        "column": edit.column,
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
    return [edit_document(edit) for edit in edits]


def _is_missing(value: Any) -> bool:
    import pandas as pd

    return value is pd.NA or value is pd.NaT
