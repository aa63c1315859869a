"""P(label error) for each example, the cut that follows, and how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tilth.algorithms.labels.inputs import checked_labels
from tilth.algorithms.labels.noise_model import (
    Doubt,
    fitted_scale_and_bias,
    label_error,
    log_probabilities,
    recalibrated,
    shrunk_noise,
    without_noise,
)
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


# Where hardly any label is wrong, the best expected F1 is had by flagging everything. A flag
# must be right one time in four at least: below the cut of every set with real errors. Our own.
_LEAST = 0.25


class NoiseCalibration(NamedTuple):
    """What one labelled set taught about its model and its label noise.

    Attributes
    ----------
    scale : float
        Factor on log probabilities (the inverse temperature).
    bias : float array of shape (n_classes,)
        Added to the log probability of each class.
    noise : float array of shape (n_classes, n_classes)
        P(given class | true class), rows sum to 1.
    cut : float
        P(error) from which a label is called an error.
    """

    scale: float
    bias: NDArray[np.float64]
    noise: NDArray[np.float64]
    cut: float


def noise_calibration(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> NoiseCalibration:
    """Fit probabilities to the given labels, estimate the noise and choose the cut.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.

    Returns
    -------
    NoiseCalibration
        Ready for `error_probabilities`, on these examples or on others.

    Notes
    -----
    One scale and a bias per class are fitted by log loss; the confident joint of the
    calibrated probabilities, shrunk towards an error rate all classes share, is the noise
    matrix. Time O(n_examples * n_classes); no randomness. Our own.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 50)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
    >>> noise_calibration(labels, pred_probs).noise.round(2)
    array([[1., 0.],
           [0., 1.]])
    """
    labels, pred_probs = checked_labels(labels, pred_probs)
    log_probs = log_probabilities(pred_probs)
    scale, bias = fitted_scale_and_bias(labels, log_probs)
    noise = shrunk_noise(labels, recalibrated(log_probs, scale, bias))
    calibration = NoiseCalibration(scale, bias, noise, np.inf)
    p_error = error_probabilities(labels, pred_probs, calibration=calibration)
    return calibration._replace(cut=max(f1_cut(p_error), _LEAST))


def error_probabilities(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    *,
    calibration: NoiseCalibration | None = None,
    doubt: Doubt = "middle",
) -> NDArray[np.float64]:
    """Estimate for each example the probability that its given label is wrong.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.
    calibration : NoiseCalibration, optional
        From other examples, to judge these frozen. None: from these.
    doubt : {"low", "middle", "high"}, default "middle"
        Where the model and the label disagree, either may be wrong, and scores alone cannot
        tell. ``low`` doubts the label as little, ``high`` as much as is plausible: the two
        ends of an interval.

    Returns
    -------
    float array of shape (n_examples,)
        In [0, 1].

    Notes
    -----
    The noise is undone by five steps of expectation maximisation on each row, starting from
    the calibrated probabilities; the result is sharpened and compared with the given label;
    ambiguous rows may be wrong even where model and label agree. Our own.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 50)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
    >>> labels[0] = 1  # one wrong label
    >>> int(error_probabilities(labels, pred_probs).argmax())
    0
    """
    labels, pred_probs = checked_labels(labels, pred_probs)
    if calibration is None:
        calibration = noise_calibration(labels, pred_probs)
    scale, bias, noise, _ = calibration
    if len(bias) != pred_probs.shape[1]:
        raise InvalidInputError(
            f"`pred_probs` must have the {len(bias)} classes of `calibration`, got "
            f"{pred_probs.shape[1]} columns. Make a new calibration with these `pred_probs`."
        )
    if len(bias) < 2 or not len(labels):
        return np.zeros(len(labels))
    posterior = without_noise(
        recalibrated(log_probabilities(pred_probs), scale, bias), noise
    )
    return label_error(posterior, labels, noise, doubt)


def f1_cut(p_error: NDArray[np.floating]) -> float:
    """Return the P(error) from which flagging gives the best expected F1.

    Parameters
    ----------
    p_error : float array of shape (n_examples,)
        Probability that each label is wrong.

    Returns
    -------
    float
        Flag everything at or above it; infinite where nothing should be flagged.

    Notes
    -----
    With S_k the sum of the k largest, flagging k has expected F1 of about
    2 S_k / (k + S_n). Equal probabilities are flagged together.

    References
    ----------
    Lipton, Elkan & Naryanaswamy (2014), "Optimal thresholding of classifiers to maximize F1
    measure", section 4.

    Examples
    --------
    >>> import numpy as np
    >>> f1_cut(np.array([0.9, 0.8, 0.1, 0.0]))
    0.8
    """
    ordered = np.sort(np.asarray(p_error, dtype=np.float64))[::-1]
    if not len(ordered) or ordered[0] <= 0.0:
        return float("inf")
    total = np.cumsum(ordered)
    f1 = 2.0 * total / (np.arange(1, len(ordered) + 1) + total[-1])
    return float(ordered[np.argmax(f1)])


def calibrated_label_errors(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Flag the examples whose P(error) reaches the cut of best expected F1, and 0.25.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.

    Returns
    -------
    bool array of shape (n_examples,)
        True where the label is called an error.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 50)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
    >>> labels[0] = 1  # one wrong label
    >>> np.flatnonzero(calibrated_label_errors(labels, pred_probs))
    array([0])
    """
    return held_out_label_errors(labels, pred_probs, labels, pred_probs)


def held_out_label_errors(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    new_labels: NDArray[np.integer],
    new_pred_probs: NDArray[np.floating],
) -> NDArray[np.bool_]:
    """Judge new labels with the calibration, noise and cut of known ones; nothing is refitted.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each known example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Their out-of-sample class probabilities.
    new_labels : int array of shape (n_new,)
        Given class of each new example, in the same codes.
    new_pred_probs : float array of shape (n_new, n_classes)
        Probabilities of the new examples by a model trained on known ones only.

    Returns
    -------
    bool array of shape (n_new,)
        True where the new label is called an error.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 50)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
    >>> labels[0] = 1  # one wrong label
    >>> new = np.array([[0.9, 0.1], [0.2, 0.8]])
    >>> held_out_label_errors(labels, pred_probs, np.array([1, 1]), new)
    array([ True, False])
    """
    new_labels, new_pred_probs = checked_labels(new_labels, new_pred_probs, prefix="new_")
    known = noise_calibration(labels, pred_probs)
    return error_probabilities(new_labels, new_pred_probs, calibration=known) >= known.cut


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
    if calibration is None:
        calibration = noise_calibration(labels, pred_probs)
    rows = np.flatnonzero(flagged)
    if not len(rows):
        return np.nan, np.nan, np.nan
    labels, pred_probs = np.asarray(labels)[rows], np.asarray(pred_probs)[rows]
    ends: tuple[Doubt, Doubt, Doubt] = ("middle", "low", "high")
    value, low, high = (
        float(
            error_probabilities(labels, pred_probs, calibration=calibration, doubt=d).mean()
        )
        for d in ends
    )
    return value, min(low, value), max(high, value)
