"""Where the rules of confident learning cut: by class, and by noise rate."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tilth.algorithms.labels.confident_joint import calibrated, whole_rows
from tilth.algorithms.labels.rank_cuts import rank_cuts
from tilth.algorithms.labels.scan import BLOCK, as_ordered, blocks

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
        For pairs of classes with something to prune: given this class, truly that one, so
        many.
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
    return PruneCounts(kept + short, given[some], true[some], rounded[some])


def class_cuts(
    counts: PruneCounts, sizes: NDArray[np.int64], dtype: np.dtype[np.floating]
) -> Generator[Estimation[Examples, Any], Any, NDArray[np.floating]]:
    """Find the probability of each given class below which its examples are pruned."""
    n_errors = sizes - counts.kept
    prunes = (sizes > KEPT) & (n_errors > 0)
    ranks = np.where(prunes, n_errors + 1, 0)
    found, _ = yield from rank_cuts(partial(_own, classes=prunes), ranks, dtype)
    return np.where(prunes, found, dtype.type(-np.inf))


def _own(
    rows: Examples, *, classes: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.floating]]]:
    """Yield the given class and its probability, for examples of some classes."""
    for start in range(0, len(rows.labels), BLOCK):
        labels = rows.labels[start : start + BLOCK]
        at = np.flatnonzero(classes[labels])
        yield labels[at], rows.pred_probs[start + at, labels[at]]


def margin_cuts(
    counts: PruneCounts, sizes: NDArray[np.int64], dtype: np.dtype[np.floating]
) -> Generator[Estimation[Examples, Any], Any, NDArray[np.floating]]:
    """Find the margin from which examples of each pair of classes (given, true) are pruned.

    The margin of class j over the given class k is p_j - p_k. Hardly any pair needs others
    than the positive ones, which only examples have whose label is doubted.
    """
    # The authors ask whether the true class has more than five examples, so do we.
    some = np.flatnonzero(sizes[counts.true] > KEPT)
    given, true = counts.given[some], counts.true[some]
    ranks = np.minimum(counts.n[some], sizes[given])
    dtype = np.result_type(dtype, np.float32)
    pairs = np.full((len(sizes), len(sizes)), -1)
    pairs[given, true] = np.arange(len(some))
    entries = partial(_negative_margins, pairs=pairs, dtype=dtype, positive=True)
    found, left = yield from rank_cuts(entries, ranks, dtype)
    if left.any():
        pairs[given, true] = np.where(left > 0, np.arange(len(some)), -1)
        entries = partial(_negative_margins, pairs=pairs, dtype=dtype, positive=False)
        rest, _ = yield from rank_cuts(entries, left, dtype)
        found = np.minimum(found, rest)
    matrix = np.full(pairs.shape, np.inf, dtype=dtype)
    matrix[given, true] = np.where(np.isinf(found), found, -found)
    return matrix


def _negative_margins(
    rows: Examples,
    *,
    pairs: NDArray[np.int64],
    dtype: np.dtype[np.floating],
    positive: bool,
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.floating]]]:
    """Yield pairs and minus their margins: those above 0, or the others."""
    n_classes = len(pairs)
    wanted = pairs >= 0
    classes: NDArray[np.bool_] = np.logical_or.reduce(wanted, axis=1)
    at = rows.doubted if positive else np.flatnonzero(classes[rows.labels])
    for block in blocks(len(at), n_classes):
        labels = rows.labels[at[block]]
        probs = rows.pred_probs[at[block]]
        given = probs[np.arange(len(labels)), labels]
        ordered = as_ordered(probs)
        looked_at: NDArray[np.bool_] = ordered > given.view(ordered.dtype)[:, None]
        if not positive:
            np.logical_not(looked_at, out=looked_at)
        looked_at &= wanted[labels]
        flat = np.flatnonzero(looked_at)
        row = flat // n_classes
        value = given[row].astype(dtype)
        value -= probs.ravel()[flat]
        flat += (labels - np.arange(len(labels)))[row] * n_classes
        yield pairs.ravel()[flat], value


def below_class_cuts(rows: Examples, found: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Flag the doubted examples less probable than the cut of their class."""
    flagged = np.zeros(len(rows.labels), dtype=bool)
    labels = rows.labels[rows.doubted]
    flagged[rows.doubted] = rows.pred_probs[rows.doubted, labels] < found[labels]
    return flagged


def above_margin_cuts(rows: Examples, found: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Flag the doubted examples with a margin that reaches the cut of its pair."""
    flagged = np.zeros(len(rows.labels), dtype=bool)
    for block in blocks(len(rows.doubted), rows.n_classes):
        at = rows.doubted[block]
        labels = rows.labels[at]
        margin = rows.pred_probs[at].astype(found.dtype, copy=False)
        margin -= margin[np.arange(len(at)), labels][:, None]
        reached = np.flatnonzero(margin >= found[labels]) // rows.n_classes
        flagged[at[reached]] = True
    return flagged
