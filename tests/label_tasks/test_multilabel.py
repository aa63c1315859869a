"""Several classes per example: every way to write them, functions, and the command line."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tilth
from tilth.algorithms.labels import (
    error_probabilities,
    multilabel_error_probabilities,
    multilabel_errors,
    multilabel_quality,
)
from tilth.checks.check import Findings, NotApplicable
from tilth.checks.label_tasks.multilabel import find_multilabel_errors
from tilth.cli.app import run
from tilth.data.read import read_like
from tilth.errors import InvalidInputError

SETS = [["b", "a"], [], ["a"], ["c", "a"]]
CELLS = ['["a", "b"]', "[]", '["a"]', '["a", "c"]']


def planted(rng, n=400, n_classes=3, n_wrong=12):
    true = rng.random((n, n_classes)) < [0.2, 0.5, 0.4]
    scores = np.where(true, 3.5, -3.5) + rng.normal(size=true.shape)
    wrong = np.zeros(true.shape, dtype=bool)
    wrong[rng.choice(n, n_wrong, replace=False), rng.integers(0, n_classes, n_wrong)] = True
    return true ^ wrong, 1 / (1 + np.exp(-scores)), wrong


def test_each_class_is_judged_as_one_against_the_rest():
    labels, probs, _ = planted(np.random.default_rng(0))
    found = multilabel_error_probabilities(labels, probs)
    for column in range(3):
        pair = np.stack([1 - probs[:, column], probs[:, column]], axis=1)
        given = labels[:, column].astype(int)
        np.testing.assert_allclose(found[:, column], error_probabilities(given, pair))
    np.testing.assert_allclose(
        multilabel_quality(labels, probs), np.prod(1 - found, axis=1)
    )


def test_planted_classes_are_found_whether_left_out_or_too_many():
    labels, probs, wrong = planted(np.random.default_rng(1))
    flagged = multilabel_errors(labels, probs)
    assert flagged[wrong].mean() > 0.5
    assert (wrong & flagged).sum() / flagged.sum() > 0.8


def test_order_of_rows_and_classes_does_not_matter():
    labels, probs, _ = planted(np.random.default_rng(2))
    rows, columns = np.random.default_rng(3).permutation(400), [2, 0, 1]
    expected = multilabel_error_probabilities(labels, probs)[rows][:, columns]
    found = multilabel_error_probabilities(
        labels[rows][:, columns], probs[rows][:, columns]
    )
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_class_that_all_or_none_have_is_never_called_wrong():
    labels, probs, _ = planted(np.random.default_rng(4))
    labels[:, 0], labels[:, 1] = True, False
    assert (multilabel_error_probabilities(labels, probs)[:, :2] == 0).all()
    assert multilabel_error_probabilities(np.zeros((0, 2), int), np.zeros((0, 2))).size == 0


@pytest.mark.parametrize(
    ("labels", "probs", "said"),
    [
        (np.ones(3, int), np.ones((3, 1)), "0 and 1 of shape"),
        (np.full((2, 2), 2), np.ones((2, 2)), "0 and 1 of shape"),
        (np.ones((2, 2), int), np.ones((2, 3)), "one probability per example and class"),
        (np.ones((2, 2), int), np.full((2, 2), 1.5), r"in \[0, 1\], got 1.5 in row 0"),
        (np.ones((2, 2), int), np.full((2, 2), np.nan), r"in \[0, 1\], got nan"),
    ],
)
def test_what_does_not_fit_is_refused(labels, probs, said):
    with pytest.raises(InvalidInputError, match=said):
        multilabel_quality(labels, probs)


def test_the_check_says_which_class_is_wrong_and_what_would_be_right():
    labels, probs, wrong = planted(np.random.default_rng(5))
    classes = np.array(["ham", "news", "spam"], dtype=object)
    findings = find_multilabel_errors(labels, probs, np.arange(400) * 2, classes)
    assert isinstance(findings, Findings)
    worst = findings.issues.iloc[0]
    row = int(worst["key"]) // 2
    column = int(np.flatnonzero(wrong[row])[0])
    said = "given" if labels[row, column] else "left out"
    assert worst["why"].startswith(f"{classes[column]} {said} (")
    assert worst["given"] == (", ".join(classes[labels[row]]) or "none")
    precision = findings.expected_precision
    assert precision is not None
    assert precision.low <= precision.value <= precision.high
    assert [c["class"] for c in findings.facts["classes"]] == classes.tolist()
    nothing = np.zeros((4, 3), dtype=bool)
    outcome = find_multilabel_errors(nothing, probs[:4], np.arange(4), classes)
    assert isinstance(outcome, NotApplicable)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_way_to_write_several_classes_reads_as_the_same_cells(folder):
    x = [1.5, 2.5, 3.5, 4.5]
    frame = pd.DataFrame({"x": x, "tags": SETS})
    frame.to_json(folder / "t.jsonl", orient="records", lines=True)
    pq.write_table(pa.table({"x": x, "tags": SETS}), folder / "t.parquet")
    for mark in ";|,":
        joined = [mark.join(s) for s in SETS]
        pd.DataFrame({"x": x, "tags": joined}).to_csv(
            folder / f"{ord(mark)}.csv", index=False
        )
    pd.DataFrame({"x": x, "tags": map(json.dumps, SETS)}).to_csv("json.csv", index=False)
    sources = ["t.jsonl", "t.parquet", "json.csv", *(f"{ord(m)}.csv" for m in ";|,"), frame]
    for source in sources:
        data = tilth.read(source, label="tags", task="multilabel")
        assert data.table["tags"].tolist() == CELLS
        assert list(data.classes) == ["a", "b", "c"]
    for source in ("t.jsonl", "t.parquet", "json.csv", frame):
        assert tilth.read(source, label="tags").schema.task == "multilabel"


@pytest.mark.parametrize("values", [(0, 1), ("no", "Yes"), (False, True), ("0", "1")])
def test_columns_of_0_and_1_become_one_label(values):
    off, on = values
    columns = {c: [on if c in s else off for s in SETS] for c in "cab"}
    frame = pd.DataFrame({"x": [1.5, 2.5, 3.5, 4.5], **columns, "y": list("pqrs")})
    for label in ("c,a,b", ["c", "a", "b"]):
        data = tilth.read(frame, label=label)
        assert list(data.table.columns) == ["x", "labels", "y"]
        assert data.table["labels"].tolist() == CELLS
        assert data.schema.classes == ("c", "a", "b")  # in the order of the columns
    test = read_like(frame.head(2), data)
    assert test.table["labels"].tolist() == CELLS[:2]


def test_lists_of_0_and_1_mark_classes_by_place():
    data = tilth.read({"x": [1, 2, 3], "y": [[0, 1], [1, 1], [0, 0]]}, label="y")
    assert data.table["y"].tolist() == ['["1"]', '["0", "1"]', "[]"]


def test_an_empty_list_is_none_of_the_classes_and_a_missing_one_no_label():
    data = tilth.read({"x": [1, 2, 3], "y": [["a"], [], None]}, label="y")
    assert data.labelled.tolist() == [0, 1]
    separated = tilth.read(
        {"x": [1, 2, 3], "y": ["a;b", None, "b"]}, label="y", task="multilabel"
    )
    assert separated.labelled.tolist() == [0, 1, 2]
    assert any("read as none of the classes" in note for note in separated.notes)


@pytest.mark.parametrize(
    ("table", "how", "said"),
    [
        ({"a": [0, 1], "b": [0, 2]}, {"label": "a,b"}, '"b" of `memory` holds 0, 2'),
        ({"a": [0, 1], "b": [0, 1]}, {"label": "a,c"}, 'column "c" is missing'),
        ({"a": [0, 1], "b": [0, 1]}, {"label": "a,b", "task": "regression"}, "task multilabel"),
        ({"x": [1, 2], "y": [1, 2]}, {"label": "y", "task": "multilabel"}, "holds numbers"),
        ({"x": [1, 2], "y": [[["a"]], [["b"]]]}, {"label": "y"}, "class names, got"),
        ({"x": [1, 2], "y": ["a", "b"]}, {"label": "y", "task": "multilabel", "classes": ["a"]}, 'but "b"'),
        ({"x": [1, 2], "y": ["a", "b"]}, {"label": "y", "classes": ["a", "b"]}, "classes` must go with"),
    ],
)  # fmt: skip
def test_labels_that_cannot_be_several_classes_are_refused(table, how, said):
    with pytest.raises(InvalidInputError, match=said):
        tilth.read(table, **how)


def topics(rng, n=240):
    words = {"a": "apple pie", "b": "big blue boat", "c": "cold cream"}
    sets = [[c for c in words if rng.random() < 0.4] for _ in range(n)]
    filler = ["one two three", "four five six", "seven eight nine ten"]
    texts = [
        " ".join([*(words[c] for c in s), filler[i % 3], str(i)])
        for i, s in enumerate(sets)
    ]
    sets[7] = sorted({"a", "b", "c"} ^ set(sets[7]))
    return texts, sets


def test_an_audit_trains_one_model_per_class_and_finds_the_wrong_example():
    texts, sets = topics(np.random.default_rng(0))
    data = tilth.read({"text": texts, "topics": sets}, label="topics", text="text")
    audit = tilth.audit(data, select=["label_errors", "class_imbalance"], n_jobs=1)
    found = audit["label_errors"]
    assert found["example_id"].tolist()[0] == 7
    assert "the task is multilabel" in audit.outcomes["class_imbalance"].reason
    assert audit.facts["out_of_sample_class_accuracy"] > 0.9


def test_probabilities_from_a_file_need_not_sum_to_one(folder, capsys):
    labels, probs, wrong = planted(np.random.default_rng(6), n=60, n_wrong=1)
    frame = pd.DataFrame(labels.astype(int), columns=["p", "q", "r"]).assign(
        x=np.arange(60.0)
    )
    frame.to_csv("t.csv", index=False)
    np.save("p.npy", probs)
    command = ["audit", "t.csv", "--label", "p,q,r", "--select", "label_errors"]
    assert run([*command, "--pred-probs", "p.npy", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["dataset"]["task"] == "multilabel"
    assert [c["n"] for c in document["dataset"]["classes"]] == sorted(labels.sum(0))[::-1]
    (check,) = document["checks"]
    assert check["issues"][0]["key"] == int(np.argmax(wrong.any(axis=1)))
    assert document["facts"]["signal_model"] == "given pred_probs"
    np.save("p.npy", probs[:, :2])
    assert run([*command, "--pred-probs", "p.npy"]) == 2
    assert "--classes" in capsys.readouterr().err
    np.save("p.npy", probs * 3 - 1)
    assert run([*command, "--pred-probs", "p.npy"]) == 2
    assert "in [0, 1]" in capsys.readouterr().err


def test_improve_refuses_and_says_what_works(folder, capsys):
    pd.DataFrame({"x": range(4), "a": [0, 1, 0, 1], "b": [1, 1, 0, 0]}).to_csv(
        "t.csv", index=False
    )
    assert run(["improve", "t.csv", "--label", "a,b"]) == 2
    said = capsys.readouterr().err
    assert "improve needs one class or one number per example" in said
    assert "tilth audit" in said
    assert run(["audit", "t.csv", "--label", "a,b"]) == 0
    assert "improve" not in capsys.readouterr().out
    assert run(["audit", "v1", "--select", "missing_values"]) == 0  # kept and read again
    assert "multilabel" not in capsys.readouterr().err
