"""Splits: nothing that belongs together is parted, and every class is taught."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tilth.data import folds, read, read_times, split
from tilth.errors import InvalidInputError


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def parts_of(data, n_folds, seed=0):
    return [split(data, rng=rng(seed)), *folds(data, n_folds, rng(seed))]


@settings(max_examples=30, deadline=None)
@given(
    x=st.lists(st.integers(0, 40), min_size=60, max_size=90),
    n_classes=st.integers(2, 6),
    seed=st.integers(0, 5),
    with_group=st.booleans(),
)
def test_copies_and_groups_stay_on_one_side_and_classes_are_taught(
    x, n_classes, seed, with_group
):
    assume(len(set(x)) >= 12)
    labels = rng(seed).integers(0, n_classes, len(x)).astype(object)
    labels[::9] = None
    groups = (np.array(x) * 7 + seed) % 23
    data = read(
        {"x": x, "g": groups, "label": labels},
        label="label",
        group="g" if with_group else None,
    )
    together = groups if with_group else data.content_hash
    for i, (train, test) in enumerate(parts_of(data, 4, seed)):
        assert np.array_equal(np.sort(np.concatenate([train, test])), np.arange(len(x)))
        is_test = np.isin(np.arange(len(x)), test)
        labelled = np.isin(np.arange(len(x)), data.labelled)
        assert not (is_test & ~labelled).any()
        assert not set(together[is_test]) & set(together[~is_test & labelled]), i
        assert set(data.given[is_test]) <= set(data.given[~is_test])
    tested = np.concatenate([test for _, test in folds(data, 4, rng(seed))])
    assert len(tested) == len(set(tested))


def test_classes_are_spread_evenly():
    labels = ["a"] * 700 + ["b"] * 200 + ["c"] * 97 + ["d"] * 2 + ["e"]
    data = read({"x": np.arange(1000), "label": labels})
    for share in (0.1, 0.2, 0.25, 1 / 3, 0.5):
        _, test = split(data, test_share=share, rng=rng())
        assert abs(len(test) - share * 1000) <= 2
        counts = np.bincount(data.labels[test], minlength=5)
        assert np.abs(counts[:3] - share * np.array([700, 200, 97])).max() <= 1
        assert counts[4] == 0
    for _, test in folds(data, 5, rng()):
        assert (
            np.abs(np.bincount(data.labels[test], minlength=5)[:3] - [140, 40, 19.4]).max()
            <= 1
        )


def test_regression_is_stratified_by_quantiles():
    target = rng(1).lognormal(size=500)
    data = read({"x": np.arange(500), "label": target})
    decile = np.searchsorted(np.quantile(target, np.arange(1, 10) / 10), target)
    _, test = split(data, rng=rng())
    assert np.bincount(decile[test]).tolist() == [10] * 10


def test_groups_are_balanced():
    groups = rng(2).zipf(1.6, 3000) % 200
    data = read(
        {"x": np.arange(3000), "g": groups, "label": rng(3).integers(0, 3, 3000)}, group="g"
    )
    sizes = [len(test) for _, test in folds(data, 5, rng())]
    assert sum(sizes) == 3000
    largest = np.bincount(groups).max()
    assert sorted(sizes)[-1] == largest
    assert max(sorted(sizes)[:-1]) - min(sizes) <= 20
    assert abs(len(split(data, rng=rng())[1]) - 600) < 200


def test_the_latest_become_the_test():
    days = rng(4).permutation(200)
    dates = pd.Timestamp("2020-01-01") + pd.to_timedelta(days, unit="D")
    for times in (days, dates, dates.strftime("%Y-%m-%d"), dates.strftime("%d/%m/%Y")):
        data = read({"t": times, "x": np.arange(200), "label": ["a", "b"] * 100}, time="t")
        train, test = split(data, rng=rng())
        assert sorted(days[test]) == list(range(160, 200))
        for train, test in folds(data, 4, rng()):
            assert days[train].max() < days[test].min()
            assert len(test) == 40


def test_groups_in_time_stay_whole_and_missing_times_train():
    time = np.arange(100.0)
    time[::10] = np.nan
    groups = np.arange(100) // 5 % 10
    data = read({"t": time, "g": groups, "label": ["a", "b"] * 50}, time="t", group="g")
    for train, test in parts_of(data, 3):
        assert not np.isnan(time[test]).any()
        timed = train[~np.isnan(time[train])]
        assert not set(groups[test]) & set(groups[timed])
    assert np.nanmax(time[split(data, rng=rng())[0]]) <= 99


def test_equal_times_are_shared_out_by_chance():
    data = read(
        {"year": [2020] * 90 + [2021] * 10, "x": np.arange(100), "label": ["a", "b"] * 50},
        time="year",
    )
    _, test = split(data, rng=rng())
    assert len(test) == 20
    assert set(range(90, 100)) <= set(test)


def test_the_order_of_rows_and_the_names_of_classes_do_not_matter():
    table = pd.DataFrame(
        {
            "x": rng().normal(size=60),
            "g": rng(1).integers(0, 20, 60),
            "label": ["a", "b", "c"] * 20,
        }
    )
    shuffled = rng(5).permutation(60)
    renamed = table.assign(label=table["label"].map({"a": "z", "b": "y", "c": "x"}))
    for group in (None, "g"):
        for (_, test), (_, moved), (_, other) in zip(
            parts_of(read(table, group=group), 3),
            parts_of(read(table.iloc[shuffled], group=group), 3),
            parts_of(read(renamed, group=group), 3),
            strict=True,
        ):
            assert set(shuffled[moved]) == set(test)
            assert other.tolist() == test.tolist()


def test_different_rng_different_split_same_rng_same_split():
    data = read({"x": np.arange(100), "label": ["a", "b"] * 50})
    assert split(data, rng=rng(1))[1].tolist() == split(data, rng=rng(1))[1].tolist()
    assert split(data, rng=rng(1))[1].tolist() != split(data, rng=rng(2))[1].tolist()


def test_data_without_labels_is_split_at_random():
    data = read({"x": np.arange(50)})
    train, test = split(data, rng=rng())
    assert (len(train), len(test)) == (40, 10)


def test_what_cannot_be_split_is_refused():
    data = read({"x": [1] * 10, "label": ["a", "b"] * 5})
    alike = (
        "enough examples with inputs of their own for 2 parts .* got 1. Give more examples"
    )
    with pytest.raises(InvalidInputError, match=alike):
        split(data, rng=rng())
    grouped = read({"x": range(10), "g": [7] * 10, "label": ["a", "b"] * 5}, group="g")
    with pytest.raises(InvalidInputError, match=r"groups by 'g' for 3 parts .* got 1"):
        folds(grouped, 3, rng())
    with pytest.raises(
        InvalidInputError, match="`test_share` must be between 0 and 1, got"
    ):
        split(data, test_share=1.5, rng=rng())
    with pytest.raises(InvalidInputError, match="`n_folds` must be at least 2, got 1"):
        folds(data, 1, rng())
    with pytest.raises(InvalidInputError, match="at least 2 examples"):
        split(read({"x": [1, 2], "label": ["a", None]}), rng=rng())
    with pytest.raises(InvalidInputError, match=r"'soon' in row 1"):
        split(
            read({"t": ["2020", "soon", "2021"], "label": [1, 2, 1]}, time="t"), rng=rng()
        )


def test_times_are_seconds_or_the_numbers_they_were():
    assert read_times(pd.Series([2020, 2021])).tolist() == [2020.0, 2021.0]
    assert read_times(pd.Series(["02/01/1970", "13/01/1970"])).tolist() == [
        86400.0,
        12 * 86400.0,
    ]
    assert read_times(pd.to_timedelta(pd.Series(["1min", None]))).tolist()[0] == 60.0
    zoned = pd.Series(["1970-01-01T00:00:00+00:00", "1970-01-01T01:00:00+01:00"])
    assert read_times(zoned).tolist() == [0.0, 0.0]
    assert np.isnan(read_times(pd.Series([None, None], dtype=object))).all()
