"""Identity: equal content has equal hashes and bytes, however it is stored."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.data import Dataset, Schema, read, write
from tilth.data.identity import canonical_bytes, row_hashes

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
cells = {
    "int": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False, width=64),
    "text": text,
    "flag": st.booleans(),
}


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    n = draw(st.integers(1, 6))
    columns = {}
    for i, kind in enumerate(
        draw(st.lists(st.sampled_from(sorted(cells)), min_size=1, max_size=4))
    ):
        cell = cells[kind] if kind in {"int", "flag"} else st.one_of(cells[kind], st.none())
        columns[f"{kind}_{i}"] = draw(st.lists(cell, min_size=n, max_size=n))
    return read(columns, task="none").table


def dictionary_encoded(table: pd.DataFrame) -> pd.DataFrame:
    texts = [c for c in table.columns if c.startswith("text") and table[c].notna().any()]
    return table.astype(dict.fromkeys(texts, "category"))


def through_chunks(table: pd.DataFrame) -> pd.DataFrame:
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    return read(pa.concat_tables([arrow.slice(i, 1) for i in range(len(table))])).table


@settings(max_examples=25, deadline=None)
@given(tables())
def test_hashes_and_bytes_do_not_depend_on_storage(table):
    hashes, canonical = row_hashes(table), canonical_bytes(table)
    for other in (dictionary_encoded(table), through_chunks(table)):
        assert (row_hashes(other) == hashes).all()
        assert canonical_bytes(other) == canonical
    padded = pd.concat([table, table, table], ignore_index=True)
    assert canonical_bytes(padded.iloc[len(table) : 2 * len(table)]) == canonical
    assert (row_hashes(table[table.columns[::-1]]) == hashes).all()
    order = np.arange(len(table))[::-1]
    assert (row_hashes(table.iloc[order]) == hashes[order]).all()


@settings(max_examples=25, deadline=None)
@given(tables())
def test_files_keep_content(tmp_path_factory, table):
    folder = tmp_path_factory.mktemp("files")
    data = Dataset(table, Schema("none"), np.arange(len(table)))
    write(data, folder / "t.parquet")
    back = read(folder / "t.parquet", task="none", text=())
    pd.testing.assert_frame_equal(back.table, table)
    assert back.version_id == data.version_id
    for name in ("t.csv", "t.tsv"):
        write(data, folder / name)
        back = read(folder / name, task="none", text=())
        assert list(back.table.columns) == list(table.columns)
        for column in table.columns:
            assert_same_values(back.table[column], table[column])


def assert_same_values(back: pd.Series, written: pd.Series) -> None:
    """CSV keeps values: empty text is missing there, and text may look like another type."""
    if not pd.api.types.is_numeric_dtype(written.dtype) or written.dtype == bool:
        written = written.astype(object).map(lambda v: str(v) or np.nan, na_action="ignore")
        if pd.api.types.is_numeric_dtype(back.dtype):  # all its texts look like numbers
            return
        back = back.astype(object).map(str, na_action="ignore")
    assert back.isna().tolist() == written.isna().tolist()
    given = written.notna().to_numpy()
    assert back[given].tolist() == written[given].tolist()


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([1, 2], [1.0, 2.0]),
        ([0.0, 1.0], [-0.0, 1.0]),
        ([True, False], [1, 0]),
        (pd.array([1, None], "Int64"), [1.0, np.nan]),
        (pd.array([1, 2], "int8"), pd.array([1, 2], "uint64")),
        ([2**53 + 2, 0], [float(2**53 + 2), 0.0]),
        ([2**63, 0], [2.0**63, 0.0]),
        (
            pd.to_datetime(["2020-01-01", None]).as_unit("s"),
            pd.to_datetime(["2020-01-01", None]).as_unit("ns"),
        ),
        (pd.Categorical([3, 1]), [3, 1]),
        (pd.Series([1, None], dtype=object), [1.0, np.nan]),
        (pd.Series([True, None], dtype=object), pd.array([True, None], "boolean")),
        (pd.Series(["a", None], dtype=object), pd.Series(["a", np.nan], dtype="string")),
        ([None, None], [np.nan, np.nan]),
    ],
)
def test_equal_values_hash_equally(a, b):
    assert (row_hashes(pd.DataFrame({"x": a})) == row_hashes(pd.DataFrame({"x": b}))).all()


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (2**53, 2**53 + 1),
        (2**63 - 1, 2**63 - 2),
        (-(2**63), -(2**63) + 1),
        (1, "1"),
        ("", None),
        ("a", "a "),
        (pd.Timestamp("2020-01-01"), pd.Timestamp("2020-01-01 00:00:00.000001")),
        (0.1, np.nextafter(0.1, 1)),
    ],
)
def test_different_values_hash_differently(a, b):
    one, other = pd.DataFrame({"x": [a]}), pd.DataFrame({"x": [b]})
    assert row_hashes(one)[0] != row_hashes(other)[0]
    assert canonical_bytes(one) != canonical_bytes(other)


def test_columns_count_by_name_not_by_place():
    table = pd.DataFrame({"a": [1, 2], "b": [2, 1]})
    assert row_hashes(table)[0] != row_hashes(table)[1]
    assert row_hashes(table)[0] != row_hashes(table.rename(columns={"a": "b", "b": "a"}))[0]
    assert canonical_bytes(table) != canonical_bytes(table[["b", "a"]])


def test_what_lies_under_a_null_does_not_count():
    held = pd.arrays.IntegerArray(np.array([1, 7]), np.array([False, True]))
    other = pd.arrays.IntegerArray(np.array([1, 9]), np.array([False, True]))
    assert canonical_bytes(pd.DataFrame({"x": held})) == canonical_bytes(
        pd.DataFrame({"x": other})
    )


def test_anything_has_bytes():
    frame = pd.DataFrame({"x": pd.Series([1, "a", None, (1, 2), "\ud800"], dtype=object)})
    assert canonical_bytes(frame) == canonical_bytes(frame.copy())
    assert len(set(row_hashes(frame))) == 5


def test_an_id_is_a_name_not_content():
    data = read({"k": ["a", "b"], "x": [1, 1], "label": ["u", "v"]}, id="k")
    assert data.content_hash[0] == data.content_hash[1]
    assert data.row_hash[0] != data.row_hash[1]


def test_the_version_changes_with_all_that_matters():
    data = read({"x": [1.0, 2.0], "label": ["a", "b"]})
    same = read(pd.DataFrame({"x": [1.0, 2.0], "label": pd.Categorical(["a", "b"])}))
    assert same.version_id == data.version_id
    others = [
        read({"x": [1.0, 3.0], "label": ["a", "b"]}),
        read({"x": [1.0, 2.0], "label": ["a", "a"]}),
        read({"x": [1.0, 2.0], "label": ["a", "b"]}, task="none"),
        Dataset(data.table, data.schema, np.array([1, 2])),
        Dataset(data.table, data.schema, data.example_id, np.ones(2)),
        data.rows(np.array([1, 0])),
    ]
    assert len({d.version_id for d in [data, *others]}) == 7


def test_the_version_is_the_same_in_every_process():
    code = (
        "from tilth.data import read; import random; data = read({'t': ['é', None], 'label': ['a', 'b'], "
        "'x': [0.1, 2]}); print(data.version_id, data.row_hash.tolist())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True, text=True, check=True, env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


def test_hashing_is_fast():
    rng = np.random.default_rng(0)
    n = 20_000
    table = pd.DataFrame(
        {f"f{i}": rng.normal(size=n) for i in range(10)}
        | {f"s{i}": rng.choice(["red", "green"], n) for i in range(9)}
        | {"t": [f"text {i}" for i in range(n)]}
    )
    start = time.process_time()
    row_hashes(table)
    canonical_bytes(table)
    # A fifth of 100,000 x 20, which must take a second; generous for a busy machine.
    assert time.process_time() - start < 1.0
