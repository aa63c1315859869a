"""The JSON documents keep the fields scripts read, in plain types."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tilth.checks.check import Estimate, Failed, Findings, NotApplicable, Skipped
from tilth.data.dataset import Dataset
from tilth.data.plain_values import plain_value
from tilth.data.read import read
from tilth.edits.edit import Edit, Reason
from tilth.report import documents

CHECK_FIELDS = {
    *("name", "outcome", "unit", "n_issues", "n_examples", "share"),
    *("expected_precision", "facts", "issues"),
}
ISSUE_FIELDS = {"key", "quality", "given", "suggested", "evidence"}


@pytest.fixture
def people() -> Dataset:
    table = pd.DataFrame(
        {
            "name": ["ann", "bob", "cyd", "dee"],
            "age": [31.0, np.nan, 7.0, 200.0],
            "label": ["a", "b", "a", None],
        }
    )
    return read(table, label="label", id="name", text=())


def _example_findings() -> Findings:
    table = pd.DataFrame(
        {
            "key": [0, 1, 2, 3],
            "quality": np.array([0.2, 0.9, 0.1, 0.2], dtype=np.float32),
            "is_issue": [True, False, True, True],
            "given": ["a", "b", "a", None],
            "suggested": ["b", None, "b", None],
            "age": [31.0, np.nan, 7.0, np.inf],
        }
    )
    return Findings(
        "example",
        table,
        "a cut",
        expected_precision=Estimate(0.9, 0.8, 1.0),
        facts={"n": np.int64(3)},
    )


def test_examples_are_named_by_their_ids_worst_first_ties_in_file_order(
    people: Dataset,
) -> None:
    document = documents.check_document("label_errors", _example_findings(), people)
    assert set(document) >= CHECK_FIELDS
    assert [issue["key"] for issue in document["issues"]] == ["cyd", "ann", "dee"]
    assert all(set(issue) == ISSUE_FIELDS for issue in document["issues"])
    assert document["issues"][1]["given"] == "a"
    assert document["issues"][2]["given"] is None
    assert document["issues"][2]["evidence"] == {"age": None}
    assert document["expected_precision"] == {"value": 0.9, "low": 0.8, "high": 1.0}
    assert (document["n_issues"], document["n_examples"], document["share"]) == (3, 3, 0.75)


def test_a_limit_caps_the_issues_listed_and_never_the_counts(people: Dataset) -> None:
    document = documents.check_document(
        "label_errors", _example_findings(), people, limit=1
    )
    assert len(document["issues"]) == 1
    assert document["n_issues"] == 3
    assert (
        documents.check_document("x", _example_findings(), people, limit=0)["issues"] == []
    )


def test_units_above_examples_name_their_examples_and_count_each_once(
    people: Dataset,
) -> None:
    table = pd.DataFrame(
        {
            "key": ["g1", "g2", "g3"],
            "quality": [0.5, 0.1, 1.0],
            "is_issue": [True, True, False],
        }
    )
    members = pd.DataFrame({"key": ["g1", "g1", "g2", "g3"], "position": [2, 0, 2, 3]})
    document = documents.check_document("x", Findings("group", table, "", members), people)
    assert [(i["key"], i["example_ids"]) for i in document["issues"]] == [
        ("g2", ["cyd"]),
        ("g1", ["ann", "cyd"]),
    ]
    assert (document["n_issues"], document["n_examples"]) == (2, 2)


def test_a_column_without_members_has_no_examples(people: Dataset) -> None:
    table = pd.DataFrame({"key": ["age"], "quality": [0.0], "is_issue": [True]})
    document = documents.check_document("x", Findings("column", table, ""), people)
    assert document["issues"][0]["example_ids"] == []
    assert (document["n_issues"], document["n_examples"], document["share"]) == (1, 0, 0.0)


@pytest.mark.parametrize(
    ("outcome", "word", "reason"),
    [
        (NotApplicable("no text"), "not_applicable", "no text"),
        (Skipped("deselected"), "skipped", "deselected"),
        (Failed("KeyError: 'x'"), "failed", "KeyError: 'x'"),
    ],
)
def test_a_check_that_said_nothing_never_looks_clean(
    people: Dataset, outcome: Any, word: str, reason: str
) -> None:
    document = documents.check_document("x", outcome, people)
    assert set(document) >= CHECK_FIELDS
    assert (document["outcome"], document["reason"]) == (word, reason)


def test_no_flag_is_clean(people: Dataset) -> None:
    findings = _example_findings()
    findings.table["is_issue"] = False
    assert documents.check_document("x", findings, people)["outcome"] == "clean"


@dataclass
class StandInAudit:
    dataset: Dataset
    outcomes: dict[str, Any]
    facts: dict[str, Any]
    seconds: float = 1.23456


def test_the_audit_document_is_plain_json(people: Dataset) -> None:
    outcomes = {"label_errors": _example_findings(), "outliers": Failed("broke")}
    document = documents.audit_document(
        StandInAudit(people, outcomes, {"x": np.float64("nan")})
    )
    assert document["schema"] == "tilth.audit/1"
    assert set(document) >= {"schema", "dataset", "failed", "seconds", "checks"}
    assert document["failed"] == 1
    assert [check["name"] for check in document["checks"]] == ["label_errors", "outliers"]
    assert document["dataset"]["classes"] == [
        {"label": "a", "n": 2},
        {"label": "b", "n": 1},
    ]
    assert document["dataset"]["n_unlabelled"] == 1
    json.dumps(document, allow_nan=False)


class StandInProof:
    def to_document(self) -> dict[str, Any]:
        return {
            "verdict": "BETTER",
            "difference": np.float64(0.2),
            "interval": (0.1, np.nan),
        }


@dataclass
class StandInImprovement:
    proof: StandInProof
    edits: tuple[Edit, ...]
    candidates: list[dict[str, Any]]
    rejected: StandInProof | None = None
    seconds: float = 41.2


def test_the_improve_document_lists_edits_and_candidates() -> None:
    targets = pd.DataFrame({"example_id": [1, 2, 3]})
    edit = Edit(
        "drop", targets, Reason("label_patterns", "drop_label_pattern", "has markup")
    )
    candidate = {
        "edits": [],
        "inner": {"z": np.float32(2.5)},
        "accepted": False,
        "why": "no gain",
    }
    document = documents.improve_document(
        StandInImprovement(StandInProof(), (edit,), [candidate])
    )
    assert document["schema"] == "tilth.improve/1"
    assert document["edits"][0] == {
        "op": "drop",
        "n": 3,
        "remedy": "drop_label_pattern",
        "check": "label_patterns",
        "reason": "has markup",
        "column": None,
    }
    assert document["candidates"] == [candidate | {"inner": {"z": 2.5}}]
    assert document["interval"] == [0.1, None]
    json.dumps(document, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([[1.0, np.inf]]), [[1.0, None]]),
        (pd.NA, None),
        (pd.NaT, None),
        (pd.Timestamp("2024-01-02"), "2024-01-02T00:00:00"),
        (np.datetime64("2024-01-02"), "2024-01-02"),
        ({1: {np.str_("a")}}, {"1": ["a"]}),
        (Estimate(0.5, 0.0, 1.0), {"value": 0.5, "low": 0.0, "high": 1.0}),
        (b"\xff", "b'\\xff'"),
    ],
)
def test_values_of_any_library_become_plain(value: Any, plain: Any) -> None:
    assert plain_value(value) == plain
    json.dumps(plain_value(value), allow_nan=False)
