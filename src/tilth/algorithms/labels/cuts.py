"""Where to draw the line through P(error): best F1, a precision asked for, a count asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


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


def precision_cut(p_error: NDArray[np.floating], precision: float) -> float:
    """Return the lowest P(error) from which flags are still expected to be that often right.

    Parameters
    ----------
    p_error : float array of shape (n_examples,)
        Probability that each label is wrong.
    precision : float
        Share of flags that should be right, in (0, 1].

    Returns
    -------
    float
        Flag everything at or above it; infinite where no selection is expected to reach it.

    Raises
    ------
    InvalidInputError
        If `precision` is not in (0, 1].

    Notes
    -----
    The expected precision of the k largest is their mean, which falls with k. Equal
    probabilities are flagged together.

    Examples
    --------
    >>> import numpy as np
    >>> precision_cut(np.array([0.9, 0.8, 0.1, 0.0]), 0.8)
    0.8
    """
    if not 0.0 < precision <= 1.0:
        raise InvalidInputError(
            f"`precision` must be above 0 and at most 1, got {precision}."
        )
    ordered = np.sort(np.asarray(p_error, dtype=np.float64))[::-1]
    expected = np.cumsum(ordered) / np.arange(1, len(ordered) + 1)
    is_last_of_equals = np.append(ordered[1:] < ordered[:-1], True)[: len(ordered)]
    # A hair, so that rounding in the mean of equal numbers refuses none of them.
    fine = np.flatnonzero((expected >= precision - 1e-12) & is_last_of_equals)
    return float(ordered[fine[-1]]) if len(fine) else float("inf")


def count_cut(p_error: NDArray[np.floating], count: int) -> float:
    """Return the P(error) of the `count`-th largest: that many are flagged, and its equals.

    Parameters
    ----------
    p_error : float array of shape (n_examples,)
        Probability that each label is wrong.
    count : int
        How many to flag, at least 0.

    Returns
    -------
    float
        Flag everything at or above it; infinite for a count of 0.

    Raises
    ------
    InvalidInputError
        If `count` is negative.

    Examples
    --------
    >>> import numpy as np
    >>> count_cut(np.array([0.9, 0.8, 0.1, 0.0]), 3)
    0.1
    """
    if count < 0:
        raise InvalidInputError(f"`count` must be at least 0, got {count}.")
    values = np.asarray(p_error, dtype=np.float64)
    if count == 0 or not len(values):
        return float("inf")
    rank = max(len(values) - count, 0)
    return float(np.partition(values, rank)[rank])
