"""Boxes around objects: flat arrays over all labelled images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.algorithms.labels import Boxes
from tilth.data.elements.cells import lists_of
from tilth.errors import UnavailableError
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset


@dataclass(frozen=True, eq=False)
class GivenBoxes:
    """The annotations of all labelled images, as given: some may have no size.

    Attributes
    ----------
    boxes : Boxes
    ids : array of shape (n_boxes,)
        What the annotations call themselves.
    crowds : bool array of shape (n_boxes,)
        Drawn around many objects at once.
    sizes : float array of shape (n_images, 2)
        Width and height; NaN where they are not known.
    names : list of str
        What people call the images: their files, where each has its own.
    """

    boxes: Boxes
    ids: NDArray[Any]
    crowds: NDArray[np.bool_]
    sizes: NDArray[np.float64]
    names: list[str]


def given_boxes(dataset: Dataset) -> GivenBoxes:
    """Return the boxes of the labelled images, in file order."""
    if dataset.schema.task != "boxes":
        raise UnavailableError(f"needs boxes; the task is {dataset.schema.task}")
    table = dataset.table.iloc[dataset.labelled]
    cells = [cell or [] for cell in lists_of(table[dataset.schema.label])]
    flat = [box for cell in cells for box in cell]
    place = {name: i for i, name in enumerate(dataset.classes)}
    offsets = np.append(0, np.cumsum([len(cell) for cell in cells])).astype(np.int64)
    sizes = np.full((len(table), 2), np.nan)
    for i, side in enumerate(("width", "height")):
        if side in table.columns:
            sizes[:, i] = table[side].astype(np.float64)
    return GivenBoxes(
        Boxes(
            np.array([box["bbox"] for box in flat], dtype=np.float64).reshape(-1, 4),
            np.array([place[box["category"]] for box in flat], dtype=np.int64),
            offsets,
        ),
        np.array([box["id"] for box in flat], dtype=object),
        np.array([bool(box.get("crowd")) for box in flat], dtype=bool),
        sizes,
        _names(dataset),
    )


def _names(dataset: Dataset) -> list[str]:
    if "file_name" in dataset.table.columns:
        files = dataset.table["file_name"]
        if files.notna().all() and files.is_unique:
            return [str(name) for name in files.iloc[dataset.labelled]]
    return [f"image {name}" for name in dataset.example_id[dataset.labelled]]


def predicted_boxes() -> None:
    """Return nothing: detectors are trained elsewhere, and their boxes are given."""
    return


SIGNALS = (
    Signal("given_boxes", given_boxes),
    Signal("predicted_boxes", predicted_boxes),
)
