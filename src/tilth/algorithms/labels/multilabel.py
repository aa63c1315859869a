"""Errors where an example may have several classes: each class of each example is a label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from tilth.algorithms.labels.calibration import (
    error_probabilities,
    noise_calibration,
)
from tilth.algorithms.labels.cuts import f1_cut
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


# Classes are many, and most of what a model cannot tell is its own: a flag must be right one
# time in three at least. Chosen by benchmarks/label_tasks.py.
_LEAST = 0.35


def multilabel_error_probabilities(
    labels: NDArray[np.integer] | NDArray[np.bool_],
    pred_probs: NDArray[np.floating],
    *,
    doubt: Literal["middle", "high"] = "middle",
) -> NDArray[np.float64]:
    """Estimate for each class of each example the probability that it is given wrongly.

    Parameters
    ----------
    labels : int or bool array of shape (n_examples, n_classes)
        1 where the example was given the class, else 0.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample probability that the example has the class, each in [0, 1]; rows need
        not sum to 1.
    doubt : {"middle", "high"}, default "middle"
        ``high`` doubts labels as much as is plausible: the upper end of an interval.

    Returns
    -------
    float array of shape (n_examples, n_classes)
        In [0, 1].

    Raises
    ------
    InvalidInputError
        If the shapes differ, or values are not what they must be.

    Notes
    -----
    `error_probabilities` of every class against the rest: each has its own calibration, and its
    own rates of classes left out and of classes put in. Time O(n_examples * n_classes).

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.tile([[1, 0], [0, 1]], (200, 1))
    >>> pred_probs = np.where(labels == 1, 0.95, 0.05)
    >>> labels[3] = [1, 1]  # the first class is one too many
    >>> np.argwhere(multilabel_error_probabilities(labels, pred_probs) > 0.3)
    array([[3, 0]])
    """
    labels, pred_probs = checked_label_matrix(labels, pred_probs)
    result = np.zeros(labels.shape)
    for column in range(labels.shape[1]):
        given = labels[:, column]
        if len(np.unique(given)) < 2:
            continue  # a class that everything has, or nothing: nobody can say
        pair = np.stack([1.0 - pred_probs[:, column], pred_probs[:, column]], axis=1)
        known = noise_calibration(given, pair)
        result[:, column] = error_probabilities(given, pair, calibration=known, doubt=doubt)
    return result


def multilabel_quality(
    labels: NDArray[np.integer] | NDArray[np.bool_], pred_probs: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Score how likely all classes of an example are to be given rightly.

    Parameters
    ----------
    labels : int or bool array of shape (n_examples, n_classes)
        1 where the example was given the class, else 0.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample probability that the example has the class.

    Returns
    -------
    float array of shape (n_examples,)
        In [0, 1]; 1 means that every class looks right, 0 that one is surely wrong.

    Notes
    -----
    The product over classes of one minus P(error): the probability that all are right, if
    errors of one example fall independently. Our own; benchmarks/label_tasks.py.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.tile([[1, 0], [0, 1]], (200, 1))
    >>> pred_probs = np.where(labels == 1, 0.95, 0.05)
    >>> labels[3] = [1, 1]
    >>> int(multilabel_quality(labels, pred_probs).argmin())
    3
    """
    p_error = multilabel_error_probabilities(labels, pred_probs)
    quality: NDArray[np.float64] = np.prod(1.0 - p_error, axis=1)
    return quality


