"""Training and test parts that share no group, no copy and no future."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.data.identity import row_hashes
from tilth.data.times import read_times
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset

_N_BINS = 10  # quantile bins a numeric label is stratified by; our own: deciles
_MAX_PARTS = 20  # equal parts a test set is put together from; our own: shares to 5 points


def split(
    dataset: Dataset, *, test_share: float = 0.2, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Set a part of the examples aside for testing.

    Examples with equal inputs stay on one side, and so do examples of one group where the
    schema names a group. Where it names a time, the latest become the test; otherwise
    classes (deciles of a numeric label) are spread evenly.

    Parameters
    ----------
    dataset : Dataset
        Examples without a label, or without a time where times count, are training.
    test_share : float, default 0.2
        Part of the labelled examples to set aside, in (0, 1).
    rng : Generator
        Decides which.

    Returns
    -------
    (train, test) : int arrays
        Row numbers, ascending, that together are all rows. Every class of the test occurs
        in training, unless times decide; a class with one example is training.

    Raises
    ------
    InvalidInputError
        If `test_share` is out of range, or everything hangs together in one group.

    Notes
    -----
    The share is met up to the size of one group, and to 1/20 where it is no simple fraction.
    With times, whole groups go by their latest example. The same rows in another order, or
    with other names for the classes, are split the same way.

    Examples
    --------
    >>> from tilth.data import read
    >>> data = read({"x": list(range(100)), "label": ["a", "b"] * 50})
    >>> train, test = split(data, rng=np.random.default_rng(0))
    >>> len(train), len(test), np.bincount(data.labels[test]).tolist()
    (80, 20, [10, 10])
    """
    if not 0 < test_share < 1:
        raise InvalidInputError(
            f"`test_share` must be between 0 and 1, got {test_share}. Use 0.2 for a fifth."
        )
    unit, time = _units(dataset), _times(dataset)
    able = _testable(dataset, time)
    if time is not None:
        n_test = max(1, round(test_share * int(able.sum())))
        is_late = _rank_by_latest(unit, time, able, rng) >= able.sum() - n_test
        is_test = able & np.isin(unit, unit[able & is_late])
    else:
        share = Fraction(test_share).limit_denominator(_MAX_PARTS)
        share = min(max(share, Fraction(1, _MAX_PARTS)), 1 - Fraction(1, _MAX_PARTS))
        part = _parts(dataset, unit, able, n_parts=share.denominator, rng=rng)
        is_test = _learnable(dataset, unit, np.isin(part, _taken(part[able], share)))
    if not is_test.any() or is_test[able].all():
        raise InvalidInputError(_too_few(dataset, unit[able], 2))
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def folds(
    dataset: Dataset, n_folds: int, rng: np.random.Generator
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Cut the examples into folds by the rules of `split`.

    Parameters
    ----------
    dataset : Dataset
        Examples without a label are in every training part and validate nowhere.
    n_folds : int
        At least 2.
    rng : Generator
        Decides which.

    Returns
    -------
    list of (train, validation) int arrays
        Row numbers, ascending. Without times, each labelled example validates once, but
        those of a class that would be missing in that fold's training part; they never
        do. With times, fold ``i`` validates on the span after all it trains on, so the
        earliest examples only train.

    Raises
    ------
    InvalidInputError
        If `n_folds` is below 2 or there are fewer groups than folds.
    """
    if n_folds < 2:
        raise InvalidInputError(
            f"`n_folds` must be at least 2, got {n_folds}. Use 5, as is usual."
        )
    unit, time = _units(dataset), _times(dataset)
    able = _testable(dataset, time)
    if time is not None:
        rank = _rank_by_latest(unit, time, able, rng)
        span = np.zeros(unit.max() + 1, dtype=np.int64)
        np.maximum.at(span, unit[able], rank[able] * (n_folds + 1) // int(able.sum()))
        part = np.where(able, span[unit], 0)
        sides = [(part < i, part == i) for i in range(1, n_folds + 1)]
    else:
        part = _parts(dataset, unit, able, n_parts=n_folds, rng=rng)
        validations = [_learnable(dataset, unit, part == i) for i in range(n_folds)]
        sides = [(~validation, validation) for validation in validations]
    if not all((train & able).any() and validation.any() for train, validation in sides):
        raise InvalidInputError(_too_few(dataset, unit[able], n_folds))
    return [
        (np.flatnonzero(train), np.flatnonzero(validation)) for train, validation in sides
    ]


def _too_few(dataset: Dataset, unit: NDArray[np.int64], n_parts: int) -> str:
    n = len(np.unique(unit))
    group = dataset.schema.group
    if group is None:
        kind, instead = "examples with inputs of their own", "Give more examples."
    else:
        kind = f"groups by {group!r}"
        instead = "Give more, or name another group column."
    return (
        f"The data must have enough {kind} for {n_parts} parts that share none and can each be "
        f"learned from, got {n}. {instead}"
    )


def _units(dataset: Dataset) -> NDArray[np.int64]:
    """Give rows that must stay together one number, whatever the order of rows.

    Examples with equal inputs have the same group, since the group is one of the inputs.
    """
    together = dataset.content_hash
    if dataset.schema.group is not None:
        group = dataset.table[dataset.schema.group]
        together = np.where(group.notna(), row_hashes(group.to_frame()), together)
    return np.unique(together, return_inverse=True)[1].astype(np.int64)


def _times(dataset: Dataset) -> NDArray[np.float64] | None:
    name = dataset.schema.time
    return None if name is None else read_times(dataset.table[name])


def _testable(dataset: Dataset, time: NDArray[np.float64] | None) -> NDArray[np.bool_]:
    able = np.ones(len(dataset), dtype=bool)
    if dataset.schema.label is not None:
        able[:] = False
        able[dataset.labelled] = True
    if time is not None:
        able &= ~np.isnan(time)
    if able.sum() < 2:
        raise InvalidInputError(
            f"`dataset` must have at least 2 examples with a label (and a time), got {able.sum()}. "
            "Add some, or name other columns."
        )
    return able


def _rank_by_latest(
    unit: NDArray[np.int64],
    time: NDArray[np.float64],
    able: NDArray[np.bool_],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Rank the able rows by the latest time of their unit, units whole, ties at random."""
    latest = np.full(unit.max() + 1, -np.inf)
    np.maximum.at(latest, unit[able], time[able])
    rows = np.flatnonzero(able)
    ties = rng.permutation(len(latest))
    rank = np.full(len(unit), -1)
    rank[rows[np.lexsort((ties[unit[rows]], latest[unit[rows]]))]] = np.arange(len(rows))
    return rank


def _parts(
    dataset: Dataset,
    unit: NDArray[np.int64],
    able: NDArray[np.bool_],
    *,
    n_parts: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Deal the able rows into parts of equal size and equal mixture; -1 for the others.

    scikit-learn's splitters refuse classes with fewer examples than parts, and its grouped
    one needs seconds for 20,000 groups; here rows that are alone fill what groups left.
    """
    rows = np.flatnonzero(able)
    order = rng.permutation(unit.max() + 1)[unit]
    rows = rows[np.lexsort((dataset.content_hash[rows], order[rows]))]
    stratum = pd.factorize(_strata(dataset, rows))[
        0
    ]  # numbered as met: names do not matter
    together = np.bincount(unit[rows])[unit[rows]] > 1
    have = np.zeros((n_parts, stratum.max() + 1), dtype=np.int64)
    rare_weight = 1.0 / np.bincount(stratum)  # a rare class weighs as much as a common one
    part = np.full(len(unit), -1)
    if together.any():
        part[rows[together]] = _spread(
            unit[rows[together]], stratum[together], have=have, weight=rare_weight
        )
    for code in np.argsort(rare_weight, kind="stable"):
        single = rows[~together & (stratum == code)]
        counts = _levelled(have[:, code], have.sum(axis=1), len(single))
        have[:, code] += counts
        part[single] = np.repeat(np.arange(n_parts), counts)
    return part


def _strata(dataset: Dataset, rows: NDArray[np.intp]) -> NDArray[Any]:
    if dataset.schema.learned_as == "none":
        return np.zeros(len(rows), dtype=np.int64)
    if dataset.schema.learned_as == "classification":
        codes = np.full(len(dataset), -1)
        codes[dataset.labelled] = dataset.labels
        return codes[rows]
    targets = dataset.given[rows].astype(np.float64)
    inner = np.arange(1, _N_BINS) / _N_BINS
    return np.searchsorted(np.quantile(targets, inner), targets)


def _taken(part: NDArray[np.int64], share: Fraction) -> NDArray[np.int64]:
    """Choose the parts that are the test: as near the share as they come.

    Evenly spaced ones, since classes are dealt to the parts in order.
    """
    sizes = np.bincount(part, minlength=share.denominator)
    spaced = np.arange(share.numerator) * share.denominator // share.numerator
    choices = (spaced + np.arange(share.denominator)[:, None]) % share.denominator
    misses = np.abs(sizes[choices].sum(axis=1) - float(share) * len(part))
    nearest: NDArray[np.int64] = choices[np.argmin(misses)]
    return nearest


def _spread(
    unit: NDArray[np.int64],
    stratum: NDArray[np.int64],
    *,
    have: NDArray[np.int64],
    weight: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Put whole units into parts, the largest first, each where its strata are scarcest.

    `have`, the rows of each stratum in each part, is brought up to date.
    """
    codes = pd.factorize(unit)[0]
    counts = np.bincount(codes)
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])
    part = np.empty(len(unit), dtype=np.int64)
    for code in np.argsort(-counts, kind="stable"):
        strata = np.sort(stratum[members[code]])  # floats add up alike in any order of rows
        chosen = int(np.argmin(have[:, strata] @ weight[strata]))
        np.add.at(have[chosen], strata, 1)
        part[members[code]] = chosen
    return part


