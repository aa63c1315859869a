"""Label errors: hand-computed joints, published masks, calibrated P(error), planted faults."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.algorithms.labels import (
    calibrated_label_errors,
    class_thresholds,
    confident_joint,
    error_probabilities,
    expected_precision,
    f1_cut,
    held_out_label_errors,
    label_errors,
    label_quality,
    noise_calibration,
    noise_matrix,
)
from tilth.errors import InvalidInputError

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
METHODS = ("argmax", "confident_joint", "prune_by_class", "prune_by_noise_rate", "both")
NAMES = ("argmax", "conf_joint_only", "cl_pbc", "cl_pbnr", "cl_both")


def noisy_probs(rng, n=3000, n_classes=4, noise=0.1, sharpness=3.0):
    """Labels of which some are wrong, and the probabilities of an honest model."""
    true = rng.integers(0, n_classes, n)
    scores = rng.normal(size=(n, n_classes))
    scores[np.arange(n), true] += sharpness
    pred_probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    wrong = rng.random(n) < noise
    shift = rng.integers(1, n_classes, n)
    return np.where(wrong, (true + shift) % n_classes, true), pred_probs, wrong


@pytest.fixture
def noisy():
    return noisy_probs(np.random.default_rng(0))


def f1(flagged, wrong):
    return 2 * (flagged & wrong).sum() / (flagged.sum() + wrong.sum())


def test_quality_scores_by_hand():
    labels = np.array([0, 1, 2])
    pred_probs = np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [1.0, 0.0, 0.0]])
    np.testing.assert_allclose(label_quality(labels, pred_probs), [0.7, 0.3, 0.0])
    margin = label_quality(labels, pred_probs, method="normalized_margin")
    np.testing.assert_allclose(margin, [0.75, 0.4, 0.0])
    entropy = -(0.7 * np.log(0.7) + 0.2 * np.log(0.2) + 0.1 * np.log(0.1))
    weighted = label_quality(labels, pred_probs, method="confidence_weighted_entropy")
    np.testing.assert_allclose(weighted[0], entropy / (entropy - np.log(0.7)))
    assert weighted[2] == 0.0


def test_a_certain_right_label_has_full_quality_by_every_method():
    for method in ("self_confidence", "normalized_margin", "confidence_weighted_entropy"):
        assert label_quality(np.array([0]), np.array([[1.0, 0.0]]), method=method)[0] == 1.0


def test_confident_joint_by_hand():
    labels = np.array([0, 0, 0, 1, 1, 1])
    pred_probs = np.array(
        [[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.4, 0.6], [0.9, 0.1]]
    )
    # Thresholds: mean of .9 .8 .1 and of .8 .6 .1; row 4 (.6 >= .5) still counts as class 1.
    np.testing.assert_allclose(class_thresholds(labels, pred_probs), [0.6, 0.5])
    np.testing.assert_array_equal(
        confident_joint(labels, pred_probs, calibrate=False), [[2, 1], [1, 2]]
    )
    np.testing.assert_allclose(
        noise_matrix(labels, pred_probs), [[2 / 3, 1 / 3], [1 / 3, 2 / 3]]
    )
    flagged = label_errors(labels, pred_probs, method="confident_joint")
    np.testing.assert_array_equal(np.flatnonzero(flagged), [2, 5])


def test_the_calibrated_joint_keeps_the_class_counts(noisy):
    labels, pred_probs, _ = noisy
    joint = confident_joint(labels, pred_probs)
    np.testing.assert_array_equal(joint.sum(axis=1), np.bincount(labels))


def test_a_class_without_examples_is_harmless():
    labels = np.array([0, 0, 1, 1] * 10)
    pred_probs = np.tile(
        [[0.8, 0.1, 0.1], [0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.7, 0.1]], (10, 1)
    )
    assert np.isinf(class_thresholds(labels, pred_probs)[2])
    assert noise_matrix(labels, pred_probs)[2].tolist() == [0, 0, 1]
    for method in (*METHODS, "calibrated"):
        assert not label_errors(labels, pred_probs, method=method).any()


@pytest.mark.parametrize("method", METHODS)
def test_pruning_never_flags_what_the_model_agrees_with_and_keeps_five(method, noisy):
    labels, pred_probs, _ = noisy
    flagged = label_errors(labels, pred_probs, method=method)
    if method != "confident_joint":
        assert not (flagged & (pred_probs.argmax(axis=1) == labels)).any()
    assert np.bincount(labels[~flagged], minlength=4).min() >= 5


@pytest.mark.parametrize("method", [*METHODS, "calibrated"])
def test_most_planted_errors_are_found(method, noisy):
    labels, pred_probs, wrong = noisy
    assert f1(label_errors(labels, pred_probs, method=method), wrong) > 0.6


@pytest.mark.parametrize("method", [*METHODS, "calibrated"])
def test_row_order_and_class_names_do_not_matter(method, noisy):
    labels, pred_probs, _ = noisy
    flagged = label_errors(labels, pred_probs, method=method)
    order = np.random.default_rng(1).permutation(len(labels))
    np.testing.assert_array_equal(
        label_errors(labels[order], pred_probs[order], method=method), flagged[order]
    )
    renamed = np.array([2, 0, 3, 1])
    other = np.empty_like(pred_probs)
    other[:, renamed] = pred_probs
    again = label_errors(renamed[labels], other, method=method)
    assert (again != flagged).mean() < 0.001  # ties of rounding may fall otherwise


def test_the_calibrated_cut_is_near_the_best_one():
    gaps = []
    for seed in range(5):
        for noise, sharpness in ((0.05, 4.0), (0.2, 3.0), (0.4, 3.0)):
            rng = np.random.default_rng(seed)
            labels, pred_probs, wrong = noisy_probs(rng, noise=noise, sharpness=sharpness)
            p_error = error_probabilities(labels, pred_probs)
            order = np.argsort(-p_error, kind="stable")
            found = np.cumsum(wrong[order])
            best = (2 * found / (np.arange(1, len(wrong) + 1) + wrong.sum())).max()
            gaps.append(best - f1(calibrated_label_errors(labels, pred_probs), wrong))
    assert np.mean(gaps) < 0.015
    assert max(gaps) < 0.05


def test_perfect_labels_of_a_sure_model_are_left_alone():
    labels = np.repeat(np.arange(3), 100)
    pred_probs = np.full((300, 3), 0.001)
    pred_probs[np.arange(300), labels] = 0.998
    assert calibrated_label_errors(labels, pred_probs).mean() < 0.01


def test_expected_precision_brackets_the_truth(noisy):
    labels, pred_probs, wrong = noisy
    flagged = calibrated_label_errors(labels, pred_probs)
    value, low, high = expected_precision(labels, pred_probs, flagged)
    assert low <= wrong[flagged].mean() <= high
    assert abs(value - wrong[flagged].mean()) < 0.1
    assert np.isnan(expected_precision(labels, pred_probs, np.zeros(len(labels), bool))[0])


def test_held_out_rows_are_judged_frozen_and_one_by_one(noisy):
    labels, pred_probs, wrong = noisy
    known, new = slice(0, 2000), slice(2000, None)
    flagged = held_out_label_errors(
        labels[known], pred_probs[known], labels[new], pred_probs[new]
    )
    assert f1(flagged, wrong[new]) > 0.6
    alone = held_out_label_errors(
        labels[known], pred_probs[known], labels[2000:2010], pred_probs[2000:2010]
    )
    np.testing.assert_array_equal(alone, flagged[:10])


def test_f1_cut_flags_the_obvious_and_ties_together():
    assert f1_cut(np.array([0.0, 0.0])) == np.inf
    assert f1_cut(np.array([])) == np.inf
    assert f1_cut(np.array([1.0, 1.0, 0.01])) == 1.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 60))
def test_any_probabilities_give_finite_results(seed, n_classes, n):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n)
    pred_probs = rng.dirichlet(np.full(n_classes, 0.1), n).astype(
        rng.choice(["f2", "f4", "f8"])
    )
    for method in (*METHODS, "calibrated"):
        assert label_errors(labels, pred_probs, method=method).shape == (n,)
    p_error = error_probabilities(labels, pred_probs)
    assert ((p_error >= 0) & (p_error <= 1)).all()
    calibration = noise_calibration(labels, pred_probs)
    np.testing.assert_allclose(calibration.hidden.noise.sum(axis=1), 1.0)


@pytest.mark.parametrize(
    ("labels", "pred_probs", "message"),
    [
        (
            np.zeros(3, int),
            np.ones((2, 2)) / 2,
            "one row per label, got 2 rows for 3 labels",
        ),
        (np.array([0, -1]), np.ones((2, 2)) / 2, r"class codes 0\.\.1.*got -1 in row 1"),
        (np.array([0, 2]), np.ones((2, 2)) / 2, r"class codes 0\.\.1.*got 2 in row 1"),
        (np.array([0.0, 1.0]), np.ones((2, 2)) / 2, "must be class codes"),
        (np.array([0, 1]), np.ones(2), "must be floats of shape"),
        (np.array([0, 1]), np.array([[0.5, 0.5], [np.nan, 0.5]]), "must be finite, row 1"),
    ],
)
def test_wrong_input_is_named(labels, pred_probs, message):
    with pytest.raises(InvalidInputError, match=message):
        label_errors(labels, pred_probs)


def test_a_calibration_of_other_classes_is_refused(noisy):
    labels, pred_probs, _ = noisy
    known = noise_calibration(labels, pred_probs)
    with pytest.raises(InvalidInputError, match="the 4 classes of `calibration`, got 2"):
        error_probabilities(np.array([0]), np.array([[0.5, 0.5]]), calibration=known)


@pytest.mark.shared
@pytest.mark.parametrize("sparsity", ["0.0", "0.2", "0.6"])
def test_published_masks_are_reproduced_to_the_bit(sparsity):
    path = SHARED / "cl_cifar10" / f"noise0.4_sparsity{sparsity}.npz"
    if not path.exists():
        pytest.skip("the published CIFAR-10 masks are not beside the project")
    with np.load(path) as arrays:
        labels, pred_probs = arrays["noisy_labels"].astype(np.int64), arrays["pred_probs"]
        for method, name in zip(METHODS, NAMES, strict=True):
            flagged = label_errors(labels, pred_probs, method=method)
            np.testing.assert_array_equal(flagged, ~arrays[f"keep_{name}"])


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "gap"), [("cifar10n_aggregate", 0.02), ("roman_numeral", 0.03)]
)
def test_the_cut_on_human_label_errors_is_near_the_best(name, gap):
    path = SHARED / "label_detection" / f"{name}.npz"
    if not path.exists():
        pytest.skip("the sets with known label errors are not beside the project")
    with np.load(path) as arrays:
        labels, wrong = arrays["labels"].astype(np.int64), arrays["is_error"]
        for model in ("resnet18", "swin", "twins"):
            pred_probs = arrays[f"pred_probs_{model}"]
            order = np.argsort(label_quality(labels, pred_probs), kind="stable")
            found = np.cumsum(wrong[order])
            best = (2 * found / (np.arange(1, len(wrong) + 1) + wrong.sum())).max()
            assert best - f1(calibrated_label_errors(labels, pred_probs), wrong) < gap
