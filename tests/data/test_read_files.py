"""Files in: CSV and TSV cells stay what they are, and bad files get one clear sentence."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tilth.data import read
from tilth.errors import InvalidInputError, UnreadableDataError


def csv_table(folder: Path, content: str | bytes, name: str = "data.csv") -> pd.DataFrame:
    return csv_data(folder, content, name).table


def csv_data(folder: Path, content: str | bytes, name: str = "data.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path)


def test_cells_become_numbers_booleans_or_stay_text(tmp_path):
    table = csv_table(
        tmp_path,
        "whole,real,flag,word,when\n1,1.5,true,red,2020-01-02\n-2,1e3,FALSE,a b,2021-03-04\n",
    )
    assert table["whole"].tolist() == [1, -2]
    assert table["whole"].dtype == np.int64
    assert table["real"].tolist() == [1.5, 1000.0]
    assert table["flag"].tolist() == [True, False]
    assert table["flag"].dtype == bool
    assert table["word"].tolist() == ["red", "a b"]
    assert table["when"].tolist() == ["2020-01-02", "2021-03-04"]


@pytest.mark.parametrize("cells", [["007", "12"], ["00", "5"], ["-01", "3"]])
def test_numbers_with_leading_zeros_stay_text_and_that_is_said(tmp_path, cells):
    data = csv_data(tmp_path, "zip\n" + "\n".join(cells) + "\n")
    assert data.table["zip"].tolist() == cells
    assert (
        data.notes[0]
        == 'Column "zip" holds numbers with leading zeros; it was kept as text.'
    )


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["0.5", "00.25"], [0.5, 0.25]),
        (["+1", "-1"], [1, -1]),
        (["0x1A", "2"], ["0x1A", "2"]),
        (["+49151", "+49152"], ["+49151", "+49152"]),
        ([" 1", "2 "], [1, 2]),
        (["1_000", "2"], ["1_000", "2"]),
        (["18446744073709551615", "1"], [2**64 - 1, 1]),
        (["18446744073709551616", "1"], ["18446744073709551616", "1"]),
        (["inf", "-inf"], [np.inf, -np.inf]),
        (["0.1", "0.30000000000000004"], [0.1, 0.30000000000000004]),
        (["yes", "no"], ["yes", "no"]),
        (["1", "true"], ["1", "true"]),
    ],
)
def test_odd_cells(tmp_path, cells, expected):
    column = csv_table(tmp_path, "x,y\n" + "".join(f"{c},a\n" for c in cells))["x"]
    assert column.tolist() == expected


def test_empty_cells_and_missing_words_are_missing(tmp_path):
    data = csv_data(tmp_path, 'n,w,all\n1,red,NA\nNA,None,\n,"",NA\n3,"NA",\n')
    assert data.table["n"].isna().tolist() == [False, True, True, False]
    assert data.table["n"].dtype == np.float64
    assert data.table["w"].isna().tolist() == [False, True, True, False]
    assert data.table["w"][3] == "NA"  # in quotes: somebody meant it
    assert data.table["all"].isna().all()
    assert 'Column "w": 1 cells holding None were read as missing' in " ".join(data.notes)


def test_a_quoted_missing_word_between_numbers_is_missing(tmp_path):
    assert csv_table(tmp_path, 'n\n"1"\n"NA"\n"3"\n')["n"].dropna().tolist() == [1.0, 3.0]


def test_whole_numbers_too_long_for_floats_keep_their_digits_beside_gaps(tmp_path):
    column = csv_table(tmp_path, "n,m\n9007199254740993,1\n,2\n")["n"]
    assert column[0] == 9007199254740993
    assert pd.isna(column[1])


def test_true_and_false_with_gaps_are_nullable_booleans(tmp_path):
    column = csv_table(tmp_path, "b,c\ntrue,1\n,2\nfalse,3\n")["b"]
    assert str(column.dtype) == "boolean"
    assert column.isna().tolist() == [False, True, False]


def test_quotes_hold_separators_newlines_and_quotes(tmp_path):
    table = csv_table(tmp_path, 'a,"b,c"\n"x\ny","say ""hi"""\nplain"quote,z\n')
    assert list(table.columns) == ["a", "b,c"]
    assert table.iloc[0].tolist() == ["x\ny", 'say "hi"']
    assert table.iloc[1, 0] == 'plain"quote'


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (codecs.BOM_UTF8 + "a,b\né,1\nx,2\n".encode(), ""),
        ("a,b\né,1\nx,2\n".encode("utf-16"), "utf-16"),
        ("a,b\né,1\nx,2\n".encode("utf-16-le"), "utf-16-le"),
        ("a,b\né,1\nx,2\n".encode("utf-16-be"), "utf-16-be"),
        ("a,b\né,1\nx,2\n".encode("utf-32"), "utf-32"),
        ("a,b\né,1\nx,2\n".encode("cp1252"), "cp1252"),
        (b"a,b\n\xe9,1\n\x81,2\n", "latin-1"),
    ],
)
def test_encodings_are_found_and_said(tmp_path, content, note):
    data = csv_data(tmp_path, content)
    assert list(data.table.columns) == ["a", "b"]
    assert data.table["a"][0] == "é"
    said = [n for n in data.notes if "UTF-8" in n]
    assert len(said) == bool(note)
    assert all(n.startswith(f"The file is not UTF-8; it was read as {note}.") for n in said)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_and_blank_lines_do_not_matter(tmp_path, newline):
    table = csv_table(tmp_path, newline.join(["", "a,b", "1,x", "", "2,y", "   ", ""]))
    assert table["a"].tolist() == [1, 2]


