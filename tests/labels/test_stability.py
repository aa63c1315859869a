"""Benchmarks with wrong labels: where the order of models flips, and accuracy from an audit."""

import numpy as np
import pytest

from tilth.algorithms.labels import (
    AuditSample,
    audit_sample,
    corrected_accuracy,
    ranking_stability,
)
from tilth.errors import InvalidInputError


def test_the_order_flips_where_two_lines_cross():
    # 90 sound labels: the first model is right on 88, the second on 86. Ten wrong ones: the
    # first repeats seven errors, the second one. (1 - N) 2/90 = N 6/10 at N = 1/28.
    labels = np.zeros(100, dtype=int)
    corrected = np.where(np.arange(100) < 10, 1, 0)
    first, second = corrected.copy(), corrected.copy()
    first[:7], second[:1] = 0, 0
    first[10:12], second[10:14] = 1, 1
    found = ranking_stability(
        labels, corrected, np.stack([second, first]), rng=np.random.default_rng(0)
    )
    assert found.prevalence == pytest.approx(0.1)
    np.testing.assert_allclose(found.given[:, 0], [0.87, 0.95])
    np.testing.assert_allclose(found.corrected[:, 0], [0.95, 0.91])
    assert found.pairs.tolist() == [[1, 0]]
    at, low, high = found.flips_at[0]
    assert at == pytest.approx((2 / 90) / (2 / 90 + 6 / 10))
    assert low <= at <= high
    assert found.holds[0] < 0.2


def test_a_model_that_is_better_everywhere_stays_better():
    labels = np.zeros(50, dtype=int)
    corrected = np.where(np.arange(50) < 5, 1, 0)
    worse = corrected.copy()
    worse[:3], worse[5:20] = 2, 1
    found = ranking_stability(
        labels, corrected, np.stack([corrected, worse]), rng=np.random.default_rng(0)
    )
    assert np.isnan(found.flips_at).all()
    assert found.holds[0] == 1.0


def test_one_model_has_no_pairs_and_no_class_is_right_for_nobody():
    labels = np.zeros(4, dtype=int)
    found = ranking_stability(
        labels, np.array([0, 0, -1, -1]), labels[None], rng=np.random.default_rng(0)
    )
    assert found.pairs.shape == (0, 2)
    assert found.corrected[0, 0] == 0.5


def test_accuracy_from_an_audit_holds_the_truth_in_most_draws():
    rng = np.random.default_rng(1)
    true = rng.integers(0, 5, 4000)
    wrong = rng.random(4000) < 0.1
    labels = np.where(wrong, (true + 1) % 5, true)
    predictions = np.where(rng.random(4000) < 0.8, true, rng.integers(0, 5, 4000))
    p_error = np.clip(0.6 * wrong + 0.4 * rng.random(4000), 0, 1)
    real, held = (predictions == true).mean(), []
    for _ in range(200):
        sample = audit_sample(p_error, p_error > 0.6, 200, rng=rng)
        _, low, high = corrected_accuracy(predictions, labels, sample, true[sample.rows])
        held.append(low <= real <= high)
    assert np.mean(held) >= 0.9


def test_a_sample_of_all_labels_says_more_of_accuracy_than_one_of_the_flags():
    rng = np.random.default_rng(4)
    true = rng.integers(0, 4, 4000)
    wrong = rng.random(4000) < 0.08
    labels = np.where(wrong, (true + 1) % 4, true)
    p_error = np.where(wrong, rng.uniform(0.5, 1, 4000), rng.uniform(0, 0.55, 4000))
    widths, held = [], []
    for flagged in (np.zeros(4000, dtype=bool), p_error >= 0.5):
        for _ in range(40):
            sample = audit_sample(p_error, flagged, 100, rng=rng)
            _, low, high = corrected_accuracy(true, labels, sample, true[sample.rows])
            held.append(low <= 1.0 <= high)
            widths.append(high - low)
    assert np.mean(held) >= 0.9
    assert np.mean(widths[:40]) < np.mean(widths[40:]) / 3


def test_everything_checked_is_known():
    labels, answers = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    sample = AuditSample(np.arange(4), np.ones(4))
    assert corrected_accuracy(np.array([0, 0, 1, 1]), labels, sample, answers) == (
        0.75, 0.75, 0.75,
    )  # fmt: skip


def test_shapes_that_do_not_fit_are_refused():
    labels, rng = np.zeros(4, dtype=int), np.random.default_rng(0)
    with pytest.raises(
        InvalidInputError, match="`corrected` must have one class per label"
    ):
        ranking_stability(labels, labels[:3], labels[None], rng=rng)
    with pytest.raises(
        InvalidInputError, match=r"`predictions` must have the shape \(n_mod"
    ):
        ranking_stability(labels, labels, labels, rng=rng)
    sample = AuditSample(np.arange(2), np.full(2, 2.0))
    with pytest.raises(
        InvalidInputError, match="`predictions` must have one class per label"
    ):
        corrected_accuracy(labels[:2], labels, sample, labels[:2])
    with pytest.raises(
        InvalidInputError, match="`answers` must have one class per example"
    ):
        corrected_accuracy(labels, labels, sample, labels)
