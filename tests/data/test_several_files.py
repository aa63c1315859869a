"""Several files as one, and files that are packed."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile

import pandas as pd
import pyarrow as pa
import pytest

from tilth.data import compressed, read
from tilth.errors import UnreadableDataError


def test_files_that_match_a_pattern_are_one_table_in_order_of_name(tmp_path):
    (tmp_path / "p2.csv").write_text("b,a\n3,z\n")
    (tmp_path / "p1.csv").write_text("a,b\nx,1\ny,2\n")
    data = read(str(tmp_path / "p*.csv"))
    assert data.table["a"].tolist() == ["x", "y", "z"]
    assert data.table["b"].tolist() == [1, 2, 3]
    assert data.notes[0] == "2 files were read as one: p1.csv, p2.csv."


def test_a_column_has_one_type_in_all_files(tmp_path):
    (tmp_path / "p1.csv").write_text("zip\n12\n")
    (tmp_path / "p2.csv").write_text("zip\n007\n")
    assert read(str(tmp_path / "*.csv")).table["zip"].tolist() == ["12", "007"]


def test_notes_say_which_file_they_are_about(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.csv").write_text("x;y\n1;2\n" if name > "a" else "x,y\n1,2\n")
    notes = read(str(tmp_path / "*.csv")).notes
    assert (
        f'{tmp_path / "b.csv"} and 1 more: Cells are separated by ";", not commas.' in notes
    )


def test_files_of_every_format_are_joined(tmp_path):
    for i in range(2):
        frame = pd.DataFrame({"a": [f"v{i}"]})
        frame.to_parquet(tmp_path / f"{i}.parquet")
        frame.to_json(tmp_path / f"{i}.jsonl", orient="records", lines=True)
        table = pa.Table.from_pandas(frame)
        with (
            pa.OSFile(str(tmp_path / f"{i}.arrow"), "wb") as sink,
            pa.ipc.new_file(sink, table.schema) as writer,
        ):
            writer.write_table(table)
    for ending in ("parquet", "jsonl", "arrow"):
        assert read(str(tmp_path / f"*.{ending}")).table["a"].tolist() == ["v0", "v1"]


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        ("a\nx\n", 'b.csv` together with `.*a.csv`: it lacks "b"'),
        ("a,b,c\n1,2,3\n", 'it has "c" besides'),
        ("a,b\n1\n", "b.csv`: line 2 has 1 cells"),
    ],
)
def test_files_that_do_not_fit_are_named(tmp_path, second, sentence):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "b.csv").write_text(second)
    with pytest.raises(UnreadableDataError, match=sentence):
        read(str(tmp_path / "*.csv"))


def test_other_formats_and_empty_patterns_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "b.jsonl").write_text('{"a": 1}\n')
    with pytest.raises(UnreadableDataError, match="one is json, the other delimited"):
        read(str(tmp_path / "*"))
    with pytest.raises(UnreadableDataError, match="no file matches this pattern"):
        read(str(tmp_path / "*.parquet"))


def test_a_file_whose_name_holds_a_star_is_that_file(tmp_path):
    (tmp_path / "[1].csv").write_text("a\nx\n")
    assert read(str(tmp_path / "[1].csv")).table["a"].tolist() == ["x"]


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zst", ".zip"])
def test_packed_files_are_read_by_what_they_hold(tmp_path, ending):
    for inner, content in {
        "d.csv": b"a,b\nx,1\n",
        "d.jsonl": b'{"a": "x", "b": 1}\n',
    }.items():
        path = tmp_path / f"{inner}{ending}"
        match ending:
            case ".gz":
                path.write_bytes(gzip.compress(content))
            case ".bz2":
                path.write_bytes(bz2.compress(content))
            case ".xz":
                path.write_bytes(lzma.compress(content))
            case ".zst":
                packed = pa.Codec("zstd").compress(content, asbytes=True)
                path.write_bytes(packed)
            case _:
                with zipfile.ZipFile(path, "w") as archive:
                    archive.writestr(f"../../{inner}", content)
                    archive.writestr("__MACOSX/._d", b"debris")
        assert read(path).table.iloc[0].tolist() == ["x", 1]


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zst", ".zip"])
def test_broken_packed_files_are_named(tmp_path, ending):
    path = tmp_path / f"d.csv{ending}"
    for content in (b"", b"no such thing", gzip.compress(b"a,b\n1,2\n" * 99)[:15]):
        path.write_bytes(content)
        with pytest.raises(UnreadableDataError, match="Cannot read"):
            read(path)


def test_archives_of_several_files_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("b.csv", "a\n1\n")
    with pytest.raises(
        UnreadableDataError, match=r"must hold one file, got 2 \(a.csv, b.csv\)"
    ):
        read(tmp_path / "two.zip")


def test_a_file_made_to_fill_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(compressed, "_ALWAYS_BYTES", 1 << 20)
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"a\n" + b"0" * (1 << 23)))
    with pytest.raises(UnreadableDataError, match="unpacks to more than"):
        read(tmp_path / "bomb.csv.gz")
