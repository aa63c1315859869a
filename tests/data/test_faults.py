"""Planted faults: exactly what was asked, with the truth, and nothing else touched."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tilth.data import (
    plant_debris,
    plant_duplicates,
    plant_group_label_noise,
    plant_label_noise,
    plant_missing,
    plant_outliers,
    read,
)
from tilth.errors import InvalidInputError


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture
def data():
    n = 100
    return read(
        {
            "x": rng(1).normal(size=n),
            "n": rng(2).integers(0, 9, n).astype(np.uint8),
            "flag": rng(3).random(n) < 0.5,
            "text": [f"this is example number {i}" for i in range(n)],
            "label": [None, "a", "b", "c"] * 25,
        }
    )


def test_label_noise_hits_exactly_its_share_of_the_labelled(data):
    noisy, truth = plant_label_noise(data, 0.2, rng())
    assert truth.sum() == 15
    assert (noisy.given != data.given).tolist() == truth.tolist()
    assert truth[data.given == None].sum() == 0  # noqa: E711
    assert noisy.example_id.tolist() == data.example_id.tolist()
    assert set(noisy.classes) <= set(data.classes)


def test_the_other_classes_are_equally_likely():
    data = read({"x": np.arange(3000), "label": [1, 2, 3] * 1000})
    noisy, truth = plant_label_noise(data, 1.0, rng())
    assert truth.all()
    assert abs((noisy.given[data.given == 1] == 2).mean() - 0.5) < 0.05
    assert noisy.table["label"].dtype == data.table["label"].dtype


@pytest.mark.parametrize("kind", ["random", "inverted", "constant"])
def test_group_noise_stays_in_the_group(data, kind):
    mask = np.arange(100) < 40
    noisy, truth = plant_group_label_noise(data, mask, kind, rng())
    assert (noisy.given != data.given).tolist() == truth.tolist()
    assert not truth[~mask].any()
    labelled = mask & (data.given != None)  # noqa: E711
    if kind == "inverted":
        assert truth[labelled].all()
        assert noisy.given[1] == "b"
    if kind == "constant":
        assert len(set(noisy.given[labelled])) == 1
    if kind == "random":
        assert 0 < truth.sum() < labelled.sum()


def test_label_noise_needs_classes(data):
    with pytest.raises(InvalidInputError, match="labels of at least two classes"):
        plant_label_noise(read({"x": [1, 2]}), 0.1, rng())
    with pytest.raises(InvalidInputError, match="`share` must be between 0 and 1, got 2"):
        plant_label_noise(data, 2, rng())
    with pytest.raises(
        InvalidInputError, match="`mask` must be boolean with one entry per row"
    ):
        plant_group_label_noise(data, np.arange(3), "random", rng())
    with pytest.raises(InvalidInputError, match='`kind` must be "random"'):
        plant_group_label_noise(data, np.ones(100, dtype=bool), "odd", rng())


def test_exact_duplicates_repeat_content_under_new_ids(data):
    made, truth = plant_duplicates(data, 10, rng())
    assert len(made) == 110
    assert truth.tolist() == [False] * 100 + [True] * 10
    assert set(made.row_hash[100:]) <= set(made.row_hash[:100])
    assert made.example_id[100:].tolist() == list(range(100, 110))
    pd.testing.assert_frame_equal(made.table.iloc[:100], data.table)


def test_near_duplicates_are_never_exact(data):
    made, truth = plant_duplicates(data, 30, rng(), near=True)
    assert not set(made.content_hash[truth]) & set(made.content_hash[~truth])
    moved = made.table["x"][truth].to_numpy()
    assert np.abs(moved[:, None] - data.table["x"].to_numpy()).min(axis=1).max() < 0.002
    assert set(made.table["n"][truth]) <= set(data.table["n"])


def test_duplicates_of_named_examples_get_names_of_their_own():
    data = read({"k": ["copy-1", "b"], "x": [1, 2], "label": [1, 2]}, id="k")
    made, _ = plant_duplicates(data, 2, rng())
    assert made.example_id.tolist() == ["copy-1", "b", "copy-2", "copy-3"]
    assert made.table["k"].tolist() == made.example_id.tolist()
    assert set(made.row_hash[2:]) <= set(made.row_hash[:2])


def test_outliers_are_far_out_or_gibberish(data):
    made, truth = plant_outliers(data, 0.1, rng())
    assert truth.sum() == 10
    far = np.abs(made.table["x"] - data.table["x"].mean()) > 7.9 * data.table["x"].std(
        ddof=0
    )
    assert set(np.flatnonzero(far)) <= set(np.flatnonzero(truth))
    changed = (made.table["x"] != data.table["x"]) | (made.table["n"] != data.table["n"])
    assert changed.tolist() == truth.tolist()
    assert made.table["n"].dtype == np.uint8
    assert (made.table["text"] != data.table["text"]).tolist() == truth.tolist()
    assert made.given.tolist() == data.given.tolist()
    with pytest.raises(InvalidInputError, match="numeric or text inputs"):
        plant_outliers(read({"c": ["u", "v", "u"], "label": [1, 2, 1]}), 0.5, rng())


def test_debris_goes_between_words(data):
    made, truth = plant_debris(data, 0.3, "<br>", rng())
    assert truth.sum() == 30
    assert made.table["text"].str.contains("<br>", regex=False).tolist() == truth.tolist()
    restored = made.table["text"].str.replace(r" ?<br> ?", " ", regex=True).str.strip()
    assert restored.tolist() == data.table["text"].tolist()
    mask = np.arange(100) < 7
    assert plant_debris(data, mask, "&#39;", rng())[1].tolist() == mask.tolist()
    with pytest.raises(InvalidInputError, match="must have a text column"):
        plant_debris(read({"x": [1]}), 0.3, "<br>", rng())


@pytest.mark.parametrize("column", ["x", "n", "flag", "text", "label"])
def test_missing_cells_are_emptied(data, column):
    made, truth = plant_missing(data, column, 0.5, rng())
    assert (
        made.table[column].isna() & data.table[column].notna()
    ).tolist() == truth.tolist()
    assert truth.sum() == round(data.table[column].notna().sum() / 2)
    assert made.version_id != data.version_id


def test_missing_needs_a_known_column(data):
    with pytest.raises(InvalidInputError, match='`column` must be in the dataset, got "z"'):
        plant_missing(data, "z", 0.5, rng())


def test_the_same_rng_plants_the_same(data):
    for plant in (
        lambda r: plant_label_noise(data, 0.2, r),
        lambda r: plant_duplicates(data, 9, r, near=True),
        lambda r: plant_outliers(data, 0.2, r),
        lambda r: plant_debris(data, 0.2, "#", r),
        lambda r: plant_missing(data, "x", 0.2, r),
    ):
        assert plant(rng(7))[0].version_id == plant(rng(7))[0].version_id
        assert plant(rng(7))[0].version_id != plant(rng(8))[0].version_id
