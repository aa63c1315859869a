"""Arrays beside the data: read without running code, put into class order."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilth.cli import sources
from tilth.data.dataset import Dataset
from tilth.data.read import read
from tilth.errors import TilthError


@pytest.fixture
def letters() -> Dataset:
    return read(
        pd.DataFrame({"x": [1.5, 2.5, 3.5, 1.0], "label": ["b", "a", "c", "a"]}),
        label="label",
    )


PROBS = np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]])


@pytest.mark.parametrize("ending", [".npy", ".npz", ".csv", ".tsv", ".parquet"])
def test_an_array_comes_back_from_every_format(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"probs{ending}"
    table = pd.DataFrame(PROBS, columns=["p0", "p1", "p2"])
    match ending:
        case ".npy":
            np.save(path, PROBS)
        case ".npz":
            np.savez(path, probs=PROBS)
        case ".parquet":
            table.to_parquet(path)
        case _:
            table.to_csv(path, index=False, sep="\t" if ending == ".tsv" else ",")
    np.testing.assert_array_equal(sources.read_array(str(path)), PROBS)


def test_columns_called_like_classes_are_put_into_class_order(
    tmp_path: Path, letters: Dataset
) -> None:
    path = tmp_path / "probs.csv"
    pd.DataFrame({"c": [0.7], "a": [0.1], "b": [0.2]}).to_csv(path, index=False)
    np.testing.assert_array_equal(sources.read_array(str(path), letters), [[0.1, 0.2, 0.7]])


def test_a_pickled_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(TilthError, match="Cannot read"):
        sources.read_array(str(path))


def test_several_arrays_or_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "two.npz"
    np.savez(path, a=PROBS, b=PROBS)
    with pytest.raises(TilthError, match="must hold one array, got a, b"):
        sources.read_array(str(path))
    with pytest.raises(TilthError, match="no such file"):
        sources.read_array(str(tmp_path / "nowhere.npy"))


def test_a_column_of_words_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    pd.DataFrame({"p0": [0.1], "name": ["ann"]}).to_csv(path, index=False)
    with pytest.raises(TilthError, match="column name holds no numbers"):
        sources.read_array(str(path))


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.npz"
    path.write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(TilthError):
        sources.read_array(str(path))


def test_labels_alone_make_a_dataset(tmp_path: Path) -> None:
    array, column = tmp_path / "labels.npy", tmp_path / "labels.csv"
    np.save(array, np.array(["a", "b", "a"]))
    column.write_text("kind\na\nb\na\n")
    for path in (array, column):
        dataset = sources.read_labels(str(path))
        assert list(dataset.given) == ["a", "b", "a"]
        assert dataset.inputs.shape == (3, 0)


def test_labels_among_other_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("kind,x\na,1\nb,2\n")
    with pytest.raises(TilthError, match="one column of labels, got 2"):
        sources.read_labels(str(path))


def test_another_version_is_read_with_the_roles_that_are_left(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"who": [1, 2, 3], "note": ["a b c d", "b", "c"], "label": ["x", "y", "x"]}
    )
    first = read(table, label="label", id="who", text="note")
    path = tmp_path / "after.csv"
    table.drop(columns="note").to_csv(path, index=False)
    after = sources.read_after(str(path), first)
    assert (after.schema.id, after.schema.text, after.schema.label) == ("who", (), "label")


def test_a_version_is_told_from_a_file_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sources.is_version("v2")
    assert not sources.is_version("v2.csv")
    (tmp_path / "v2").write_text("x\n1\n")
    assert not sources.is_version("v2")
