"""A column of images as numbers: shape and colour on their main directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.models.directions import main_directions

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_N_DESCRIBED = 1_828  # numbers `describe_images` gives
_N_SHAPE = 1_764  # of those; the rest are colours
_SHAPE_DIMENSIONS, _COLOUR_DIMENSIONS = 128, 32
# Colour counts half as much as shape (benchmarks/images.py: .48 out-of-sample accuracy on the
# image folder; shape alone .41). A total variance of 1 makes the logistic model's C = 1 and the
# kernel width of the support vector machine fit.
_COLOUR_WEIGHT = 0.5
_MAX_FITTED = 20_000  # images the directions are found in; more do not move them. Our own.
TREE_DIMENSIONS = 50  # of them for trees, as for text


@dataclass(frozen=True)
class Picture:
    """Images described by `tilth.algorithms.images.describe_images`."""

    name: Any
    middle: NDArray[np.float32]
    directions: tuple[NDArray[np.float32], NDArray[np.float32]]

    @classmethod
    def fitted(
        cls, name: Any, values: pd.Series
    ) -> tuple[Picture, NDArray[np.float32]] | None:
        """Return the encoding and the encoded images, None if they are all alike."""
        described = np.stack(values.tolist())
        some = described[:: max(1, -(-len(described) // _MAX_FITTED))]
        middle = some.mean(axis=0)
        centred = some - middle
        if not centred.any():
            return None
        shape = _scaled(centred[:, :_N_SHAPE], _SHAPE_DIMENSIONS, 1.0)
        colour = _scaled(centred[:, _N_SHAPE:], _COLOUR_DIMENSIONS, _COLOUR_WEIGHT)
        made = cls(name, middle, (shape, colour))
        return made, made._projected(described)

    def base(self, values: pd.Series) -> NDArray[np.float32]:
        """Return the images on their main directions."""
        if not len(values):
            return self._projected(self.middle[None])[:0]
        return self._projected(np.stack(values.tolist()))

    def linear(self, base: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the main directions."""
        return base

    def trees(self, base: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the first of either kind."""
        half = TREE_DIMENSIONS // 2
        first = np.zeros((len(base), TREE_DIMENSIONS))
        n_shape = self.directions[0].shape[1]
        for start, part in ((0, base[:, :n_shape]), (half, base[:, n_shape:])):
            some = part[:, :half]
            first[:, start : start + some.shape[1]] = some
        return first

    def _projected(self, described: NDArray[np.float32]) -> NDArray[np.float32]:
        centred = described - self.middle
        shape, colour = self.directions
        return np.hstack([centred[:, :_N_SHAPE] @ shape, centred[:, _N_SHAPE:] @ colour])


def is_described(values: pd.Series) -> bool:
    """Say whether a column holds descriptions of images."""
    first = values.iloc[0] if len(values) else None
    return isinstance(first, np.ndarray) and first.shape == (_N_DESCRIBED,)


def _scaled(
    centred: NDArray[np.float32], n_directions: int, weight: float
) -> NDArray[np.float32]:
    """Return main directions, scaled so that the variances on them sum to `weight` squared."""
    found = main_directions(centred, min(n_directions, *centred.shape))
    spread = float(np.sqrt((centred @ found).var(axis=0).sum()))
    return np.asarray(found * np.float32(weight / spread if spread > 0 else 0.0))
