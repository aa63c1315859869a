"""Records as a person at a prompt sees them: a line, never their arrays."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

import tilth
from tilth.data.dataset import Dataset
from tilth.data.schema import Schema

N = 400


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    x = rng.uniform(1, 9, size=N)
    y = 2 * x + rng.normal(size=N)
    x[:250:12] *= 100  # a decimal point got lost
    return tilth.read({"x": x, "y": y}, label="y")


@pytest.fixture(scope="module")
def better(data):
    test = data.rows(np.arange(250, N))
    return tilth.improve(
        data.rows(np.arange(250)), test=test, model=LinearRegression(), n_jobs=1
    )


def test_a_dataset_says_its_size_label_and_version(data):
    said = f"Dataset(400 rows x 2 columns, label 'y', version {data.version_id[:6]})"
    assert repr(data) == str(data) == said


def test_a_dataset_says_where_it_was_read_from(tmp_path):
    path = tmp_path / "one.csv"
    pd.DataFrame({"x": [1]}).to_csv(path, index=False)
    said = repr(tilth.read(path))
    assert said.startswith(f"Dataset(1 row x 1 column, no label, source '{path}', version ")


def test_a_dataset_of_images_opens_none_of_them():
    class Closed:
        def digests(self, cells):
            raise AssertionError("no image is opened")

    table = pd.DataFrame({"image": ["a.png"], "label": ["cat"]})
    schema = Schema("classification", label="label", image="image")
    images = Dataset(table, schema, np.arange(1), images=Closed())
    assert repr(images) == "Dataset(1 row x 2 columns, label 'label')"


def test_an_improvement_says_its_verdict_and_what_was_done(better):
    assert better.proof.verdict == "BETTER"
    n = len(better.edits[0].targets)
    said = repr(better)
    before, after = better.proof.before.mean, better.proof.after.mean
    assert said.startswith(
        f"Improvement(BETTER: r2 {before:.3f} -> {after:.3f}, drop {n} rows"
    )
    assert said.endswith(f"{len(better.tried)} candidates tried)")


def test_its_parts_are_a_line_each(better):
    n = better.edits[0].n
    assert repr(better.patch).startswith(f"Patch(1 edit, for 250 rows, drop {n} rows")
    assert repr(better.edits[0]).startswith(f"Edit(drop {n} rows, '")
    outliers = better.audit.outcomes["outliers"]
    assert repr(outliers).startswith(
        f"Findings({outliers.n_issues} examples flagged, worst"
    )
    assert repr(better.tried[0]).startswith("Tried(")
    parts = [better, better.patch, *better.edits, *better.tried, better.dataset, outliers]
    assert all("\n" not in repr(part) and len(repr(part)) < 400 for part in parts)


def test_a_notebook_still_shows_tables(better):
    for record in (better, better.proof, better.audit, better.audit.outcomes["outliers"]):
        assert "<table" in record._repr_html_()


def test_nothing_applied_is_said(data):
    few = tilth.improve(data.rows(np.arange(100)), n_jobs=1)
    assert repr(few) == "Improvement(INVALID, nothing applied, 0 candidates tried)"
