import numpy as np
import pytest
from scipy import stats

from tilth.trial.bootstrap import (
    detectable_at_worst,
    paired_bootstrap,
    paired_difference,
)
from tilth.trial.metrics import METRICS

ACCURACY = METRICS["accuracy"]


def hits(right):
    """Predictions for labels that are all 1, right where `right` says."""
    return np.where(right, 1, 0)


def bootstrap(before, after, metric=ACCURACY, given=None, **options):
    given = np.ones(len(before[0]), dtype=object) if given is None else given
    return paired_bootstrap(
        metric, given, before, after, rng=np.random.default_rng(0), **options
    )


def with_gains_and_losses(gains, losses, n=200):
    before, after = np.ones(n, dtype=int), np.ones(n, dtype=int)
    before[:gains] = 0
    after[gains : gains + losses] = 0
    return [before], [after]


def test_the_difference_and_its_error_are_those_computed_by_hand():
    found = bootstrap(*with_gains_and_losses(30, 10))
    assert found.value == pytest.approx(20 / 200)
    variance = (40 - 20**2 / 200) / 199 / 200 + 1 / 200**2
    assert found.standard_error == pytest.approx(np.sqrt(variance), rel=0.03)
    half = stats.t.ppf(0.975, 199) * np.sqrt(variance)
    assert found.low == pytest.approx(0.1 - half, abs=0.005)
    assert found.high == pytest.approx(0.1 + half, abs=0.005)
    power = stats.t.ppf(0.975, 199) + stats.norm.ppf(0.8)
    assert found.smallest_detectable == pytest.approx(power * np.sqrt(variance), rel=0.03)


@pytest.mark.parametrize(("gains", "shows"), [(3, 0), (4, 0), (6, 1)])
def test_a_handful_of_gains_passes_only_where_the_exact_test_of_mcnemar_would(gains, shows):
    assert bootstrap(*with_gains_and_losses(gains, 0)).shows == shows
    assert bootstrap(*with_gains_and_losses(0, gains)).shows == -shows


def test_the_interval_turns_over_when_the_arms_do():
    before, after = with_gains_and_losses(12, 7)
    there, back = bootstrap(before, after), bootstrap(after, before)
    assert (there.value, there.low) == pytest.approx((-back.value, -back.high))


def test_lower_is_better_where_the_metric_says_so():
    rng = np.random.default_rng(1)
    given = rng.normal(size=300)
    near, far = given + rng.normal(0, 0.1, 300), given + rng.normal(0, 1, 300)
    for name in ("mae", "rmse"):
        found = bootstrap([far], [near], METRICS[name], given)
        assert found.value > 0
        assert found.shows == 1


def test_luck_that_differs_between_seeds_widens_the_interval():
    rng = np.random.default_rng(2)
    right = rng.random((2, 5, 400)) < 0.8
    lucky = right.copy()
    lucky[1] = rng.random((5, 400)) < np.array([0.7, 0.75, 0.8, 0.85, 0.9])[:, None]
    steady, shaky = (
        bootstrap(list(hits(arm[0])), list(hits(arm[1]))) for arm in (right, lucky)
    )
    assert shaky.high - shaky.low > 2 * (steady.high - steady.low)
    per_seed = lucky[1].mean(axis=1) - lucky[0].mean(axis=1)
    assert shaky.high - shaky.low > stats.t.interval(0.95, 4, scale=stats.sem(per_seed))[1]


def equal_arms(rng, *, n_seeds, luck, n=120):
    """Two arms that are right equally often, examples of unequal difficulty, seeds of unequal luck."""
    difficulty = rng.normal(1.7, 2, n)
    arms = []
    for sign in (-0.5, 0.5):
        tilt = sign * np.random.default_rng(0).choice(
            [-1, 1], n
        )  # arms differ, not in the mean
        odds = difficulty + tilt + rng.normal(0, luck, (n_seeds, 1))
        arms.append(list(hits(rng.random((n_seeds, n)) < 1 / (1 + np.exp(-odds)))))
    return arms


