"""The record of a training run."""

import numpy as np
import pytest

from tilth.algorithms.labels import TrainingDynamics
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
