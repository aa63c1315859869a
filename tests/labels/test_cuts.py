"""Cuts: best F1, a precision asked for, a count asked for; what is expected of what they flag."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.algorithms.labels import (
    count_cut,
    expected_precision,
    expected_recall,
    f1_cut,
    noise_calibration,
    noise_rate,
    precision_cut,
)
from tilth.errors import InvalidInputError

P_ERROR = np.array([0.9, 0.9, 0.5, 0.2, 0.1, 0.0])


def test_a_precision_takes_as_many_as_reach_it():
    assert precision_cut(P_ERROR, 0.75) == 0.5
    assert precision_cut(P_ERROR, 0.9) == 0.9
    assert precision_cut(P_ERROR, 0.95) == np.inf
    assert precision_cut(np.array([]), 0.5) == np.inf


def test_a_count_takes_equals_together():
    assert (count_cut(P_ERROR, 1) <= P_ERROR).sum() == 2
    assert (count_cut(P_ERROR, 3) <= P_ERROR).sum() == 3
    assert count_cut(P_ERROR, 0) == np.inf
    assert (count_cut(P_ERROR, 100) <= P_ERROR).sum() == 6


@pytest.mark.parametrize("precision", [0.0, -1.0, 1.5])
def test_a_precision_is_a_share(precision):
    with pytest.raises(InvalidInputError, match="must be above 0 and at most 1"):
        precision_cut(P_ERROR, precision)


def test_a_count_is_not_negative():
    with pytest.raises(InvalidInputError, match="`count` must be at least 0, got -2"):
        count_cut(P_ERROR, -2)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.floats(0.01, 1))
def test_no_larger_selection_reaches_the_precision(values, precision):
    p_error = np.array(values)
    flagged = p_error >= precision_cut(p_error, precision)
    assert not flagged.any() or p_error[flagged].mean() >= precision - 1e-9
    for cut in p_error[~flagged]:
        assert p_error[p_error >= cut].mean() < precision


def test_the_best_cut_is_the_best_of_all_cuts():
    p_error = np.random.default_rng(0).beta(0.3, 2, 300)

    def expected_f1(cut):
        flagged = p_error >= cut
        return 2 * p_error[flagged].sum() / (flagged.sum() + p_error.sum())

    assert expected_f1(f1_cut(p_error)) == max(expected_f1(cut) for cut in p_error)


@pytest.fixture
def noisy():
    """A strong model, one label in five wrong."""
    rng = np.random.default_rng(1)
    true = rng.integers(0, 3, 3000)
    scores = rng.normal(size=(3000, 3))
    scores[np.arange(3000), true] += 4
    pred_probs = np.exp(4 * scores) / np.exp(4 * scores).sum(axis=1, keepdims=True)
    wrong = rng.random(3000) < 0.2
    return np.where(wrong, (true + rng.integers(1, 3, 3000)) % 3, true), pred_probs, wrong


def test_precision_recall_and_rate_are_held_by_their_intervals(noisy):
    labels, pred_probs, wrong = noisy
    known = noise_calibration(labels, pred_probs)
    flagged = np.asarray(pred_probs.argmax(axis=1) != labels)
    for estimate, real in (
        (
            expected_precision(labels, pred_probs, flagged, calibration=known),
            wrong[flagged].mean(),
        ),
        (
            expected_recall(labels, pred_probs, flagged, calibration=known),
            flagged[wrong].mean(),
        ),
        (noise_rate(labels, pred_probs, calibration=known), wrong.mean()),
    ):
        value, low, high = estimate
        assert low - 3e-3 <= real <= high + 3e-3  # chance is no part of the interval
        assert abs(value - real) < 0.1


def test_clean_labels_under_a_weak_model_may_all_be_right():
    rng = np.random.default_rng(2)
    pred_probs = rng.dirichlet([1.0, 1.0, 1.0], 4000)
    labels = np.array([rng.choice(3, p=row) for row in pred_probs])
    flagged = pred_probs.argmax(axis=1) != labels
    value, low, high = expected_precision(labels, pred_probs, flagged)
    assert low == 0.0
    assert 0.0 < value < high


def test_nothing_flagged_has_no_precision_and_nothing_wrong_no_recall():
    labels = np.repeat([0, 1], 50)
    pred_probs = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
    none = np.zeros(100, dtype=bool)
    assert np.isnan(expected_precision(labels, pred_probs, none)).all()
    one_class = np.zeros(5, dtype=int), np.ones((5, 1))
    assert np.isnan(expected_recall(*one_class, np.ones(5, dtype=bool))).all()