def test_tsv_and_other_separators(tmp_path):
    assert csv_table(tmp_path, "a\tb\n1,5\tx\n\t\n", "d.tsv")["a"].tolist()[0] == "1,5"
    for delimiter in ";|":
        data = csv_data(tmp_path, "a;b\n1;x\n2;y\n".replace(";", delimiter))
        assert data.table["a"].tolist() == [1, 2]
        assert f'Cells are separated by "{delimiter}", not commas.' in data.notes
    assert csv_table(tmp_path, "a\tb\n1\tx\n")["b"].tolist() == ["x"]


def test_a_comma_in_the_header_does_not_win_over_rows_split_alike(tmp_path):
    table = csv_table(tmp_path, "name, first;age\nann;1\nbo;2\n")
    assert table["age"].tolist() == [1, 2]


def test_decimal_commas_are_numbers_between_semicolons(tmp_path):
    data = csv_data(tmp_path, "x;w;z\n1,5;1,5;1.000,5\n;2,x;2,0\n-3;3;3\n")
    assert data.table["x"].dropna().tolist() == [1.5, -3.0]
    assert data.table["w"].tolist() == ["1,5", "2,x", "3"]
    assert data.table["z"][0] == "1.000,5"
    assert 'Column "x" has decimal commas; it was read as numbers.' in data.notes


def test_a_file_without_header_is_read_where_that_is_said(tmp_path):
    path = tmp_path / "bare.csv"
    path.write_text("5.1,setosa\n4.9,setosa\n7.0,virginica\n")
    data = read(path, has_header=False, label="column_2")
    assert data.table["column_1"].tolist() == [5.1, 4.9, 7.0]
    assert "its columns are column_1 to column_2." in data.notes[0]
    assert "say --no-header" in " ".join(read(path).notes)


def test_a_file_we_named_the_columns_of_is_read_with_them(tmp_path):
    path = tmp_path / "named.csv"
    path.write_text("column_1,column_2\n5.1,a\n4.9,b\n")
    assert read(path, has_header=False).table["column_1"].tolist() == [5.1, 4.9]


def test_years_as_column_names_do_not_read_like_data(tmp_path):
    assert "no-header" not in " ".join(csv_data(tmp_path, "2019,2020\n5,6\n7,8\n").notes)


def test_mixed_encodings_are_told_with_the_line(tmp_path):
    data = csv_data(tmp_path, b"a,b\n\xc3\xa9,1\nx,2\n\xe9,3\n\x80,4\n")
    assert data.table["a"].tolist() == ["é", "x", "é", "€"]
    assert data.notes[0].startswith(
        "The file mixes encodings: 2 lines are not UTF-8, the first is line 4; they were read "
        "as cp1252."
    )


