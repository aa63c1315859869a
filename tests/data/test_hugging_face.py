"""Datasets of Hugging Face's library, in memory and on disk, without that library."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tilth.data import read
from tilth.errors import InvalidInputError, UnreadableDataError

if TYPE_CHECKING:
    from pathlib import Path

FEATURES = {
    "text": {"dtype": "string", "_type": "Value"},
    "label": {"names": ["neg", "pos"], "_type": "ClassLabel"},
}
ROWS = {"text": ["a", "b", "c"], "label": [1, 0, -1]}


def _arrow() -> pa.Table:
    """Return a table as `datasets` stores it: class numbers, their names beside."""
    described = json.dumps({"info": {"features": FEATURES}}).encode()
    return pa.table(ROWS).replace_schema_metadata({b"huggingface": described})


def _saved(folder: Path, *, n_files: int = 1) -> Path:
    """Write what `save_to_disk` writes."""
    folder.mkdir(parents=True)
    names = [f"data-{i:05d}-of-{n_files:05d}.arrow" for i in range(n_files)]
    for name in names:
        table = _arrow()
        with (
            pa.OSFile(str(folder / name), "wb") as sink,
            pa.ipc.new_stream(sink, table.schema) as writer,
        ):
            writer.write_table(table)
    state = {"_data_files": [{"filename": name} for name in names], "_fingerprint": "x"}
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "dataset_info.json").write_text(json.dumps({"features": FEATURES}))
    return folder


def _object(name: str, **members: Any) -> Any:
    made = type(name, (members.pop("base", object),), members)
    made.__module__ = "datasets.arrow_dataset"
    return made


def test_a_dataset_in_memory_is_read_with_its_class_names():
    class Formatted:
        def __getitem__(self, rows: slice) -> pa.Table:
            return _arrow()

    made = _object(
        "Dataset", with_format=lambda self, kind: Formatted(), __len__=lambda self: 3
    )
    data = read(made())
    assert data.given.tolist() == ["pos", "neg", None]
    assert 'Class numbers in "label" were read by their names (neg, pos).' in data.notes


def test_several_splits_and_streams_are_refused():
    splits = _object("DatasetDict", base=dict)
    with pytest.raises(InvalidInputError, match="must be one split, got train, test"):
        read(splits(train=1, test=2))
    with pytest.raises(InvalidInputError, match="without streaming=True"):
        read(_object("IterableDataset")())


def test_a_saved_folder_is_read_whole(tmp_path):
    data = read(_saved(tmp_path / "d", n_files=2))
    assert data.table["text"].tolist() == ["a", "b", "c"] * 2
    assert data.given.tolist() == ["pos", "neg", None] * 2


def test_a_folder_of_splits_says_how_to_name_one(tmp_path):
    for split in ("train", "test"):
        _saved(tmp_path / "d" / split)
    (tmp_path / "d" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    with pytest.raises(
        UnreadableDataError, match=r"splits train, test. Name one: .*train --test .*test"
    ):
        read(tmp_path / "d")
    (tmp_path / "d" / "dataset_dict.json").write_text('{"splits": ["train"]}')
    assert len(read(tmp_path / "d")) == 3


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ('{"_data_files": [{"filename": "../../secret.arrow"}]}', "lies outside of it"),
        ('{"_data_files": []}', "names no data file"),
        ("{}", "does not list its data_files"),
        ("[", "does not list its data_files"),
        ('{"_data_files": [{"filename": "gone.arrow"}]}', "there is no such file"),
    ],
)
def test_damaged_folders_are_named(tmp_path, state, sentence):
    (_saved(tmp_path / "d") / "state.json").write_text(state)
    with pytest.raises(UnreadableDataError, match=sentence):
        read(tmp_path / "d")


def test_parquet_of_the_hub_has_its_class_names(tmp_path):
    pq.write_table(_arrow(), tmp_path / "d.parquet")
    assert read(tmp_path / "d.parquet").given.tolist() == ["pos", "neg", None]


@pytest.mark.parametrize("described", [b"{", b"[]", b'{"info": {"features": 3}}'])
def test_a_foreign_description_is_ignored(tmp_path, described):
    table = pa.table(ROWS).replace_schema_metadata({b"huggingface": described})
    pq.write_table(table, tmp_path / "d.parquet")
    assert read(tmp_path / "d.parquet").given.tolist() == [1, 0, -1]
