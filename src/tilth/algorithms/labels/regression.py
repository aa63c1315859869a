"""Errors in numeric labels, from out-of-sample predictions alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.isotonic import isotonic_regression

from tilth.algorithms.labels.cuts import f1_cut
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tilth.algorithms.labels.error_probability import Doubt

# Numbers here were chosen by benchmarks/label_tasks.py: six tables, four models, six kinds
# of planted errors.
_WINDOW = 0.2  # share of the examples, neighbours by prediction, that tell the local spread
_MIN_WINDOW = 20
_N_WINDOWS = 25
_LOCAL = 0.75  # weight of the local against the overall spread, as powers
_EXACT = 1e-3  # of the overall spread: a smaller local one is taken for this
_SIDES = (0.25, 0.5, 0.75)  # quantiles: the middle, and half of either side
# The tail of right targets goes on as their middle does: P(distance > d) is 2 ** -(d ** shape)
# in medians, through this quantile. Without errors 1.8 % of targets lie where it says 1 %.
_QUANTILE = 0.85
_SHAPES = (0.9, 1.5)  # heavier than exponential; nearly normal
_HEAVY_FROM, _HEAVY_POWER = 0.9, 2.0  # the heaviest tail held for possible: d ** -2
_LIGHT = 0.1  # the lightest: a tenth of what the middle expects
_DOUBTFUL = 0.01  # quality is 0.5 where this share of right targets lies as far out
_LEAST = 0.25  # a flag must be right one time in four at least


class TargetCalibration(NamedTuple):
    """How far right targets lie from their predictions, learned on one set.

    Attributes
    ----------
    predictions : float array of shape (n_windows,)
        Middle of each window of neighbouring predictions, ascending.
    centre, below, above : float arrays of shape (n_windows,)
        Median of target minus prediction there, and the spread on either side of it.
    doubtful : float
        Distance, in spreads, of quality 0.5.
    distances : float array of shape (n_distances,)
        Distances seen, ascending.
    p_error : mapping from {"low", "middle", "high"} to float array of shape (n_distances,)
        P(error) at each of them.
    cut : float
        P(error) from which a target is called an error.
    """

    predictions: NDArray[np.float64]
    centre: NDArray[np.float64]
    below: NDArray[np.float64]
    above: NDArray[np.float64]
    doubtful: float
    distances: NDArray[np.float64]
    p_error: Mapping[Doubt, NDArray[np.float64]]
    cut: float


def target_quality(
    targets: NDArray[np.number],
    predictions: NDArray[np.number],
    *,
    calibration: TargetCalibration | None = None,
) -> NDArray[np.float64]:
    """Score how likely each given number is to be right.

    Parameters
    ----------
    targets : float array of shape (n_examples,)
        Given numbers.
    predictions : float array of shape (n_examples,)
        Out-of-sample predictions in the same unit: number ``i`` must come from a model that
        did not train on example ``i``.
    calibration : TargetCalibration, optional
        From other examples, to judge these frozen. None: from these.

    Returns
    -------
    float array of shape (n_examples,)
        In [0, 1]; 1 means that the model agrees, 0.5 that one right target in a hundred
        lies as far from its prediction, 0 that none does.

    Raises
    ------
    InvalidInputError
        If the lengths differ, or a number is not finite.

    Notes
    -----
    The distance of a target from its prediction is measured in spreads: the local quartile
    on its side, among examples with similar predictions, drawn a little towards the overall
    median deviation. Large predictions may thus be less exact than small ones, and
    errors upwards more common than downwards, and a model may be biased; wrong targets move
    none of this much. Any change of unit or origin leaves the result as it is. Time O(n log n).

    References
    ----------
    Our own; benchmarks/label_tasks.py compares it with plain residuals.

    Examples
    --------
    >>> import numpy as np
    >>> predictions = np.arange(100.0)
    >>> targets = predictions + np.sin(predictions)
    >>> targets[7] = 70.0
    >>> quality = target_quality(targets, predictions)
    >>> int(quality.argmin()), bool(quality[7] < 0.01)
    (7, True)
    """
    targets, predictions = checked_targets(targets, predictions)
    known = calibration or target_calibration(targets, predictions)
    far = _distances(targets, predictions, known) / known.doubtful
    quality: NDArray[np.float64] = 1.0 / (1.0 + far**4)
    return quality


def target_errors(
    targets: NDArray[np.number],
    predictions: NDArray[np.number],
    *,
    calibration: TargetCalibration | None = None,
) -> NDArray[np.bool_]:
    """Flag the numbers whose P(error) reaches the cut of best expected F1, and 0.25.

    Parameters
    ----------
    targets, predictions : float arrays of shape (n_examples,)
        As for `target_quality`.
    calibration : TargetCalibration, optional
        From other examples, with its cut. None: from these.

    Returns
    -------
    bool array of shape (n_examples,)
        True where the target is called an error.

    Examples
    --------
    >>> import numpy as np
    >>> predictions = np.arange(100.0)
    >>> targets = predictions + np.sin(predictions)
    >>> targets[7] = 70.0
    >>> np.flatnonzero(target_errors(targets, predictions))
    array([7])
    """
    targets, predictions = checked_targets(targets, predictions)
    known = calibration or target_calibration(targets, predictions)
    return target_error_probabilities(targets, predictions, calibration=known) >= known.cut


def target_error_probabilities(
    targets: NDArray[np.number],
    predictions: NDArray[np.number],
    *,
    calibration: TargetCalibration | None = None,
    doubt: Doubt = "middle",
) -> NDArray[np.float64]:
    """Estimate for each example the probability that its given number is wrong.

    Parameters
    ----------
    targets, predictions : float arrays of shape (n_examples,)
        As for `target_quality`.
    calibration : TargetCalibration, optional
        From other examples. None: from these.
    doubt : {"low", "middle", "high"}, default "middle"
        Far targets may be wrong, or right and hard to predict, and residuals alone cannot
        tell. ``low`` takes right targets for as spread out as is plausible, ``high`` for as
        close: the two ends of an interval, which is wide.

    Returns
    -------
    float array of shape (n_examples,)
        In [0, 1]; never falls with the distance from the prediction.

    Notes
    -----
    One minus the share of the targets at a distance that the tail of right targets explains,
    made monotone. The tail goes on as the middle of the distances does: through their median
    and their 85 % quantile, between ``exp(-d ** 0.9)`` and ``exp(-d ** 1.5)``.

    References
    ----------
    Efron (2004), "Large-scale simultaneous hypothesis testing", JASA 99, section 2, for
    the local false discovery rate with an empirical null; the tail is our own.

    Examples
    --------
    >>> import numpy as np
    >>> predictions = np.arange(100.0)
    >>> targets = predictions + np.sin(predictions)
    >>> targets[7] = 70.0
    >>> target_error_probabilities(targets, predictions)[5:9].round(2)
    array([0.03, 0.  , 1.  , 0.03])
    """
    targets, predictions = checked_targets(targets, predictions)
    known = calibration or target_calibration(targets, predictions)
    if not len(known.distances):
        return np.zeros(len(targets))
    far = _distances(targets, predictions, known)
    return np.interp(far, known.distances, known.p_error[doubt])


def target_calibration(
    targets: NDArray[np.number], predictions: NDArray[np.number]
) -> TargetCalibration:
    """Learn how far right targets lie from their predictions.

    Parameters
    ----------
    targets, predictions : float arrays of shape (n_examples,)
        As for `target_quality`.

    Returns
    -------
    TargetCalibration
        Ready for `target_quality` and the others, on these examples or on others.

    Examples
    --------
    >>> import numpy as np
    >>> predictions = np.arange(100.0)
    >>> known = target_calibration(predictions + 3 + np.sin(predictions), predictions)
    >>> float(np.median(known.centre).round(1)), float(np.median(known.above).round(1))
    (3.1, 0.7)
    """
    targets, predictions = checked_targets(targets, predictions)
    nothing: NDArray[np.float64] = np.empty(0)
    at, centre, below, above = _windows(targets - predictions, predictions)
    known = TargetCalibration(at, centre, below, above, 1.0, nothing, {}, np.inf)
    if not len(targets):
        return known
    far = _distances(targets, predictions, known)
    median, beyond = np.quantile(far, [0.5, _QUANTILE])
    if median <= 0.0:
        return known
    steep = np.log(-np.log2(1.0 - _QUANTILE)) / np.log(max(beyond / median, 1.0001))
    shape = float(np.clip(steep, *_SHAPES))
    distances, counts = np.unique(far, return_counts=True)
    # Many targets may lie equally far: each answers for what is nearer to it than to others.
    borders = np.append(0.0, (distances[1:] + distances[:-1]) / 2)
    tails = _tails(borders, far, median, shape)
    p_error = {doubt: _local_error_rate(tail, counts) for doubt, tail in tails.items()}
    return known._replace(
        doubtful=float(median * (-np.log2(_DOUBTFUL)) ** (1.0 / shape)),
        distances=distances,
        p_error=p_error,
        cut=max(f1_cut(np.repeat(p_error["middle"], counts)), _LEAST),
    )


def checked_targets(
    targets: NDArray[np.number], predictions: NDArray[np.number]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both as floats, or say what does not fit.

    Raises
    ------
    InvalidInputError
        If they are not finite numbers in one dimension, one for each other.
    """
    arrays = []
    for name, given in (("targets", targets), ("predictions", predictions)):
        array = np.asarray(given)
        if array.ndim != 1 or array.dtype.kind not in "fiub":
            raise InvalidInputError(
                f"`{name}` must be numbers in one dimension, got {array.dtype} of shape "
                f"{array.shape}."
            )
        array = array.astype(np.float64)
        if not np.isfinite(array).all():
            row = int(np.argmin(np.isfinite(array)))
            raise InvalidInputError(
                f"`{name}` must be finite, got {array[row]} in row {row}. Leave such rows out."
            )
        arrays.append(array)
    if len(arrays[0]) != len(arrays[1]):
        raise InvalidInputError(
            f"`predictions` must have one number per target, got {len(arrays[1])} for "
            f"{len(arrays[0])} targets."
        )
    return arrays[0], arrays[1]


