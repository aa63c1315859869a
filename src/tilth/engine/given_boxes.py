"""Predicted boxes a user brings: COCO's results, set against the images and classes of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.algorithms.labels import Boxes
from tilth.algorithms.labels.boxes import overlap_of
from tilth.data.elements.coco import results_of
from tilth.engine.given_arrays import IN_SAMPLE_SHARE, MANY
from tilth.errors import InvalidInputError
from tilth.signals.boxes import given_boxes

if TYPE_CHECKING:
    from tilth.data.dataset import Dataset

_SAME = 0.995  # overlap of a box with itself, rounded


def checked_boxes_of(data: Dataset, predictions: Any) -> Boxes:
    """Return predicted boxes of the labelled images, or say what is wrong with them.

    Predictions for images without labels are left out; boxes without size are no predictions.
    """
    results = results_of(predictions, "predictions")
    if not results:
        raise InvalidInputError(
            "`predictions` must hold boxes, got none. Give all that the detector sees, also those it is "
            "hardly sure of."
        )
    ids = data.schema.class_ids or tuple(data.classes)
    codes = {str(number): code for code, number in enumerate(ids)}
    images = {str(name): i for i, name in enumerate(data.example_id)}
    image = np.empty(len(results), dtype=np.int64)
    label = np.empty(len(results), dtype=np.int64)
    for row in range(len(results)):
        image[row] = _place(results, row, "image_id", images)
        label[row] = _place(results, row, "category_id", codes)
    places = np.array([one["bbox"] for one in results], dtype=np.float64)
    scores = np.array([one["score"] for one in results], dtype=np.float64)
    rank = np.full(len(data), -1)
    rank[data.labelled] = np.arange(len(data.labelled))
    kept = (places[:, 2:] > 0).all(axis=1) & (rank[image] >= 0)
    order = np.flatnonzero(kept)[np.argsort(rank[image[kept]], kind="stable")]
    n = np.bincount(rank[image[order]], minlength=len(data.labelled))
    boxes = Boxes(
        places[order],
        label[order],
        np.append(0, np.cumsum(n)).astype(np.int64),
        scores[order],
    )
    _refuse_in_sample(data, boxes)
    return boxes


def _place(
    results: list[dict[str, Any]], row: int, name: str, known: dict[str, int]
) -> int:
    found = known.get(str(results[row].get(name)))
    if found is not None:
        return found
    some = list(known)
    shown = ", ".join(some[:5]) + (f", ... {some[-1]}" if len(some) > 5 else "")
    raise InvalidInputError(
        f"Each {name} of `predictions` must be one of the annotations ({shown}), got "
        f"{str(results[row].get(name))[:60]} in entry {row}. Write what the annotations use."
    )


def _refuse_in_sample(data: Dataset, predicted: Boxes) -> None:
    given = given_boxes(data).boxes
    if len(given.labels) < MANY:
        return
    n_same = 0
    for i in range(len(given.offsets) - 1):
        own = slice(*given.offsets[i : i + 2])
        theirs = slice(*predicted.offsets[i : i + 2])
        same = overlap_of(given.places[own], predicted.places[theirs]) > _SAME
        n_same += int(same.any(axis=1).sum())
    if n_same > IN_SAMPLE_SHARE * len(given.labels):
        raise InvalidInputError(
            f"These `predictions` look in-sample: {n_same / len(given.labels):.1%} of the given boxes are "
            "predicted to the pixel. Predict each image with a detector that did not train on it."
        )
