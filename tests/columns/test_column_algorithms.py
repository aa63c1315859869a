import numpy as np
import pytest

from tilth.algorithms.columns import (
    copied_columns,
    dominating,
    is_identifier,
    placeholder_codes,
    robust_spread,
    scaled_copies,
    single_column_skill,
)
from tilth.errors import InvalidInputError


def test_spread_of_a_normal_column_ignores_wild_values():
    rng = np.random.default_rng(0)
    values = rng.normal(size=1000)
    wild = np.r_[values, np.full(5, 1e9)]
    assert robust_spread(wild) == pytest.approx(robust_spread(values), rel=0.05)


def test_spread_of_a_rare_indicator_is_its_standard_deviation():
    values = np.r_[np.zeros(999), 1.0]
    assert robust_spread(values) == pytest.approx(values.std())


def test_a_column_at_a_hundred_dominates_columns_at_one():
    factors = dominating(np.array([1.0, 1.6, 1.6, 1.1, 1.1, 100.0]))
    assert np.isnan(factors[:5]).all()
    assert factors[5] == pytest.approx(100 / np.sqrt(1 + 2 * 1.6**2 + 2 * 1.1**2))


def test_two_equal_giants_dominate_together():
    factors = dominating(np.array([1.0, 500.0, 2.0, 400.0]))
    np.testing.assert_array_equal(np.isfinite(factors), [False, True, False, True])


def test_a_cascade_of_scales_without_a_gap_dominates_nothing():
    assert np.isnan(dominating(5.0 ** np.arange(8))).all()


def test_one_tiny_column_does_not_make_the_others_giants():
    assert np.isnan(dominating(np.array([0.001, 1.0, 1.0, 1.0]))).all()


def test_many_small_columns_together_are_not_dominated():
    spreads = np.r_[np.ones(200), 50.0]
    assert np.isnan(dominating(spreads)).all()
    assert np.isfinite(dominating(np.r_[np.ones(200), 500.0])[-1])


def test_dominance_does_not_depend_on_unit_or_order():
    rng = np.random.default_rng(1)
    spreads = np.r_[rng.uniform(1, 3, 6), 300.0, np.nan]
    order = rng.permutation(len(spreads))
    np.testing.assert_allclose(
        dominating(spreads)[order], dominating(spreads[order] * 1000)
    )


def test_a_factor_of_one_is_refused():
    with pytest.raises(InvalidInputError, match="`factor` must be above 1"):
        dominating(np.array([1.0, 2.0]), factor=1.0)


def test_no_columns_dominate_nothing():
    assert dominating(np.array([])).shape == (0,)


@pytest.mark.parametrize(
    ("distinct", "counts", "codes"),
    [
        ([-999, 1, 5, 90], [3, 1, 1, 1], [-999]),
        ([-999, 1, 5, 90], [1, 1, 1, 1], []),  # once may be a measurement
        ([0, 1, 60, 99], [9, 9, 9, 9], []),  # not apart from the rest
        ([0, 1, 2, 9], [9, 9, 9, 9], []),  # a count
        ([-9, 0, 1, 2], [9, 9, 9, 9], [-9]),
        ([-99, 1, 2, 3, 999], [2, 1, 1, 1, 4], [-99, 999]),
        ([-998, 1, 2, 3], [5, 1, 1, 1], []),  # not written with nines
        ([1, 2, 3, 1e35], [1, 1, 1, 2], [1e35]),
        ([-9999, 0, 1], [5, 9, 9], [-9999]),
        ([5], [10], []),
        ([], [], []),
    ],
)
def test_placeholder_codes_stand_apart_and_repeat(distinct, counts, codes):
    found = placeholder_codes(np.array(distinct, dtype=float), np.array(counts, dtype=int))
    assert found.tolist() == codes


@pytest.mark.parametrize(
    ("n_values", "n_distinct", "n_possible", "expected"),
    [
        (1000, 1000, 1000, True),  # consecutive
        (1000, 990, 1000, True),  # consecutive with repeated rows
        (1000, 1000, 1e12, False),  # amounts of money: all different by chance
        (1000, 632, 1000, False),  # drawn at random from the range
        (3, 3, 3, False),
    ],
)
def test_identifiers_avoid_collisions_more_than_chance(
    n_values, n_distinct, n_possible, expected
):
    assert is_identifier(n_values, n_distinct, n_possible) is expected


