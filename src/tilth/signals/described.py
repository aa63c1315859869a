"""The signal `described`: what rules about groups of examples may be about, as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tilth.errors import UnavailableError
from tilth.signals.image_stats import image_stats
from tilth.signals.signals import Signal, plain_columns

if TYPE_CHECKING:
    import pandas as pd

    from tilth.data.dataset import Dataset

# Measures a person can check on an image; the others say the same in other words.
_TOLD = ("width", "height", "brightness", "contrast", "sharpness", "colourfulness")


def described(dataset: Dataset) -> pd.DataFrame:
    """Return every column but the label, images as what was measured of them.

    An image column ``photo`` becomes ``photo brightness``, ``photo sharpness`` and so on.
    """
    table = plain_columns(dataset)
    try:
        stats = image_stats(dataset, None)
    except UnavailableError:
        return table
    name = dataset.schema.image
    return table.assign(
        **{f"{name} {measure}": stats.measures[measure] for measure in _TOLD}
    )


SIGNAL = Signal("described", described)
