"""Patch files: readable, comparable, and applied by id or content, never by position."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.edits.apply import apply_edits
from tilth.edits.edit import Edit, Reason, no_targets
from tilth.edits.patch import apply_patch, fingerprint, make_patch
from tilth.edits.patch_file import read_patch, write_patch
from tilth.errors import ConflictError, InvalidInputError, UnreadableDataError

WHY = Reason("label_errors", "relabel_label_errors", "the model disagrees")


def cells(op, column=None, **targets):
    return Edit(op, pd.DataFrame(targets), WHY, column=column)


def dataset(texts, labels, **roles):
    table = pd.DataFrame({"text": texts, "label": labels})
    return Dataset(
        table, Schema("classification", "label", ("text",), **roles), np.arange(len(texts))
    )


def rows(data):
    return list(data.table.itertuples(index=False, name=None))


@pytest.fixture
def reviews():
    return dataset(["good", "bad", "dull", "dull", "dull"], ["p", "p", "n", "n", "p"])


def test_the_file_has_a_line_per_edit_and_per_target(reviews, tmp_path):
    strip = Edit("transform_column", no_targets(), WHY, "text", {"kind": "strip_markup"})
    edits = [
        cells("relabel", example_id=[1], after=["n"]),
        strip,
        cells("drop", example_id=[3]),
    ]
    write_patch(make_patch(reviews, edits), tmp_path / "p.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    content, row = f"{reviews.content_hash[1]:016x}", f"{reviews.row_hash[1]:016x}"
    assert lines[0] == {
        "tilth_patch": 1,
        "source": "memory",
        "fingerprint": fingerprint(reviews),
        "id_column": None,
        "n_examples": 5,
        "n_edits": 3,
        "label": "label",
        "inputs": ["text"],
        "id_dtype": "int64",
    }
    assert lines[1]["reason"] == {
        "check": "label_errors",
        "remedy": "relabel_label_errors",
        "text": "the model disagrees",
    }
    where = {"content": content, "row": row, "k": 1}
    assert lines[2] == {"edit": 0, **where, "id": 1, "before": "p", "after": "n"}
    assert lines[3]["params"] == {"kind": "strip_markup"}
    assert (lines[5]["edit"], lines[5]["id"], lines[5]["k"], lines[5]["before"]) == (
        2,
        3,
        2,
        "n",
    )


def test_a_refreshed_source_is_searched_by_content_and_label(reviews):
    patch = make_patch(
        reviews,
        [
            cells("drop", example_id=[4]),  # the "dull" that is labelled p
            cells("relabel", example_id=[1], after=["n"]),
            cells("add_examples", example_id=[5], position=[0], copy_of=[0]),
        ],
    )
    refreshed = dataset(
        ["new", "dull", "dull", "bad", "good", "x"], ["n", "p", "n", "p", "p", "n"]
    )
    edited = apply_patch(patch, refreshed)
    assert rows(edited) == [
        ("new", "n"), ("dull", "n"), ("bad", "n"), ("good", "p"), ("x", "n"), ("good", "p"),
    ]  # fmt: skip
    assert edited.example_id.tolist() == [0, 2, 3, 4, 5, 6]


def test_every_conflict_with_a_refreshed_source_is_reported(reviews):
    patch = make_patch(
        reviews,
        [
            cells("relabel", example_id=[0, 1], after=["n", "n"]),
            cells("drop", example_id=[2, 3]),
            cells("add_examples", example_id=[9], copy_of=[0]),
        ],
    )
    refreshed = dataset(["bad", "dull"], ["n", "n"])
    with pytest.raises(ConflictError) as caught:
        apply_patch(patch, refreshed)
    assert str(caught.value).splitlines()[1:] == [
        "  relabel: example 0 of the source is not there",
        "  drop: example 3 of the source is not there",
        "  add_examples: example 0 of the source is not there",
        "  relabel: label of example 0 is 'n', not 'p'",
    ]


def test_an_example_whose_label_changed_is_found_by_its_inputs_alone():
    data = dataset(["a", "b"], ["p", "n"])
    patch = make_patch(data, [cells("set_cell", "text", example_id=[0], after=["A"])])
    assert rows(apply_patch(patch, dataset(["b", "a"], ["n", "n"]))) == [
        ("b", "n"),
        ("A", "n"),
    ]


def test_several_candidates_left_with_the_same_inputs_are_none(reviews):
    patch = make_patch(
        reviews, [cells("set_cell", "text", example_id=[0], after=["great"])]
    )
    with pytest.raises(ConflictError, match="example 0 of the source is not there"):
        apply_patch(patch, dataset(["good", "good"], ["n", "n"]))


def test_a_row_that_another_address_names_exactly_is_not_taken_twice():
    data = dataset(["a", "a"], ["p", "n"])
    patch = make_patch(
        data, [cells("set_cell", "text", example_id=[0, 1], after=["A", "A"])]
    )
    with pytest.raises(ConflictError, match="example 1 of the source is not there"):
        apply_patch(patch, dataset(["a", "z"], ["p", "n"]))


def test_the_id_column_finds_examples_whatever_became_of_them():
    table = pd.DataFrame(
        {"uid": ["u1", "u2", "u3"], "x": [1, 2, 3], "label": ["a", "b", "a"]}
    )
    schema = Schema("classification", "label", id="uid")
    data = Dataset(table, schema, np.array(["u1", "u2", "u3"], dtype=object))
    edits = [
        cells("drop", example_id=["u2"]),
        cells("add_examples", example_id=["u4"], copy_of=["u1"]),
        cells("relabel", example_id=["u3", "u4"], after=["b", "b"]),
    ]
    patch = make_patch(data, edits)
    refreshed = table.iloc[[2, 1, 0]].assign(x=[30, 2, 1])
    refreshed.loc[len(table)] = ["u4", 9, "b"]
    named = Dataset(
        refreshed.reset_index(drop=True), schema, refreshed["uid"].to_numpy(dtype=object)
    )
    positions = replace(
        named, schema=Schema("classification", "label"), example_id=np.arange(4)
    )
    expected = [("u3", 30, "b"), ("u1", 1, "a"), ("u4", 9, "b"), ("u4-2", 1, "b")]
    assert rows(apply_patch(patch, named)) == expected
    assert rows(apply_patch(patch, positions)) == expected


def test_an_id_column_that_repeats_is_refused():
    table = pd.DataFrame({"uid": [1, 2], "label": ["a", "b"]})
    data = Dataset(table, Schema("classification", "label", id="uid"), np.array([1, 2]))
    patch = make_patch(data, [cells("drop", example_id=[2])])
    twice = Dataset(table.assign(uid=1), Schema("classification", "label"), np.arange(2))
    with pytest.raises(InvalidInputError, match='unique values, got "uid" with 1'):
        apply_patch(patch, twice)


def test_added_examples_get_ids_of_the_kind_of_the_source(reviews):
    patch = make_patch(reviews, [cells("add_examples", example_id=[5], copy_of=[0])])
    names = np.array(["a", "b", "c", "d", "e"], dtype=object)
    edited = apply_patch(patch, replace(reviews, example_id=names))
    assert edited.example_id.tolist() == ["a", "b", "c", "d", "e", "5"]


def test_a_source_read_without_its_label_is_relabelled_all_the_same(reviews):
    patch = make_patch(reviews, [cells("relabel", example_id=[1], after=["n"])])
    unread = replace(reviews.rows(np.array([1, 0])), schema=Schema("none"))
    assert rows(apply_patch(patch, unread)) == [("bad", "n"), ("good", "p")]
    assert rows(apply_patch(patch, replace(reviews, schema=Schema("none"))))[1] == (
        "bad",
        "n",
    )


def test_data_without_the_label_column_is_found_by_its_inputs(reviews):
    patch = make_patch(reviews, [cells("drop", example_id=[1])])
    unlabelled = Dataset(reviews.table[["text"]].iloc[:2], Schema("none"), np.arange(2))
    assert rows(apply_patch(patch, unlabelled)) == [("good",)]


def test_a_source_that_lacks_an_input_column_is_a_conflict(reviews):
    patch = make_patch(reviews, [cells("drop", example_id=[1])])
    renamed = replace(reviews, table=reviews.table.rename(columns={"text": "Text"}))
    with pytest.raises(ConflictError, match="column 'text' is not there"):
        apply_patch(patch, renamed)


def test_a_column_more_in_the_source_does_not_matter(reviews):
    patch = make_patch(reviews, [cells("drop", example_id=[1])])
    wider = replace(reviews, table=reviews.table.assign(day=range(5)))
    assert len(apply_patch(patch, wider)) == 4


def test_edits_that_do_not_fit_make_no_patch(reviews):
    with pytest.raises(ConflictError, match="example 77 is not there"):
        make_patch(reviews, [cells("drop", example_id=[77])])


def test_a_patch_of_a_transformed_source_still_names_source_examples(reviews, tmp_path):
    strip = Edit(
        "transform_column", no_targets(), WHY, "text", {"kind": "remove_text", "value": "d"}
    )
    edits = [strip, cells("drop", example_id=[1])]
    write_patch(make_patch(reviews, edits), tmp_path / "p.jsonl")
    shuffled = reviews.rows(np.array([1, 4, 0, 2, 3]))
    edited = apply_patch(
        read_patch(tmp_path / "p.jsonl"), replace(shuffled, example_id=np.arange(5))
    )
    assert rows(edited) == [("ull", "p"), ("goo", "p"), ("ull", "n"), ("ull", "n")]


def test_an_example_dropped_and_brought_back_keeps_its_id(reviews):
    back = cells("add_examples", example_id=[1], **{"=text": ["bad"], "=label": ["n"]})
    patch = make_patch(reviews, [cells("drop", example_id=[1]), back])
    edited = apply_patch(patch, reviews.rows(np.array([1, 0])))
    assert edited.example_id.tolist() == [0, 1]


def test_the_preview_shows_before_and_after(reviews):
    edits = [
        cells("relabel", example_id=[1, 2], after=["n", "p"]),
        cells("add_examples", example_id=[5], copy_of=[0]),
        cells("drop", example_id=[4]),
        cells("add_examples", example_id=[6], **{"=text": ["w"], "=label": ["n"]}),
        Edit("transform_column", no_targets(), WHY, "text", {"kind": "strip_markup"}),
        cells("set_cell", "text", example_id=[0], after=["great"]),
        Edit("drop_column", no_targets(), WHY, "text"),
    ]
    shown = make_patch(reviews, edits).preview(1)
    assert list(shown.itertuples(index=False, name=None)) == [
        ("relabel", 1, "label", "p", "n"),
        ("add_examples", 5, "", "", "(copy of 0)"),
        ("drop", 4, "label", "p", "(dropped)"),
        ("add_examples", 6, "", "", "(added)"),
        ("transform_column", "", "text", "", {"kind": "strip_markup"}),
        ("set_cell", 0, "text", "good", "great"),
        ("drop_column", "", "text", "", "(dropped)"),
    ]


def test_the_preview_of_no_edits_is_empty(reviews):
    assert make_patch(reviews, []).preview().empty


def test_fingerprints_look_at_content_ids_and_order_not_at_storage(reviews):
    as_category = replace(reviews, table=reviews.table.astype("category"))
    assert fingerprint(as_category) == fingerprint(reviews)
    assert fingerprint(replace(reviews, schema=Schema("none"))) == fingerprint(reviews)
    assert fingerprint(reviews.rows(np.array([1, 0, 2, 3, 4]))) != fingerprint(reviews)
    assert fingerprint(replace(reviews, example_id=np.arange(5) + 1)) != fingerprint(
        reviews
    )


def written(reviews, tmp_path):
    path = tmp_path / "p.jsonl"
    write_patch(make_patch(reviews, [cells("drop", example_id=[1, 2])]), path)
    return path, path.read_text().splitlines()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: [], "must start with tilth_patch"),
        (lambda lines: ["[1]"], "no patch that can be read"),
        (lambda lines: ["{}"], "first line must start with tilth_patch"),
        (lambda lines: ["not json"], "line 1: Expecting value"),
        (lambda lines: lines[:-1], "edit 0 must be followed by its 2 targets"),
        (lambda lines: lines[:1], "must hold 1 edits, got 0"),
        (lambda lines: [lines[0].replace('"tilth_patch": 1', '"tilth_patch": 2')], "format 2"),
        (lambda lines: [lines[0], lines[1].replace('"op"', '"po"'), *lines[2:]], "'op' is missing"),
        (lambda lines: [*lines[:2], lines[2].replace('"row": "', '"row": "z'), lines[3]], "invalid literal"),
        (lambda lines: [lines[0], lines[1].replace("int64", "int65"), *lines[2:]], "No such type"),
        (lambda lines: [lines[0], lines[1].replace('"drop"', '"melt"'), *lines[2:]], "melt"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_patch_is_refused_with_the_reason(
    reviews, tmp_path, change, message
):
    path, lines = written(reviews, tmp_path)
    path.write_text("\n".join(change(lines)))
    with pytest.raises(UnreadableDataError, match=message) as caught:
        read_patch(path)
    assert str(path) in str(caught.value)


def test_bytes_that_are_no_text_are_refused_and_an_absent_file_named(tmp_path):
    (tmp_path / "p.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(UnreadableDataError, match="line 1"):
        read_patch(tmp_path / "p.jsonl")
    with pytest.raises(UnreadableDataError, match="No such file"):
        read_patch(tmp_path / "absent.jsonl")


def test_a_patch_that_cannot_be_written_leaves_the_old_file_alone(reviews, tmp_path):
    path, lines = written(reviews, tmp_path)
    bad = cells("set_cell", "text", example_id=[0], after=["x"])
    patch = make_patch(reviews, [replace(bad, params={"note": {1, 2}})])
    with pytest.raises(InvalidInputError, match="A patch cannot hold"):
        write_patch(patch, path)
    assert path.read_text().splitlines() == lines
    assert [p.name for p in tmp_path.iterdir()] == ["p.jsonl"]


def test_a_patch_of_the_same_edits_is_the_same_file(reviews, tmp_path):
    path, lines = written(reviews, tmp_path)
    assert written(reviews, tmp_path)[1] == lines
    write_patch(read_patch(path), tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_text().splitlines() == lines


def test_ten_thousand_targets_take_well_under_a_second_each_way(tmp_path):
    n = 10_000
    data = dataset([f"text {i % 5000}" for i in range(n)], ["a", "b"] * (n // 2))
    patch = make_patch(data, [cells("relabel", example_id=np.arange(n), after=["a"] * n)])
    write_patch(patch, tmp_path / "p.jsonl")
    shuffled = data.rows(np.arange(n)[::-1])
    edited = apply_patch(
        read_patch(tmp_path / "p.jsonl"), replace(shuffled, example_id=np.arange(n))
    )
    assert set(edited.table["label"]) == {"a"}
    assert apply_edits(data, patch.edits).table["label"].tolist() == ["a"] * n