def test_null_characters_are_kept_and_told_with_the_line(tmp_path):
    data = csv_data(tmp_path, b"a,b\nx,1\ny\x00z,2\n")
    assert data.table["a"].tolist() == ["x", "y\x00z"]
    assert data.notes[0] == "1 NUL characters were kept, the first in line 3."


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_no_table(tmp_path, seed):
    noise = np.random.default_rng(seed).bytes(5_000)
    with pytest.raises(UnreadableDataError, match="not a text file"):
        csv_data(tmp_path, b"ab\n" + noise)


def test_unnamed_columns_get_the_name_pandas_gives(tmp_path):
    data = csv_data(tmp_path, ",b\n0,x\n1,y\n")
    assert list(data.table.columns) == ["Unnamed: 0", "b"]
    assert 'it is called "Unnamed: 0"' in data.notes[0]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "the file is empty"),
        (" \n\n", "the file is empty"),
        ("a,b\n", r"it has a header \(2 columns\) but no rows"),
        ("a,b\n1,2\n3\n", "line 3 has 1 cells, the first line has 2"),
        ('a,b\n"x\ny",2\n1,2,3\n', "line 4 has 3 cells, the first line has 2"),
        ('a,b\n1,2\n3,"open\n4,5\n', "line 3 cannot be split into cells"),
        ("a,b,a\n1,2,3\n", r'got "a" 2 times \(columns 1, 3\)'),
        (b"PK\x03\x04....", "zip archive or an Excel workbook"),
        (b"\x00\x01\x02\x03\n", "not a text file"),
    ],
)
def test_bad_csv_files_are_named_with_the_reason(tmp_path, content, sentence):
    with pytest.raises(UnreadableDataError, match=sentence) as caught:
        csv_data(tmp_path, content)
    assert str(caught.value).startswith(f"Cannot read `{tmp_path / 'data.csv'}`: ")


def test_a_missing_file_suggests_its_neighbour(tmp_path):
    (tmp_path / "reviews.csv").write_text("a\n1\n")
    with pytest.raises(
        UnreadableDataError, match=r"no such file\. Did you mean .*reviews\.csv\?"
    ):
        read(tmp_path / "review.csv")
    with pytest.raises(UnreadableDataError, match="this folder holds no image"):
        read(tmp_path)
    with pytest.raises(UnreadableDataError, match="no such file"):
        read(tmp_path / "nowhere" / "x.csv")


def test_parquet_is_known_by_extension_and_by_content(tmp_path):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    for name in ("d.parquet", "d.bin"):
        frame.to_parquet(tmp_path / name)
        assert read(tmp_path / name).table["b"].isna().tolist() == [False, True]
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(UnreadableDataError, match="not a complete Parquet file"):
        read(tmp_path / "broken.parquet")
    (tmp_path / "table.data").write_text("a,b\n1,2\n")
    assert read(tmp_path / "table.data").table["b"].tolist() == [2]


def test_parquet_types_become_plain_columns(tmp_path):
    import datetime as dt
    import decimal

    arrow = pa.table(
        {
            "vector": pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float32(), 2)),
            "decimal": [decimal.Decimal("1.50"), None],
            "date": [dt.date(2020, 1, 2), None],
            "time": [dt.time(1, 2), None],
            "word": pa.array(["a", "b"]).dictionary_encode(),
            "null": pa.nulls(2),
            "long": pa.array([2**60 + 1, None]),
            "int": pa.array([1, None]),
            "flag": pa.array([True, None]),
        }
    )
    pq.write_table(arrow, tmp_path / "t.parquet")
    table = read(tmp_path / "t.parquet").table
    assert table["vector_1"].tolist() == [2.0, 4.0]
    assert table["decimal"][0] == 1.5
    assert table["date"][0] == pd.Timestamp("2020-01-02")
    assert table["time"][0].startswith("01:02")
    assert table["word"].tolist() == ["a", "b"]
    assert table["null"].isna().all()
    assert table["long"][0] == 2**60 + 1
    assert table["int"].dtype == np.float64
    assert str(table["flag"].dtype) == "boolean"


