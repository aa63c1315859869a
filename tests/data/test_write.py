"""Files out: whole or not at all, and the same table when read again."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tilth.data import read, write
from tilth.errors import InvalidInputError


def test_an_unedited_csv_is_written_as_it_was(tmp_path):
    content = (
        'id,text,x,gap,label\n1,"a, ""b""",0.1,3,good\n2,plain,2.0,,bad\n'
        '3,"two\nlines",1e-07,4,good\n4,,1e+16,5,bad\n5,NAN?,-0.0,6,good\n'
    )
    (tmp_path / "in.csv").write_text(content)
    write(read(tmp_path / "in.csv"), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == content


def test_hostile_cells_come_back(tmp_path):
    cells = [
        "NA",
        "None",
        " ",
        "\t",
        "a\r\nb",
        '"',
        ",;|\t",
        "=1+1",
        "\x00",
        "é",
        "end ",
        "'",
    ]
    data = read({"a;b": cells, '"q"': range(len(cells))})
    for name in ("h.csv", "h.tsv", "h.parquet"):
        write(data, tmp_path / name)
        pd.testing.assert_frame_equal(read(tmp_path / name).table, data.table)


def test_one_column_with_gaps_comes_back(tmp_path):
    data = read({"a;b": ["x", None, " ", None]})
    write(data, tmp_path / "one.csv")
    pd.testing.assert_frame_equal(read(tmp_path / "one.csv").table, data.table)


def test_small_floats_keep_their_value(tmp_path):
    data = read({"f": np.array([0.1, 0.2, np.nan], dtype=np.float32)})
    write(data, tmp_path / "f.csv")
    assert (read(tmp_path / "f.csv").row_hash == data.row_hash).all()


def test_nullable_types_and_categories_come_back_from_parquet(tmp_path):
    data = read(
        pd.DataFrame(
            {
                "i": pd.array([1, None], "Int64"),
                "b": pd.array([True, None], "boolean"),
                "c": pd.Categorical(["x", None], categories=["x", "y"], ordered=True),
                "t": pd.to_datetime(["2020-01-01 10:00", None]).tz_localize(
                    "Europe/Berlin"
                ),
            }
        )
    )
    write(data, tmp_path / "n.parquet")
    pd.testing.assert_frame_equal(read(tmp_path / "n.parquet").table, data.table)
    write(data, tmp_path / "n.csv")
    assert read(tmp_path / "n.csv").table["i"].dropna().tolist() == [1]


@pytest.mark.parametrize("name", ["w.csv", "w.parquet"])
def test_weights_are_the_last_column_and_come_back(tmp_path, name):
    data = read({"x": [1, 2], "label": ["a", "b"]})
    weighted = replace(data, weights=np.array([0.5, 2.0]))
    write(weighted, tmp_path / name)
    back = read(tmp_path / name)
    assert list(back.table.columns) == ["x", "label"]
    assert back.weights is not None
    assert back.weights.tolist() == [0.5, 2.0]
    assert back.version_id == weighted.version_id
    with pytest.raises(InvalidInputError, match="there is a column of that name"):
        write(
            replace(weighted, table=data.table.assign(sample_weight=[1, 2])),
            tmp_path / name,
        )


def test_a_column_of_that_name_that_holds_no_weights_stays(tmp_path):
    for values in (["heavy", "light"], [-1.0, 1.0], [None, 1.0]):
        data = read({"x": [1, 2], "sample_weight": values})
        assert data.weights is None
        assert "sample_weight" in data.table.columns


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "d.csv"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write(read({"x": [1]}), path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["d.csv"]


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    write(read({"x": [1]}), tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "x\n1\n"


def test_other_extensions_and_missing_folders_are_refused(tmp_path):
    data = read({"x": [1]})
    with pytest.raises(
        InvalidInputError, match=r"`path` must end in \.csv, \.tsv, \.jsonl or \.parquet"
    ):
        write(data, tmp_path / "x.xlsx")
    with pytest.raises(InvalidInputError, match="in a folder that exists"):
        write(data, tmp_path / "no" / "x.csv")


def test_json_lines_tell_text_from_numbers_and_what_is_missing(tmp_path):
    data = read(
        pd.DataFrame(
            {
                "s": ["007", "NA", None],
                "f": [0.1, np.nan, np.inf],
                "i": pd.array([2**60 + 1, None, 3], dtype="Int64"),
                "b": [True, False, True],
                "t": pd.to_datetime(["2020-01-02", None, "2021-03-04"]),
            }
        )
    )
    write(data, tmp_path / "d.jsonl")
    again = read(tmp_path / "d.jsonl").table
    columns = ["s", "f", "i", "b"]
    pd.testing.assert_frame_equal(again[columns], data.table[columns])
    assert again["t"].tolist()[0] == "2020-01-02"
    first = (tmp_path / "d.jsonl").read_text().splitlines()[0]
    assert first.startswith('{"s": "007", "f": 0.1, "i": 1152921504606846977, "b": true')
