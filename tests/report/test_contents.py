"""The report document: the answer first, real examples, nothing of them where redacted."""

import json
from typing import Any

import pandas as pd
import pytest
from tests.report.runs import improvement_document, outcomes_of, proof_document, run_of

from tilth.checks.check import Failed, Findings
from tilth.data.dataset import Dataset
from tilth.data.read import read
from tilth.report.contents import report_document
from tilth.report.markdown import markdown
from tilth.report.page import page


def test_an_audit_says_what_was_found_and_that_no_effect_was_measured(
    letters: Dataset,
) -> None:
    answer = report_document(run_of(letters))["answer"]
    assert answer["verdict"] is None
    assert answer["headline"] == "Labels cannot be trusted where body contains '<'"
    assert answer["sentences"][0].startswith(
        "8 examples (33.3 %), and about 7 of their labels"
    )
    assert "not measured" in answer["sentences"][-1]


def test_a_proof_comes_first_with_its_gain(letters: Dataset) -> None:
    document = report_document(run_of(letters, improvement_document()))
    assert document["answer"]["verdict"] == "BETTER"
    assert document["answer"]["headline"] == "Accuracy rises from 0.764 to 0.970"
    assert "+0.206" in document["answer"]["sentences"][0]
    assert document["edits"][0]["headline"] == "8 examples left out"


@pytest.mark.parametrize("verdict", ["UNPROVEN", "INVALID"])
def test_no_gain_is_told_where_none_was_shown(letters: Dataset, verdict: str) -> None:
    result = improvement_document(verdict=verdict, why="the test was changed", edits=[])
    answer = report_document(run_of(letters, result))["answer"]
    said = answer["headline"] + " ".join(answer["sentences"])
    assert "0.97" not in said
    assert "the test was changed" in said


def test_nothing_applied_is_not_told_as_a_difference(letters: Dataset) -> None:
    same = {"mean": 0.764, "per_seed": [0.76, 0.768]}
    why = "Nothing is applied: not confirmed."
    result = improvement_document(
        verdict="NO DIFFERENCE", before=same, after=same, difference=0.0, why=why, edits=[]
    )
    answer = report_document(run_of(letters, result))["answer"]
    assert answer["headline"] == "No edit is proven to help"
    assert answer["sentences"] == [why]


def test_problems_show_real_examples_the_effect_measured_and_a_command(
    letters: Dataset,
) -> None:
    problems = report_document(run_of(letters, improvement_document()))["problems"]
    assert problems[0]["check"] == "label_patterns"
    pattern, errors = problems[0], next(p for p in problems if p["check"] == "label_errors")
    assert pattern["command"]["command"] == "tilth diff v1 v2"
    assert len(pattern["examples"]) == 3
    assert ["<", True] in pattern["examples"][0]["pieces"]
    assert errors["effect"] == "2 edits tried on training data, +0.100 at best; not kept."
    assert errors["examples"][0]["id"] == "id-0"


def test_without_a_proof_a_problem_offers_to_try_edits_where_a_remedy_knows_it(
    letters: Dataset,
) -> None:
    problems = report_document(run_of(letters))["problems"]
    commands = {p["check"]: p["command"]["command"] for p in problems}
    assert commands["label_errors"] == "tilth improve letters.csv --label label"
    assert all(p["effect"] == "" for p in problems)


def test_counts_are_never_cut_and_what_is_not_shown_is_said(letters: Dataset) -> None:
    document = report_document(run_of(letters), n_shown=2)
    errors = next(c for c in document["checks"] if c["name"] == "label_errors")
    assert (errors["n_issues"], len(errors["issues"]), errors["n_not_shown"]) == (6, 2, 4)
    assert any("2 worst" in limit for limit in document["limits"])


def test_a_broken_check_never_looks_clean(letters: Dataset) -> None:
    checks = {c["name"]: c["outcome"] for c in report_document(run_of(letters))["checks"]}
    assert checks["missing_values"] == "failed"
    assert checks["outliers"] == "clean"
    assert checks["test_leakage"] == "not_applicable"


def test_the_noise_matrix_counts_suspected_labels_by_given_and_suggested(
    letters: Dataset,
) -> None:
    matrix = report_document(run_of(letters))["noise_matrix"]
    assert matrix["classes"] == ["bad", "good"]
    assert [row["cells"] for row in matrix["rows"]] == [[None, 3], [3, None]]
    assert [row["shares"] for row in matrix["rows"]] == [[None, 0.25], [0.25, None]]


def test_of_ten_thousand_classes_the_largest_are_shown_and_the_rest_counted() -> None:
    table = pd.DataFrame(
        {"x": range(10_100), "label": [f"c{i % 10_000}" for i in range(10_100)]}
    )
    classes = report_document(run_of(read(table, label="label"), outcomes={}))["classes"]
    assert classes["n_classes"] == 10_000
    assert len(classes["classes"]) == 20
    assert classes["n_in_others"] == 10_100 - 40


def test_duplicates_stand_side_by_side_with_differing_words_marked(
    letters: Dataset,
) -> None:
    document = report_document(run_of(letters))
    near = next(c for c in document["checks"] if c["name"] == "near_duplicates")
    left, right = near["issues"][0]["examples"]
    assert ["1", True] in left["pieces"]
    assert ["2", True] in right["pieces"]


SENTINEL = "sentinel"


def _sentinels() -> Dataset:
    table = pd.DataFrame(
        {
            "id": [f"{SENTINEL}id{i}" for i in range(24)],
            "body": [f"{SENTINEL}text{i} <br> and more of it" for i in range(24)],
            "city": [f"{SENTINEL}cell{i}" for i in range(24)],
            "label": ["good", "bad"] * 12,
        }
    )
    return read(table, label="label", text="body", id="id")


@pytest.mark.parametrize("text", [("body",), ()])
def test_a_redacted_report_holds_no_text_no_value_and_no_id(text: tuple[str, ...]) -> None:
    dataset = read(_sentinels().table, label="label", text=text, id="id")
    outcomes: dict[str, Any] = outcomes_of(dataset)
    errors = outcomes["label_errors"].table
    problems = errors.drop(columns=["given", "suggested"]).assign(
        problem="markup", excerpt=[f"{SENTINEL}excerpt"] * len(errors)
    )
    outcomes["text_problems"] = type(outcomes["label_errors"])("example", problems, "any")
    cells = problems.drop(columns=["problem", "excerpt"]).assign(
        column="city", value=7654321.0
    )
    outcomes["outliers"] = type(outcomes["label_errors"])("example", cells, "far")
    outcomes["column_problems"].table["why"] = f"every value is {SENTINEL}"
    outcomes["missing_values"] = Failed(f"ValueError: could not read {SENTINEL}")
    facts = {"first_rows_empty": [f"{SENTINEL}id1"], "n": 3, "largest": SENTINEL}
    listed = problems.assign(similar=[[f"{SENTINEL}id2"]] * len(errors))
    outcomes["test_leakage"] = Findings("example", listed, "any", facts=facts)
    run = run_of(dataset, improvement_document(), outcomes=outcomes)
    document = report_document(run, redacted=True)
    for shown in (json.dumps(document), page(document), markdown(document)):
        assert SENTINEL not in shown
        assert "7654321" not in shown
        assert "Redacted" in shown
    assert SENTINEL in json.dumps(report_document(run))


def test_a_proof_without_improvement_has_no_candidates(letters: Dataset) -> None:
    document = report_document(run_of(letters, proof_document()))
    assert document["candidates"] == []
    assert document["proof"]["slices"][0]["slice"] == "length < 20"
