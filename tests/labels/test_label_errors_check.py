"""The check on label errors and its remedies, on planted faults."""

import numpy as np
import pandas as pd
import pytest

from tilth.algorithms.labels import label_errors
from tilth.checks.check import NotApplicable
from tilth.checks.label_errors import find_label_errors
from tilth.remedies.label_errors import drop_label_errors, relabel_label_errors

CLASSES = np.array(["bad", "good"], dtype=object)


@pytest.fixture
def flipped():
    """200 labelled rows of 220, six of them flipped; a model that knows."""
    labelled = np.flatnonzero(np.arange(220) % 11 != 0)
    true = np.arange(200) % 2
    pred_probs = np.full((200, 2), 0.05)
    pred_probs[np.arange(200), true] = 0.95
    wrong = np.arange(10, 70, 10)
    labels = true.copy()
    labels[wrong] = 1 - labels[wrong]
    return labels, pred_probs, labelled, wrong


def test_flipped_labels_are_found_by_dataset_row(flipped):
    labels, pred_probs, labelled, wrong = flipped
    findings = find_label_errors(labels, pred_probs, labelled, CLASSES)
    issues = findings.issues
    np.testing.assert_array_equal(issues["key"], labelled[wrong])
    assert set(issues["given"]) == {"good"}
    assert set(issues["suggested"]) == {"bad"}
    np.testing.assert_allclose(issues["p_suggested"], 0.95)
    assert findings.table["quality"].between(0, 1).all()
    assert len(findings.table) == 200
    precision = findings.expected_precision
    assert precision.low <= precision.value <= precision.high
    assert findings.facts["confused_pairs"] == [
        {"given": "good", "suggested": "bad", "n": 6}
    ]


def test_the_cut_can_be_moved(flipped):
    labels, pred_probs, labelled, _ = flipped
    none = find_label_errors(labels, pred_probs, labelled, CLASSES, min_p_error=1.1)
    assert none.issues.empty
    assert none.expected_precision is None
    every = find_label_errors(labels, pred_probs, labelled, CLASSES, min_p_error=0.0)
    assert len(every.issues) == 200


def test_one_class_cannot_be_wrong():
    outcome = find_label_errors(
        np.zeros(3, int), np.ones((3, 1)), np.arange(3), CLASSES[:1]
    )
    assert isinstance(outcome, NotApplicable)


@pytest.mark.parametrize("n", [24, 2_000])
@pytest.mark.parametrize("n_classes", [2, 10])
def test_a_model_that_learned_nothing_doubts_no_label(n, n_classes):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, n_classes, n)
    pred_probs = rng.dirichlet(np.ones(n_classes), size=n)
    assert not label_errors(labels, pred_probs).any()
    answer = find_label_errors(labels, pred_probs, np.arange(n), np.arange(n_classes))
    assert isinstance(answer, NotApplicable)
    assert "no better than chance" in answer.reason


def test_remedies_drop_or_relabel_exactly_the_flagged(flipped):
    labels, pred_probs, labelled, wrong = flipped
    findings = find_label_errors(labels, pred_probs, labelled, CLASSES)
    example_id = np.array([f"id{i}" for i in range(220)], dtype=object)
    expected = [f"id{i}" for i in labelled[wrong]]
    (drop,) = drop_label_errors(findings, example_id)
    assert drop.op == "drop"
    assert drop.targets["example_id"].tolist() == expected
    (relabel,) = relabel_label_errors(findings, example_id)
    assert relabel.targets.columns.tolist() == ["example_id", "before", "after"]
    assert relabel.targets["example_id"].tolist() == expected
    assert set(relabel.targets["before"]) == {"good"}
    assert set(relabel.targets["after"]) == {"bad"}
    none = find_label_errors(labels, pred_probs, labelled, CLASSES, min_p_error=1.1)
    assert drop_label_errors(none, example_id) == []
    assert relabel_label_errors(none, example_id) == []


def test_remedies_may_take_the_surest_part_of_the_flagged(flipped):
    labels, pred_probs, labelled, wrong = flipped
    pred_probs[wrong[0]] = [0.02, 0.98] if labels[wrong[0]] == 0 else [0.98, 0.02]
    findings = find_label_errors(labels, pred_probs, labelled, CLASSES)
    example_id = np.arange(220)
    (drop,) = drop_label_errors(findings, example_id, share=0.1)
    assert drop.targets["example_id"].tolist() == [labelled[wrong[0]]]
    (half,) = relabel_label_errors(findings, example_id, share=0.5)
    assert len(half.targets) == 3


def test_no_class_is_emptied(flipped):
    labels, pred_probs, labelled, _ = flipped
    findings = find_label_errors(labels, pred_probs, labelled, CLASSES)
    every = find_label_errors(labels, pred_probs, labelled, CLASSES, min_p_error=0.0)
    example_id = np.arange(220)
    (drop,) = drop_label_errors(every, example_id)
    given = pd.Series(CLASSES[labels], index=labelled).drop(drop.targets["example_id"])
    assert given.value_counts().to_dict() == {"good": 5, "bad": 5}
    # What stays is what looks best: none of the flipped ones.
    assert not set(given.index) & set(findings.issues["key"])
