"""Arrays on disk: exact, bounded, and never a reason to crash."""

import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from tilth.errors import InvalidInputError
from tilth.store import cache as cache_module
from tilth.store.cache import DiskCache


def some_arrays(size=3):
    return {
        "numbers": np.arange(size, dtype=np.float32),
        "text": np.array(["ü", "b"]),
        "names": np.zeros((0, 2)),
        "a0": np.array(True),
        "allow_pickle": np.array([1 + 2j]),
    }


def assert_same(left, right):
    assert list(left) == list(right)
    for name, array in left.items():
        assert array.dtype == right[name].dtype
        np.testing.assert_array_equal(array, right[name])


@pytest.mark.parametrize(
    "key", ["", "plain", "../../etc", "ü \n\x00 \U0001f33e", "x" * 5000, "\ud800"]
)
def test_arrays_come_back_under_any_key(tmp_path, key):
    DiskCache(tmp_path / "new")[key] = some_arrays()
    again = DiskCache(tmp_path / "new")
    assert_same(again[key], some_arrays())
    assert list(again) == [key]
    assert key in again
    assert len(list(tmp_path.iterdir())) == 1


def test_it_is_a_mapping(tmp_path):
    cache = DiskCache(tmp_path)
    assert len(cache) == 0
    cache["a"] = {"x": np.arange(2)}
    cache["a"] = {"x": np.arange(3)}
    cache["b"] = {}
    assert sorted(cache) == ["a", "b"]
    assert cache["a"]["x"].tolist() == [0, 1, 2]
    assert cache["b"] == {}
    del cache["a"]
    assert "a" not in cache
    assert 5 not in cache
    with pytest.raises(KeyError):
        del cache["a"]
    with pytest.raises(KeyError):
        cache["a"]


def test_objects_are_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="no Python objects, got some in 'x'"):
        DiskCache(tmp_path)["a"] = {"x": np.array(["a", None], dtype=object)}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "damage", ["empty", "cut", "noise", "foreign", "pickle", "zip", "array"]
)
def test_a_damaged_entry_is_absent_and_gone(tmp_path, damage):
    cache = DiskCache(tmp_path)
    cache["a"] = some_arrays(100_000)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "noise":
        path.write_bytes(whole[:1000] + bytes(1000) + whole[2000:])
    elif damage == "foreign":
        np.savez(path, other=np.arange(3))
    elif damage == "pickle":
        np.savez(path, names=np.array([{"a": 1}], dtype=object))
    elif damage == "array":
        with path.open("wb") as file:
            np.save(file, np.arange(3))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("names.npy", b"no array")
    assert "a" not in cache
    assert cache.get("a") is None
    assert list(tmp_path.iterdir()) == []
    cache["a"] = {"x": np.arange(2)}
    assert cache["a"]["x"].tolist() == [0, 1]


def test_an_entry_of_another_key_in_the_same_place_is_absent(tmp_path, monkeypatch):
    monkeypatch.setattr(DiskCache, "_path", lambda self, key: self._folder / "same.npz")
    cache = DiskCache(tmp_path)
    cache["a"] = {"x": np.arange(2)}
    assert "b" not in cache


def test_what_was_used_longest_ago_goes_first(tmp_path):
    cache = DiskCache(tmp_path, max_bytes=30_000)
    for number, key in enumerate(["a", "b", "c"]):
        cache[key] = {"x": np.zeros(1000)}
        os.utime(cache._path(key), (number, number))
    assert cache["a"]["x"].shape == (1000,)  # used: now the youngest
    cache["d"] = {"x": np.zeros(1000)}
    assert sorted(cache) == ["a", "c", "d"]
    cache["huge"] = {"x": np.zeros(10_000)}
    assert "huge" not in cache


def test_an_entry_that_cannot_be_written_is_not_kept_and_no_crash(tmp_path, monkeypatch):
    cache = DiskCache(tmp_path)
    cache["a"] = {"x": np.arange(2)}

    def full(file, **_):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache_module.np, "savez", full)
    cache["a"] = {"x": np.arange(3)}
    assert cache["a"]["x"].tolist() == [0, 1]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_made_keeps_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    cache = DiskCache(tmp_path / "file" / "cache")
    cache["a"] = {"x": np.arange(2)}
    assert "a" not in cache
    assert len(cache) == 0


def test_a_file_that_vanishes_while_trimming_does_not_matter(tmp_path, monkeypatch):
    cache = DiskCache(tmp_path, max_bytes=1)
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    cache["a"] = {"x": np.arange(2)}
    assert list(cache) == []


WRITER = """
import sys
import numpy as np
from tilth.store.cache import DiskCache
cache = DiskCache(sys.argv[1], max_bytes=200_000)
for i in range(150):
    for key in "abc":
        seen = cache.get(key)
        assert seen is None or len(set(seen["x"].tolist())) == 1, "torn"
        cache[key] = {"x": np.full(5000, i)}
"""


def test_two_processes_never_see_half_an_entry(tmp_path):
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    errors = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], errors
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 200_000
