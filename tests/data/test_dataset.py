import copy

import numpy as np
import pandas as pd

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema


def test_a_dataset_travels_without_what_it_computed_on_demand():
    data = Dataset(
        pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}),
        Schema("classification", "y"),
        np.arange(2),
    )
    assert len(data.content_hash) == 2
    assert "content_hash" not in data.__getstate__()
    there = copy.copy(data)
    assert there.version_id == data.version_id
