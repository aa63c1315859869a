"""Labels and roles: given ones survive as given, guesses stay guesses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tilth.data import Dataset, Guess, Schema, encode_labels, read
from tilth.errors import InvalidInputError


def data_with(labels, **options) -> Dataset:
    return read({"x": np.arange(len(labels)), "what": labels}, label="what", **options)


@pytest.mark.parametrize(
    ("labels", "classes", "kind"),
    [
        (["b", "a", None, "a"], ["a", "b"], str),
        ([2, 1, 2], [1, 2], int),
        ([2.0, None, 1.0, 2.0], [1, 2], int),
        ([1.0, 0.0, 1.0], [0.0, 1.0], float),
        ([1.5, None, 0.5], [0.5, 1.5], float),
        ([True, False, True], [False, True], bool),
        ([True, None, False], [False, True], bool),
        (pd.Categorical(["b", "a", "b"], categories=["c", "b", "a"]), ["a", "b"], str),
        (pd.array([3, None, 1, 3], dtype="Int64"), [1, 3], int),
        (pd.array(["z", None, "y", "z"], dtype="string"), ["y", "z"], str),
        (["1", "a", "1"], ["1", "a"], str),
    ],
)
def test_labels_survive_as_given(labels, classes, kind):
    data = data_with(labels)
    missing = np.asarray(pd.isna(pd.Series(labels)))
    assert data.schema.task == "classification"
    assert data.classes.tolist() == classes
    assert data.classes.dtype == object
    assert all(type(c) is kind for c in data.classes)
    assert data.labelled.tolist() == np.flatnonzero(~missing).tolist()
    assert [g is None for g in data.given] == missing.tolist()
    assert data.classes[data.labels].tolist() == data.given[~missing].tolist()
    assert data.labels.dtype == np.int64


def test_labels_of_a_csv_with_gaps_are_whole_numbers(tmp_path):
    (tmp_path / "l.csv").write_text("x,label\n1,1\n2,2\n3,\n4,1\n")
    data = read(tmp_path / "l.csv")
    assert data.given.tolist() == [1, 2, None, 1]
    assert all(type(c) is int for c in data.classes)
    assert '1 examples have no label in "label".' in data.notes


@pytest.mark.parametrize(
    ("n_values", "kind", "task"),
    [
        (20, int, "classification"),
        (21, int, "regression"),
        (21, float, "regression"),
        (21, str, "classification"),
    ],
)
def test_more_than_twenty_numbers_are_a_quantity(n_values, kind, task):
    data = data_with([kind(v % n_values) for v in range(60)])
    assert data.schema.task == task
    assert any("regression" in note for note in data.notes) == (task == "regression")


def test_a_given_task_wins():
    assert data_with(list(range(50)), task="classification").schema.task == "classification"
    assert data_with([1, 2, 1], task="regression").schema.task == "regression"
    assert read({"label": [1, 2]}, task="none").schema.label is None
    with pytest.raises(InvalidInputError, match="Regression needs a numeric label"):
        data_with(["a", "b", "a"], task="regression")
    with pytest.raises(InvalidInputError, match="`label` must not be given with task"):
        data_with([1, 2], task="none")


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([None, None], "is empty"),
        (
            [f"id-{i}" for i in range(30)],
            "all 30 values of .* differ: it looks like an id or a text",
        ),
        ([1.5, np.inf, 2.0], "holds infinity"),
        (pd.to_datetime(["2020-01-01", "2020-01-02"]), "holds dates"),
    ],
)
def test_columns_that_cannot_be_labels_are_refused(labels, sentence):
    with pytest.raises(InvalidInputError, match=sentence):
        data_with(labels)


def test_one_class_and_rare_classes_are_noted():
    assert "there is one class" in data_with(["a", "a", "a"]).notes[0]
    assert data_with(["a", "a", "b", "c"]).notes == (
        "2 classes have one example each: b, c.",
    )


def test_without_a_label_there_is_no_task_and_a_note():
    data = read({"x": [1, 2], "colour": ["red", "blue"]})
    assert data.schema.task == "none"
    assert data.given.tolist() == [None, None]
    assert data.labelled.tolist() == []
    assert data.labels.tolist() == []
    assert data.classes.tolist() == []
    assert "--label" in data.notes[0]


@pytest.mark.parametrize("name", ["label", "Label", "TARGET", "class", "y", " y "])
def test_a_label_is_guessed_by_its_name(name):
    schema = read({"x": [1, 2, 3], name: ["a", "b", "a"]}).schema
    assert schema.label == name
    assert schema.guesses[0].role == "label"


def test_roles_are_guessed_but_never_set():
    n = 60
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "row_id": [f"r{i}" for i in range(n)],
            "counter": np.arange(n) + 5,
            "patient": rng.integers(0, 9, n),
            "visited": [f"2020-01-{i % 28 + 1:02d}" for i in range(n)],
            "annotator": rng.choice(["ann", "bob"], n),
            "fold": rng.integers(0, 5, n),
            "comment": [f"this is comment number {i} of many" for i in range(n)],
            "colour": rng.choice(["dark red", "blue"], n),
            "size": rng.normal(size=n),
            "label": rng.choice(["a", "b"], n),
        }
    )
    schema = read(frame).schema
    guessed = {(guess.role, guess.column) for guess in schema.guesses}
    assert guessed == {
        ("label", "label"),
        ("text", "comment"),
        ("id", "row_id"),
        ("id", "counter"),
        ("group", "patient"),
        ("time", "visited"),
        ("annotator", "annotator"),
        ("split", "fold"),
    }
    assert schema.label == "label"
    assert schema.text == ("comment",)
    assert {schema.id, schema.group, schema.time, schema.annotator, schema.split} == {None}
    assert all(0 < guess.confidence < 1 and guess.why for guess in schema.guesses)


def test_text_needs_words_and_variety():
    sentences = [f"number {i} is a fine day" for i in range(30)]
    unspaced = [f"今天天气很好我们去公园散步吧{i}" for i in range(30)]
    few = ["this value has many words"] * 30
    short = [f"word {i}" for i in range(30)]
    data = read({"a": sentences, "b": few, "c": short, "d": unspaced})
    assert data.schema.text == ("a", "d")
    assert read({"a": sentences}, text=()).schema.text == ()
    assert read({"a": sentences, "c": short}, text="c").schema.text == ("c",)
    assert read({"a": sentences, "c": short}, text=["c", "a"]).schema.text == ("c", "a")


def test_given_ids_name_the_examples():
    data = read({"key": ["007", "x", "b"], "label": [1, 2, 1]}, id="key")
    assert data.example_id.tolist() == ["007", "x", "b"]
    assert data.schema.id == "key"
    assert (
        read({"key": [5, 7, 9], "label": [1, 2, 1]}, id="key").example_id.dtype.kind == "i"
    )
    with pytest.raises(InvalidInputError, match='"key" with 5 in rows 0, 2'):
        read({"key": [5, 6, 5]}, id="key")
    with pytest.raises(InvalidInputError, match='"key", which is empty in row 1'):
        read({"key": ["a", None, "b"]}, id="key")


def test_a_column_has_one_role():
    with pytest.raises(InvalidInputError, match='one role, got "a" for several'):
        read({"a": [1, 2], "b": [1, 2]}, label="a", group="a")


def test_reading_a_dataset_again_keeps_it_but_for_what_is_given():
    data = read({"u": [1, 1, 2], "k": ["a", "b", "c"], "label": ["x", "y", "x"]})
    assert read(data) is data
    again = read(data, group="u")
    assert again.schema.group == "u"
    assert again.schema.label == "label"
    assert Guess("label", "label", 0.95, 'it is called "label"') in again.schema.guesses
    assert read(again, id="k").example_id.tolist() == ["a", "b", "c"]
    assert read(again, id="k").schema.group == "u"
    assert read(data, label="u").schema.label == "u"
    assert read(data, task="none").schema.label is None
    kept = read(data.rows(np.array([2, 0])), group="u")
    assert kept.example_id.tolist() == [2, 0]


def test_labels_are_encoded_in_sorted_order():
    codes, classes = encode_labels([3, 1, 3, 2])
    assert codes.tolist() == [2, 0, 2, 1]
    assert classes.tolist() == [1, 2, 3]
    assert encode_labels(["b", 1, "a"])[1].tolist() == [1, "a", "b"]
    assert encode_labels([])[0].tolist() == []
    with pytest.raises(InvalidInputError, match="no missing labels, got one in row 1"):
        encode_labels(["a", None])
    with pytest.raises(InvalidInputError, match=r"one-dimensional, got shape \(1, 2\)"):
        encode_labels([[1, 2]])


def test_a_dataset_checks_its_ids_and_weights():
    table, schema = pd.DataFrame({"x": [1, 2]}), Schema("none")
    with pytest.raises(InvalidInputError, match="one entry per row, got 1 for 2 rows"):
        Dataset(table, schema, np.arange(1))
    with pytest.raises(InvalidInputError, match="must be unique, got 3 more than once"):
        Dataset(table, schema, np.array([3, 3]))
    with pytest.raises(InvalidInputError, match=r"got shape \(3,\) for 2 rows"):
        Dataset(table, schema, np.arange(2), np.ones(3))
    with pytest.raises(InvalidInputError, match="finite and not negative"):
        Dataset(table, schema, np.arange(2), np.array([1.0, -1.0]))
    assert Dataset(table, schema, np.arange(2)).inputs is table


def test_rows_keeps_ids_and_weights():
    data = Dataset(
        pd.DataFrame({"x": [1, 2, 3]}), Schema("none"), np.array([7, 8, 9]), np.arange(3.0)
    )
    part = data.rows(np.array([True, False, True]))
    assert part.example_id.tolist() == [7, 9]
    assert part.weights is not None
    assert part.weights.tolist() == [0.0, 2.0]
    assert part.table.index.tolist() == [0, 1]
    assert data.rows(np.array([2, 0])).table["x"].tolist() == [3, 1]
