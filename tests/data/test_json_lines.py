"""JSON Lines in: types as written, nested values told, bad lines named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tilth.data import read
from tilth.errors import UnreadableDataError

if TYPE_CHECKING:
    from pathlib import Path


def _data(folder: Path, content: str | bytes, name: str = "d.jsonl"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path)


def test_text_stays_text_and_numbers_are_numbers(tmp_path):
    table = _data(
        tmp_path,
        '{"zip": "007", "n": 1, "x": 1.5, "ok": true}\n{"zip": "8", "n": 2, "x": null}\n',
    ).table
    assert list(table.columns) == ["zip", "n", "x", "ok"]
    assert table["zip"].tolist() == ["007", "8"]
    assert table["n"].dtype == np.int64
    assert table["x"].isna().tolist() == [False, True]
    assert table["ok"].isna().tolist() == [False, True]


def test_keys_may_come_late_and_lines_may_be_blank(tmp_path):
    table = _data(tmp_path, '{"a": "x"}\r\n\r\n{"b": "y"}\r\n').table
    assert table["a"].isna().tolist() == [False, True]
    assert table["b"].isna().tolist() == [True, False]


def test_an_array_of_objects_is_read_too(tmp_path):
    table = _data(tmp_path, '[{"a": "x"},\n {"a": "y"}]', "d.json").table
    assert table["a"].tolist() == ["x", "y"]


def test_objects_are_spread_and_that_is_said(tmp_path):
    data = _data(tmp_path, '{"m": {"s": "web", "o": {"n": 1}}}\n{"m": {}}\n')
    assert list(data.table.columns) == ["m.s", "m.o.n", "m"]
    assert data.table["m.s"].isna().tolist() == [False, True]
    assert 'Objects in "m" were spread over columns.' in data.notes


def test_vectors_become_columns_and_other_lists_json_text(tmp_path):
    data = _data(tmp_path, '{"v": [1, 2.5], "t": ["a", "b"]}\n{"v": [3, 4], "t": []}\n')
    assert data.table["v_1"].tolist() == [2.5, 4.0]
    assert data.table["t"].tolist() == ['["a", "b"]', "[]"]
    assert 'Lists in "v" were spread over 2 columns.' in data.notes
    assert 'Lists in "t" were kept as JSON text.' in data.notes


def test_what_is_nested_without_end_is_text_or_refused(tmp_path):
    deep = '{"a": ' * 30 + "1" + "}" * 30
    assert _data(tmp_path, deep + "\n" + deep).table.iloc[0, 0].startswith('{"a": ')
    with pytest.raises(UnreadableDataError, match="line 1 is no JSON"):
        _data(tmp_path, '{"a": ' * 50_000 + "1" + "}" * 50_000)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"a": 1}\n{"a": 1,}\n', r"line 2 is no JSON \(.* at character 9\)"),
        ('{"a": 1}\n\n{"a": \n', r"line 3 is no JSON"),
        ('{"a": 1}\n[1, 2]\n', r"line 2 must hold an object .*, got \[1, 2\]\."),
        ('{"a": 1}\n"x"\n', 'line 2 must hold an object .*, got "x"'),
        ('[{"a": 1}, 3]', "element 1 of its array must hold an object"),
        ('[{"a": 1},\n {"a" 2}]', "line 2 is no JSON"),
        ("", "the file is empty"),
        (b"\xff\xfe\x00\x00", "the file is empty|not a text file"),
    ],
)
def test_broken_lines_are_named(tmp_path, content, sentence):
    with pytest.raises(UnreadableDataError, match=sentence):
        _data(tmp_path, content)


def test_a_csv_is_not_taken_for_json(tmp_path):
    assert _data(tmp_path, "a,b\n{x},1\n", "d.data").table["a"].tolist() == ["{x}"]


def test_json_without_its_ending_is_known_by_its_content(tmp_path):
    assert _data(tmp_path, '{"a": "x"}\n', "d.data").table["a"].tolist() == ["x"]
