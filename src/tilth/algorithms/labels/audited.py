"""What a few labels checked by a person say of all: the precision and recall at any cut.

The examples to check are drawn at random, more densely among the flagged ones, and each stands
for a known number of examples. So the few answers speak for everything, whatever the model is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import beta, norm

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FLAGGED = 0.94  # share of the sample drawn among the flagged; benchmarks/label_cut.py
_STRATA = 3  # of the flagged, by P(error); benchmarks/label_cut.py
_FEWEST = 5  # examples drawn from a stratum
_NEXT = 0.1  # share of the unflagged that is most doubted, and gets half of their sample
_LEVEL = 0.95


class AuditSample(NamedTuple):
    """Examples for a person to check.

    Attributes
    ----------
    rows : int array of shape (n,)
        Which examples, in random order.
    stands_for : float array of shape (n,)
        How many examples each stands for: one over the chance it had to be drawn.
    """

    rows: NDArray[np.intp]
    stands_for: NDArray[np.float64]


def audit_sample(
    p_error: NDArray[np.floating],
    flagged: NDArray[np.bool_],
    n: int,
    *,
    rng: np.random.Generator,
) -> AuditSample:
    """Draw examples at random for a person to check: most of them among the flagged.

    Parameters
    ----------
    p_error : float array of shape (n_examples,)
        Probability that each label is wrong.
    flagged : bool array of shape (n_examples,)
        The selection to judge; nothing, to judge all labels (`corrected_accuracy`).
    n : int
        How many to draw, without replacement.
    rng : Generator

    Returns
    -------
    AuditSample

    Raises
    ------
    InvalidInputError
        If there are not that many examples, or the shapes differ.

    Notes
    -----
    The flagged are cut into three layers by P(error), the others into the tenth that is most
    doubted and the rest; each layer is a simple random sample. Most draws go to
    the flagged, where precision is decided; the others bound what is missed.

    References
    ----------
    Cochran (1977), "Sampling techniques", chapter 5, for the estimates; the layers are our own,
    benchmarks/label_cut.py.

    Examples
    --------
    >>> import numpy as np
    >>> p_error = np.linspace(0, 1, 1000)
    >>> sample = audit_sample(p_error, p_error > 0.9, 20, rng=np.random.default_rng(0))
    >>> int((p_error[sample.rows] > 0.9).sum()), round(float(sample.stands_for.sum()))
    (19, 1000)
    """
    p_error, flagged = (
        np.asarray(p_error, dtype=np.float64),
        np.asarray(flagged, dtype=bool),
    )
    if p_error.ndim != 1 or p_error.shape != flagged.shape:
        raise InvalidInputError(
            "`p_error` and `flagged` must be of one shape (n_examples,), got "
            f"{p_error.shape} and {flagged.shape}."
        )
    if not 0 < n <= len(p_error):
        raise InvalidInputError(
            f"`n` must be from 1 to the {len(p_error)} examples there are, got {n}."
        )
    order = np.argsort(-p_error, kind="stable")
    inside, outside = order[flagged[order]], order[~flagged[order]]
    n_inside = min(len(inside), round(_FLAGGED * n) if len(outside) else n)
    n_inside = max(n_inside, n - len(outside))
    n_strata = int(np.clip(n_inside // _FEWEST, 1, _STRATA))
    n_next = round(_NEXT * len(outside))
    halves = [outside[:n_next], outside[n_next:]]
    if n - n_inside < 2:
        halves = [outside]
    layers = [
        *_drawn(np.array_split(inside, n_strata), n_inside, rng),
        *_drawn(halves, n - n_inside, rng),
    ]
    rows = np.concatenate([rows for rows, _ in layers])
    stands_for = np.concatenate(
        [np.full(len(rows), size / len(rows)) for rows, size in layers]
    )
    mixed = rng.permutation(len(rows))
    return AuditSample(rows[mixed], stands_for[mixed])


def _drawn(
    layers: list[NDArray[np.intp]], n: int, rng: np.random.Generator
) -> list[tuple[NDArray[np.intp], int]]:
    """Draw `n` in all, evenly; what a layer cannot give the next ones do."""
    drawn: list[tuple[NDArray[np.intp], int]] = []
    left = n
    for layer in sorted(layers, key=len):
        share = left // (len(layers) - len(drawn))
        taken = rng.choice(layer, size=min(share, len(layer)), replace=False)
        left -= len(taken)
        drawn.append((taken, len(layer)))
    return [(rows, size) for rows, size in drawn if len(rows)]


def audited_precision(
    flagged: NDArray[np.bool_],
    sample: AuditSample,
    is_error: NDArray[np.bool_],
) -> tuple[float, float, float]:
    """Estimate the share of flagged labels that is wrong, from those a person checked.

    Parameters
    ----------
    flagged : bool array of shape (n_examples,)
        The selection judged; any cut, also one chosen after the sample was drawn.
    sample : AuditSample
        Which examples were checked, and how many each stands for.
    is_error : bool array of shape (n,)
        Whether the person found the given label of each wrong.

    Returns
    -------
    value, low, high : float
        The estimate with its 95 % interval; NaN where no flagged example was checked.

    Notes
    -----
    Flagged examples that stand for equally many form a layer, itself a simple random sample.
    The variance of the stratified estimate, with finite populations, says how many plain
    answers the sample is worth, and Jeffreys' interval is taken for those. Held the real
    precision in nine of ten draws of 100 on every set of benchmarks/label_cut.py.

    References
    ----------
    Cochran (1977), "Sampling techniques", sections 5.3 to 5.5; Brown, Cai & DasGupta (2001),
    "Interval estimation for a binomial proportion", Statistical Science 16, for the interval;
    Franco, Little, Louis & Slud (2019), "Comparative study of confidence intervals for
    proportions in complex sample surveys", for the effective sample size.

    Examples
    --------
    >>> import numpy as np
    >>> flagged = np.arange(1000) < 200
    >>> sample = AuditSample(np.arange(0, 200, 4), np.full(50, 4.0))
    >>> is_error = np.arange(50) < 40
    >>> [round(v, 2) for v in audited_precision(flagged, sample, is_error)]
    [0.8, 0.69, 0.88]
    """
    flagged, is_error = _checked(flagged, sample, is_error)
    n_flagged = int(flagged.sum())
    inside = flagged[sample.rows]
    if not inside.any():
        return np.nan, np.nan, np.nan
    checked = is_error[inside]
    value, spread, guess = _share_wrong(sample.stands_for[inside], checked, n_flagged)
    if spread <= 0.0:  # every one was checked
        return value, value, value
    size = guess * (1.0 - guess) / spread
    tail = (1.0 - _LEVEL) / 2.0
    right, wrong = (1.0 - value) * size + 0.5, value * size + 0.5
    low = float(beta.ppf(tail, wrong, right)) if checked.any() else 0.0
    high = float(beta.ppf(1.0 - tail, wrong, right)) if not checked.all() else 1.0
    # What was checked is known.
    low = max(low, checked.sum() / n_flagged)
    return value, low, min(high, 1.0 - (~checked).sum() / n_flagged)


def audited_recall(
    flagged: NDArray[np.bool_],
    sample: AuditSample,
    is_error: NDArray[np.bool_],
) -> tuple[float, float, float]:
    """Estimate the share of wrong labels that is flagged, from those a person checked.

    Parameters
    ----------
    flagged, sample, is_error
        As for `audited_precision`.

    Returns
    -------
    value, low, high : float
        The estimate with its 95 % interval, wide where few unflagged examples were checked; NaN
        where none was, or nothing is flagged.

    Notes
    -----
    Wrong labels inside and outside of the selection are estimated as for
    `audited_precision`; the interval is that of the logarithm of their ratio.

    Examples
    --------
    >>> import numpy as np
    >>> flagged = np.arange(1000) < 200
    >>> rows = np.append(np.arange(0, 200, 4), np.arange(200, 1000, 16))
    >>> sample = AuditSample(rows, np.repeat([4.0, 16.0], 50))
    >>> is_error = np.isin(np.arange(100), np.append(np.arange(40), [60, 70]))
    >>> value, low, high = audited_recall(flagged, sample, is_error)
    >>> low < 160 / (160 + 32) < high
    True
    """
    flagged, is_error = _checked(flagged, sample, is_error)
    inside = flagged[sample.rows]
    if not inside.any() or inside.all():
        return np.nan, np.nan, np.nan
    n_flagged = int(flagged.sum())
    n_others = len(flagged) - n_flagged
    _, found_spread, found = _share_wrong(
        sample.stands_for[inside], is_error[inside], n_flagged
    )
    _, missed_spread, missed = _share_wrong(
        sample.stands_for[~inside], is_error[~inside], n_others
    )
    odds = np.log(found * n_flagged) - np.log(missed * n_others)
    spread = np.sqrt(found_spread / found**2 + missed_spread / missed**2)
    reach = norm.ppf((1.0 + _LEVEL) / 2.0) * spread
    low, value, high = 1.0 / (1.0 + np.exp(-(odds + np.array([-reach, 0.0, reach]))))
    return float(value), float(low), float(high)


def _share_wrong(
    stands_for: NDArray[np.float64], is_error: NDArray[np.bool_], size: int
) -> tuple[float, float, float]:
    """Return the share of errors among `size` examples, its variance, and a share never 0 or 1."""
    layers, layer = np.unique(stands_for, return_inverse=True)
    n = np.bincount(layer).astype(np.float64)
    wrong = np.bincount(layer, is_error)
    share = layers * n / (layers * n).sum()
    value = float(share @ (wrong / n))
    # One answer's worth of prior at the rate of all layers, so that four of four is not all.
    rate = (value * n.sum() + 0.5) / (n.sum() + 1.0)
    guess = (wrong + rate) / (n + 1.0)
    unknown = np.maximum(1.0 - n / (share * size), 0.0)
    variance = share**2 * guess * (1.0 - guess) / np.maximum(n - 1.0, 1.0) * unknown
    return value, float(variance.sum()), float(share @ guess)


def _checked(
    flagged: NDArray[np.bool_], sample: AuditSample, is_error: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    flagged, is_error = np.asarray(flagged, dtype=bool), np.asarray(is_error, dtype=bool)
    if not len(sample.rows) == len(sample.stands_for) == len(is_error):
        raise InvalidInputError(
            "`is_error` must have one answer per example of `sample`, got "
            f"{len(is_error)} answers for {len(sample.rows)} examples. Leave out the examples "
            "without an answer."
        )
    return flagged, is_error