def multilabel_errors(
    labels: NDArray[np.integer] | NDArray[np.bool_], pred_probs: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Flag the classes whose P(error) reaches the cut of best expected F1, and 0.35.

    Parameters
    ----------
    labels : int or bool array of shape (n_examples, n_classes)
        1 where the example was given the class, else 0.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample probability that the example has the class.

    Returns
    -------
    bool array of shape (n_examples, n_classes)
        True where the class is called an error: given and not there, or there and not given.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.tile([[1, 0], [0, 1]], (200, 1))
    >>> pred_probs = np.where(labels == 1, 0.95, 0.05)
    >>> labels[3] = [1, 1]
    >>> np.argwhere(multilabel_errors(labels, pred_probs))
    array([[3, 0]])
    """
    p_error = multilabel_error_probabilities(labels, pred_probs)
    return p_error >= multilabel_cut(p_error)


def multilabel_cut(p_error: NDArray[np.float64]) -> float:
    """Return the P(error) from which a class of an example is called an error.

    Examples
    --------
    >>> import numpy as np
    >>> multilabel_cut(np.array([[0.9, 0.0], [0.8, 0.1]]))
    0.8
    """
    return max(f1_cut(p_error.ravel()), _LEAST)


def multilabel_precision_cut(p_error: NDArray[np.float64], precision: float) -> float:
    """Return the lowest P(error) of a class from which flagged examples are so often wrong.

    Parameters
    ----------
    p_error : float array of shape (n_examples, n_classes)
        As `multilabel_error_probabilities` returns.
    precision : float
        Share of the flagged examples that should have a flagged class that is really wrong,
        in (0, 1].

    Returns
    -------
    float
        Flag every class at or above it; infinite where no selection is expected to reach it.

    Raises
    ------
    InvalidInputError
        If `precision` is not in (0, 1].

    Notes
    -----
    A flagged example is right with the chance that one of its flagged classes is wrong, if
    errors of one example fall independently. A lower cut flags more examples, and more classes
    of those it has. Time O(n log n) in the size of `p_error`.

    Examples
    --------
    >>> import numpy as np
    >>> p_error = np.array([[0.8, 0.5], [0.6, 0.0], [0.1, 0.1]])
    >>> multilabel_precision_cut(p_error, 0.7), multilabel_precision_cut(p_error, 0.75)
    (0.5, 0.5)
    >>> multilabel_precision_cut(p_error, 0.77)
    0.8
    """
    if not 0.0 < precision <= 1.0:
        raise InvalidInputError(
            f"`precision` must be above 0 and at most 1, got {precision}."
        )
    falling = -np.sort(-p_error, axis=1)
    right = np.cumprod(1.0 - falling, axis=1)  # no class up to here is wrong
    gains = falling * np.roll(right, 1, axis=1)
    gains[:, :1] = falling[:, :1]
    is_first = np.zeros(falling.shape, dtype=bool)
    is_first[:, :1] = True
    order = np.argsort(-falling, axis=None, kind="stable")
    ordered = falling.ravel()[order]
    n_flagged = np.maximum(np.cumsum(is_first.ravel()[order]), 1)
    expected = np.cumsum(gains.ravel()[order]) / n_flagged
    is_last_of_equals = np.append(ordered[1:] < ordered[:-1], True)[: len(ordered)]
    # A hair, so that rounding in the mean of equal numbers refuses none of them.
    fine = np.flatnonzero((expected >= precision - 1e-12) & is_last_of_equals)
    return float(ordered[fine[-1]]) if len(fine) else float("inf")


def checked_label_matrix(
    labels: NDArray[np.integer] | NDArray[np.bool_], pred_probs: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return both as arrays of one shape, or say what does not fit."""
    labels, pred_probs = np.asarray(labels), np.asarray(pred_probs)
    if (
        labels.ndim != 2
        or labels.dtype.kind not in "iub"
        or not np.isin(labels, (0, 1)).all()
    ):
        raise InvalidInputError(
            "`labels` must be 0 and 1 of shape (n_examples, n_classes), got "
            f"{labels.dtype} of shape {labels.shape}. Give one column per class."
        )
    if pred_probs.dtype.kind != "f" or pred_probs.shape != labels.shape:
        raise InvalidInputError(
            "`pred_probs` must have one probability per example and class, got "
            f"{pred_probs.dtype} of shape {pred_probs.shape} for labels of shape {labels.shape}. "
            "Give one row per example and one column per class."
        )
    wrong = ~((pred_probs >= 0.0) & (pred_probs <= 1.0 + 1e-6))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise InvalidInputError(
            f"`pred_probs` must be in [0, 1], got {pred_probs[row, column]} in row {row}, class "
            f"{column}. Pass probabilities, not scores."
        )
    return labels.astype(np.int64), np.minimum(pred_probs.astype(np.float64), 1.0)
