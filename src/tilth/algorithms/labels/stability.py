"""Benchmarks with wrong labels: whether they rank models right, and where the order flips."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import norm

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.algorithms.labels.audited import AuditSample

_LEVEL = 0.95
_DRAWS = 1000


class RankingStability(NamedTuple):
    """How accuracy and order of models depend on the share of wrong labels in a test set.

    Attributes
    ----------
    given, corrected : float arrays of shape (n_models, 3)
        Accuracy on the labels as given and as corrected, each with a 95 % interval.
    prevalence : float
        Share of the test whose label was corrected.
    pairs : int array of shape (n_pairs, 2)
        Every two models; the first is the better one on the labels as given.
    flips_at : float array of shape (n_pairs, 3)
        Share of wrong labels from which the second model is the better one on corrected labels, with
        a 95 % interval by resampling; NaN where the order never flips.
    holds : float array of shape (n_pairs,)
        Share of resamplings in which the first is no worse on the corrected labels either.
    """

    given: NDArray[np.float64]
    corrected: NDArray[np.float64]
    prevalence: float
    pairs: NDArray[np.int64]
    flips_at: NDArray[np.float64]
    holds: NDArray[np.float64]


def ranking_stability(
    labels: NDArray[np.integer],
    corrected: NDArray[np.integer],
    predictions: NDArray[np.integer],
    *,
    rng: np.random.Generator,
) -> RankingStability:
    """Compare how models rank on given and on corrected labels of a test set.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each test example.
    corrected : int array of shape (n_examples,)
        The same after correction, by people or by a suggestion; -1 where no class is right.
    predictions : int array of shape (n_models, n_examples)
        Predicted class of each example by each model.
    rng : Generator
        For the resampling of examples.

    Returns
    -------
    RankingStability

    Raises
    ------
    InvalidInputError
        If the shapes do not fit, or there is no example.

    Notes
    -----
    Sound examples are taken away at random until the corrected ones are a share N of the test:
    accuracy is then (1 - N) a + N b, with a the accuracy on sound examples and b that on corrected
    ones. Two such lines cross once at most, and that is where the order flips. The interval comes
    from 1,000 bootstrap resamplings, those that never flip counted as 1. O(n_models * n_examples)
    plus 1,000 draws of counts per pair.

    References
    ----------
    Northcutt, Athalye & Mueller (2021), "Pervasive label errors in test sets destabilize machine
    learning benchmarks", NeurIPS datasets and benchmarks, section 5.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.zeros(100, dtype=int)
    >>> corrected = np.where(np.arange(100) < 10, 1, 0)  # ten labels were wrong
    >>> follows_labels, knows = np.zeros(100, dtype=int), corrected.copy()
    >>> knows[90:] = 1
    >>> found = ranking_stability(
    ...     labels, corrected, np.stack([knows, follows_labels]), rng=np.random.default_rng(0)
    ... )
    >>> found.pairs.tolist(), found.flips_at[0, 0].round(2)
    ([[1, 0]], np.float64(0.1))
    """
    labels, corrected, predictions = _checked(labels, corrected, predictions)
    n = len(labels)
    is_given, is_right = predictions == labels, predictions == corrected
    wrong = labels != corrected
    order = np.argsort(-is_given.mean(axis=1), kind="stable")
    pairs = np.array(list(combinations(order.tolist(), 2)), dtype=np.int64).reshape(-1, 2)
    flips, holds = np.empty((len(pairs), 3)), np.empty(len(pairs))
    for i, (first, second) in enumerate(pairs):
        gap = is_right[first].astype(np.int64) - is_right[second]
        flips[i], holds[i] = _flip(gap, wrong, rng)
    return RankingStability(
        _accuracy(is_given.mean(axis=1), n),
        _accuracy(is_right.mean(axis=1), n),
        float(wrong.mean()),
        pairs,
        flips,
        holds,
    )


def _flip(
    gap: NDArray[np.int64], wrong: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.float64], float]:
    """Return where two models change places, with interval, and how often the first holds."""
    cells = np.array(
        [((wrong == w) & (gap == g)).sum() for w in (0, 1) for g in (-1, 0, 1)]
    )
    drawn = rng.multinomial(len(gap), cells / len(gap), size=_DRAWS)
    at = _crossing(cells[None])[0]
    resampled = np.nan_to_num(_crossing(drawn), nan=1.0)
    tail = (1.0 - _LEVEL) / 2.0
    low, high = np.quantile(resampled, [tail, 1.0 - tail])
    ahead = drawn[:, 2] - drawn[:, 0] + drawn[:, 5] - drawn[:, 3]
    if np.isnan(at):
        return np.full(3, np.nan), float((ahead >= 0).mean())
    return np.array([at, low, high]), float((ahead >= 0).mean())


def _crossing(cells: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the share of wrong labels at which the mean gap falls to 0; NaN if it never does."""
    sound = (cells[:, 2] - cells[:, 0]) / np.maximum(cells[:, :3].sum(axis=1), 1)
    mended = (cells[:, 5] - cells[:, 3]) / np.maximum(cells[:, 3:].sum(axis=1), 1)
    at = np.full(len(cells), np.nan)
    flips = (sound >= 0) & (mended < 0)
    at[flips] = sound[flips] / (sound[flips] - mended[flips])
    return at


