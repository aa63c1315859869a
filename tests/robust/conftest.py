"""What the tests of robust training share."""

from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np
import pytest

from tilth.algorithms.label_noise import flip_labels, make_class_noise


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """One thread: small networks, and the same bits everywhere."""
    if find_spec("torch") is None:
        yield
        return
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def blobs() -> dict[str, np.ndarray]:
    """Three clouds in ten dimensions, four tenths of the training labels wrong."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(3, 10)) * 0.9
    labels = np.repeat([0, 1, 2], 400)
    X = (centres[labels] + rng.normal(size=(1200, 10))).astype(np.float32)
    order = rng.permutation(1200)
    X, labels = X[order], labels[order]
    noise = make_class_noise(3, 0.4, rng=np.random.default_rng(4))
    noisy = flip_labels(labels[:600], noise, rng=rng)
    return {
        "X": X[:600],
        "given": noisy.labels,
        "truth": labels[:600],
        "is_error": noisy.is_error,
        "noise": noise,
        "X_test": X[600:],
        "y_test": labels[600:],
    }
