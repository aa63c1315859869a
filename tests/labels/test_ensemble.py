"""Several models as one: weights without truth, order without meaning."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from tilth.algorithms.labels import ensemble_pred_probs, ensemble_weights, label_quality
from tilth.errors import InvalidInputError


@pytest.fixture
def models():
    """Labels of which a tenth is wrong; a strong, a middling and a clueless model."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, 4, 3000)
    wrong = rng.random(3000) < 0.1
    labels = np.where(wrong, (true + rng.integers(1, 4, 3000)) % 4, true)

    def model(sharpness):
        scores = rng.normal(size=(3000, 4))
        scores[np.arange(3000), true] += sharpness
        scores = np.exp(2 * scores)
        return scores / scores.sum(axis=1, keepdims=True)

    return labels, wrong, [model(3.0), model(2.0), model(0.0)]


def test_weights_follow_skill_without_truth(models):
    labels, _, probs = models
    weights = ensemble_weights(labels, probs)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[0] > weights[1] > weights[2]
    assert weights[2] < 0.05


def test_together_they_find_more_than_the_best(models):
    labels, wrong, probs = models
    together = ensemble_pred_probs(labels, probs)
    np.testing.assert_allclose(together.sum(axis=1), 1.0)
    found = average_precision_score(wrong, -label_quality(labels, together))
    best = max(average_precision_score(wrong, -label_quality(labels, p)) for p in probs)
    assert found > best


def test_the_order_of_models_has_no_meaning(models):
    labels, _, probs = models
    np.testing.assert_allclose(
        ensemble_pred_probs(labels, probs[::-1]), ensemble_pred_probs(labels, probs)
    )


def test_one_model_alone_is_calibrated_and_kept(models):
    labels, _, probs = models
    alone = ensemble_pred_probs(labels, probs[:1])
    assert (alone.argmax(axis=1) == probs[0].argmax(axis=1)).mean() > 0.99
    np.testing.assert_array_equal(ensemble_weights(labels, probs[:1]), [1.0])


def test_no_examples_have_even_weights():
    empty = np.empty((0, 3))
    np.testing.assert_array_equal(
        ensemble_weights(np.array([], dtype=int), [empty, empty]), [0.5, 0.5]
    )


def test_models_of_one_shape_are_wanted(models):
    labels, _, probs = models
    with pytest.raises(InvalidInputError, match="one array for each model"):
        ensemble_pred_probs(labels, [probs[0], probs[1][:10]])
    with pytest.raises(InvalidInputError, match="got none"):
        ensemble_pred_probs(labels, [])


def test_auto_is_the_chance_to_be_right_and_plain_where_rows_are_few(models):
    labels, wrong, probs = models
    auto = label_quality(labels, probs[1], method="auto")
    assert auto.min() >= 0
    assert auto.max() <= 1
    assert auto[wrong].mean() < auto[~wrong].mean()
    few = label_quality(labels[:20], probs[1][:20], method="auto")
    np.testing.assert_array_equal(few, label_quality(labels[:20], probs[1][:20]))
