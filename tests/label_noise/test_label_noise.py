"""Noise made to measure: amounts, zeros and counts are met exactly."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.algorithms.label_noise import (
    CIFAR10_CONFUSIONS,
    empirical_noise,
    flip_by_instance,
    flip_labels,
    make_asymmetric_noise,
    make_class_noise,
    make_pair_noise,
    make_uniform_noise,
    with_amount,
)
from tilth.data.dataset import Dataset
from tilth.data.faults import plant_class_noise
from tilth.data.schema import Schema
from tilth.errors import InvalidInputError

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@settings(max_examples=60, deadline=None)
@given(
    n_classes=st.integers(3, 20),
    amount=st.floats(0.01, 0.9),
    sparsity=st.floats(0, 1),
    seed=st.integers(0, 99),
)
def test_class_noise_has_exactly_its_trace_and_its_zeros(
    n_classes: int, amount: float, sparsity: float, seed: int
) -> None:
    sparsity *= 1 - 1 / (n_classes - 1)
    rng = np.random.default_rng(seed)
    matrix = make_class_noise(n_classes, amount, sparsity=sparsity, rng=rng)
    n_zeros = round(sparsity * n_classes * (n_classes - 1))
    assert np.isclose(matrix.trace(), n_classes * (1 - amount), rtol=0, atol=1e-9)
    assert (matrix == 0).sum() == n_zeros
    assert np.allclose(matrix.sum(axis=1), 1)
    assert (matrix >= 0).all()
    assert (matrix.diagonal() > 0).all()


def test_class_noise_meets_its_amount_under_uneven_classes() -> None:
    prior = np.array([0.7, 0.2, 0.1])
    matrix = make_class_noise(3, 0.3, class_prior=prior, rng=np.random.default_rng(1))
    assert np.isclose(prior @ (1 - matrix.diagonal()), 0.3)


def test_class_noise_of_amount_zero_leaves_labels_alone() -> None:
    assert np.array_equal(make_class_noise(4, 0.0, rng=np.random.default_rng(0)), np.eye(4))


def test_too_many_zeros_are_refused_with_the_most_there_can_be() -> None:
    with pytest.raises(InvalidInputError, match=r"between 0 and 0\.889 for 10 classes"):
        make_class_noise(10, 0.4, sparsity=0.9, rng=np.random.default_rng(0))


def test_uniform_pair_and_asymmetric_noise_are_what_they_say() -> None:
    assert np.allclose(make_uniform_noise(5, 0.4)[0], [0.6, 0.1, 0.1, 0.1, 0.1])
    assert np.allclose(make_pair_noise(3, 0.45)[2], [0.45, 0, 0.55])
    matrix = make_asymmetric_noise(10, 0.4, CIFAR10_CONFUSIONS)
    assert matrix[9, 1] == matrix[3, 5] == matrix[5, 3] == 0.4
    assert matrix.trace() == pytest.approx(8.0)


def test_a_confusion_with_itself_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="to other ones, got 1: 1"):
        make_asymmetric_noise(3, 0.4, {1: 1})


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 200), min_size=3, max_size=6),
    amount=st.floats(0.0, 0.9),
    seed=st.integers(0, 99),
)
def test_flipped_labels_meet_every_rate_in_whole_numbers(
    sizes: list[int], amount: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    matrix = make_class_noise(len(sizes), amount, rng=rng)
    labels = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    noisy = flip_labels(labels, matrix, rng=rng)
    counts = np.zeros((len(sizes), len(sizes)))
    np.add.at(counts, (labels, noisy.labels), 1)
    expected = np.array(sizes)[:, None] * matrix
    assert abs(noisy.is_error.sum() - (expected.sum() - expected.trace())) <= 0.5 + 1e-6
    assert (np.abs(counts - expected) <= 2).all()
    assert (np.abs((counts - expected).diagonal()) <= 1).all()
    assert np.array_equal(noisy.is_error, noisy.labels != labels)


def test_what_the_matrix_excludes_never_happens() -> None:
    rng = np.random.default_rng(3)
    matrix = make_class_noise(10, 0.4, sparsity=0.6, rng=rng)
    noisy = flip_labels(np.arange(1000) % 10, matrix, rng=rng)
    assert (noisy.matrix[matrix == 0] == 0).all()
    assert noisy.is_error.mean() == 0.4


def test_the_same_generator_draws_the_same_labels_and_leaves_the_input_alone() -> None:
    labels = np.arange(300) % 3
    kept = labels.copy()
    first, second = (
        flip_labels(labels, make_uniform_noise(3, 0.5), rng=np.random.default_rng(5))
        for _ in range(2)
    )
    assert np.array_equal(first.labels, second.labels)
    assert np.array_equal(labels, kept)


def test_instance_noise_meets_its_amount_and_follows_the_features() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 400)
    features = np.repeat(rng.normal(size=(40, 5)), 30, axis=0)  # thirty of each kind
    noisy = flip_by_instance(labels, features, 0.3, rng=rng)
    assert noisy.is_error.sum() == 360
    kind = np.arange(1200) // 30
    same = 0.0
    for k in range(40):
        wrong = noisy.labels[(kind == k) & noisy.is_error]
        same += np.bincount(wrong).max() / len(wrong)
    assert same / 40 > 0.75  # examples that look alike are mistaken alike; chance gives .6


def test_instance_noise_wants_one_row_of_features_for_each_label() -> None:
    with pytest.raises(InvalidInputError, match=r"of shape \(3, n_features\)"):
        flip_by_instance(
            np.array([0, 1, 1]), np.ones((2, 2)), 0.1, rng=np.random.default_rng()
        )


def test_the_noise_of_people_can_be_drawn_again_in_another_amount() -> None:
    truth, given_ = np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.array([0, 0, 0, 1, 1, 1, 1, 1])
    matrix = empirical_noise(truth, given_, 2)
    assert matrix.tolist() == [[0.75, 0.25], [0.0, 1.0]]
    doubled = with_amount(matrix, 0.25)
    assert doubled.tolist() == [[0.5, 0.5], [0.0, 1.0]]
    with pytest.raises(InvalidInputError, match=r"at most 0\.5"):
        with_amount(matrix, 0.6)


def test_a_class_nobody_has_is_never_wrong() -> None:
    assert empirical_noise(np.array([0]), np.array([0]), 2).tolist() == [[1, 0], [0, 1]]


def test_a_matrix_given_by_columns_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="Transpose it"):
        flip_labels(
            np.array([0, 1]),
            np.array([[0.9, 0.3], [0.1, 0.7]]),
            rng=np.random.default_rng(),
        )


@pytest.mark.parametrize(
    "labels", [np.array([0, 2]), np.array([-1, 0]), np.array([0.5, 1])]
)
def test_labels_that_are_no_codes_are_refused(labels: np.ndarray) -> None:
    with pytest.raises(InvalidInputError, match="must be class codes"):
        flip_labels(labels, make_uniform_noise(2, 0.1), rng=np.random.default_rng())


def test_a_dataset_gets_the_noise_in_the_order_of_its_classes() -> None:
    frame = pd.DataFrame({"x": range(30), "y": ["b", "a", None] * 10})
    data = Dataset(frame, Schema("classification", label="y"), np.arange(30))
    noisy, wrong = plant_class_noise(
        data, np.array([[0.5, 0.5], [0.0, 1.0]]), np.random.default_rng(0)
    )
    assert wrong.sum() == 5
    assert set(noisy.table["y"][wrong]) == {"b"}
    assert noisy.table["y"].isna().sum() == 10
    with pytest.raises(InvalidInputError, match="each of the 2 classes"):
        plant_class_noise(data, np.eye(3), np.random.default_rng(0))


@pytest.mark.shared
@pytest.mark.skipif(
    not (SHARED / "cl_cifar10").exists(),
    reason="the published CIFAR-10 labels are not beside the project",
)
@pytest.mark.parametrize("sparsity", [0.0, 0.6])
def test_published_noise_is_of_the_kind_drawn_here(sparsity: float) -> None:
    stored = np.load(SHARED / "cl_cifar10" / f"noise0.4_sparsity{sparsity}.npz")
    published = stored["noise_matrix"].T.astype(np.float64)
    ours = make_class_noise(10, 0.4, sparsity=sparsity, rng=np.random.default_rng(0))
    assert np.isclose(published.trace(), ours.trace())
    assert (published == 0).sum() == (ours == 0).sum()
    labels = stored["true_labels"].astype(np.int64)
    realised = empirical_noise(labels, stored["noisy_labels"].astype(np.int64), 10)
    assert np.abs(realised - published).max() < 0.02
    again = flip_labels(
        labels, published / published.sum(1)[:, None], rng=np.random.default_rng(0)
    )
    assert again.is_error.sum() == 20_000
