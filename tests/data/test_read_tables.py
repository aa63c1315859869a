"""Tables in memory: whatever holds them, the same dataset comes out."""

from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from tilth.data import read, read_like
from tilth.errors import InvalidInputError, UnreadableDataError

COLUMNS = {
    "x": [1.5, 2.5, None, 4.5],
    "colour": ["red", "blue", None, "red"],
    "n": [1, 2, 3, 4],
    "flag": [True, False, True, True],
}


@pytest.mark.parametrize(
    "make",
    [
        lambda: COLUMNS,
        lambda: pd.DataFrame(COLUMNS),
        lambda: pd.DataFrame(COLUMNS, index=[9, 9, 1, 0]),
        lambda: pd.DataFrame({k: pd.Series(v, dtype=object) for k, v in COLUMNS.items()}),
        lambda: pd.DataFrame(COLUMNS).convert_dtypes(dtype_backend="pyarrow"),
        lambda: pa.table(COLUMNS),
        lambda: pa.table(COLUMNS).to_batches()[0],
        lambda: pl.DataFrame(COLUMNS),
        lambda: pl.DataFrame(COLUMNS).lazy(),
        lambda: pl.DataFrame(COLUMNS).with_columns(pl.col("colour").cast(pl.Categorical)),
    ],
    ids=[
        "dict",
        "pandas",
        "index",
        "objects",
        "arrow_backed",
        "arrow",
        "batch",
        "polars",
        "lazy",
        "categories",
    ],
)
def test_every_kind_of_table_gives_the_same_content(make):
    data, expected = read(make()), read(COLUMNS)
    assert (data.row_hash == expected.row_hash).all()
    assert data.version_id == expected.version_id
    assert data.table.index.equals(pd.RangeIndex(4))
    assert data.source == "memory"


def test_polars_is_not_imported_for_others():
    import subprocess
    import sys

    code = "import tilth.data, sys; print([m for m in ('polars', 'sklearn', 'scipy') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_arrays_of_two_dimensions_become_numbered_columns():
    data = read({"pixel": np.arange(6).reshape(3, 2), "label": np.array(["a", "b", "a"])})
    assert list(data.table.columns) == ["pixel_0", "pixel_1", "label"]
    assert data.table["pixel_1"].tolist() == [1, 3, 5]


def test_the_source_is_never_changed_and_never_shared():
    frame = pd.DataFrame({"x": [1.0, 2.0], "label": ["a", "b"]})
    data = read(frame)
    frame.loc[0, "x"] = 99.0
    assert data.table["x"][0] == 1.0


def test_objects_become_what_they_hold():
    frame = pd.DataFrame(
        {
            "mixed": [1, "a", None],
            "dates": [dt.date(2020, 1, 1), None, dt.date(2020, 1, 2)],
            "money": [decimal.Decimal("1.5"), None, decimal.Decimal(2)],
            "big": [2**70, 1, 2],
            "none": [None, None, None],
            "half": ["\ud800x", "b", None],
            "maybe": [True, None, False],
            "numbers": [1, 2.5, None],
        },
        dtype=object,
    )
    data = read(frame)
    assert data.table["mixed"].dropna().tolist() == ["1", "a"]
    assert 'Column "mixed" mixes int and str values; it was read as text.' in data.notes
    assert data.table["dates"][2] == pd.Timestamp("2020-01-02")
    assert data.table["money"].dropna().tolist() == [1.5, 2.0]
    assert data.table["big"].tolist() == [str(2**70), "1", "2"]
    assert data.table["none"].isna().all()
    assert data.table["half"][0] == "�x"
    assert str(data.table["maybe"].dtype) == "boolean"
    assert data.table["numbers"].dtype == np.float64
    assert data.version_id  # everything can be stored


