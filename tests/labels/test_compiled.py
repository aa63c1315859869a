"""The compiled twins return the same bits as numpy, and only one file knows numba."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tilth.algorithms.labels import (
    accelerate,
    class_thresholds,
    confident_joint,
    label_errors,
)
from tilth.algorithms.labels.error_probability import error_sums
from tilth.algorithms.labels.inputs import checked_examples
from tilth.algorithms.labels.row_sample import keys_of

SOURCES = Path(__file__).resolve().parents[2] / "src"
METHODS = ("argmax", "confident_joint", "prune_by_class", "prune_by_noise_rate", "both")


@pytest.fixture
def with_and_without(monkeypatch):
    """Return a function that calls another without the twins, then with them."""
    if find_spec("numba") is None:
        pytest.skip("the extra `fast` is not installed")

    def both(function, *arguments, **options):
        monkeypatch.setattr(accelerate, "_PAYS", np.inf)
        plain = function(*arguments, **options)
        monkeypatch.setattr(accelerate, "_PAYS", 0)
        return plain, function(*arguments, **options)

    return both


@pytest.mark.parametrize(
    ("kind", "n_classes", "digits"),
    [
        ("f4", 1, 9),
        ("f4", 4, 9),
        ("f4", 4, 1),
        ("f4", 300, 9),
        ("f2", 10, 9),
        ("f8", 10, 9),
    ],
)
def test_compiled_twins_return_the_same_bits(kind, n_classes, digits, with_and_without):
    rng = np.random.default_rng(0)
    n = 20_000 // n_classes
    pred_probs = rng.dirichlet(np.full(n_classes, 0.3), n).round(digits).astype(kind)
    labels = np.where(
        rng.random(n) < 0.7, pred_probs.argmax(axis=1), rng.integers(0, n_classes, n)
    )
    for estimate in (class_thresholds, confident_joint):
        plain, fast = with_and_without(estimate, labels, pred_probs)
        np.testing.assert_array_equal(plain, fast)
    for method in METHODS:
        plain, fast = with_and_without(label_errors, labels, pred_probs, method=method)
        np.testing.assert_array_equal(plain, fast)


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_compiled_hashes_and_sums_of_errors_have_the_same_bits(kind, with_and_without):
    rng = np.random.default_rng(0)
    pred_probs = rng.dirichlet(np.full(10, 0.3), 5_000).astype(kind)
    labels = rng.integers(0, 10, 5_000)
    right = rng.random((3, 5_000), dtype="f4")
    right[:, :3] = [[0], [1], [0.5]]
    for estimate in (
        lambda: [keys_of(checked_examples(labels, pred_probs))],
        lambda: error_sums(checked_examples(labels, pred_probs), right),
    ):
        for plain, fast in zip(*with_and_without(estimate), strict=True):
            np.testing.assert_array_equal(plain, fast)


def test_a_pair_with_no_positive_margins_is_cut_the_same(with_and_without):
    # Class 1 is sure for none of class 0 but by threshold: its margins are all below 0.
    pred_probs = np.tile(
        np.array([[0.6, 0.4], [0.55, 0.45], [0.8, 0.2], [0.3, 0.35]], dtype="f4"), (20, 1)
    )
    labels = np.tile([0, 0, 0, 1], 20)
    for method in METHODS:
        plain, fast = with_and_without(label_errors, labels, pred_probs, method=method)
        np.testing.assert_array_equal(plain, fast)


def test_small_data_do_not_load_numba():
    assert accelerate.compiled(1000) is None


def test_only_one_file_imports_numba():
    importing = [
        path.name for path in SOURCES.rglob("*.py") if "import numba" in path.read_text()
    ]
    assert importing == ["compiled.py"]
