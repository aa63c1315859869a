"""The door: labels and probabilities that fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def checked_labels(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating], *, prefix: str = ""
) -> tuple[NDArray[np.int64], NDArray[np.floating]]:
    """Return both as arrays, or say what does not fit."""
    labels, pred_probs = np.asarray(labels), np.asarray(pred_probs)
    names = f"`{prefix}labels`", f"`{prefix}pred_probs`"
    if pred_probs.ndim != 2 or not np.issubdtype(pred_probs.dtype, np.floating):
        raise InvalidInputError(
            f"{names[1]} must be floats of shape (n_examples, n_classes), got "
            f"{pred_probs.dtype} of shape {pred_probs.shape}."
        )
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise InvalidInputError(
            f"{names[0]} must be class codes in one dimension, got {labels.dtype} of shape "
            f"{labels.shape}. Encode named classes as codes first."
        )
    if len(labels) != len(pred_probs):
        raise InvalidInputError(
            f"{names[1]} must have one row per label, got {len(pred_probs)} rows for "
            f"{len(labels)} labels."
        )
    n_classes = pred_probs.shape[1]
    wrong = np.flatnonzero((labels < 0) | (labels >= n_classes))
    if len(wrong):
        raise InvalidInputError(
            f"{names[0]} must be class codes 0..{n_classes - 1} (one per column of "
            f"{names[1]}), got {labels[wrong[0]]} in row {wrong[0]}."
        )
    # A sum is not finite as soon as one addend is not; no mask of all cells is made.
    if not np.isfinite(pred_probs.sum(dtype=np.float64)):
        row = int(np.flatnonzero(~np.isfinite(pred_probs).all(axis=1))[0])
        raise InvalidInputError(f"{names[1]} must be finite, row {row} is not.")
    return labels.astype(np.int64), pred_probs
