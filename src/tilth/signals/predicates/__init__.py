"""The signal `predicates`: readable groups of rows, as candidates for any search of groups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csc_array

from tilth.signals.described import described
from tilth.signals.predicates.numbers import (
    DATES,
    blocks,
    measure_of,
    numbers_of,
    readable_cut,
    readable_moment,
)
from tilth.signals.predicates.predicate import (
    Predicate,
    category_of,
    matches,
    measured,
    text_of,
)
from tilth.signals.predicates.texts import (
    MARKS,
    MEASURES,
    Texts,
    frequent_characters,
    frequent_phrases,
    phrase_pattern,
)
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset

    Candidate = tuple[Predicate, NDArray[np.intp]]

__all__ = [
    "SIGNAL",
    "Predicate",
    "Predicates",
    "category_of",
    "matches",
    "measured",
    "narrowed",
    "phrase_pattern",
    "predicates",
    "readability",
    "text_of",
]

_MIN_ROWS, _MIN_SHARE, _MAX_SHARE = 20, 0.005, 0.70  # methods.md 20.4
_MAX_CATEGORIES = 0.5  # our own: a column whose values mostly occur once has no categories
_PHRASE_WORDS = 3  # our own: fewer words in a row are no template
# Marks that say what to do about them.
_TELLING_MARKS = frozenset({"markup", "debris", "url", "email", "codes"})


@dataclass(frozen=True, eq=False)
class Predicates:
    """Readable groups of rows.

    Attributes
    ----------
    rules : tuple of Predicate
        Rules on values, words and marks hold for max(20, .5 %) to 70 % of rows and no two
        for the same rows. Blocks of numbers (kind ``range``) come in order, column by
        column, whatever their size: their runs are candidates, to be searched.
    members : bool csc_array of shape (n_rows, n_rules)
        Which rows fulfil which rule.
    """

    rules: tuple[Predicate, ...]
    members: csc_array


def predicates(dataset: Dataset) -> Predicates:
    """Return every readable group of rows worth looking at.

    Examples
    --------
    >>> from tilth.data.dataset import Dataset
    >>> from tilth.data.schema import Schema
    >>> table = pd.DataFrame({"source": ["a", "b", "b"] * 20})
    >>> found = predicates(Dataset(table, Schema("none"), np.arange(60)))
    >>> [rule.name for rule in found.rules], found.members.sum(axis=0).tolist()
    (["source = 'a'", "source = 'b'"], [20, 40])
    """
    n_rows = len(dataset)
    limits = (int(np.ceil(max(_MIN_ROWS, _MIN_SHARE * n_rows))), int(_MAX_SHARE * n_rows))
    values: list[Candidate] = []
    ranges: list[Candidate] = []
    for name, column in described(dataset).items():
        is_text = str(name) in dataset.schema.text
        found = (
            _of_text(str(name), column, limits)
            if is_text
            else _of_cells(str(name), column, limits)
        )
        for candidate in found:
            (ranges if candidate[0].kind == "range" else values).append(candidate)
    return _assembled(_distinct(values, n_rows) + ranges, n_rows)


def narrowed(
    rule: Predicate, values: NDArray[np.float64], first: float, last: float
) -> Predicate:
    """Return a range rule from `first` to `last`, both in it, with readable ends between `values`."""
    known = np.unique(values[~np.isnan(values)])
    start, stop = np.searchsorted(known, [first, last])
    cut = readable_moment if rule.measure in DATES else readable_cut
    return replace(
        rule,
        low=cut(known[start - 1], known[start]) if start > 0 else None,
        high=cut(known[stop], known[stop + 1]) if stop + 1 < len(known) else None,
    )


def readability(rule: Predicate) -> tuple[int, int, str]:
    """Return a key that sorts rules by how directly a person grasps and acts on them.

    Values before phrases, symbols, words, vaguer marks and ranges; phrases from the longest.
    """
    value = str(rule.value)
    if rule.kind == "words":
        is_phrase = value.count(" ") >= _PHRASE_WORDS - 1
        return (2 if is_phrase else 5), -len(value), value
    if rule.kind == "characters":
        return (6 if any(c.isalnum() for c in value) else 3), len(value), value
    if rule.kind == "mark":
        return (4 if value in _TELLING_MARKS else 7), 0, value
    order = {"equals": 0, "missing": 1, "language": 8, "script": 9, "range": 10}
    return order[rule.kind], len(value), value


def _of_text(name: str, column: pd.Series, limits: tuple[int, int]) -> Iterator[Candidate]:
    texts = Texts(text_of(column))
    for phrase, rows in frequent_phrases(texts, *limits):
        yield Predicate("words", name, phrase), rows
    for characters, rows in frequent_characters(texts, *limits):
        yield Predicate("characters", name, characters), rows
    for mark in MARKS:
        yield from _within(Predicate("mark", name, mark), texts.marked(mark), limits)
    for language in sorted(set(texts.languages) - {""}):
        rule = Predicate("language", name, language)
        yield from _within(rule, texts.languages == language, limits)
    for script in sorted(set(texts.scripts) - {""}):
        yield from _within(
            Predicate("script", name, script), texts.scripts == script, limits
        )
    yield from _within(
        Predicate("missing", name), column.isna().to_numpy(dtype=bool), limits
    )
    for measure, how in MEASURES.items():
        yield from _blocks(name, how.of(texts), measure)


def _of_cells(name: str, column: pd.Series, limits: tuple[int, int]) -> Iterator[Candidate]:
    missing = column.isna().to_numpy(dtype=bool)
    yield from _within(Predicate("missing", name), missing, limits)
    is_number, measure = measure_of(column)
    if is_number:
        yield from _blocks(name, numbers_of(column, measure), measure)
    codes, uniques = pd.factorize(
        column.astype(object) if column.dtype.kind in "OSU" else column
    )
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
    if is_number and len(uniques) > 100:  # our own: more values are a scale, not categories
        return
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(uniques) + 1))
    for code in np.flatnonzero((counts >= limits[0]) & (counts <= limits[1])).tolist():
        value = category_of(uniques[code])
        yield Predicate("equals", name, value), order[starts[code] : starts[code + 1]]
    if not is_number and len(uniques) > _MAX_CATEGORIES * max(len(codes), 1):
        texts = Texts(text_of(column))
        for phrase, rows in frequent_phrases(texts, *limits):
            yield Predicate("words", name, phrase), rows


def _within(
    rule: Predicate, mask: NDArray[np.bool_], limits: tuple[int, int]
) -> Iterator[Candidate]:
    rows = np.flatnonzero(mask)
    if limits[0] <= len(rows) <= limits[1]:
        yield rule, rows


def _blocks(
    name: str, values: NDArray[np.float64], measure: str | None
) -> Iterator[Candidate]:
    ends, codes = blocks(values, is_date=measure in DATES)
    if len(ends) < 2:
        return
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(ends) + 1))
    for number, (low, high) in enumerate(ends):
        rule = Predicate("range", name, measure=measure, low=low, high=high)
        yield rule, order[starts[number] : starts[number + 1]]


def _distinct(candidates: list[Candidate], n_rows: int) -> list[Candidate]:
    """Keep the most readable of the rules that hold for the same rows."""
    random = np.random.default_rng(0).integers(0, 2**64, size=n_rows, dtype=np.uint64)
    kept: dict[tuple[int, int], Candidate] = {}
    for rule, rows in candidates:
        key = (
            len(rows),
            int(random[rows].sum()),
        )  # equal sums of 64-bit numbers: same rows
        if key not in kept or readability(rule) < readability(kept[key][0]):
            kept[key] = (rule, rows)
    return list(kept.values())


def _assembled(candidates: list[Candidate], n_rows: int) -> Predicates:
    sizes = [len(rows) for _, rows in candidates]
    indptr = np.r_[0, np.cumsum(sizes, dtype=np.int64)]
    indices = np.concatenate(
        [rows for _, rows in candidates] or [np.zeros(0, dtype=np.int64)]
    )
    data = np.ones(len(indices), dtype=bool)
    members = csc_array((data, indices, indptr), shape=(n_rows, len(candidates)))
    return Predicates(tuple(rule for rule, _ in candidates), members)


SIGNAL = Signal("predicates", predicates)
