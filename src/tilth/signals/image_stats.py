"""The signal `image_stats`: every image measured, one array per measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tilth.algorithms.images import MEASURES
from tilth.errors import UnavailableError
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset

    Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class ImageStats:
    """Measures of each image; every array has one entry per row of the dataset.

    Attributes
    ----------
    measures : mapping of str to float array
        As `tilth.algorithms.images.MEASURES` names them; NaN but for the size where an image
        is broken.
    broken : bool array
        Cannot be decoded.
    """

    measures: dict[str, NDArray[np.float32]]
    broken: NDArray[np.bool_]


def image_stats(dataset: Dataset, progress: Progress | None) -> ImageStats:
    """Open every image once and measure it.

    Raises
    ------
    UnavailableError
        If there are no images.
    """
    if dataset.images is None or dataset.schema.image is None:
        raise UnavailableError("needs images; name their column with --image")
    pixels = dataset.images.pixels(dataset.image_cells, progress)
    measures = {name: pixels.measures[:, i] for i, name in enumerate(MEASURES)}
    return ImageStats(measures, pixels.broken)


SIGNAL = Signal("image_stats", image_stats)