def _windows(
    residuals: NDArray[np.float64], predictions: NDArray[np.float64]
) -> tuple[
    NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]
]:
    """Return middles of windows, and centre and spreads of the residuals in each."""
    n = len(residuals)
    if not n:
        zero, one = np.zeros(1), np.ones(1)
        return zero, zero, one, one
    away = np.abs(residuals - np.median(residuals))
    overall = float(np.median(away)) or float(away.mean())
    order = np.lexsort((residuals, predictions))  # ties by content: no matter how rows lie
    half = max(_MIN_WINDOW, _WINDOW * n) / 2
    middles = np.linspace(0, n - 1, min(n, _N_WINDOWS))
    ends = [(max(0, math.ceil(m - half)), math.floor(m + half) + 1) for m in middles]
    ordered = residuals[order]
    low, centre, high = np.array([np.quantile(ordered[a:b], _SIDES) for a, b in ends]).T
    below, above = (
        np.maximum(side, _EXACT * overall) ** _LOCAL * overall ** (1.0 - _LOCAL)
        for side in (centre - low, high - centre)
    )
    at = np.interp(middles, np.arange(n), predictions[order])
    at, group, size = np.unique(at, return_inverse=True, return_counts=True)
    centre, below, above = (
        np.bincount(group, weights=v) / size for v in (centre, below, above)
    )
    return at, centre, below, above


