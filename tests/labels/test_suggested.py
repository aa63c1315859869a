"""The label to give instead: against the formula, and better than the model's next class."""

import numpy as np
import pytest

from tilth.algorithms.labels import noise_calibration, suggested_labels
from tilth.algorithms.labels.calibration import GivenClasses, NoiseCalibration
from tilth.algorithms.labels.hidden_classes import HiddenClasses
from tilth.algorithms.labels.inputs import checked_examples
from tilth.algorithms.labels.noise_model import even_noise
from tilth.algorithms.labels.suggested import suggested
from tilth.errors import InvalidInputError


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def rows_of(seed, n, n_classes):
    rng = np.random.default_rng(seed)
    pred_probs = softmax(2 * rng.normal(size=(n, n_classes)))
    return rng.integers(0, n_classes, n), pred_probs


def calibration_of(n_classes, *, undone, seed=0):
    rng = np.random.default_rng(seed)
    noise = 0.3 * rng.dirichlet(np.full(n_classes, 0.3), n_classes)
    noise += 0.7 * np.eye(n_classes)
    first = GivenClasses(0.8, rng.normal(size=n_classes) / 3, noise) if undone else None
    hidden = HiddenClasses(1.3, rng.normal(size=n_classes) / 3, noise)
    return NoiseCalibration(1e-6, first, hidden, share=0.4, explained=0.8, cut=0.5)


def by_the_formula(labels, pred_probs, known):
    """The largest part of P(error), row by row, as the documentation has it."""
    logs = np.log(np.maximum(pred_probs, known.smallest))
    if known.undone is not None:
        given = softmax(known.undone.scale * logs + known.undone.bias)
        posterior = given
        for _ in range(5):
            explained = posterior @ known.undone.noise
            posterior = posterior * ((given / explained) @ known.undone.noise.T)
        logs = np.log(np.maximum(posterior, 1e-6))
    hidden = softmax(known.hidden.scale * logs + known.hidden.bias)
    found = []
    for y, r in zip(labels, hidden, strict=True):
        noise = known.hidden.noise
        explained = r @ noise[:, y]
        copied = min(noise[y, y] * r[y] / explained, 1)
        parts = [
            r[k] * (noise[k, y] / explained + copied * known.share) for k in range(len(r))
        ]
        parts[y] = -1
        found.append(int(np.argmax(parts)))
    return np.array(found)


@pytest.mark.parametrize(
    ("n_classes", "undone"), [(2, False), (5, False), (5, True), (40, False), (40, True)]
)
def test_the_largest_part_of_the_error_is_suggested(n_classes, undone):
    labels, pred_probs = rows_of(1, 400, n_classes)
    known = calibration_of(n_classes, undone=undone)
    found = suggested_labels(labels, pred_probs, calibration=known)
    np.testing.assert_array_equal(found, by_the_formula(labels, pred_probs, known))
    assert (found != labels).all()


def test_what_a_label_is_often_given_for_is_suggested_before_what_it_never_is():
    # Truly 1 is given as 0 three times in ten, truly 2 never: a model that learned so says 1
    # and 2 are as likely, and only 1 explains the label.
    noise = np.array([[1.0, 0, 0], [0.3, 0.7, 0], [0, 0, 1.0]])
    known = NoiseCalibration(
        1e-6,
        None,
        HiddenClasses(1.0, np.zeros(3), noise),
        share=0.4,
        explained=0.8,
        cut=0.5,
    )
    pred_probs = np.array([[0.2, 0.38, 0.42]])
    assert suggested_labels(np.array([0]), pred_probs, calibration=known)[0] == 1


def test_even_noise_suggests_the_most_probable_other_class():
    labels, pred_probs = rows_of(2, 500, 6)
    hidden = HiddenClasses(1.2, np.zeros(6), even_noise(6, 0.2))
    known = NoiseCalibration(1e-6, None, hidden, share=0.4, explained=0.8, cut=0.5)
    others = pred_probs.copy()
    others[np.arange(500), labels] = -1
    found = suggested_labels(labels, pred_probs, calibration=known)
    np.testing.assert_array_equal(found, others.argmax(axis=1))


def test_a_model_that_learned_the_noise_of_pairs_is_seen_through():
    # Each class is given as the next one in 40 % of cases, and the model has learned so.
    rng = np.random.default_rng(3)
    n, n_classes = 6_000, 6
    true = rng.integers(0, n_classes, n)
    labels = np.where(rng.random(n) < 0.4, (true + 1) % n_classes, true)
    hidden = softmax(3 * np.eye(n_classes)[true] + rng.normal(size=(n, n_classes)))
    pred_probs = 0.6 * hidden + 0.4 * np.roll(hidden, 1, axis=1)
    wrong = labels != true
    others = pred_probs.copy()
    others[np.arange(n), labels] = -1
    plainly = (others.argmax(axis=1) == true)[wrong].mean()
    found = (suggested_labels(labels, pred_probs) == true)[wrong].mean()
    assert found > plainly + 0.02
    assert found > 0.9


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_a_row_alone_gets_the_suggestion_it_gets_among_many(kind):
    labels, pred_probs = rows_of(4, 9_000, 20)
    pred_probs = pred_probs.astype(kind)
    known = calibration_of(20, undone=True)
    among = suggested(checked_examples(labels, pred_probs), known)
    for part in (slice(0, 1), slice(6_000, 6_700), slice(8_999, None)):
        alone = suggested(checked_examples(labels[part], pred_probs[part]), known)
        np.testing.assert_array_equal(alone, among[part])


def test_renaming_classes_renames_the_suggestions():
    labels, pred_probs = rows_of(5, 2_000, 4)
    labels = np.where(np.arange(2_000) % 3 > 0, pred_probs.argmax(axis=1), labels)
    renamed = np.array([2, 0, 3, 1])
    found = suggested_labels(labels, pred_probs)
    there = suggested_labels(renamed[labels], pred_probs[:, np.argsort(renamed)])
    assert (there == renamed[found]).mean() > 0.999


def test_a_sure_model_of_zeros_and_ones_is_suggested():
    labels = np.repeat([0, 1, 2], 100)
    pred_probs = np.eye(3)[labels]
    labels[::10] = (labels[::10] + 1) % 3
    wrong = np.arange(300) % 10 == 0
    found = suggested_labels(labels, pred_probs)
    np.testing.assert_array_equal(found[wrong], pred_probs.argmax(axis=1)[wrong])


def test_a_calibration_of_other_classes_is_refused():
    labels, pred_probs = rows_of(6, 100, 3)
    known = noise_calibration(labels, pred_probs)
    with pytest.raises(InvalidInputError, match="must have the 3 classes"):
        suggested_labels(np.zeros(2, int), np.full((2, 2), 0.5), calibration=known)


def test_one_class_leaves_nothing_to_suggest():
    with pytest.raises(InvalidInputError, match="two classes or more"):
        suggested_labels(np.zeros(3, int), np.ones((3, 1)))
