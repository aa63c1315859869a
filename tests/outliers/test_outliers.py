"""Outliers: scores against plain distances, cuts on known tails, planted rows and cells."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from tilth.algorithms import outliers
from tilth.algorithms.outliers import cell_severity, outlier_scores, tail_cut
from tilth.checks.check import NotApplicable
from tilth.checks.outliers import find_outliers
from tilth.errors import InvalidInputError
from tilth.remedies.outliers import drop_outliers

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"


def half_scaled(points):
    spread = points.std(axis=0)
    points, spread = points[:, spread > 0], spread[spread > 0]
    return (points - points.mean(axis=0)) / np.sqrt(spread)


def test_the_score_is_the_mean_distance_to_a_tenth_of_the_others():
    points = np.random.default_rng(0).normal(size=(120, 3))
    distances = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=-1))
    np.fill_diagonal(distances, np.inf)
    expected = np.sort(distances, axis=1)[:, :12].mean(axis=1)
    np.testing.assert_allclose(outlier_scores(points), expected, rtol=1e-4)


def test_new_examples_are_scored_by_known_ones():
    known = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]])
    # Five neighbors, here all there are: mean of 10 9 8 7 6 and of 2 1 0 1 2.
    scores = outlier_scores(np.array([[10.0], [2.0]]), reference=known)
    np.testing.assert_allclose(scores, [8.0, 1.2], rtol=1e-6)


@pytest.mark.parametrize("rng", [None, np.random.default_rng(0)])
def test_a_part_stands_for_a_large_reference(rng, monkeypatch):
    points = np.random.default_rng(1).normal(size=(3000, 4))
    whole = outlier_scores(points)
    monkeypatch.setattr(outliers, "_REFERENCE", 600)
    part = outlier_scores(points, rng=rng)
    assert np.corrcoef(whole, part)[0, 1] > 0.99
    assert abs(np.median(part) / np.median(whole) - 1) < 0.05


def test_a_small_crowd_of_outliers_does_not_hide_itself():
    rng = np.random.default_rng(2)
    points = np.vstack([rng.normal(size=(500, 3)), 12 + 0.01 * rng.normal(size=(20, 3))])
    assert outlier_scores(points)[500:].min() > outlier_scores(points)[:500].max()


@pytest.mark.parametrize("draw", ["normal", "uniform", "exponential", "lognormal"])
def test_sound_values_are_rarely_beyond_the_cut(draw):
    beyond = [
        (cell_severity(getattr(np.random.default_rng(seed), draw)(size=2000)) > 1).sum()
        for seed in range(20)
    ]
    assert np.mean(beyond) < 1  # of 2,000


@pytest.mark.parametrize("n_dimensions", [1, 2, 5, 20, 100])
def test_sound_examples_are_rarely_flagged(n_dimensions):
    points = np.random.default_rng(3).normal(size=(1000, n_dimensions))
    assert find_outliers(points, pd.DataFrame(points)).table["is_issue"].mean() < 0.005


@pytest.mark.parametrize("skewed", [False, True])
def test_planted_cells_are_found_in_many_columns(skewed):
    rng = np.random.default_rng(4)
    values = rng.normal(size=(2000, 30))
    values = np.exp(values) if skewed else values
    rows, columns = np.arange(0, 60), rng.integers(0, 30, 60)
    values[rows, columns] = 400.0 if skewed else 9.0
    severity = np.column_stack([cell_severity(values[:, c]) for c in range(30)])
    assert (severity[rows, columns] > 1).mean() > 0.9


def test_tail_cut_knows_when_it_cannot_tell():
    assert tail_cut(np.ones(1000)) == np.inf
    assert tail_cut(np.arange(1.0, 10.0)) == np.inf
    assert tail_cut(1 / np.random.default_rng(0).random(1000)) > 1000


def test_coarse_and_missing_columns_are_left_alone():
    assert not cell_severity(np.repeat([0.0, 1.0], 500)).any()
    assert not cell_severity(np.full(10, np.nan)).any()
    values = np.append(np.random.default_rng(0).normal(size=500), [np.nan, 1e9])
    severity = cell_severity(values)
    assert severity[500] == 0
    assert severity[501] > 1


def test_the_check_names_column_and_value():
    rng = np.random.default_rng(5)
    table = pd.DataFrame(rng.normal(size=(400, 3)), columns=["a", "b", "c"])
    table["kind"] = "x"
    table.loc[7, "b"] = -50.0
    findings = find_outliers(table[["a", "b", "c"]].to_numpy(), table)
    worst = findings.issues.iloc[0]
    assert (worst["key"], worst["column"], worst["value"]) == (7, "b", -50.0)
    assert worst["robust_z"] < -30
    assert findings.facts["by_column"] == {"b": 1}


def test_a_row_odd_only_in_combination_is_found_by_distance():
    rng = np.random.default_rng(6)
    first = rng.normal(size=500)
    points = np.column_stack([first, first + 0.01 * rng.normal(size=500)])
    points[9] = [1.5, -1.5]
    findings = find_outliers(points, pd.DataFrame(points, columns=["a", "b"]))
    assert findings.issues["key"].iloc[0] == 9
    assert findings.issues["column"].isna().iloc[0]
    assert findings.facts["by_distance_only"] >= 1


def test_row_order_and_units_of_a_cell_do_not_matter():
    rng = np.random.default_rng(7)
    points = rng.normal(size=(300, 4))
    points[3, 1] = 30.0
    table = pd.DataFrame(points, columns=list("abcd"))
    flagged = find_outliers(points, table).table["is_issue"].to_numpy()
    order = rng.permutation(300)
    again = find_outliers(points[order], table.iloc[order].reset_index(drop=True))
    np.testing.assert_array_equal(again.table["is_issue"], flagged[order])
    np.testing.assert_allclose(
        cell_severity(points[:, 1] * 1000), cell_severity(points[:, 1])
    )


def test_equal_rows_and_few_rows_are_no_outliers():
    same = np.ones((50, 2))
    assert find_outliers(same, pd.DataFrame(same)).issues.empty
    assert isinstance(find_outliers(same[:10], pd.DataFrame(same[:10])), NotApplicable)


def test_the_remedy_drops_what_lies_beyond_its_cut():
    points = np.random.default_rng(8).normal(size=(300, 2))
    points[[4, 8]] = [[40.0, 0.0], [0.0, -60.0]]
    findings = find_outliers(points, pd.DataFrame(points, columns=["a", "b"]))
    ids = np.arange(300) + 1000
    (edit,) = drop_outliers(findings, ids)
    assert edit.op == "drop"
    assert edit.targets["example_id"].tolist() == [1004, 1008]
    bolder = drop_outliers(findings, ids, min_severity=0.3)[0]
    assert set(edit.targets["example_id"]) < set(bolder.targets["example_id"])
    assert drop_outliers(findings, ids, min_severity=1e9) == []


@pytest.mark.parametrize(
    ("features", "reference", "message"),
    [
        (np.zeros(3), None, "`features` must have shape"),
        (np.array([[np.inf], [0.0]]), None, "must be finite.* in row 0"),
        (np.zeros((3, 2)), np.zeros((3, 1)), "must have the 2 columns of `features`"),
        (np.zeros((1, 2)), None, "some other example"),
    ],
)
def test_wrong_input_is_named(features, reference, message):
    with pytest.raises(InvalidInputError, match=message):
        outlier_scores(features, reference=reference)


@pytest.mark.shared
def test_the_score_ranks_as_well_as_the_bar_on_adbench():
    files = sorted((SHARED / "outliers_adbench").glob("*.npz"))
    if not files:
        pytest.skip("the outlier sets are not beside the project")
    results = []
    for file in files:
        with np.load(file) as arrays:
            scores = outlier_scores(half_scaled(arrays["X"].astype(np.float64)))
            truth = arrays["y"]
        results.append(
            (roc_auc_score(truth, scores), average_precision_score(truth, scores))
        )
    area, precision = np.mean(results, axis=0)
    assert area > 0.855
    assert precision > 0.525
