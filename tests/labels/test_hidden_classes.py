"""Hidden classes: noise told from ignorance, gradients, readings chosen by what they foretell."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from tilth.algorithms.labels import (
    error_probabilities,
    expected_precision,
    noise_calibration,
)
from tilth.algorithms.labels import hidden_classes as fit


def weak_model(rng, n, n_classes, *, noise, sharpness=1.5):
    """True classes, labels of which some are copied wrongly, and an honest model that is often unsure."""
    true = rng.integers(0, n_classes, n)
    scores = rng.normal(size=(n, n_classes))
    scores[np.arange(n), true] += sharpness
    # What the scores are worth: their log likelihood ratios.
    logits = sharpness * scores
    pred_probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = true.copy()
    for k in range(n_classes):
        members = np.flatnonzero(true == k)
        labels[members] = rng.choice(n_classes, len(members), p=noise[k])
    return labels, pred_probs, labels != true


def even(n_classes, rate):
    noise = np.full((n_classes, n_classes), rate / (n_classes - 1))
    np.fill_diagonal(noise, 1 - rate)
    return noise


@pytest.mark.parametrize("n_classes", [3, 20])
@pytest.mark.parametrize("loss", ["even", "pairs"])
def test_gradients_are_those_of_the_loss(n_classes, loss):
    rng = np.random.default_rng(0)
    pred_probs = rng.dirichlet(np.full(n_classes, 0.9), 40)
    rows = fit._rows(rng.integers(0, n_classes, 40), np.log(pred_probs))
    assert rows.in_rest.any() == (n_classes > 16)
    if loss == "even":
        x, function = (
            rng.normal(size=n_classes + 2) * 0.3,
            lambda x: fit._even_loss(x, rows=rows),
        )
    else:
        x = rng.normal(size=1 + n_classes + n_classes**2) * 0.3
        function = lambda x: fit._pairs_loss(x, rows=rows, rate=0.2)  # noqa: E731
    x[0] = 1.3
    np.testing.assert_allclose(
        function(x)[1], approx_fprime(x, lambda x: function(x)[0], 1e-6), atol=1e-6
    )


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.3])
def test_the_rate_of_noise_is_found_though_the_model_is_weak(rate):
    labels, pred_probs, wrong = weak_model(
        np.random.default_rng(1), 8000, 4, noise=even(4, rate)
    )
    known = noise_calibration(labels, pred_probs)
    disagrees = (pred_probs.argmax(axis=1) != labels).mean()
    assert disagrees > rate + 0.15
    found = 1 - known.hidden.noise.diagonal().mean()
    assert abs(found - rate) < 0.03
    low = error_probabilities(labels, pred_probs, calibration=known, doubt="low")
    assert abs(low.mean() - wrong.mean()) < 0.03


def test_noise_of_one_class_alone_is_found():
    noise = np.array([[0.6, 0.4], [0.0, 1.0]])
    labels, pred_probs, _ = weak_model(np.random.default_rng(2), 6000, 2, noise=noise)
    found = noise_calibration(labels, pred_probs).hidden.noise
    assert abs(found[0, 1] - 0.4) < 0.08
    assert found[1, 0] < 0.05


def test_what_explains_everything_and_what_explains_nothing():
    rng = np.random.default_rng(3)
    noisy = noise_calibration(
        *weak_model(rng, 4000, 3, noise=even(3, 0.3), sharpness=4.0)[:2]
    )
    clean = noise_calibration(*weak_model(rng, 4000, 3, noise=even(3, 0.0))[:2])
    assert noisy.explained > 0.8
    assert clean.explained < 0.1
    strong = noise_calibration(
        *weak_model(rng, 4000, 3, noise=even(3, 0.0), sharpness=3)[:2]
    )
    assert (
        strong.share > clean.share
    )  # the more a model cannot tell, the less of it is errors


def test_where_chance_mixes_up_all_classes_less_doubt_is_held_for_errors():
    rng = np.random.default_rng(8)
    by_chance, alike = even(4, 0.2), np.eye(4)
    alike[:2, :2] = [[0.6, 0.4], [0.4, 0.6]]  # of two classes alone: as much noise in all
    shares = [
        noise_calibration(*weak_model(rng, 4000, 4, noise=noise, sharpness=3.0)[:2]).share
        for noise in (by_chance, alike)
    ]
    assert shares[0] < shares[1] / 2


def test_noise_of_few_pairs_is_found_in_few_rows():
    rng = np.random.default_rng(9)
    noise = 0.6 * np.eye(10) + 0.4 * np.roll(np.eye(10), 1, axis=1)
    labels, clean, wrong = weak_model(rng, 1000, 10, noise=noise, sharpness=3.0)
    half_learned = (clean + clean @ noise) / 2
    known = noise_calibration(labels, half_learned)
    assert abs(np.diagonal(known.hidden.noise, offset=1).mean() - 0.4) < 0.1
    p_error = error_probabilities(labels, half_learned, calibration=known)
    assert abs(p_error.mean() - wrong.mean()) < 0.05


def test_a_model_that_counts_votes_shows_no_noise_by_its_zeros():
    rng = np.random.default_rng(4)
    true = rng.integers(0, 4, 3000)
    p = np.full((3000, 4), 0.05)
    p[np.arange(3000), true] = 0.85
    votes = np.array([rng.multinomial(15, row) for row in p])
    labels = np.array([rng.choice(4, p=row) for row in p])
    known = noise_calibration(labels, votes / 15.0)
    assert known.smallest > 0.01


def test_a_handful_of_labels_shows_no_noise():
    labels = np.array([0, 1, 0, 1, 0, 1])
    pred_probs = np.where(labels[:, None] == [0, 1], 0.8, 0.2)
    assert noise_calibration(labels, pred_probs).hidden.noise.diagonal().min() > 0.9


def test_many_classes_are_read_by_their_likeliest_columns():
    rng = np.random.default_rng(5)
    labels, pred_probs, _ = weak_model(rng, 6000, 200, noise=even(200, 0.2), sharpness=4.0)
    known = noise_calibration(labels, pred_probs)
    assert abs(1 - known.hidden.noise.diagonal().mean() - 0.2) < 0.05


def test_class_noise_that_a_model_half_learned_is_undone_before_it_is_read():
    rng = np.random.default_rng(6)
    noise = 0.7 * np.eye(4) + 0.3 * np.roll(np.eye(4), 1, axis=1)
    labels, clean, wrong = weak_model(rng, 6000, 4, noise=noise, sharpness=3.0)
    half_learned = (clean + clean @ noise) / 2
    known = noise_calibration(labels, half_learned)
    assert known.undone is not None
    p_error = error_probabilities(labels, half_learned, calibration=known)
    assert abs(p_error.mean() - wrong.mean()) < 0.05


def test_class_noise_that_a_model_learned_in_full_may_be_anything():
    rng = np.random.default_rng(6)
    noise = 0.6 * np.eye(4) + 0.4 * np.roll(np.eye(4), 1, axis=1)
    labels, clean, wrong = weak_model(rng, 6000, 4, noise=noise, sharpness=5.0)
    flagged = np.asarray((clean @ noise).argmax(axis=1) != labels)
    _, low, high = expected_precision(labels, clean @ noise, flagged)
    assert low == 0.0
    assert high > 0.75
    assert wrong[flagged].mean() > 0.8
