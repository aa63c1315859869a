"""Nearest neighbors against plain differences, with ties, copies and hostile numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.algorithms import neighbors
from tilth.algorithms.neighbors import nearest_neighbors
from tilth.errors import InvalidInputError


def slow_neighbors(queries, reference, k, metric="euclidean"):
    other = queries if reference is None else reference
    if metric == "cosine":
        lengths = [np.linalg.norm(part, axis=1) for part in (queries, other)]
        with np.errstate(invalid="ignore", divide="ignore"):
            distances = 1 - (queries @ other.T) / np.outer(*lengths)
        distances = np.nan_to_num(distances, nan=1.0)
    else:
        distances = np.sqrt(((queries[:, None, :] - other[None]) ** 2).sum(axis=-1))
    if reference is None:
        np.fill_diagonal(distances, np.inf)
    indices = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(distances, indices, axis=1), indices


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans(), st.integers(1, 12))
def test_equals_the_slow_reference_on_grids_full_of_ties(seed, same, wide, k):
    rng = np.random.default_rng(seed)
    n_features = 1 if not wide else 6
    points = rng.integers(-2, 3, (int(rng.integers(k + 1, 300)), n_features)) * 2.0
    queries = points if same else rng.integers(-2, 3, (17, n_features)) * 2.0
    reference = None if same else points
    distances, indices = nearest_neighbors(queries, reference, k=k)
    expected_distances, expected_indices = slow_neighbors(queries, reference, k)
    np.testing.assert_array_equal(indices, expected_indices)
    np.testing.assert_allclose(distances, expected_distances, rtol=1e-6)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_equals_the_slow_reference_over_many_tiles(metric, monkeypatch):
    monkeypatch.setattr(neighbors, "_TILE_ROWS", 7)
    monkeypatch.setattr(neighbors, "_TILE_COLUMNS", 11)
    monkeypatch.setattr(neighbors, "_FIRST_COLUMNS", 3)
    points = np.random.default_rng(0).normal(size=(150, 5)).astype(np.float32)
    expected_distances, expected_indices = slow_neighbors(
        points.astype(np.float64), None, 9, metric
    )
    distances, indices = nearest_neighbors(points, k=9, metric=metric)
    np.testing.assert_array_equal(indices, expected_indices)
    np.testing.assert_allclose(distances, expected_distances, atol=1e-5)


def test_a_far_row_does_not_blur_the_others():
    points = np.array([[0.0], [1e-3], [3e-3], [1e6]])
    distances, indices = nearest_neighbors(points, k=1)
    np.testing.assert_array_equal(indices.ravel(), [1, 0, 1, 2])
    np.testing.assert_allclose(distances.ravel()[:3], [1e-3, 1e-3, 2e-3], rtol=1e-4)


def test_copies_are_at_distance_zero_in_order_of_index_and_never_oneself():
    points = np.tile([[3.0, 4.0]], (2000, 1))
    distances, indices = nearest_neighbors(points, k=3)
    assert not distances.any()
    np.testing.assert_array_equal(indices[0], [1, 2, 3])
    np.testing.assert_array_equal(indices[1], [0, 2, 3])
    np.testing.assert_array_equal(indices[1999], [0, 1, 2])


def test_cosine_ignores_length_and_puts_zeros_at_distance_one():
    points = np.array([[1.0, 0.0], [5.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
    distances, indices = nearest_neighbors(points, k=3, metric="cosine")
    np.testing.assert_array_equal(indices[0], [1, 2, 3])
    np.testing.assert_allclose(distances[0], [0.0, 1.0, 1.0], atol=1e-7)
    np.testing.assert_allclose(distances[3], 1.0)


def test_row_order_does_not_change_the_neighbors():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(500, 8))
    order = rng.permutation(500)
    distances, indices = nearest_neighbors(points, k=5)
    shuffled_distances, shuffled = nearest_neighbors(points[order], k=5)
    np.testing.assert_array_equal(order[shuffled], indices[order])
    np.testing.assert_array_equal(shuffled_distances, distances[order])


def test_rows_without_columns_are_all_the_same():
    distances, indices = nearest_neighbors(np.empty((3, 0)), k=2)
    assert not distances.any()
    np.testing.assert_array_equal(indices, [[1, 2], [0, 2], [0, 1]])


@pytest.mark.parametrize(
    ("queries", "reference", "k", "message"),
    [
        (np.zeros(3), None, 1, r"`queries` must have shape \(rows, features\), got \(3,\)"),
        (np.zeros((3, 2)), np.zeros((3, 4)), 1, "same columns, got 2 and 4"),
        (np.zeros((3, 2)), None, 3, "`k` must be between 1 and 2, got 3"),
        (np.zeros((3, 2)), np.zeros((4, 2)), 5, "`k` must be between 1 and 4, got 5"),
        (np.array([[0.0], [np.nan], [1.0]]), None, 1, "infinite number in row 1"),
    ],
)
def test_wrong_input_is_named(queries, reference, k, message):
    with pytest.raises(InvalidInputError, match=message):
        nearest_neighbors(queries, reference, k=k)
