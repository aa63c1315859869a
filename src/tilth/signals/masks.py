"""Masks of images and the probabilities of their pixels, opened one image at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tilth.data.elements.cells import lists_of
from tilth.data.elements.masks import ArrayFiles, array_files, codes_of, mask_of
from tilth.errors import InvalidInputError, UnavailableError
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset

_WHITE = 255.0  # of pictures of 8 bits: a probability of 1


@dataclass(frozen=True, eq=False)
class Masks:
    """The given masks of the labelled images, read when asked for.

    Attributes
    ----------
    files : ArrayFiles
    cells : list of (name, hash)
        One per labelled image.
    class_ids : tuple
        Pixel value of each class.
    source : str
        For messages.
    """

    files: ArrayFiles
    cells: list[list[str]]
    class_ids: Sequence[int | str]
    source: str

    def __len__(self) -> int:
        return len(self.cells)

    def codes(self, i: int) -> NDArray[np.int64]:
        """Return the class code of each pixel of labelled image `i`; -1 where it says nothing."""
        return codes_of(mask_of(self.files, self.cells[i], self.source), self.class_ids)


@dataclass(frozen=True, eq=False)
class MaskProbs:
    """Probabilities of the pixels of the labelled images, read when asked for.

    Attributes
    ----------
    files : ArrayFiles
    names : list of str or None
        What the array of each labelled image is called; None: there is none.
    n_classes : int
    """

    files: ArrayFiles
    names: list[str | None]
    n_classes: int

    def probs(self, i: int) -> NDArray[np.float64] | None:
        """Return the probabilities (n_classes, height, width) of labelled image `i`.

        Raises
        ------
        InvalidInputError
            If the array has another shape.
        """
        name = self.names[i]
        if name is None:
            return None
        array = self.files.array(name)
        if array.dtype.kind not in "fiub":
            raise InvalidInputError(
                f'`pred_probs` must be numbers, got {array.dtype} for the image "{name}".'
            )
        scale = _WHITE if array.dtype == np.uint8 else 1.0
        values = array.astype(np.float64) / scale
        if values.ndim == 2 and self.n_classes == 2:
            return np.stack([1.0 - values, values])
        if values.ndim == 3 and values.shape[0] == self.n_classes:
            return values
        if values.ndim == 3 and values.shape[2] == self.n_classes:
            return np.moveaxis(values, 2, 0)
        raise InvalidInputError(
            f"`pred_probs` of an image must be of shape ({self.n_classes}, height, width), one per class, or of two "
            f'classes (height, width) for the second, got {array.shape} for the image "{name}". Leave '
            "out no class, or name all with --classes."
        )


def given_masks(dataset: Dataset) -> Masks:
    """Return the masks of the labelled images, unopened."""
    if dataset.schema.task != "masks":
        raise UnavailableError(f"needs masks; the task is {dataset.schema.task}")
    cells = lists_of(dataset.table[dataset.schema.label].iloc[dataset.labelled])
    return Masks(
        array_files(Path(dataset.source)),
        [cell or [] for cell in cells],
        dataset.schema.class_ids or tuple(range(len(dataset.classes))),
        dataset.source,
    )


def mask_probs() -> MaskProbs:
    """Say that they are missing: segmenters are trained elsewhere, and their probabilities are given."""
    raise UnavailableError(
        "needs the probabilities of a segmenter; give them with --pred-probs"
    )


SIGNALS = (Signal("given_masks", given_masks), Signal("mask_probs", mask_probs))
