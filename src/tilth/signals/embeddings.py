"""Embeddings: every example as a point, near to those it resembles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.models.directions import main_directions
from tilth.models.encoders import Category, Number, Text, dense
from tilth.models.pictures import Picture
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.models.encoders import Encoded

_TEXT_DIMENSIONS = (
    128  # latent semantic analysis: 100 to 300 serve (Deerwester et al. 1990)
)


def embeddings(features: Encoded) -> NDArray[np.float32]:
    """Return one point per example; near points are alike.

    Numbers are imputed, centred and divided by the square root of their standard deviation,
    half way between raw and standardised (methods 20.3: outliers in the 14 sets of
    ADBench are found best so). A category is a 0/1 column per value, together as
    wide as the middle one of the number columns. Text is TF-IDF projected on at most 128
    main directions, scaled to length 1; images are shape and colour on theirs; both, beside other
    columns, to the total variance of those.
    """
    tables, texts = [], []
    numbers = [
        _half_scaled(column, base)
        for column, base in zip(features.columns, features.bases, strict=True)
        if isinstance(column, Number)
    ]
    spreads = [float(values.std()) for values in numbers]
    typical = float(np.median(spreads)) if spreads else 1.0
    tables += numbers
    for column, base in zip(features.columns, features.bases, strict=True):
        if isinstance(column, Category):
            tables.append(
                _scaled_to(dense(column.linear(base) > 0).astype(np.float64), typical)
            )
        elif isinstance(column, Text):
            texts.append(_projected(base))
        elif isinstance(column, Picture):
            texts.append(column.linear(base).astype(np.float64))
    if tables and texts:
        total = float(np.sqrt(sum(block.var(axis=0).sum() for block in tables)))
        texts = [_scaled_to(block, total) for block in texts]
    return np.hstack([block.astype(np.float32) for block in (*tables, *texts)])


def _half_scaled(column: Number, base: NDArray[np.float64]) -> NDArray[np.float64]:
    values = np.where(np.isnan(base), column.middle, base)
    values = values - values.mean()
    spread = values.std()
    return np.asarray(values / np.sqrt(spread)) if spread > 0 else values


def _projected(matrix: Any) -> NDArray[np.float64]:
    rank = min(_TEXT_DIMENSIONS, *matrix.shape)
    points = np.asarray(matrix @ main_directions(matrix, rank), dtype=np.float64)
    length = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / np.where(length > 1e-9, length, 1.0))


def _scaled_to(block: NDArray[np.float64], spread: float) -> NDArray[np.float64]:
    """Scale a block so that its total variance is the square of `spread`."""
    total = float(np.sqrt(block.var(axis=0).sum()))
    return np.asarray(block * (spread / total)) if total > 0 else block


SIGNAL = Signal(
    "embeddings",
    embeddings,
    pack=lambda value: {"embeddings": value},
    unpack=lambda arrays: arrays["embeddings"],
)
