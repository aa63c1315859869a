"""Differences between versions and between files."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.edits.apply import apply_edits
from tilth.edits.diff import diff


def dataset(ids=None, weights=None, source="memory", id_column=None, **columns):
    table = pd.DataFrame(columns)
    ids = np.arange(len(table)) if ids is None else np.array(ids)
    weights = None if weights is None else np.array(weights)
    return Dataset(
        table, Schema("classification", "y", id=id_column), ids, weights, source=source
    )


@pytest.fixture
def old():
    return dataset(
        x=[1, 2, 3, 4], t=["a", "b", "c", "d"], y=["p", "q", "p", "q"], source="old.csv"
    )


def said(edits):
    return [(e.op, e.column, e.n, e.targets.to_dict("list")) for e in edits]


def test_versions_are_compared_by_id(old):
    new = dataset(ids=[0, 2, 3], x=[1, 3, 4], t=["a", "C", "d"], y=["p", "p", "p"])
    assert said(diff(old, new)) == [
        ("drop", None, 1, {"example_id": [1]}),
        ("set_cell", "t", 1, {"example_id": [2], "before": ["c"], "after": ["C"]}),
        ("relabel", None, 1, {"example_id": [3], "before": ["q"], "after": ["p"]}),
    ]


def test_files_are_compared_by_content(old):
    new = dataset(
        x=[2, 3, 4, 9], t=["b", "c", "d", "z"], y=["q", "p", "p", "p"], source="new.csv"
    )
    edits = diff(old, new)
    assert [(e.op, e.n) for e in edits] == [
        ("drop", 1),
        ("relabel", 1),
        ("add_examples", 1),
    ]
    assert edits[0].targets["example_id"].tolist() == [0]
    edited = apply_edits(old, edits)
    assert edited.row_hash.tolist() == new.row_hash.tolist()
    assert edits[0].reason.text == "found by comparing old.csv with new.csv"
    assert edits[0].author == "diff"


def test_a_named_id_column_decides(old):
    before = dataset(uid=[7, 8], x=[1, 2], y=["p", "q"], ids=[7, 8], id_column="uid")
    after = dataset(uid=[8, 7], x=[1, 2], y=["q", "p"], ids=[8, 7], id_column="uid")
    assert [(e.op, e.column, e.n) for e in diff(before, after)] == [("add_column", "x", 1)]


def test_whole_columns_come_go_and_change(old):
    table = old.table.assign(x=old.table["x"] * 2.5, new=[1, 2, 3, 4]).drop(columns="t")
    after = replace(old, table=table)
    edits = diff(old, after)
    assert [(e.op, e.column) for e in edits] == [
        ("drop_column", "t"),
        ("add_column", "x"),
        ("add_column", "new"),
    ]
    assert apply_edits(old, edits).version_id == after.version_id


def test_a_column_of_another_kind_is_a_changed_column(old):
    after = replace(old, table=old.table.assign(x=["1", "2", "3", "4"]))
    assert [(e.op, e.column) for e in diff(old, after)] == [("add_column", "x")]


def test_weights_are_compared(old):
    after = replace(old, weights=np.array([1.0, 1.0, 2.0, 1.0]))
    assert said(diff(old, after)) == [
        ("weight", None, 1, {"example_id": [2], "before": [1.0], "after": [2.0]})
    ]
    assert said(diff(after, old))[0][3]["after"] == [1.0]
    assert diff(old, replace(old, weights=np.ones(4))) == []


def test_an_added_example_brings_its_weight(old):
    after = replace(old, weights=np.array([1.0, 1.0, 1.0, 3.0]))
    edits = diff(old.rows(np.arange(3)), after)
    assert apply_edits(old.rows(np.arange(3)), edits).version_id == after.version_id


def test_equal_data_stored_differently_do_not_differ(old):
    assert (
        diff(old, replace(old, table=old.table.astype({"x": float, "t": "category"}))) == []
    )
    assert diff(old, old) == []


def test_everything_may_differ(old):
    after = dataset(ids=["r", "s"], a=["k", "l"], y=["p", "p"])
    edits = diff(old, after)
    assert sorted(apply_edits(old, edits).row_hash) == sorted(after.row_hash)
