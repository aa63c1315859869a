"""Small datasets for the signals."""

import numpy as np
import pandas as pd
import pytest

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema


@pytest.fixture
def table() -> Dataset:
    """90 examples, three classes that follow two columns, some rows unlabelled."""
    rng = np.random.default_rng(0)
    y = np.arange(90) % 3
    frame = pd.DataFrame(
        {
            "x": y + rng.normal(0, 0.4, 90),
            "kind": np.where(y == 2, "red", "blue"),
            "label": np.array(["b", "c", "a"], dtype=object)[y],
        }
    )
    frame.loc[[4, 50], "label"] = None
    return Dataset(frame, Schema("classification", label="label"), np.arange(90))


@pytest.fixture
def text() -> Dataset:
    """60 short texts of two classes."""
    texts = [f"{word} film number {i}" for i in range(30) for word in ("good", "bad")]
    frame = pd.DataFrame({"text": texts, "label": ["p", "n"] * 30})
    return Dataset(frame, Schema("classification", "label", ("text",)), np.arange(60))
