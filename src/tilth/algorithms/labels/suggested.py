"""The label to give instead: the likeliest true class besides the given one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tilth.algorithms.labels.calibration import calibration_for
from tilth.algorithms.labels.error_probability import (
    TINY,
    explained_powers,
    hidden_powers,
    precision_of,
)
from tilth.algorithms.labels.inputs import checked_examples
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.algorithms.labels.calibration import NoiseCalibration
    from tilth.algorithms.labels.inputs import Examples


def suggested_labels(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    *,
    calibration: NoiseCalibration | None = None,
) -> NDArray[np.int64]:
    """Suggest for each example the label it has if the given one is wrong.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities, of two classes at least.
    calibration : NoiseCalibration, optional
        From other examples. None: from these.

    Returns
    -------
    int array of shape (n_examples,)
        Codes, none the given one; the first of equals.

    Raises
    ------
    InvalidInputError
        If the lengths differ, a label has no column in `pred_probs`, there is one class, or
        `calibration` knows others.

    Notes
    -----
    A model that learned from noisy labels may itself hold a class for the one it is often
    given as. With r the fitted probabilities of the hidden classes, T the noise, c the
    probability that label y was copied rightly and s the share of the calibration, the error
    of `error_probabilities` is made of r[k] * (T[k, y] / (r T)[y] + c * s) over the other
    classes k; the largest part is suggested.

    References
    ----------
    Our own; benchmarks/label_cut.py suggested.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 50)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
    >>> suggested_labels(labels, pred_probs)[[0, 99]]
    array([1, 0])
    """
    rows = checked_examples(labels, pred_probs)
    if rows.n_classes < 2:
        raise InvalidInputError(
            f"`pred_probs` must have two classes or more, got {rows.n_classes} column: there is "
            "no other label to suggest. Give the probability of every class a label may have."
        )
    return suggested(rows, calibration_for(rows, calibration))


def suggested(rows: Examples, calibration: NoiseCalibration) -> NDArray[np.int64]:
    """Suggest the labels of checked examples; each row alone, whatever else there is."""
    dtype = precision_of(rows.pred_probs.dtype, calibration)
    noise = calibration.hidden.noise.astype(dtype)
    kept, share = noise.diagonal(), dtype.type(calibration.share)
    found = np.empty(len(rows.labels), dtype=np.int64)
    for part, block, turned in hidden_powers(rows, calibration, dtype):
        labels = rows.labels[part]
        explained = np.maximum(explained_powers(block, labels, noise, turned=turned), TINY)
        powers = (block if turned else block.T)[:, : len(labels)]
        every = np.arange(len(labels))
        copied = np.minimum(kept[labels] * powers[labels, every] / explained, 1)
        parts = noise[:, labels]
        parts *= block.sum(axis=0 if turned else 1)[: len(labels)] / explained
        parts += copied * share
        parts *= powers
        parts[labels, every] = -1
        found[part] = parts.argmax(axis=0)
    return found
