"""What may be expected of flagged labels: how many are wrong, how many wrong ones are missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tilth.algorithms.labels.calibration import (
    NoiseCalibration,
    error_probabilities,
    noise_calibration,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.algorithms.labels.error_probability import Doubt

_DOUBTS: tuple[Doubt, Doubt, Doubt] = ("middle", "low", "high")
# Noise that explains so little of the disagreement may be a weak model's own, and is
# believed in full only from the second share on: clean labels under weak models reach the
# first (benchmarks/label_cut.py).
_UNSURE, _SURE = 0.55, 0.95


def expected_precision(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    flagged: NDArray[np.bool_],
    *,
    calibration: NoiseCalibration | None = None,
) -> tuple[float, float, float]:
    """Estimate which share of the flagged labels is really wrong.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.
    flagged : bool array of shape (n_examples,)
        The selection judged.
    calibration : NoiseCalibration, optional
        None: from these examples.

    Returns
    -------
    value, low, high : float
        The estimate, and what it would be if labels were doubted as little or as much as
        is plausible; NaN where nothing is flagged.

    Notes
    -----
    Scores alone cannot tell label errors from ignorance of the model where the two fall
    together. `low` is 0 unless noise shows where the model is sure: clean labels under a weak
    model look the same as errors that people make on hard examples. An audited sample
    narrows the interval: see `audited_precision`.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 50)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
    >>> labels[0] = 1  # one wrong label
    >>> value, low, high = expected_precision(labels, pred_probs, np.arange(100) == 0)
    >>> low <= value <= high
    True
    """
    known = calibration or noise_calibration(labels, pred_probs)
    rows = np.flatnonzero(flagged)
    if not len(rows):
        return np.nan, np.nan, np.nan
    labels, pred_probs = np.asarray(labels)[rows], np.asarray(pred_probs)[rows]
    value, low, high = (
        float(error_probabilities(labels, pred_probs, calibration=known, doubt=d).mean())
        for d in _DOUBTS
    )
    return value, low * believed(known), high


def expected_recall(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    flagged: NDArray[np.bool_],
    *,
    calibration: NoiseCalibration | None = None,
) -> tuple[float, float, float]:
    """Estimate which share of the wrong labels is flagged.

    Parameters
    ----------
    labels, pred_probs, flagged, calibration
        As for `expected_precision`.

    Returns
    -------
    value, low, high : float
        The estimate, and the least and most of the three ways to read the doubt; NaN
        where no label is expected to be wrong.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 50)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.99, 0.01)
    >>> labels[:5] = 1
    >>> value, low, high = expected_recall(labels, pred_probs, np.arange(100) < 5)
    >>> low <= value <= high
    True
    """
    known = calibration or noise_calibration(labels, pred_probs)
    flagged = np.asarray(flagged, dtype=bool)
    found = []
    for doubt in _DOUBTS:
        p_error = error_probabilities(labels, pred_probs, calibration=known, doubt=doubt)
        total = float(p_error.sum())
        found.append(float(p_error[flagged].sum()) / total if total > 0.0 else np.nan)
    value = found[0]
    if np.isnan(value):
        return np.nan, np.nan, np.nan
    return value, float(np.nanmin(found)), float(np.nanmax(found))


def noise_rate(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    *,
    calibration: NoiseCalibration | None = None,
) -> tuple[float, float, float]:
    """Estimate which share of all labels is wrong.

    Parameters
    ----------
    labels, pred_probs, calibration
        As for `expected_precision`.

    Returns
    -------
    value, low, high : float
        As of `expected_precision` where everything is flagged; NaN without examples.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 500)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.99, 0.01)
    >>> labels[::10] = 1 - labels[::10]  # every tenth is wrong
    >>> value, low, high = noise_rate(labels, pred_probs)
    >>> round(value, 1)
    0.1
    """
    everything = np.ones(len(labels), dtype=bool)
    return expected_precision(labels, pred_probs, everything, calibration=calibration)


def believed(calibration: NoiseCalibration) -> float:
    """Return how far class noise is believed to be of the labels, not of a weak model: 0 to 1."""
    share = (calibration.explained - _UNSURE) / (_SURE - _UNSURE)
    return float(np.clip(share, 0.0, 1.0))
