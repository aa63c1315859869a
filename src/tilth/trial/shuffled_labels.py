"""Labels in random order: inputs and class shares stay, what the labels say does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset


def with_shuffled_labels(dataset: Dataset, seed: int, share: float = 1.0) -> Dataset:
    """Return a dataset in which this share of the labels changed places at random.

    Examples without a label stay without one.
    """
    rng = np.random.default_rng([seed, 17])
    rows = rng.permutation(dataset.labelled)[: round(share * len(dataset.labelled))]
    values: NDArray[Any] = dataset.given.copy()
    values[rows] = values[rng.permutation(rows)]
    name = str(dataset.schema.label)
    column = pd.Series(values, dtype=dataset.table[name].dtype, index=dataset.table.index)
    return replace(dataset, table=dataset.table.assign(**{name: column}))
