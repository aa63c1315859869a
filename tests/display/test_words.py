"""The words for findings: plain English, one place for the screen, reports and notebooks."""

from typing import Any

import pytest

from tilth.checks import CHECKS
from tilth.display import evidence, titles
from tilth.display.headlines import audit_headline, audit_sentences, edit_headline
from tilth.display.pieces import differences, excerpt

EVIDENCE: dict[str, dict[str, Any]] = {
    "label_patterns": {
        "kind": "random",
        "noise_rate": 0.53,
        "words": "given 'a' is 'b' in 52%",
    },
    "label_errors": {"p_suggested": 0.97},
    "text_problems": {"problem": "markup; empty", "n_chars": 3},
    "image_problems": {"problem": "odd aspect", "width": 128.0, "height": 16.0},
    "exact_duplicates": {"conflicting": False, "n_examples": 3, "labels": "good 3"},
    "near_duplicates": {"conflicting": True, "labels": "good 1, bad 1", "similarity": 0.9},
    "outliers": {"severity": 1.3, "distance": 0.2},
    "missing_values": {"n_missing": 2, "n_disguised": 0, "share": 0.1},
    "column_problems": {"problem": "constant", "why": "every value is 5", "value": 1.0},
    "class_imbalance": {"n": 12, "share": 0.03, "ratio_to_largest": 0.031},
    "test_leakage": {"kind": "exact", "n_test_rows": 2, "similarity": 1.0},
}
SAID = {
    "label_patterns": "labels are as good as random, about 53% of them wrong: given 'a' is 'b' in 52%",
    "label_errors": "given good, model says bad (0.97)",
    "text_problems": "markup; empty",
    "image_problems": "odd aspect, 128 x 16 pixels",
    "exact_duplicates": "3 examples, labelled good 3",
    "near_duplicates": "its labels differ: good 1, bad 1, 90.0 % alike",
    "outliers": "far from all others: 1.3 times as far as the line",
    "missing_values": "10.0 % of its cells are missing",
    "column_problems": "every value is 5",
    "class_imbalance": "12 examples, 3.0 % of all, 0.031 of the largest class",
    "test_leakage": "repeated by 2 test rows",
}


@pytest.mark.parametrize("name", [check.name for check in CHECKS])
def test_every_check_has_a_sentence_for_its_evidence(name: str) -> None:
    labels = {"given": "good", "suggested": "bad"} if name == "label_errors" else {}
    said = evidence.said(name, {**labels, "evidence": EVIDENCE[name]})
    assert said == SAID[name]


@pytest.mark.parametrize("name", [check.name for check in CHECKS])
def test_evidence_of_another_make_is_listed_not_lost(name: str) -> None:
    assert evidence.said(name, {"evidence": {"n_odd_things": 3, "is_far": True}}) == (
        "odd things 3, is far yes"
    )


@pytest.mark.parametrize("name", [check.name for check in CHECKS])
def test_every_check_has_a_title_with_its_count(name: str) -> None:
    facts = {
        "n_extra": 2,
        "n_conflicting": 1,
        "n_markup": 2,
        "n_dark": 2,
        "n_test_leaked": 2,
    }
    issues = [{"key": "x = 1", "evidence": {}}]
    check = {
        "name": name,
        "unit": "example",
        "n_issues": 2,
        "facts": facts,
        "issues": issues,
    }
    assert "2" in titles.title(check)
    assert name not in titles.title(check)


def test_one_is_not_many() -> None:
    check: dict[str, Any] = {"unit": "example", "n_issues": 1, "issues": [], "facts": {}}
    said = [
        titles.title(
            {
                "name": c.name,
                **check,
                "facts": {"n_extra": 1, "n_conflicting": 0, "n_markup": 1, "n_dark": 1},
            }
        )
        for c in CHECKS
    ]
    assert "1 label is probably wrong" in said
    assert "1 example lies far from all others" in said
    assert "1 text holds markup" in said
    assert "1 image is too dark" in said
    assert "1 class has too few examples" in said
    assert "1 column is not fit for a model as it is" in said
    assert "1 example repeats another one exactly" in said


def test_an_unknown_check_is_named_with_its_count() -> None:
    check = {"name": "mine", "unit": "class", "n_issues": 3, "facts": {}, "issues": []}
    assert titles.title(check) == "3 classes flagged by mine"


def test_no_finding_is_said_as_such_and_a_broken_check_is_not_forgotten() -> None:
    clean = {"name": "a", "outcome": "clean"}
    assert audit_headline([clean]) == "No check found a problem"
    assert audit_sentences([clean]) == [
        "1 check looked at the data and found nothing to flag."
    ]
    broken = {"name": "b", "outcome": "failed"}
    assert audit_headline([clean, broken]) == "Some checks broke; the others found nothing"


def test_edits_say_what_they_did() -> None:
    assert (
        edit_headline({"op": "add_examples", "n": 1, "column": None}) == "1 example added"
    )
    assert edit_headline({"op": "mystery", "n": 1, "column": "x"}) == "column x mystery"


def test_an_excerpt_of_a_long_text_is_cut_around_what_matters() -> None:
    pieces = excerpt("word " * 200 + "<br> end", 60, "<")
    shown = "".join(text for text, _ in pieces)
    assert shown.startswith("…")
    assert ("<", True) in pieces
    assert len(shown) < 70
    assert excerpt("", 10) == []
    assert excerpt("\u0130<", 10, "<") == [("\u0130<", False)]  # its small form is longer


def test_differences_of_texts_that_begin_alike_show_the_first_difference() -> None:
    shared = "same words again and again " * 10
    left, right = differences(f"{shared} one end", f"{shared} other end", 80)
    assert ("one", True) in left
    assert ("other", True) in right
    assert left[0][0].startswith("…")
    assert differences("a b", "a b", 10) == ([("a b", False)], [("a b", False)])


def test_a_word_longer_than_the_width_is_cut() -> None:
    left, _ = differences("x" * 1000, "y", 20)
    assert len("".join(text for text, _ in left)) == 20