def _accuracy(share: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return Wilson's interval around each share of `n`."""
    z = float(norm.ppf((1.0 + _LEVEL) / 2.0))
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.stack([share, middle - reach, middle + reach], axis=1)


def corrected_accuracy(
    predictions: NDArray[np.integer],
    labels: NDArray[np.integer],
    sample: AuditSample,
    answers: NDArray[np.integer],
) -> tuple[float, float, float]:
    """Estimate the accuracy on true labels when a person checked a sample of the test only.

    Parameters
    ----------
    predictions : int array of shape (n_examples,)
        Predicted class of each test example.
    labels : int array of shape (n_examples,)
        Given class of each test example.
    sample : AuditSample
        Which examples were checked, and how many each stands for: `audit_sample` with nothing
        flagged. One drawn for the precision of flags holds few of all the other examples.
    answers : int array of shape (n,)
        The class a person gave to each; -1 where none is right.

    Returns
    -------
    value, low, high : float
        The estimate with its 95 % interval.

    Raises
    ------
    InvalidInputError
        If the shapes do not fit.

    Notes
    -----
    Accuracy on the given labels, plus what the answers change, each weighted by how many
    examples it stands for. Examples that stand for equally many are a layer, a simple random sample of
    its own; a layer whose answers all agree is given the spread of one that differs. How often
    the interval holds the true accuracy, and how wide it is, is measured by
    benchmarks/label_facts.py; a sample drawn for the flags makes it wide.

    References
    ----------
    Horvitz & Thompson (1952), "A generalization of sampling without replacement from a finite
    universe", JASA 47; Cochran (1977), "Sampling techniques", chapter 5, for the interval.

    Examples
    --------
    >>> import numpy as np
    >>> from tilth.algorithms.labels import AuditSample
    >>> labels = np.zeros(1000, dtype=int)
    >>> sample = AuditSample(np.arange(0, 1000, 10), np.full(100, 10.0))
    >>> answers = np.where(np.arange(100) < 5, 1, 0)  # five given labels were wrong
    >>> value, low, high = corrected_accuracy(labels, labels, sample, answers)
    >>> round(value, 2), bool(low < 0.95 < high)
    (0.95, True)
    """
    predictions, labels, answers = map(np.asarray, (predictions, labels, answers))
    if predictions.shape != labels.shape or labels.ndim != 1 or not len(labels):
        raise InvalidInputError(
            "`predictions` must have one class per label, got shapes "
            f"{predictions.shape} and {labels.shape}."
        )
    if answers.shape != np.shape(sample.rows) or not len(answers):
        raise InvalidInputError(
            "`answers` must have one class per example of `sample`, got "
            f"{answers.shape} for {len(sample.rows)} examples. Leave out examples without an "
            "answer."
        )
    said, given = predictions[sample.rows], labels[sample.rows]
    change = (said == answers).astype(np.float64) - (said == given)
    value, spread = float((predictions == labels).mean()), 0.0
    for stands_for in np.unique(sample.stands_for):
        layer = change[sample.stands_for == stands_for]
        n = len(layer)
        share = float(stands_for) * n / len(labels)
        value += share * float(layer.mean())
        seen = float(((layer - layer.mean()) ** 2).sum()) / max(n - 1, 1)
        spread += share**2 * max(1.0 - 1.0 / stands_for, 0.0) * max(seen, 1.0 / n) / n
    reach = float(norm.ppf((1.0 + _LEVEL) / 2.0)) * float(np.sqrt(spread))
    value, low, high = (
        float(np.clip(v, 0.0, 1.0)) for v in (value, value - reach, value + reach)
    )
    return value, low, high


def _checked(
    labels: NDArray[np.integer],
    corrected: NDArray[np.integer],
    predictions: NDArray[np.integer],
) -> tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.integer]]:
    labels, corrected, predictions = map(np.asarray, (labels, corrected, predictions))
    if labels.ndim != 1 or not len(labels) or corrected.shape != labels.shape:
        raise InvalidInputError(
            "`corrected` must have one class per label, got shapes "
            f"{corrected.shape} and {labels.shape}."
        )
    if predictions.ndim != 2 or predictions.shape[1] != len(labels):
        raise InvalidInputError(
            f"`predictions` must have the shape (n_models, {len(labels)}), got "
            f"{predictions.shape}."
        )
    return labels, corrected, predictions
