"""Features: every example as numbers, encoded once for all built-in models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tilth.errors import UnavailableError
from tilth.models.encoders import Encoder
from tilth.models.train import feature_columns
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from tilth.data.dataset import Dataset
    from tilth.models.encoders import Encoded


def features(dataset: Dataset) -> Encoded:
    """Return all examples encoded, labels unseen.

    Raises
    ------
    UnavailableError
        If there is no column to learn from, or none that varies.
    """
    frame = feature_columns(dataset)
    if frame.shape[1] == 0:
        raise UnavailableError("needs at least one column besides the label")
    _, encoded = Encoder.fitted(frame, dataset.schema.text)
    if not encoded.columns:
        raise UnavailableError("needs a column whose values tell examples apart")
    return encoded


SIGNAL = Signal("features", features)