@pytest.mark.parametrize(("n_seeds", "luck"), [(1, 0.0), (5, 0.0), (5, 0.3), (5, 1.0)])
def test_with_nothing_wrong_the_interval_leaves_0_out_in_at_most_5_percent_of_runs(
    n_seeds, luck
):
    rng = np.random.default_rng(3)
    n_runs = 200
    found = [
        bootstrap(*equal_arms(rng, n_seeds=n_seeds, luck=luck), n_resamples=200).shows
        for _ in range(n_runs)
    ]
    allowed = stats.binom.ppf(0.999, n_runs, 0.05)
    assert np.count_nonzero(found) <= allowed
    assert found.count(1) <= stats.binom.ppf(0.999, n_runs, 0.025)


def test_a_gain_of_the_smallest_detectable_size_is_shown_about_as_often_as_promised():
    rng = np.random.default_rng(4)
    right = rng.random((2, 1000)) < 0.8
    found = bootstrap([hits(right[0])], [hits(right[1])], n_resamples=200)
    gain = found.smallest_detectable
    shown = [
        bootstrap(
            [hits(rng.random(1000) < 0.8 - gain / 2)],
            [hits(rng.random(1000) < 0.8 + gain / 2)],
            n_resamples=200,
        ).shows
        for _ in range(200)
    ]
    assert 0.7 < np.mean(np.array(shown) == 1) < 0.9


@pytest.mark.parametrize("name", METRICS)
def test_a_plain_gain_is_shown_in_every_metric(name):
    rng = np.random.default_rng(5)
    given = rng.integers(0, 10, 300).astype(object)
    arms = [
        [np.where(rng.random(300) < p, given, 3) for _ in range(3)] for p in (0.7, 0.95)
    ]
    found = bootstrap(*arms, METRICS[name], given)
    assert found.shows == 1
    spread = np.std([METRICS[name].score(given, arm) for arm in arms[0]])
    assert found.standard_error > spread / 3


def test_large_tests_need_fewer_resamples_and_little_memory():
    rng = np.random.default_rng(6)
    right = rng.random((2, 20_000)) < np.array([0.8, 0.82])[:, None]
    found = bootstrap([hits(right[0])], [hits(right[1])])
    assert found.standard_error == pytest.approx(np.sqrt(2 * 0.16 / 20_000), rel=0.1)


def test_balanced_accuracy_is_less_sure_than_accuracy_when_a_class_is_rare():
    rng = np.random.default_rng(7)
    given = np.array([0] * 480 + [1] * 20, dtype=object)
    arms = [[np.where(rng.random(500) < 0.8, given, 1 - given)] for _ in range(2)]
    plain, balanced = (
        bootstrap(*arms, METRICS[name], given) for name in ("accuracy", "balanced_accuracy")
    )
    assert balanced.standard_error > 2 * plain.standard_error


def test_the_closed_form_agrees_with_the_bootstrap():
    rng = np.random.default_rng(8)
    right = rng.random((2, 5, 300)) < 0.8
    sampled = bootstrap(list(hits(right[0])), list(hits(right[1])))
    closed = paired_difference(right[1].astype(float) - right[0], discordant=1.0)
    assert closed.value == pytest.approx(sampled.value)
    assert closed.standard_error == pytest.approx(sampled.standard_error, rel=0.03)


def test_intervals_looked_at_together_are_wider():
    differences = np.random.default_rng(9).normal(size=(1, 50))
    one, many = (paired_difference(differences, tests=n) for n in (1, 20))
    assert many.low < one.low < one.high < many.high


def test_equal_arms_still_leave_room_for_what_the_test_cannot_see():
    before, after = with_gains_and_losses(0, 0)
    found = bootstrap(before, after)
    assert found.value == 0
    assert found.low < 0 < found.high


def test_the_detectable_difference_at_worst_is_that_of_independent_arms():
    given = np.ones(400, dtype=object)
    predicted = hits(np.arange(400) < 320)
    power = stats.t.ppf(0.975, 399) + stats.norm.ppf(0.8)
    by_hand = power * np.sqrt(2 * 0.16 / 400 + 1 / 400**2)
    assert detectable_at_worst(ACCURACY, given, predicted) == pytest.approx(by_hand)
