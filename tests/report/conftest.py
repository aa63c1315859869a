"""A small dataset of texts."""

import pandas as pd
import pytest

from tilth.data.dataset import Dataset
from tilth.data.read import read

N = 24


@pytest.fixture
def letters() -> Dataset:
    """Texts of two classes with ids; every third holds markup."""
    texts = [
        f"a fine letter number {i}{' <br>' if i % 3 == 0 else ''} to read" for i in range(N)
    ]
    table = pd.DataFrame(
        {
            "id": [f"id-{i}" for i in range(N)],
            "body": texts,
            "label": ["good", "bad"] * (N // 2),
        }
    )
    return read(table, label="label", text="body", id="id")
