"""Arrays a user brings: checked at the door against the dataset they describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset

MAX_ROW_SUM_ERROR = 0.02  # float16 probabilities of 1,000 classes stay within it (our own)
SURE = 0.99  # a label of this probability is nearly certain (house rule)
IN_SAMPLE_SHARE = 0.99  # house rule: this share of labels so well met looks in-sample
MANY = 100  # labels from which the share says something (our own)


def checked_pred_probs(data: Dataset, pred_probs: NDArray[Any]) -> NDArray[np.float64]:
    """Return probabilities for the labelled examples, or say what is wrong with them."""
    array = np.asarray(pred_probs)
    if array.ndim != 2 or array.dtype.kind not in "fiu":
        raise InvalidInputError(
            f"`pred_probs` must be a numeric array with one row per example, got shape {array.shape} of {array.dtype}. Give what predict_proba returns."
        )
    n_labelled, n_classes = len(data.labelled), len(data.classes)
    if len(array) not in (len(data), n_labelled):
        raise InvalidInputError(
            f"`pred_probs` must have one row per example, got {len(array)} rows for {len(data)} examples. "
            "Drop from the data what the model's own filter dropped."
        )
    if array.shape[1] != n_classes:
        raise InvalidInputError(
            f"`pred_probs` must have one column per class, got {array.shape[1]} columns for {n_classes} classes "
            f"({', '.join(map(str, data.classes[:5]))}{', ...' if n_classes > 5 else ''}). "
            "Give one per class, in sorted order."
        )
    array = array.astype(np.float64)
    bad = ~np.isfinite(array).all(axis=1) | (array < 0).any(axis=1)
    if bad.any():
        raise InvalidInputError(
            f"`pred_probs` must be finite and not negative, got {array[bad][0]} in row {int(np.argmax(bad))}. "
            "Leave out of data and `pred_probs` what the model could not predict."
        )
    off = np.abs(array.sum(axis=1) - 1.0) > MAX_ROW_SUM_ERROR
    if off.any():
        row = int(np.argmax(off))
        raise unequal_to_1(float(array[row].sum()), row)
    array = array[data.labelled] if len(array) == len(data) else array
    given = array[np.arange(n_labelled), data.labels]
    check_out_of_sample(int(np.sum(given > SURE)), n_labelled)
    return array


def unequal_to_1(total: float, row: int) -> InvalidInputError:
    """Say that the probabilities of a row are none."""
    return InvalidInputError(
        f"Rows of `pred_probs` must sum to 1, got {total:.3f} in row {row}. Pass probabilities, not scores."
    )


def check_out_of_sample(n_sure: int, n_labelled: int) -> None:
    """Refuse probabilities that give nearly every label more than `SURE`.

    Raises
    ------
    InvalidInputError
        If they look in-sample.
    """
    if n_labelled >= MANY and n_sure / n_labelled > IN_SAMPLE_SHARE:
        raise InvalidInputError(
            f"These `pred_probs` look in-sample: {n_sure / n_labelled:.1%} of labels have probability above {SURE}. "
            "Checks on labels would find nothing. Use `tilth.signals.pred_probs.cross_val_pred_probs`."
        )


def checked_predictions(data: Dataset, predictions: NDArray[Any]) -> NDArray[np.float64]:
    """Return predicted numbers for the labelled examples, or say what is wrong with them."""
    if data.schema.task != "regression":
        raise InvalidInputError(
            f"`predictions` must go with numeric labels, got them for {data.source}, whose task "
            f"is {data.schema.task}. Pass `pred_probs`, or name the task regression."
        )
    array = np.asarray(predictions)
    array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    n_labelled = len(data.labelled)
    if array.ndim != 1 or array.dtype.kind not in "fiu":
        raise InvalidInputError(
            f"`predictions` must be one number per example, got shape {array.shape} of {array.dtype}."
        )
    if len(array) not in (len(data), n_labelled):
        raise InvalidInputError(
            f"`predictions` must have one number per example, got {len(array)} for {len(data)} examples. "
            "Rows dropped by the model's own filter must be dropped from the data too."
        )
    array = array.astype(np.float64)
    array = array[data.labelled] if len(array) == len(data) else array
    if not np.isfinite(array).all():
        row = int(data.labelled[np.argmin(np.isfinite(array))])
        raise InvalidInputError(f"`predictions` must be finite, row {row} is not.")
    return _out_of_sample(data, array)


def _out_of_sample(data: Dataset, predictions: NDArray[np.float64]) -> NDArray[np.float64]:
    targets = data.given[data.labelled].astype(np.float64)
    hit = float(np.mean(np.isclose(predictions, targets, rtol=1e-9, atol=0.0)))
    if len(targets) >= MANY and hit > IN_SAMPLE_SHARE:
        raise InvalidInputError(
            f"These `predictions` look in-sample: {hit:.1%} equal the given number. "
            "Checks on labels would find nothing. Predict each example with a model that did "
            "not train on it."
        )
    return predictions


def checked_embeddings(data: Dataset, embeddings: NDArray[Any]) -> NDArray[np.float32]:
    """Return float32 vectors, one per example, or say what is wrong with them."""
    array = np.asarray(embeddings)
    if array.ndim != 2 or len(array) != len(data) or array.dtype.kind not in "fiu":
        raise InvalidInputError(
            f"`embeddings` must be a numeric array with one row per example ({len(data)}), got shape {array.shape} of {array.dtype}. "
            "Make them from these rows, in this order."
        )
    finite = np.isfinite(array).all(axis=1)
    if not finite.all():
        raise InvalidInputError(
            f"`embeddings` must be finite, got {int((~finite).sum())} rows with NaN or infinity, the first in row {int(np.argmin(finite))}. "
            "Leave such rows out of both."
        )
    return array.astype(np.float32)
