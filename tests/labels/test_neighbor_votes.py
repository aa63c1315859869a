"""Labels against their neighbors': agreement, and noise from triples."""

import numpy as np
import pytest

from tilth.algorithms.labels import neighbor_agreement, neighbor_noise_matrix
from tilth.algorithms.neighbors import nearest_neighbors
from tilth.errors import InvalidInputError


@pytest.fixture
def clusters():
    """Three far clusters, labels copied with known noise, five neighbors of each point."""
    rng = np.random.default_rng(0)
    noise = np.array([[0.7, 0.3, 0.0], [0.1, 0.8, 0.1], [0.0, 0.05, 0.95]])
    true = rng.integers(0, 3, 4000)
    points = rng.normal(size=(4000, 4)) + 12.0 * np.eye(4)[true]
    labels = np.array([rng.choice(3, p=noise[k]) for k in true])
    _, neighbors = nearest_neighbors(points, k=5)
    return labels, neighbors, labels != true, noise


def test_noise_is_found_from_neighbors_alone(clusters):
    labels, neighbors, _, noise = clusters
    found = neighbor_noise_matrix(labels, neighbors)
    np.testing.assert_allclose(found, noise, atol=0.05)


def test_wrong_labels_agree_least(clusters):
    labels, neighbors, wrong, _ = clusters
    agreement = neighbor_agreement(labels, neighbors)
    assert agreement.min() >= 0
    assert agreement.max() <= 1
    assert agreement[wrong].mean() < 0.4 < agreement[~wrong].mean()


def test_agreement_is_the_cosine_of_one_label_and_many():
    neighbors = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])
    found = neighbor_agreement(np.array([0, 0, 1, 2]), neighbors)
    np.testing.assert_allclose(found, [1 / 3**0.5, 1 / 3**0.5, 0.0, 0.0])


def test_names_of_classes_and_order_of_rows_have_no_meaning(clusters):
    labels, neighbors, _, _ = clusters
    swap = np.array([2, 0, 1])
    renamed = neighbor_noise_matrix(swap[labels], neighbors)
    found = neighbor_noise_matrix(labels, neighbors)
    np.testing.assert_allclose(renamed[np.ix_(swap, swap)], found, atol=1e-4)


def test_classes_without_examples_and_one_class_keep_their_labels():
    neighbors = np.array([[1, 2], [0, 2], [0, 1]])
    found = neighbor_noise_matrix(np.array([0, 0, 0]), neighbors, n_classes=2)
    assert found[1, 1] > 0.5
    np.testing.assert_array_equal(neighbor_noise_matrix([0, 0, 0], neighbors), [[1.0]])


def test_what_is_no_label_or_no_neighbor_is_refused():
    labels, neighbors = np.array([0, 1, 0]), np.array([[1, 2], [0, 2], [0, 1]])
    with pytest.raises(InvalidInputError, match="`labels` must be class codes from 0"):
        neighbor_agreement(np.array(["a", "b", "c"]), neighbors)
    with pytest.raises(InvalidInputError, match="must be rows of shape"):
        neighbor_agreement(labels, neighbors[:2])
    with pytest.raises(InvalidInputError, match=r"rows of other examples.*in row 1"):
        neighbor_agreement(labels, np.array([[1, 2], [1, 2], [0, 1]]))
    with pytest.raises(InvalidInputError, match="two neighbors or more"):
        neighbor_noise_matrix(labels, neighbors[:, :1])
    with pytest.raises(InvalidInputError, match="`n_classes` must be at least 2"):
        neighbor_noise_matrix(labels, neighbors, n_classes=1)