def test_random_whole_numbers_are_seldom_taken_for_identifiers():
    rng = np.random.default_rng(2)
    flagged = 0
    for _ in range(300):
        values = rng.integers(0, 5000, size=100)
        span = int(values.max() - values.min() + 1)
        flagged += is_identifier(100, len(np.unique(values)), span)
    assert flagged <= 2


def test_a_renamed_column_is_a_copy_of_the_first():
    codes = np.array([[0, 7, 1], [1, 3, 1], [0, 7, 0], [2, 1, 0]])
    assert copied_columns(codes).tolist() == [0, 0, 2]


def test_copies_do_not_depend_on_row_order():
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 3, size=(50, 5))
    codes[:, 4] = 2 - codes[:, 1]
    order = rng.permutation(50)
    assert copied_columns(codes).tolist() == copied_columns(codes[order]).tolist()
    assert copied_columns(codes)[4] == 1


def test_rescaled_and_flipped_columns_are_copies_and_noisy_ones_are_not():
    rng = np.random.default_rng(4)
    x = rng.normal(size=200)
    values = np.c_[x, rng.normal(size=200), -3 * x + 7, x + 1e-3 * rng.normal(size=200)]
    assert scaled_copies(values).tolist() == [0, 1, 0, 3]


def test_a_copy_is_missing_in_the_same_places():
    rng = np.random.default_rng(5)
    x = rng.normal(size=100)
    gaps = x.copy()
    gaps[:10] = np.nan
    assert scaled_copies(np.c_[x, gaps]).tolist() == [0, 1]
    assert scaled_copies(np.c_[gaps, 2 * gaps]).tolist() == [0, 0]


def test_a_column_of_chance_has_no_skill():
    rng = np.random.default_rng(6)
    labels = rng.integers(0, 3, size=2000)
    column = rng.normal(size=2000)
    assert single_column_skill(column, labels, task="classification") < 0.1
    codes = np.arange(2000.0)  # one value per example
    assert (
        single_column_skill(codes, labels, task="classification", is_ordered=False) <= 0.0
    )


@pytest.mark.parametrize("is_ordered", [True, False])
def test_a_recoded_label_has_full_skill(is_ordered):
    rng = np.random.default_rng(7)
    labels = rng.integers(0, 5, size=500)
    column = np.array([30.0, 10.0, 50.0, 20.0, 40.0])[labels]
    skill = single_column_skill(
        column, labels, task="classification", is_ordered=is_ordered
    )
    assert skill == 1.0


def test_missingness_alone_can_tell_the_label():
    rng = np.random.default_rng(8)
    labels = rng.integers(0, 2, size=400)
    column = np.where(labels == 1, np.nan, rng.normal(size=400))
    assert single_column_skill(column, labels, task="classification") == 1.0


def test_skill_does_not_depend_on_row_order_or_class_names():
    rng = np.random.default_rng(9)
    labels = rng.integers(0, 3, size=600)
    column = labels + rng.normal(scale=0.5, size=600)
    skill = single_column_skill(column, labels, task="classification")
    order = rng.permutation(600)
    assert single_column_skill(column[order], labels[order], task="classification") == skill


def test_a_noisy_copy_of_a_numeric_label_explains_nearly_all():
    rng = np.random.default_rng(10)
    targets = rng.normal(size=1000)
    assert single_column_skill(np.exp(targets), targets, task="regression") > 0.99
    assert single_column_skill(rng.normal(size=1000), targets, task="regression") < 0.2


def test_skill_of_one_example_is_nothing():
    assert single_column_skill(np.array([1.0]), np.array([0]), task="classification") == 0.0


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_skill_depends_on_the_order_of_the_values_only(task):
    rng = np.random.default_rng(0)
    labels = np.tile([0, 1], 60)
    values = np.round(100 * labels + rng.normal(0, 30, 120))
    values[::17] = np.nan
    skill = single_column_skill(values, labels, task=task)
    assert 0.3 < skill < 1.0
    for other in (values + 1.6e12, values * 1e300):  # beyond what float32 can tell
        assert single_column_skill(other, labels, task=task) == skill
