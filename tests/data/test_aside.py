"""Files that appear whole or not at all, with the rights that others would have."""

import os
import stat

import numpy as np
import pytest

from tilth.data.aside import written_aside
from tilth.data.findings_file import findings_file
from tilth.data.read import read
from tilth.edits.patch import make_patch
from tilth.edits.patch_file import write_patch
from tilth.errors import OutputError
from tilth.store.cache import DiskCache
from tilth.store.project import Project


def test_every_file_gets_the_rights_that_new_files_get(tmp_path):
    data = read({"x": [1, 2], "y": ["a", "b"]}, label="y")
    before = os.umask(0o027)
    try:
        write_patch(make_patch(data, []), tmp_path / "edits.jsonl")
        DiskCache(tmp_path / "cache")["squares"] = {"x": np.arange(3)}
        with Project(tmp_path) as project:
            project.import_dataset(data)
        with findings_file(tmp_path / "found.parquet", data.classes) as append:
            append({"given": np.array([0, 1]), "suggested": np.array([1, 0])})
    finally:
        os.umask(before)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 5
    rights = {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in files}
    assert set(rights.values()) == {"0o640"}, rights


def test_an_error_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("old")

    def half(error):
        with written_aside(path) as aside:
            aside.write_text("half")
            raise error

    with pytest.raises(OutputError, match=r"disk is full\. Free .*before is unchanged"):
        half(OSError(28, "No space left on device"))
    with pytest.raises(KeyError):
        half(KeyError("x"))
    assert [file.name for file in tmp_path.iterdir()] == ["note.txt"]
    assert path.read_text() == "old"


def test_findings_of_nothing_make_no_file(tmp_path):
    with findings_file(tmp_path / "found.parquet", np.array(["a"])):
        pass
    assert list(tmp_path.iterdir()) == []
