"""The record of a training run."""

import numpy as np
import pytest

from tilth.algorithms.labels import TrainingDynamics, dynamics_quality
from tilth.errors import InvalidInputError


def test_logits_become_the_hand_computed_probability_margin_and_hit() -> None:
    logits = np.log(
        [[[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]], [[0.1, 0.8, 0.1], [0.2, 0.2, 0.6]]]
    )
    found = TrainingDynamics.from_logits(logits, np.array([0, 2]))
    assert np.allclose(found.p_given, [[0.7, 0.2], [0.1, 0.6]])
    assert np.allclose(
        found.margin, np.log([[0.7 / 0.2, 0.2 / 0.5], [0.1 / 0.8, 0.6 / 0.2]])
    )
    assert found.is_correct.tolist() == [[True, False], [False, True]]
    assert (found.n_epochs, found.n_examples) == (2, 2)


def test_large_logits_do_not_overflow() -> None:
    logits = np.array([[[2000.0, 0.0], [-2000.0, 0.0]]])
    found = TrainingDynamics.from_logits(logits, np.array([0, 0]))
    assert found.p_given.tolist() == [[1.0, 0.0]]


def test_arrays_of_different_shapes_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="must share the shape"):
        TrainingDynamics(np.ones((2, 3)), np.ones((2, 3)), np.ones((2, 4), dtype=bool))


def test_logits_of_another_number_of_examples_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="for 3 labels"):
        TrainingDynamics.from_logits(np.ones((1, 2, 2)), np.array([0, 1, 0]))


def run_of(known: list[list[bool]]) -> TrainingDynamics:
    """A run in which the labels are known with probability 0.9, or not, with 0.2."""
    is_correct = np.array(known)
    p = np.where(is_correct, 0.9, 0.2)
    return TrainingDynamics(p, np.where(is_correct, 3.0, -1.0), is_correct)


def test_quality_is_the_mean_over_epochs_as_computed_by_hand() -> None:
    run = run_of([[True, False, True], [True, False, False], [True, False, True]])
    area = dynamics_quality(run)
    np.testing.assert_allclose(area, [0.875, 0.25, (1 + (5 / 3) / (8 / 3)) / 2])
    np.testing.assert_allclose(
        dynamics_quality(run, method="data_map"), [0.9, 0.2, 2.0 / 3]
    )
    # Known in two epochs, forgotten once.
    np.testing.assert_allclose(
        dynamics_quality(run, method="forgetting"), [1.0, 0.0, 1.0 / 3]
    )


def test_quality_needs_an_epoch() -> None:
    none = np.empty((0, 3))
    with pytest.raises(InvalidInputError, match="must hold one epoch or more"):
        dynamics_quality(TrainingDynamics(none, none, none.astype(bool)))
