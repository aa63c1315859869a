"""Near points are examples that are alike."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.errors import UnavailableError
from tilth.signals.embeddings import SIGNAL
from tilth.signals.features import SIGNAL as FEATURES
from tilth.signals.signals import Signals


def signals(columns, text=()):
    frame = pd.DataFrame(columns)
    data = Dataset(frame, Schema("none", text=text), np.arange(len(frame)))
    return Signals(data, {s.name: s for s in (FEATURES, SIGNAL)})


def embedded(columns, text=()):
    return signals(columns, text)["embeddings"]


def test_numbers_are_divided_by_the_root_of_their_spread():
    values = np.array([0.0, 8.0, 0.0, 8.0])
    found = embedded({"a": values, "same": 1.0, "hole": [0, 8, None, 8]})
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[:, 0], [-2, 2, -2, 2])
    assert found.shape == (4, 2)
    assert np.isfinite(found).all()


def test_categories_weigh_like_a_typical_number():
    rng = np.random.default_rng(0)
    found = embedded(
        {"a": rng.normal(0, 4, 200), "c": np.where(np.arange(200) % 4, "u", "v")}
    )
    assert found[:, 1:].var(axis=0).sum() == pytest.approx(found[:, 0].var(), rel=1e-5)


def test_similar_texts_are_near_and_empty_ones_are_nowhere():
    texts = [
        "a good film about cats",
        "one good film about cats",
        "tax law of norway",
        "",
        None,
    ]
    found = embedded({"t": texts}, ("t",))
    assert found.shape[1] <= 128
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), [1, 1, 1, 0, 0], atol=1e-6)
    distance = cdist(found, found)
    assert distance[0, 1] < distance[0, 2]


def test_text_and_columns_have_an_equal_say():
    rng = np.random.default_rng(0)
    texts = [f"word{rng.integers(20)} word{rng.integers(20)} more{i}" for i in range(100)]
    found = embedded({"x": rng.normal(0, 100, 100), "t": texts}, ("t",))
    assert found[:, 1:].var(axis=0).sum() == pytest.approx(found[:, 0].var(), rel=1e-4)


def test_row_order_changes_distances_by_rounding_only():
    rng = np.random.default_rng(0)
    texts = [" ".join(f"word{k}" for k in rng.integers(0, 30, 5)) for _ in range(60)]
    order = rng.permutation(60)
    first = embedded({"t": texts}, ("t",))
    second = embedded({"t": [texts[i] for i in order]}, ("t",))
    np.testing.assert_allclose(
        cdist(first, first)[np.ix_(order, order)], cdist(second, second), atol=1e-3
    )


def test_nothing_to_embed_is_told():
    with pytest.raises(UnavailableError, match="whose values tell examples apart"):
        embedded({"x": [1, 1, 1]})
