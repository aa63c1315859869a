"""Audited samples: drawn as said, unbiased, intervals that hold and close."""

import numpy as np
import pytest

from tilth.algorithms.labels import (
    AuditSample,
    audit_sample,
    audited_precision,
    audited_recall,
)
from tilth.errors import InvalidInputError


@pytest.fixture
def scored():
    """P(error) of 2,000 labels, the 300 flagged, and which are really wrong."""
    rng = np.random.default_rng(0)
    p_error = rng.beta(0.2, 2.0, 2000)
    wrong = rng.random(2000) < p_error**1.5
    return p_error, p_error >= np.sort(p_error)[-300], wrong


def test_the_sample_has_the_size_asked_and_stands_for_everything(scored):
    p_error, flagged, _ = scored
    for n in (1, 2, 7, 100, 500, 2000):
        sample = audit_sample(p_error, flagged, n, rng=np.random.default_rng(n))
        assert len(sample.rows) == len(set(sample.rows)) == n
        if n >= 100:
            assert sample.stands_for.sum() == pytest.approx(2000)
    assert (sample.stands_for == 1).all()


def test_most_are_drawn_among_the_flagged(scored):
    p_error, flagged, _ = scored
    sample = audit_sample(p_error, flagged, 100, rng=np.random.default_rng(0))
    assert flagged[sample.rows].sum() == 94


def test_nothing_flagged_is_sampled_all_the_same(scored):
    p_error, flagged, wrong = scored
    sample = audit_sample(p_error, flagged & False, 50, rng=np.random.default_rng(0))
    assert len(sample.rows) == 50
    assert np.isnan(audited_precision(flagged & False, sample, wrong[sample.rows])).all()


def test_estimates_are_unbiased_and_intervals_hold(scored):
    p_error, flagged, wrong = scored
    precision, recall = wrong[flagged].mean(), flagged[wrong].mean()
    values, held, held_recall, widths = [], [], [], []
    for seed in range(200):
        sample = audit_sample(p_error, flagged, 100, rng=np.random.default_rng(seed))
        value, low, high = audited_precision(flagged, sample, wrong[sample.rows])
        values.append(value)
        held.append(low <= precision <= high)
        widths.append(high - low)
        _, low, high = audited_recall(flagged, sample, wrong[sample.rows])
        held_recall.append(low <= recall <= high)
    assert abs(np.mean(values) - precision) < 0.01
    assert np.mean(held) >= 0.9
    assert max(widths) <= 0.21
    assert np.mean(held_recall) >= 0.9


def test_another_cut_may_be_judged_by_the_same_sample(scored):
    p_error, flagged, wrong = scored
    stricter = p_error >= np.sort(p_error)[-100]
    held = []
    for seed in range(100):
        sample = audit_sample(p_error, flagged, 100, rng=np.random.default_rng(seed))
        _, low, high = audited_precision(stricter, sample, wrong[sample.rows])
        held.append(low <= wrong[stricter].mean() <= high)
    assert np.mean(held) >= 0.85


def test_checking_everything_leaves_no_doubt(scored):
    p_error, flagged, wrong = scored
    sample = audit_sample(p_error, flagged, 2000, rng=np.random.default_rng(0))
    real = wrong[flagged].mean()
    assert audited_precision(flagged, sample, wrong[sample.rows]) == pytest.approx(
        (real,) * 3
    )
    found = audited_recall(flagged, sample, wrong[sample.rows])
    assert found == pytest.approx((flagged[wrong].mean(),) * 3, abs=0.01)


def test_all_right_and_all_wrong_are_not_taken_for_certain():
    flagged = np.arange(1000) < 500
    sample = AuditSample(np.arange(0, 500, 10), np.full(50, 10.0))
    value, low, high = audited_precision(flagged, sample, np.zeros(50, dtype=bool))
    assert (value, low) == (0.0, 0.0)
    assert 0.02 < high < 0.1  # the rule of three says .06
    value, low, high = audited_precision(flagged, sample, np.ones(50, dtype=bool))
    assert (value, high) == (1.0, 1.0)
    assert 0.9 < low < 0.98


def test_who_checked_only_flagged_ones_knows_no_recall():
    flagged = np.arange(1000) < 500
    sample = AuditSample(np.arange(0, 500, 10), np.full(50, 10.0))
    assert np.isnan(audited_recall(flagged, sample, np.ones(50, dtype=bool))).all()


@pytest.mark.parametrize("n", [0, -1, 2001])
def test_a_sample_cannot_be_larger_than_what_there_is(scored, n):
    with pytest.raises(InvalidInputError, match="`n` must be from 1 to the 2000 examples"):
        audit_sample(*scored[:2], n, rng=np.random.default_rng(0))


def test_answers_must_fit_the_sample(scored):
    p_error, flagged, wrong = scored
    sample = audit_sample(p_error, flagged, 10, rng=np.random.default_rng(0))
    with pytest.raises(
        InvalidInputError, match=r"one answer per example.*got 9 answers for 10"
    ):
        audited_precision(flagged, sample, wrong[sample.rows][:9])
    with pytest.raises(InvalidInputError, match="must be of one shape"):
        audit_sample(p_error, flagged[:5], 10, rng=np.random.default_rng(0))