def test_lists_of_several_lengths_are_json_text(tmp_path):
    lists = pa.array([["a", "b"], None, []])
    pq.write_table(pa.table({"tags": lists, "x": [1, 2, 3]}), tmp_path / "t.parquet")
    data = read(tmp_path / "t.parquet")
    assert data.table["tags"].tolist()[::2] == ['["a", "b"]', "[]"]
    assert data.table["tags"].isna().tolist() == [False, True, False]
    assert 'Lists in "tags" were kept as JSON text.' in data.notes


def test_lists_of_class_numbers_get_the_names_beside_them(tmp_path):
    feature = {
        "feature": {"names": ["O", "LOC"], "_type": "ClassLabel"},
        "_type": "Sequence",
    }
    described = json.dumps({"info": {"features": {"tags": feature}}}).encode()
    table = pa.table({"tags": pa.array([[0, 1], None, [1]]), "x": [1, 2, 3]})
    table = table.replace_schema_metadata({b"huggingface": described})
    pq.write_table(table, tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet").table["tags"].tolist()[::2] == [
        '["O", "LOC"]',
        '["LOC"]',
    ]


def test_lists_of_lists_and_bytes_are_refused_by_name(tmp_path):
    for values in (pa.array([[[1]], [[2], [3]]]), pa.array([b"x", b"y"])):
        pq.write_table(pa.table({"odd": values}), tmp_path / "t.parquet")
        with pytest.raises(UnreadableDataError, match='column "odd" holds'):
            read(tmp_path / "t.parquet")


def test_an_unknown_column_is_answered_with_the_nearest(tmp_path):
    (tmp_path / "r.csv").write_text("Text,stars\nx,1\ny,2\n")
    with pytest.raises(
        InvalidInputError,
        match=r'r\.csv`: column "text" is missing; it has "Text", "stars"\. Did you mean --text Text\?',
    ):
        read(tmp_path / "r.csv", text="text")


def test_a_file_reads_as_pandas_reads_it(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "f": rng.normal(size=200) * 10.0 ** rng.integers(-300, 300, 200),
            "i": rng.integers(-(2**62), 2**62, 200),
            "gap": np.where(rng.random(200) < 0.3, np.nan, rng.integers(0, 9, 200)),
            "s": rng.choice(["a", 'q"q', "x,y", "l\nl", " pad "], 200),
        }
    )
    frame.to_csv(tmp_path / "f.csv", index=False)
    pd.testing.assert_frame_equal(
        read(tmp_path / "f.csv").table, pd.read_csv(tmp_path / "f.csv")
    )


@pytest.mark.shared
def test_real_files_read_as_pandas_reads_them():
    folder = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real datasets are not beside the project")
    for name in (
        "dcai_lab/data_centric_model_centric/reviews_train.csv",
        "dcai_lab/data_centric_evaluation/train.csv",
        "dcai_lab/label_errors/student-grades.csv",
        "tabular/beijing_pollution.csv",
    ):
        pd.testing.assert_frame_equal(read(folder / name).table, pd.read_csv(folder / name))


def test_huge_cells_are_read(tmp_path):
    long = "word\n" * 100_000
    assert csv_table(tmp_path, f'a,b\n1,x\n2,"{long}"\n')["b"][1] == long


def test_structs_are_spread_over_columns(tmp_path):
    nested = pa.array([{"k": 1, "deep": {"x": "a"}}, {"k": 2, "deep": {"x": "b"}}])
    pq.write_table(pa.table({"odd": nested}), tmp_path / "t.parquet")
    data = read(tmp_path / "t.parquet")
    assert data.table["odd.deep.x"].tolist() == ["a", "b"]
    assert 'Objects in "odd" were spread over columns.' in data.notes


@pytest.mark.parametrize("name", ["d.xlsx", "d.pkl", "d.npy", "d.svg"])
def test_formats_we_do_not_read_are_named(tmp_path, name):
    (tmp_path / name).write_text("{}\n")
    with pytest.raises(UnreadableDataError, match=rf"\.{name[2:]} files are not read"):
        read(tmp_path / name)
