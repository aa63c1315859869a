"""Predictions a user brings, by task: under which signal names the checks ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.data.elements.cells import lists_of
from tilth.engine.given_arrays import (
    IN_SAMPLE_SHARE,
    MANY,
    MAX_ROW_SUM_ERROR,
    SURE,
    checked_pred_probs,
    checked_predictions,
    unequal_to_1,
)
from tilth.engine.given_boxes import checked_boxes_of
from tilth.engine.given_masks import checked_mask_probs
from tilth.errors import InvalidInputError, UnavailableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset


def given_predictions(data: Dataset, pred_probs: Any, predictions: Any) -> dict[str, Any]:
    """Return the signals that what the user brought is, checked against the dataset.

    Parameters
    ----------
    data : Dataset
    pred_probs, predictions : array or None
        Class probabilities; numbers, or boxes as COCO's results.

    Raises
    ------
    InvalidInputError
        If it is of another kind than the task asks for, or does not fit the dataset.
    """
    task = data.schema.task
    signals: dict[str, Any] = {}
    if predictions is not None and task == "boxes":
        signals["predicted_boxes"] = checked_boxes_of(data, predictions)
    elif predictions is not None:
        signals["predictions"] = checked_predictions(data, predictions)
    if pred_probs is None:
        return signals
    match task:
        case "multilabel":
            signals["multilabel_probs"] = _of_several_classes(data, pred_probs)
        case "tokens":
            signals["tag_probs"] = _of_tokens(data, pred_probs)
        case "masks":
            signals["mask_probs"] = checked_mask_probs(data, pred_probs)
        case "boxes":
            raise InvalidInputError(
                f"`pred_probs` must go with classes, got them for {data.source}, whose labels are boxes. Pass "
                "the detector's boxes as `predictions` (--predictions on the command line)."
            )
        case "regression":
            raise InvalidInputError(
                f"`pred_probs` must go with classes, got them for {data.source}, whose labels are "
                "numbers. Pass `predictions` (--predictions on the command line)."
            )
        case _:
            signals["pred_probs"] = checked_pred_probs(data, pred_probs)
            signals["signal_model"] = UnavailableError("the probabilities were given")
    return signals


def _of_several_classes(data: Dataset, pred_probs: Any) -> NDArray[np.float64]:
    array = np.asarray(pred_probs)
    n_classes, n_labelled = len(data.classes), len(data.labelled)
    if array.ndim != 2 or array.dtype.kind not in "fiu" or array.shape[1] != n_classes:
        shown = ", ".join(map(str, data.classes[:5])) + ", ..." * (n_classes > 5)
        raise InvalidInputError(
            f"`pred_probs` must have one column per class ({shown}), got shape {array.shape} of "
            f"{array.dtype} for {n_classes} classes. Name other classes, or another order, with "
            "--classes."
        )
    if len(array) not in (len(data), n_labelled):
        raise InvalidInputError(
            f"`pred_probs` must have one row per example, got {len(array)} rows for {len(data)} "
            "examples. Rows dropped by the model's own filter must be dropped from the data too."
        )
    array = array.astype(np.float64)
    array = array[data.labelled] if len(array) == len(data) else array
    _check_probabilities(array)
    return array


def _of_tokens(data: Dataset, pred_probs: Any) -> NDArray[np.float64]:
    array = np.asarray(pred_probs)
    n_classes = len(data.classes)
    if array.ndim != 2 or array.dtype.kind not in "fiu" or array.shape[1] != n_classes:
        shown = ", ".join(map(str, data.classes[:9])) + ", ..." * (n_classes > 9)
        raise InvalidInputError(
            f"`pred_probs` must have one column per tag ({shown}), got shape {array.shape} of "
            f"{array.dtype} for {n_classes} tags. Name all tags in the order of the columns with "
            "--classes."
        )
    tags = lists_of(data.table[data.schema.label])
    lengths = np.array([0 if cell is None else len(cell) for cell in tags])
    if len(array) != lengths.sum():
        raise InvalidInputError(
            f"`pred_probs` must have one row per token, got {len(array):,} rows for "
            f"{lengths.sum():,} tokens in {len(data):,} sentences. Words that a tokenizer splits must "
            "be put together again; sentences without tags have no rows."
        )
    array = array.astype(np.float64)
    _check_probabilities(array)
    off = np.abs(array.sum(axis=1) - 1.0) > MAX_ROW_SUM_ERROR
    if off.any():
        row = int(np.argmax(off))
        raise unequal_to_1(float(array[row].sum()), row)
    place = {name: i for i, name in enumerate(data.classes)}
    codes = [place[tag] for cell in tags for tag in cell or ()]
    own = array[np.arange(len(array)), codes]
    sure = float(np.mean(own > SURE)) if len(own) else 0.0
    if len(own) >= MANY and sure > IN_SAMPLE_SHARE and own.min() > 0.5:
        raise InvalidInputError(
            f"These `pred_probs` look in-sample: {sure:.1%} of tags have probability "
            f"above {SURE} and none is below 0.5. Predict each sentence with a model that did not "
            "train on it."
        )
    return array


def _check_probabilities(array: NDArray[np.float64]) -> None:
    wrong = ~((array >= 0.0) & (array <= 1.0 + 1e-3)).all(axis=1)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InvalidInputError(
            f"`pred_probs` must be in [0, 1], got {array[row]} in row {row}. Pass probabilities, "
            "not scores."
        )
    np.minimum(array, 1.0, out=array)