def _distances(
    targets: NDArray[np.float64], predictions: NDArray[np.float64], known: TargetCalibration
) -> NDArray[np.float64]:
    """Return how far each target lies from its prediction, in spreads of its side."""
    centre, below, above = (
        np.interp(predictions, known.predictions, values)
        for values in (known.centre, known.below, known.above)
    )
    away = targets - predictions - centre
    spread = np.where(away > 0.0, above, below)
    distances: NDArray[np.float64] = np.zeros(len(away))
    np.divide(np.abs(away), spread, out=distances, where=spread > 0.0)
    return distances


def _tails(
    distances: NDArray[np.float64], far: NDArray[np.float64], median: float, shape: float
) -> dict[Doubt, NDArray[np.float64]]:
    """Return P(a right target lies further out), by how much the label is doubted."""
    middle = np.exp2(-((distances / median) ** shape))
    start = float(np.quantile(far, _HEAVY_FROM))
    outside = np.maximum(distances / start, 1.0)
    heavy = np.maximum(middle, (1.0 - _HEAVY_FROM) * outside**-_HEAVY_POWER)
    return {
        "low": np.where(distances > start, heavy, middle),
        "middle": middle,
        "high": _LIGHT * middle,
    }


def _local_error_rate(
    tail: NDArray[np.float64], counts: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the share of targets at each distance that right ones do not explain."""
    expected = np.append(tail[:-1] - tail[1:], tail[-1]) * counts.sum()
    share = isotonic_regression(
        expected / counts, sample_weight=counts.astype(np.float64), y_min=0.0, y_max=1.0,
        increasing=False,
    )  # fmt: skip
    return np.asarray(1.0 - share, dtype=np.float64)
