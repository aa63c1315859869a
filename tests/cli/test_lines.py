"""The screen: one line per check, the worst case named, hostile text made harmless."""

from typing import Any

import pytest

from tilth.cli import audit_lines, proof_lines
from tilth.display.terminal import command_line

HOSTILE = "\x1b[31m\u202eevil\nname"


def _text(line: list[tuple[str, str]]) -> str:
    return "".join(piece for piece, _ in line)


def _check(**changes: Any) -> dict[str, Any]:
    issue = {"key": 17, "quality": 0.1, "given": "good", "suggested": "bad"}
    issue |= {"evidence": {"p_error": 0.97, "p_suggested": 0.93}}
    return {
        "name": "label_errors",
        "outcome": "findings",
        "reason": None,
        "unit": "example",
        "n_issues": 402,
        "n_examples": 402,
        "share": 0.0603,
        "expected_precision": {"value": 0.91, "low": 0.86, "high": 0.95},
        "issues": [issue],
    } | changes


def _shown(document: dict[str, Any], **options: Any) -> str:
    chosen = {"id_column": None, "snippet": "", "width": 120} | options
    return _text(audit_lines.check_line(document, **chosen))


def test_a_finding_names_count_share_precision_and_the_worst_example() -> None:
    shown = _shown(_check(), snippet="fine text")
    assert shown == (
        "  label_errors            402 rows     6.0 %   expected precision 0.91 [0.86, 0.95]   "
        'e.g. row 17  given good, model says bad (0.93)  "fine text"'
    )


def test_an_id_column_names_the_example() -> None:
    assert "e.g. user 17" in _shown(_check(), id_column="user")


def test_a_failed_check_is_loud() -> None:
    shown = _shown(_check(outcome="failed", reason="KeyError: 'x'"))
    assert "FAILED  KeyError: 'x'" in shown


def test_columns_without_rows_are_counted_as_columns() -> None:
    issue = {"key": "x5", "quality": 0.0, "given": None, "suggested": None}
    issue |= {"evidence": {"problem": "constant", "why": "one value in every row"}}
    document = _check(unit="column", n_issues=2, n_examples=0, expected_precision=None)
    shown = _shown(document | {"name": "column_problems", "issues": [issue]})
    assert "2 columns" in shown
    assert shown.count("columns") == 1
    assert "x5  one value in every row" in shown


def test_a_cluster_names_its_rows() -> None:
    issue = {"key": "c1", "quality": 0.0, "given": None, "suggested": None, "evidence": {}}
    issue |= {"example_ids": [3, 18, 20, 21, 40]}
    document = _check(unit="cluster", n_issues=51, n_examples=118, expected_precision=None)
    assert "51 clusters, e.g. rows 3, 18, 20, 21, ..." in _shown(
        document | {"issues": [issue]}
    )


def test_hostile_names_and_values_are_made_plain() -> None:
    issue = {"key": HOSTILE, "quality": 0.0, "given": HOSTILE, "suggested": HOSTILE}
    issue |= {"evidence": {HOSTILE: HOSTILE}, "example_ids": [HOSTILE]}
    for unit in ("example", "column", "class", "group", "cluster"):
        shown = _shown(
            _check(unit=unit, issues=[issue]), snippet=HOSTILE, id_column=HOSTILE
        )
        assert "\x1b" not in shown
        assert "\n" not in shown
        assert "\u202e" not in shown


def test_the_closing_lines_tell_clean_from_not_asked() -> None:
    checks = [
        {"name": "outliers", "outcome": "clean", "reason": None},
        {"name": "test_leakage", "outcome": "not_applicable", "reason": "no test set"},
        {"name": "label_errors", "outcome": "skipped", "reason": "no time"},
        {"name": "missing_values", "outcome": "failed", "reason": "broke"},
    ]
    shown = [_text(line) for line in audit_lines.closing_lines(checks)]
    assert shown[0].split() == ["ok", "outliers"]
    assert shown[1].split("  ")[-1].strip().endswith("test_leakage: no test set")
    assert shown[2].strip().endswith("label_errors: no time")
    assert "1 check failed" in shown[3]


