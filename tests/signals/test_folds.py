"""Folds are even, keep copies together, and know neither row order nor class names."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.signals.folds import stratified_folds


def dealt(strata, units, n_folds, seed=0):
    units = np.asarray(units, dtype=np.uint64)
    return stratified_folds(
        np.asarray(strata), units, n_folds=n_folds, rng=np.random.default_rng(seed)
    )


@pytest.mark.parametrize("counts", [(50, 50), (90, 10), (7, 3, 1), (5, 5, 5, 5)])
def test_every_class_is_spread_evenly(counts):
    strata = np.repeat(np.arange(len(counts)), counts)
    folds = dealt(strata, np.arange(len(strata)), 5)
    for k in range(len(counts)):
        per_fold = np.bincount(folds[strata == k], minlength=5)
        assert per_fold.max() - per_fold.min() <= 1
    total = np.bincount(folds, minlength=5)
    assert total.max() - total.min() <= 1


def test_large_groups_are_evened_out():
    units = np.repeat(np.arange(6), [30, 30, 20, 20, 10, 10])
    folds = dealt(np.zeros(120, dtype=int), units, 3)
    assert np.bincount(folds).tolist() == [40, 40, 40]


def test_copies_with_different_labels_stay_together():
    folds = dealt([0, 1, 1, 0, 0, 1], [5, 5, 5, 6, 7, 8], 2)
    assert len(set(folds[:3])) == 1


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_row_order_and_class_names_change_nothing(data):
    n = data.draw(st.integers(4, 40))
    units = np.array(data.draw(st.lists(st.integers(0, 12), min_size=n, max_size=n)))
    strata = units % 3  # copies carry one label
    order = np.array(data.draw(st.permutations(range(n))))
    names = np.array(data.draw(st.permutations(range(3))))
    folds = dealt(strata, units, 3)
    np.testing.assert_array_equal(
        dealt(names[strata][order], units[order], 3), folds[order]
    )
    for unit in np.unique(units):
        assert len(set(folds[units == unit])) == 1


def test_another_seed_deals_differently():
    strata, units = np.zeros(50, dtype=int), np.arange(50)
    assert (dealt(strata, units, 5, seed=0) != dealt(strata, units, 5, seed=1)).any()
