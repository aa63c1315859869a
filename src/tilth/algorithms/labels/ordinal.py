"""Errors in labels whose classes have an order: a label far from the model is worse than a near one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import norm

from tilth.algorithms.labels.calibration import calibrated_probabilities
from tilth.algorithms.labels.cuts import f1_cut
from tilth.algorithms.labels.inputs import checked_labels
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from tilth.algorithms.labels.error_probability import Doubt

# Numbers here were chosen by benchmarks/label_tasks.py.
_FLOOR = 0.25  # least spread of a right label around the model's mean, in classes
_WIDTHS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3)  # times the model's own spread
_WIDER: dict[Doubt, float] = {"low": 1.3, "middle": 1.0, "high": 0.75}
_STEPS = 60
_LEAST = 0.25  # a flag must be right one time in four at least


class OrdinalErrors(NamedTuple):
    """P(error) of each ordinal label.

    Attributes
    ----------
    p_error : float array of shape (n_examples,)
        Probability that the label is wrong.
    cut : float
        P(error) from which a label is called an error.
    rate : float
        Estimated share of wrong labels.
    """

    p_error: NDArray[np.float64]
    cut: float
    rate: float


def ordinal_quality(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    *,
    positions: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Score how well each given label agrees with the model, by distance between classes.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1 from lowest to highest.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities. Rows sum to 1.
    positions : float array of shape (n_classes,), optional
        Where the classes lie, in any unit, never falling. None: one apart from each other.

    Returns
    -------
    float array of shape (n_examples,)
        In [0, 1]; 1 means the model agrees, 0.8 that the label lies as far from what the model
        says as two draws of the model from each other, 0 that it lies at the other end.

    Raises
    ------
    InvalidInputError
        If the lengths differ, or `positions` fall.

    Notes
    -----
    With q the probabilities calibrated to the labels, X and X' draws from q, y the label and R
    the range of positions: 0.8 (1 - (E|X - y| - E|X - X'|) / R), the last term so that an
    unsure model makes no label look wrong. Time O(n_examples * n_classes ** 2).

    References
    ----------
    Gneiting & Raftery (2007), "Strictly proper scoring rules, prediction, and estimation",
    JASA 102, section 4.2, for the terms; our own here. benchmarks/label_tasks.py compares it
    with self-confidence.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.array([0, 1, 2] * 40)
    >>> pred_probs = np.where(labels[:, None] == [0, 1, 2], 0.8, 0.1)
    >>> labels[:2] = [1, 2]  # the model says 0, 1
    >>> labels[3] = 2  # and 0 here: further off
    >>> ordinal_quality(labels, pred_probs)[:4].round(1)
    array([0.5, 0.4, 0.8, 0.1])
    """
    labels, pred_probs = checked_labels(labels, pred_probs)
    places = _checked_positions(positions, pred_probs.shape[1])
    width = float(np.ptp(places))
    if width == 0.0 or not len(labels):
        return np.ones(len(labels))
    calibrated = calibrated_probabilities(labels, pred_probs)
    apart = np.abs(places[:, None] - places) / width
    from_label = np.einsum("ik,ik->i", calibrated, apart[labels])
    from_itself = np.einsum("ij,jk,ik->i", calibrated, apart, calibrated)
    # The difference is at least -1/4: half of E|X - X'| never exceeds E|X - y|.
    quality: NDArray[np.float64] = (1.0 - (from_label - from_itself)) / 1.25
    return np.clip(quality, 0.0, 1.0)


def ordinal_errors(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    *,
    doubt: Doubt = "middle",
) -> OrdinalErrors:
    """Estimate for each example the probability that its ordinal label is wrong.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1 from lowest to highest.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities.
    doubt : {"low", "middle", "high"}, default "middle"
        ``low`` takes right labels for as spread around the model as is plausible, ``high``
        for as close: the two ends of an interval.

    Returns
    -------
    OrdinalErrors
        Probabilities, the cut with the best expected F1 (never below 0.25), the error rate.

    Notes
    -----
    Right labels are taken for a normal variable around the model's mean class, rounded to
    classes, its spread a multiple of the model's own; wrong ones for any class. The multiple and
    the error rate are fitted by maximum likelihood. Neighbouring classes overlap by nature:
    that one class was given for the next one is hardly ever called an error, which a method
    blind to the order does to half of such data. Our own.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1, 2], 40)
    >>> pred_probs = np.where(labels[:, None] == [0, 1, 2], 0.8, 0.1)
    >>> labels[0] = 2
    >>> found = ordinal_errors(labels, pred_probs)
    >>> np.flatnonzero(found.p_error >= found.cut)
    array([0])
    """
    labels, pred_probs = checked_labels(labels, pred_probs)
    n, n_classes = pred_probs.shape
    if not n or n_classes < 2:
        return OrdinalErrors(np.zeros(n), np.inf, 0.0)
    places = np.arange(n_classes)
    probs = pred_probs.astype(np.float64)
    mean = probs @ places
    spread = np.sqrt(np.maximum(probs @ places**2 - mean**2, 0.0) + _FLOOR**2)
    fits = [_fitted(labels, mean, width * spread, n_classes) for width in _WIDTHS]
    best = int(np.argmax([likelihood for likelihood, _, _ in fits]))
    width = _WIDTHS[best] * _WIDER[doubt]
    _, rate, p_error = _fitted(labels, mean, width * spread, n_classes)
    return OrdinalErrors(p_error, max(f1_cut(p_error), _LEAST), rate)


def _fitted(
    labels: NDArray[np.int64],
    mean: NDArray[np.float64],
    spread: NDArray[np.float64],
    n_classes: int,
) -> tuple[float, float, NDArray[np.float64]]:
    """Return the mean log likelihood, the error rate and P(error), by expectation maximisation."""
    low = np.where(labels == 0, -np.inf, (labels - 0.5 - mean) / spread)
    high = np.where(labels == n_classes - 1, np.inf, (labels + 0.5 - mean) / spread)
    right = norm.cdf(high) - norm.cdf(low)
    rate, wrong = 0.03, np.zeros(len(labels))
    for _ in range(_STEPS):
        anything = rate / n_classes
        wrong = anything / (anything + (1.0 - rate) * right)
        rate = float(wrong.mean())
    likelihood = float(np.log(rate / n_classes + (1.0 - rate) * right + 1e-300).mean())
    return likelihood, rate, wrong


def _checked_positions(positions: ArrayLike | None, n_classes: int) -> NDArray[np.float64]:
    if positions is None:
        return np.arange(n_classes, dtype=np.float64)
    places = np.asarray(positions, dtype=np.float64)
    if places.shape != (n_classes,) or not np.isfinite(places).all():
        raise InvalidInputError(
            f"`positions` must be one finite number per class, got shape {places.shape} for "
            f"{n_classes} classes. Leave it out where classes are equally far apart."
        )
    if (np.diff(places) < 0).any():
        fall = int(np.argmax(np.diff(places) < 0))
        raise InvalidInputError(
            f"`positions` must not fall, got {places[fall]} before {places[fall + 1]}. Order "
            "the classes from lowest to highest."
        )
    return places
