"""Classes in order: errors by distance, and where the order comes from."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import tilth
from tilth.algorithms.labels import ordinal_errors, ordinal_quality
from tilth.checks.check import NotApplicable
from tilth.checks.label_tasks.ordinal import find_ordinal_errors
from tilth.cli.app import run
from tilth.errors import InvalidInputError


def overlapping(rng, n=500, n_classes=5, n_far=12):
    """Classes that overlap with their neighbours, and a model that knows no more than that."""
    centre = rng.uniform(0, n_classes - 1, n)
    edges = np.r_[-np.inf, np.arange(n_classes - 1) + 0.5, np.inf]
    pred_probs = np.diff(norm.cdf((edges - centre[:, None]) / 0.6), axis=1)
    labels = np.array([rng.choice(n_classes, p=p) for p in pred_probs])
    far = rng.choice(n, n_far, replace=False)
    labels[far] = np.where(centre[far] > (n_classes - 1) / 2, 0, n_classes - 1)
    wrong = np.zeros(n, dtype=bool)
    wrong[far] = True
    return labels, pred_probs, wrong


def test_quality_falls_with_the_distance_from_the_model():
    rng = np.random.default_rng(0)
    labels, pred_probs, _ = overlapping(rng)
    extra = np.tile([0.7, 0.2, 0.05, 0.03, 0.02], (5, 1))
    quality = ordinal_quality(np.r_[labels, np.arange(5)], np.r_[pred_probs, extra])
    assert (np.diff(quality[-5:]) < 0).all()
    assert ((quality >= 0) & (quality <= 1)).all()


def test_quality_is_what_its_formula_says_for_an_already_calibrated_model():
    labels = np.repeat([0, 1, 2], 3000)
    pred_probs = np.where(labels[:, None] == [0, 1, 2], 0.8, 0.1)
    rng = np.random.default_rng(1)
    labels = np.array([rng.choice(3, p=p) for p in pred_probs])
    p = pred_probs[0]
    apart = np.abs(np.arange(3)[:, None] - np.arange(3)) / 2
    expected = (1 - (apart[2] @ p - p @ apart @ p)) / 1.25
    row = np.flatnonzero((labels == 2) & (pred_probs[:, 0] == 0.8))[0]
    assert ordinal_quality(labels, pred_probs)[row] == pytest.approx(expected, abs=0.02)


def test_reversing_the_order_and_shuffling_rows_changes_nothing():
    labels, pred_probs, _ = overlapping(np.random.default_rng(2))
    rows = np.random.default_rng(3).permutation(len(labels))
    quality = ordinal_quality(labels, pred_probs)
    again = ordinal_quality(4 - labels[rows], pred_probs[rows][:, ::-1])
    np.testing.assert_allclose(again, quality[rows], atol=1e-6)
    p_error = ordinal_errors(labels, pred_probs).p_error
    again = ordinal_errors(4 - labels[rows], pred_probs[rows][:, ::-1]).p_error
    np.testing.assert_allclose(again, p_error[rows], atol=1e-6)


def test_far_labels_are_errors_and_neighbours_are_not():
    labels, pred_probs, wrong = overlapping(np.random.default_rng(4))
    found = ordinal_errors(labels, pred_probs)
    flagged = found.p_error >= found.cut
    assert flagged[wrong].mean() > 0.6
    assert flagged[~wrong].mean() < 0.02
    assert found.rate < 0.1
    low, high = (ordinal_errors(labels, pred_probs, doubt=d) for d in ("low", "high"))
    assert low.p_error[flagged].mean() < found.p_error[flagged].mean()
    assert found.p_error[flagged].mean() < high.p_error[flagged].mean()


def test_positions_say_how_far_classes_are_apart():
    labels, pred_probs, _ = overlapping(np.random.default_rng(5))
    plain = ordinal_quality(labels, pred_probs)
    np.testing.assert_allclose(
        ordinal_quality(labels, pred_probs, positions=[10, 20, 30, 40, 50]), plain
    )
    one = ordinal_quality(labels, pred_probs, positions=[0, 0, 0, 0, 9])
    assert not np.allclose(one, plain)
    assert (ordinal_quality(labels, pred_probs, positions=[1] * 5) == 1).all()


@pytest.mark.parametrize(
    ("positions", "said"),
    [([1, 2], "one finite number per class"), ([1, 3, 2, 4, 5], "must not fall, got 3.0")],
)
def test_positions_that_do_not_fit_are_refused(positions, said):
    labels, pred_probs, _ = overlapping(np.random.default_rng(6))
    with pytest.raises(InvalidInputError, match=said):
        ordinal_quality(labels, pred_probs, positions=positions)


def test_extremes_give_no_errors():
    assert ordinal_errors(np.zeros(0, int), np.zeros((0, 3))).p_error.size == 0
    assert ordinal_quality(np.zeros(0, int), np.zeros((0, 3))).size == 0
    assert (ordinal_quality(np.zeros(4, int), np.ones((4, 1))) == 1).all()
    sure = np.eye(4)[np.arange(40) % 4]
    found = ordinal_errors(np.arange(40) % 4, sure)
    assert not (found.p_error >= found.cut).any()


def test_the_check_says_how_many_classes_apart():
    labels, pred_probs, wrong = overlapping(np.random.default_rng(7))
    classes = np.array(list("FDCBA"), dtype=object)
    findings = find_ordinal_errors(labels, pred_probs, np.arange(500), classes)
    worst = findings.issues.iloc[0]
    assert wrong[worst["key"]]
    assert worst["given"] == classes[labels[worst["key"]]]
    assert worst["classes_apart"] >= 3
    assert findings.expected_precision.low <= findings.expected_precision.value
    one = find_ordinal_errors(np.zeros(3, int), np.ones((3, 1)), np.arange(3), classes[:1])
    assert isinstance(one, NotApplicable)


def test_the_order_is_that_of_numbers_or_the_one_given():
    stars = tilth.read(
        {"x": range(4), "y": ["10", "2", "1", "2"]}, label="y", task="ordinal"
    )
    assert list(stars.classes) == ["1", "2", "10"]
    assert stars.labels.tolist() == [2, 1, 0, 1]
    numbers = tilth.read({"x": range(4), "y": [10, None, 1, 2]}, label="y", task="ordinal")
    assert list(numbers.classes) == [1, 2, 10]
    sizes = tilth.read(
        {"x": range(3), "y": ["S", "L", "M"]},
        label="y", task="ordinal", classes=["XS", "S", "M", "L"],
    )  # fmt: skip
    assert list(sizes.classes) == ["S", "M", "L"]
    assert list(sizes.rows([0, 1]).classes) == ["S", "L"]
    assert sizes.version_id != tilth.read(
        {"x": range(3), "y": ["S", "L", "M"]},
        label="y", task="ordinal", classes=["L", "M", "S"],
    ).version_id  # fmt: skip


@pytest.mark.parametrize(
    ("values", "how", "said"),
    [
        (["S", "M"], {}, "holds M,S. Give it: --classes M,S"),
        (["S", "M"], {"classes": ["S", "L"]}, '"M" of the label column'),
        (["S", "M"], {"classes": ["S", "M", "S"]}, "each class once"),
        (list(range(40)), {}, "Use the task regression"),
    ],
)
def test_an_order_that_cannot_be_known_is_asked_for(values, how, said):
    with pytest.raises(InvalidInputError, match=said):
        tilth.read({"x": range(len(values)), "y": values}, label="y", task="ordinal", **how)


def test_from_a_file_to_findings_and_an_improvement(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(8)
    x = rng.normal(size=(300, 3))
    level = np.digitize(x[:, 0] + rng.normal(size=300) * 0.1, [-0.7, 0.7])
    names = np.array(["low", "mid", "high"])
    labels = names[level]
    row = int(np.argmin(x[:, 0]))
    labels[row] = "high"
    pd.DataFrame(x, columns=list("abc")).assign(level=labels).to_csv("t.csv", index=False)
    words = ["t.csv", "--label", "level", "--task", "ordinal", "--classes", "low,mid,high"]
    assert run(["audit", *words, "--jobs", "1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["dataset"]["order"] == ["low", "mid", "high"]
    check = next(c for c in document["checks"] if c["name"] == "label_errors")
    issue = check["issues"][0]
    assert (issue["key"], issue["given"], issue["suggested"]) == (row, "high", "low")
    assert [c for c in document["checks"] if c["outcome"] == "failed"] == []
    assert run(["audit", *words, "--jobs", "1"]) == 0
    assert "--task ordinal --classes low,mid,high" in capsys.readouterr().out
    assert run(["improve", *words, "--jobs", "1", "--budget", "5s", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["metric"] == "accuracy"