def test_categories_intervals_periods_and_sparse_columns_are_read():
    frame = pd.DataFrame(
        {
            "cat": pd.Categorical(["a", None, "b"]),
            "cut": pd.cut([1.0, 2.0, 3.0], 2),
            "month": pd.period_range("2020-01", periods=3, freq="M"),
            "sparse": pd.arrays.SparseArray([0.0, 0.0, 1.0]),
            "half": np.array([1, 2, 3], dtype=np.float16),
        }
    )
    table = read(frame).table
    assert str(table["cat"].dtype) == "category"
    assert table["cut"].astype(str).tolist()[2] == "(2.0, 3.0]"
    assert table["month"].tolist() == ["2020-01", "2020-02", "2020-03"]
    assert table["sparse"].tolist() == [0.0, 0.0, 1.0]
    assert table["half"].dtype == np.float64


def test_column_names_become_text_and_may_not_repeat():
    assert list(read(pd.DataFrame([[1, 2]])).table.columns) == ["0", "1"]
    levels = pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])
    assert list(read(pd.DataFrame([[1, 2]], columns=levels)).table.columns) == [
        "a_1",
        "a_2",
    ]
    with pytest.raises(
        InvalidInputError, match='Column names must differ, got "1" 2 times'
    ):
        read(pd.DataFrame([[1, 2]], columns=[1, "1"]))


def test_a_named_index_is_left_out_and_that_is_said():
    data = read(pd.DataFrame({"x": [1]}, index=pd.Index(["k"], name="key")))
    assert data.notes[0] == 'The index "key" was left out; reset_index() makes it a column.'


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ({"a": [1, 2], "b": [1]}, 'equally long, got 2 in "a" and 1 in "b"'),
        (
            {"a": np.zeros((2, 2, 2))},
            r'`source\["a"\]` must be a one- or two-dimensional array',
        ),
        (
            {"a": "text"},
            r'`source\["a"\]` must be a one- or two-dimensional array, got str',
        ),
        ({"a": 3}, r'`source\["a"\]` must be a one- or two-dimensional array, got int'),
        ({"a": [{1}, {2}]}, 'column "a" holds set objects'),
        ({"a": [b"x"]}, 'column "a" holds bytes'),
        ({"a": [1j]}, 'column "a" holds complex'),
        (
            42,
            "`source` must be a path, .* or a dict of arrays, got int",
        ),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(source, sentence):
    with pytest.raises(InvalidInputError, match=sentence):
        read(source)


def test_tables_without_rows_or_columns_are_unreadable():
    for source in ({}, {"a": []}, pd.DataFrame(), pd.DataFrame({"a": []})):
        with pytest.raises(UnreadableDataError, match="it has 0 rows and"):
            read(source)


def test_a_second_source_is_read_to_fit_the_first(tmp_path):
    (tmp_path / "train.csv").write_text("zip,x,g,label\n0123,1,a,u\n4567,2,b,v\n,3,a,u\n")
    (tmp_path / "test.csv").write_text("label,extra,x,zip\nv,0,2,4567\nw,0,1,\nq,0,1,8\n")
    train = read(tmp_path / "train.csv", group="g", text="zip")
    test = read_like(tmp_path / "test.csv", train)
    assert list(test.table.columns) == ["zip", "x", "label"]
    assert test.table["zip"].dropna().tolist() == ["4567", "8"]
    assert test.given.tolist() == ["v", "w", "q"]
    assert (test.schema.task, test.schema.text, test.schema.group) == (
        "classification",
        ("zip",),
        None,
    )
    assert "Columns that the first source lacks were left out: extra." in test.notes
    assert read_like(train, train).version_id == train.version_id
    with pytest.raises(
        InvalidInputError,
        match=r'column "x" is missing; it has "zip", "X", "label"\. Did you mean X\?',
    ):
        read_like({"zip": ["1"], "X": [1], "label": ["u"]}, train)


def test_a_test_of_numbers_keeps_the_task():
    train = read({"x": range(40), "y": np.arange(40) / 7}, label="y")
    assert read_like({"x": [1, 2], "y": [1, 2]}, train).schema.task == "regression"
    assert read_like({"x": [1]}, read({"x": range(40)})).schema.task == "none"
