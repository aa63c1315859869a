"""Where the rules of confident learning cut: by class, and by noise rate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tilth.algorithms.labels.confident_joint import calibrated, whole_rows
from tilth.algorithms.labels.margins import NegativeMargins, Pairs, margins_within
from tilth.algorithms.labels.rank_cuts import Ranked, rank_cuts
from tilth.algorithms.labels.scan import BLOCK

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from numpy.typing import NDArray

    from tilth.algorithms.estimation import Estimation
    from tilth.algorithms.labels.inputs import Examples

KEPT = 5  # examples each class keeps (authors' code of Northcutt et al. 2021)


class PruneCounts(NamedTuple):
    """How many examples to prune.

    Attributes
    ----------
    kept : int array of shape (n_classes,)
        Examples of each given class that are not pruned by class.
    given, true, n : int arrays of shape (n_pairs,)
        For pairs of classes with something to prune, sorted: given this class, truly that
        one, so many.
    """

    kept: NDArray[np.int64]
    given: NDArray[np.int64]
    true: NDArray[np.int64]
    n: NDArray[np.int64]


def prune_counts(joint: NDArray[np.int64], sizes: NDArray[np.int64]) -> PruneCounts:
    """Say how many examples of each given class (rows) to prune as truly of each other class.

    What a class needs to keep five is taken evenly from its nonzero errors.
    """
    n_classes = len(joint)
    given, true = np.nonzero(joint)
    values = calibrated(joint[given, true], given, sizes)
    counts = whole_rows(values, given, n_classes)
    is_kept = given == true
    kept = np.zeros(n_classes, dtype=np.int64)
    kept[given[is_kept]] = counts[is_kept]
    short = np.maximum(KEPT - kept, 0)
    n_pairs = np.maximum(np.bincount(given[counts > 0], minlength=n_classes) - 1, 1)
    less = np.maximum(counts - (short / n_pairs)[given], 0.0)
    # Rounded so that the totals of true classes stay, which are theirs with what they keep.
    given, true = (np.concatenate([a, np.arange(n_classes)]) for a in (given, true))
    less = np.concatenate([np.where(is_kept, 0.0, less), kept + short])
    order = np.lexsort((given, true))
    given, true = given[order], true[order]
    rounded = whole_rows(less[order], true, n_classes)
    some = np.flatnonzero((rounded > 0) & (given != true))
    some = some[np.lexsort((true[some], given[some]))]
    return PruneCounts(kept + short, given[some], true[some], rounded[some])


def class_cuts(
    counts: PruneCounts, sizes: NDArray[np.int64], dtype: np.dtype[np.floating]
) -> Generator[Estimation[Examples, Any], Any, NDArray[np.floating]]:
    """Find the probability of each given class below which its examples are pruned."""
    n_errors = sizes - counts.kept
    prunes = (sizes > KEPT) & (n_errors > 0)
    ranks = np.where(prunes, n_errors + 1, 0)
    found, _ = yield from rank_cuts(Ranked(_own, ranks, 0.0, dtype))
    return np.where(prunes, found, dtype.type(-np.inf))


def _own(
    rows: Examples, bars: NDArray[np.floating]
) -> Iterator[tuple[NDArray[np.signedinteger], NDArray[np.floating]]]:
    """Yield the given class and its probability."""
    for start in range(0, len(rows.labels), BLOCK):
        labels = rows.labels[start : start + BLOCK]
        values = rows.pred_probs[start + np.arange(len(labels)), labels]
        at = np.flatnonzero(values <= bars[labels])
        yield labels[at], values[at]


def margin_cuts(
    counts: PruneCounts, sizes: NDArray[np.int64], dtype: np.dtype[np.floating]
) -> Generator[Estimation[Examples, Any], Any, tuple[Pairs, NDArray[np.floating]]]:
    """Find pairs of classes and minus the margin from which their examples are pruned.

    Hardly any pair needs others than the positive margins, which only examples have whose
    label is doubted.
    """
    # The authors ask whether the true class has more than five examples, so do we.
    some = np.flatnonzero(sizes[counts.true] > KEPT)
    given, true = counts.given[some], counts.true[some]
    ranks = np.minimum(counts.n[some], sizes[given])
    pairs = Pairs(given, true, len(sizes))
    margins = NegativeMargins(pairs, np.result_type(dtype, np.float32))
    found, left = yield from rank_cuts(Ranked(margins, ranks, -1.0, margins.dtype))
    lacking = np.flatnonzero(left)
    if len(lacking):
        pairs_left = Pairs(given[lacking], true[lacking], len(sizes))
        others = replace(margins, pairs=pairs_left, positive=False)
        found[lacking], _ = yield from rank_cuts(
            Ranked(others, left[lacking], 0.0, margins.dtype)
        )
    return pairs, np.where(np.isinf(found), -np.inf, found).astype(margins.dtype)


def below_class_cuts(rows: Examples, found: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Flag the doubted examples less probable than the cut of their class."""
    flagged = np.zeros(len(rows.labels), dtype=bool)
    labels = rows.labels[rows.doubted]
    flagged[rows.doubted] = rows.pred_probs[rows.doubted, labels] < found[labels]
    return flagged


def above_margin_cuts(
    rows: Examples, pairs: Pairs, bars: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Flag the doubted examples with minus a margin within the bar of its pair."""
    flagged = np.zeros(len(rows.labels), dtype=bool)
    for place, _, _ in margins_within(*rows.doubted_alone, pairs, bars):
        flagged[rows.doubted[place]] = True
    return flagged
