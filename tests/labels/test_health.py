"""Health of classes, and classes that overlap."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tilth.algorithms.labels import class_health, noise_rate, overlapping_classes


@pytest.fixture
def four_classes():
    """Strong model; class 0 is given wrongly in a fifth of cases, 2 and 3 are one to the model."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, 4, 4000)
    scores = rng.normal(size=(4000, 4))
    scores[np.arange(4000), true] += 5
    scores[:, 3] = np.where(true >= 2, scores[:, 2] + scores[:, 3], 2 * scores[:, 3]) / 2
    scores[:, 2] = np.where(true >= 2, scores[:, 3], scores[:, 2])
    pred_probs = np.exp(2 * scores) / np.exp(2 * scores).sum(axis=1, keepdims=True)
    labels = np.where((rng.random(4000) < 0.2) & (true == 1), 0, true)
    return labels, pred_probs, labels != true


def test_the_class_that_took_others_is_the_least_sound(four_classes):
    labels, pred_probs, wrong = four_classes
    found = class_health(labels, pred_probs)
    assert found.n.sum() == 4000
    assert found.taken_for[0] == 1
    assert {found.taken_for[2], found.taken_for[3]} == {2, 3}
    assert found.wrong[0, 0] > found.wrong[1, 0]
    value, low, high = found.wrong[0]
    assert low <= value <= high
    assert low <= wrong[labels == 0].mean() <= high


def test_classes_together_are_the_noise_rate(four_classes):
    labels, pred_probs, _ = four_classes
    found = class_health(labels, pred_probs)
    together = (found.wrong * found.n[:, None]).sum(axis=0) / found.n.sum()
    np.testing.assert_allclose(together, noise_rate(labels, pred_probs))


def test_two_classes_that_are_one_come_first(four_classes):
    labels, pred_probs, _ = four_classes
    found = overlapping_classes(labels, pred_probs)
    assert (found.first[0], found.second[0]) == (2, 3)
    value, low, high = found.overlap[0]
    assert value > 0.9
    assert low <= value <= high
    assert found.overlap[1, 0] < 0.5
    assert len(found.first) == 6


def test_overlap_is_twice_what_auc_lacks():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 200)
    p = np.clip(0.5 + 0.2 * (labels - 0.5) + rng.normal(0, 0.1, 200), 0, 1)
    found = overlapping_classes(labels, np.column_stack([1 - p, p]))
    assert found.overlap[0, 0] == pytest.approx(2 * (1 - roc_auc_score(labels, p)))


def test_classes_without_examples_say_nothing():
    labels = np.repeat([0, 1], 50)
    pred_probs = np.where(labels[:, None] == [0, 1, 2], 0.9, 0.05)
    found = class_health(labels, pred_probs)
    assert np.isnan(found.wrong[2]).all()
    assert found.taken_for[2] == -1
    assert len(overlapping_classes(labels, pred_probs).first) == 1
    assert len(overlapping_classes(labels[:1], np.ones((1, 1))).first) == 0