def test_a_command_to_copy_is_quoted_for_the_shell() -> None:
    assert command_line("tilth", None, "my file.csv") == "tilth 'my file.csv'"


def _proof(**changes: Any) -> dict[str, Any]:
    return {
        "verdict": "BETTER",
        "metric": "accuracy",
        "before": {"mean": 0.764, "per_seed": [0.76, 0.77, 0.762]},
        "after": {"mean": 0.97, "per_seed": [0.97, 0.97, 0.97]},
        "difference": 0.206,
        "interval": [0.184, 0.229],
        "smallest_detectable": 0.02,
        "n_train_before": 6666,
        "n_train_after": 4018,
        "n_test": 980,
        "n_test_left_out": 20,
        "why": "accuracy went up",
        "seeds": [0, 1, 2],
        "deterministic": False,
        "next_command": "",
        "notes": ["20 test rows were left out."],
        "slices": [
            {"slice": "length < 20", "n": 88, "before": 0.8, "after": 0.7}
            | {"difference": -0.1, "low": -0.2, "high": -0.01}
        ],
    } | changes


def test_a_proof_shows_protocol_scores_losers_and_verdict() -> None:
    untouched = "980 test rows untouched and not used to choose"
    shown = [_text(line) for line in proof_lines.proof_lines(_proof())]
    assert shown == [
        f"same model, same 3 seeds, 6,666 -> 4,018 training rows, {untouched}",
        "  note: 20 test rows were left out.",
        "accuracy   0.764 -> 0.970   +0.206   95 % interval [+0.184, +0.229]   wins 3/3",
        "by slice   length < 20   0.800 -> 0.700   -0.100 on 88 rows",
        "verdict    BETTER   the interval lies above 0",
    ]


@pytest.mark.parametrize("verdict", ["INVALID", "UNPROVEN"])
def test_no_gain_is_printed_where_none_was_shown(verdict: str) -> None:
    """Even if the record carried scores."""
    proof = _proof(
        verdict=verdict, why="test rows were changed", next_command="give --test"
    )
    shown = "\n".join(_text(line) for line in proof_lines.proof_lines(proof))
    assert "0.970" not in shown
    assert "+0.206" not in shown
    assert f"{verdict}   test rows were changed" in shown
    assert "give --test" in shown


def test_a_lower_error_counts_as_a_win() -> None:
    errors = {"before": {"mean": 5.0, "per_seed": [5.0, 5.0]}, "metric": "mae"}
    errors |= {"after": {"mean": 4.0, "per_seed": [3.0, 5.0]}, "difference": 1.0}
    shown = [_text(line) for line in proof_lines.proof_lines(_proof(**errors, slices=[]))]
    assert any(line.endswith("wins 1/2") for line in shown)


def test_no_difference_says_what_could_have_been_seen() -> None:
    proof = _proof(verdict="NO DIFFERENCE", interval=[-0.01, 0.02], slices=[])
    assert "0.02" in _text(proof_lines.proof_lines(proof)[-1])


def test_precision_that_cannot_be_told_is_said_so() -> None:
    wide = {"value": 0.53, "low": 0.0, "high": 0.92}
    shown = _shown(_check(expected_precision=wide))
    assert "precision cannot be told (0.00 to 0.92)" in shown
    assert "0.53" not in shown


def test_facts_of_all_labels_are_lines_below_the_finding() -> None:
    rates = {"estimated_noise_rate": 0.08, "noise_rate_low": 0.05, "noise_rate_high": 0.12}
    lines = audit_lines.facts_lines(_check(facts=rates))
    assert [_text(line).strip() for line in lines] == [
        "about 8.0 % of all labels are wrong (5.0 % to 12.0 %)"
    ]
    assert audit_lines.facts_lines(_check(facts={})) == []