def _levelled(
    have: NDArray[np.int64], load: NDArray[np.int64], n: int
) -> NDArray[np.int64]:
    """Say how many of `n` single rows each part gets, so that all have as many as can be.

    Where one is left over, parts with fewer rows in all come first.
    """
    low = np.sort(have)
    levels = (n + np.cumsum(low)) // np.arange(1, len(low) + 1)
    reached = levels <= np.append(low[1:], np.iinfo(np.int64).max)
    level = levels[np.argmax(reached)]
    counts: NDArray[np.int64] = np.maximum(level - have, 0)
    open_parts = np.flatnonzero(have + counts == level)
    first = open_parts[np.argsort(load[open_parts] + counts[open_parts], kind="stable")]
    counts[first[: n - counts.sum()]] += 1
    return counts


def _learnable(
    dataset: Dataset, unit: NDArray[np.int64], is_test: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Give one unit of every class that training lacks back to training."""
    if dataset.schema.learned_as != "classification":
        return is_test
    tested = is_test[dataset.labelled]
    lacking = np.setdiff1d(dataset.labels[tested], dataset.labels[~tested])
    for code in lacking:
        # Moving whole units can only add classes to training.
        holders = unit[dataset.labelled[tested & (dataset.labels == code)]]
        is_test = is_test & (unit != holders.min())
    return is_test
