"""What can be said of texts: words, characters, marks, measures, script and language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tilth.algorithms.markup import markup_spans
from tilth.algorithms.text import character_counts, debris_spans
from tilth.signals.predicates.numbers import interval_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

_WORD = re.compile(r"\w+")
_MAX_WORDS = 8  # our own: a template phrase is shown up to this length
_LONGEST_WORD = re.compile(r"\S+")

# What a text may hold, and how it is said. All patterns are our own; loops are possessive
# or over single classes, so a search takes linear time.
MARKS = {
    "non-ascii": "non-ASCII characters",
    "url": "a web address",
    "email": "an e-mail address",
    "markup": "markup",
    "debris": "encoding debris",
    "digits": "digits",
    "mixed": "words of letters and digits",
    "codes": "codes of letters and digits",
    "camel": "words with capitals inside",
    "capitals": "words in capitals",
    "repeats": "a character four times in a row",
    "line breaks": "line breaks",
    "outer blanks": "blanks at its start or end",
}
_PATTERNS = {
    "non-ascii": r"[^\x00-\x7f]",
    "url": r"https?://|www\.\w|\b[\w-]{2,40}+\.(?:com|org|net|io|co|ru|de|info|biz)\b",
    "email": r"\w@\w[\w-]*+\.\w",
    "digits": r"\d",
    "mixed": r"[^\W\d_]\d|\d[^\W\d_]",
    "codes": r"\b(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{8,}\b",
    "camel": r"[a-z][A-Z]",
    "capitals": r"\b[A-Z]{3,}\b",
    "repeats": r"([^\s\d])\1{3}",
    "line breaks": r"[\n\r]",
    "outer blanks": r"\A\s|\s\Z",
}
_COMPILED = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}

# A few frequent words that few other languages share; our own choice.
_LANGUAGE_WORDS = {
    "English": "the and of is to was with that for this it are you have",
    "German": "der und ist nicht das ein eine mit auf ich für auch sich dem wird",
    "French": "le les et est une dans pour que pas vous je avec sur cette sont",
    "Spanish": "el los y es una por con para las del muy pero esta lo su",
    "Italian": "il di è che non sono della gli per questo anche più una con ho",
    "Portuguese": "o os não é uma com para do da em muito mas você isso foi",
    "Dutch": "het een van en niet op te dat zijn voor met ik ook deze heb",
}
_LANGUAGES = {name: frozenset(words.split()) for name, words in _LANGUAGE_WORDS.items()}
_MIN_LANGUAGE_WORDS = 2


class Texts:
    """Texts with what was worked out about them (a class because several rules share it)."""

    def __init__(self, values: NDArray[np.object_]) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Characters of each text."""
        return np.fromiter(map(len, self.values), dtype=np.int64, count=len(self))

    @cached_property
    def codes(self) -> NDArray[np.uint32]:
        """Code points of all texts, one after the other."""
        joined = "".join(self.values)
        return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)

    @cached_property
    def rows(self) -> NDArray[np.intp]:
        """Text of each code point."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @cached_property
    def distinct(self) -> tuple[str, NDArray[np.intp]]:
        """The distinct characters in code point order, and the place of each code point there."""
        seen = np.zeros(0x110000, dtype=np.intp)
        seen[self.codes] = 1
        present = np.flatnonzero(seen)
        seen[present] = np.arange(len(present))
        return "".join(map(chr, present)), seen[self.codes]

    @cached_property
    def words(self) -> tuple[list[str], NDArray[np.intp], NDArray[np.intp]]:
        """The distinct lower-case words, and of each word in a row: which it is and its text."""
        found = [_WORD.findall(text.lower()) for text in self.values]
        counts = np.fromiter(map(len, found), dtype=np.intp, count=len(self))
        flat = np.array([word for words in found for word in words], dtype=object)
        codes, uniques = pd.factorize(flat)
        return list(uniques), codes.astype(np.intp), np.repeat(np.arange(len(self)), counts)

    @cached_property
    def scripts(self) -> NDArray[np.object_]:
        """Script of most letters, by the first word of their Unicode names."""
        return character_counts(self.values).script

    @cached_property
    def languages(self) -> NDArray[np.object_]:
        """Language with most of its frequent words, at least two; ``""`` where it is a tie."""
        names, codes, rows = self.words
        found = [np.zeros(len(self)) + _MIN_LANGUAGE_WORDS - 1]
        for words in _LANGUAGES.values():
            is_in = np.fromiter((n in words for n in names), dtype=bool, count=len(names))
            found.append(
                np.bincount(rows[is_in[codes]], minlength=len(self)).astype(np.float64)
            )
        counts = np.stack(found)
        best = counts.argmax(axis=0)
        is_tie = (counts == counts.max(axis=0)).sum(axis=0) > 1
        return np.array(["", *_LANGUAGES], dtype=object)[np.where(is_tie, 0, best)]

    def share_of(self, test: Callable[[str], bool]) -> NDArray[np.float64]:
        """Return the share of characters that fulfil `test`, blanks left out."""
        characters, codes = self.distinct
        wanted = np.array([test(c) for c in characters] or [False], dtype=bool)[codes]
        inked = np.array([not c.isspace() for c in characters] or [False], dtype=bool)[
            codes
        ]
        n_inked = np.bincount(self.rows[inked], minlength=len(self))
        found = np.bincount(self.rows[wanted], minlength=len(self))
        share: NDArray[np.float64] = np.round(found / np.maximum(n_inked, 1.0), 4)
        return share

    def marked(self, mark: str) -> NDArray[np.bool_]:
        """Say which texts hold what `mark`, a key of `MARKS`, stands for."""
        if mark == "markup":
            return self.each(
                lambda t: any(c in t for c in "<&#[") and bool(markup_spans(t))
            )
        if mark == "debris":
            return self.each(lambda t: bool(debris_spans(t)))
        search = _COMPILED[mark].search
        return self.each(lambda t: search(t) is not None)

    def each(self, test: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Say which texts fulfil `test`."""
        return np.fromiter(map(test, self.values), dtype=bool, count=len(self))


@dataclass(frozen=True)
class Measure:
    """A number per text, and how an interval of it is said."""

    of: Callable[[Texts], NDArray[np.float64]]
    said: Callable[[float | None, float | None], str]


def _lengths_said(low: float | None, high: float | None) -> str:
    if high is None and low is not None:
        return f"is longer than {int(low) - 1} characters"
    if low is None and high is not None:
        return f"is shorter than {int(high)} characters"
    return f"has {interval_text(low, high).removeprefix('is ')} characters"


def _longest_said(low: float | None, high: float | None) -> str:
    return f"has a longest word of {_plain(interval_text(low, high))} characters"


def _share_said(what: str) -> Callable[[float | None, float | None], str]:
    def said(low: float | None, high: float | None) -> str:
        if low is None and high is not None and high <= 1e-4:
            return f"holds no {what}"
        return f"has a share of {what} {_plain(interval_text(low, high))}"

    return said


def _plain(interval: str) -> str:
    return interval.removeprefix("is ").replace("at least", "at least")


def _longest_words(texts: Texts) -> NDArray[np.float64]:
    longest = [max(map(len, _LONGEST_WORD.findall(t)), default=0) for t in texts.values]
    return np.array(longest, dtype=np.float64)


MEASURES = {
    "length": Measure(lambda t: t.lengths.astype(np.float64), _lengths_said),
    "longest word": Measure(_longest_words, _longest_said),
    "digits": Measure(lambda t: t.share_of(str.isdigit), _share_said("digits")),
    "capitals": Measure(lambda t: t.share_of(str.isupper), _share_said("capitals")),
    "symbols": Measure(
        lambda t: t.share_of(lambda c: not c.isalnum() and not c.isspace()),
        _share_said("symbols"),
    ),
    "foreign": Measure(
        lambda t: t.share_of(lambda c: not c.isascii()), _share_said("non-ASCII characters")
    ),
}


@lru_cache(maxsize=64)
def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """Return a pattern that finds these words in a row in a lower-case text."""
    return re.compile(
        r"(?<!\w)" + r"\W+".join(map(re.escape, phrase.split(" "))) + r"(?!\w)"
    )


def frequent_phrases(
    texts: Texts, min_rows: int, max_rows: int
) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Yield each run of up to 8 words that `min_rows` to `max_rows` texts hold, and those texts.

    Longer runs are built from frequent shorter ones only (Agrawal & Srikant 1994, "Apriori").
    """
    labels, grams, rows = texts.words
    for n_words in range(1, _MAX_WORDS + 1):
        kept, grams = _frequent(grams, rows[: len(grams)], min_rows)
        labels = [labels[k] for k in kept] if n_words == 1 else _joined(labels, kept)
        for code, members in _rows_of(grams, rows[: len(grams)]):
            if min_rows <= len(members) <= max_rows:
                yield labels[code], members
        if len(grams) < 2 or not labels:
            return
        # a run of one word more: two runs in a row, ending in the same text
        one_text = rows[: len(grams) - 1] == rows[n_words:][: len(grams) - 1]
        is_pair = (grams[:-1] >= 0) & (grams[1:] >= 0) & one_text
        grams = np.where(is_pair, grams[:-1] * len(labels) + grams[1:], -1)


def frequent_characters(
    texts: Texts, min_rows: int, max_rows: int
) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Yield frequent runs of 1 and 2 characters, one of them no letter, digit or single blank."""
    characters, codes = texts.distinct
    odd = np.array(
        [not c.isalnum() and c != " " for c in characters] or [False], dtype=bool
    )
    size = len(characters) + 1
    single = np.flatnonzero(odd[codes]) if characters else np.zeros(0, dtype=np.intp)
    first = np.minimum(np.r_[single, single - 1], len(codes) - 2)
    blank = characters.find(" ")
    double = (
        np.flatnonzero((codes[:-1] == blank) & (codes[1:] == blank))
        if blank >= 0
        else single[:0]
    )
    pair = np.unique(np.r_[first[first >= 0], double]) if len(codes) > 1 else single[:0]
    pair = pair[texts.rows[pair] == texts.rows[pair + 1]] if len(pair) else pair
    keys = np.r_[codes[single] + 1, codes[pair] + 1 + size * (codes[pair + 1] + 1)]
    rows = np.r_[texts.rows[single], texts.rows[pair]]
    uniques, grams = np.unique(keys, return_inverse=True)

    def said(key: int) -> str:
        return "".join(characters[k - 1] for k in (key % size, key // size) if k)

    for code, members in _rows_of(grams, rows):
        if min_rows <= len(members) <= max_rows:
            yield said(int(uniques[code])), members


def _frequent(
    keys: NDArray[np.intp], rows: NDArray[np.intp], min_rows: int
) -> tuple[list[int], NDArray[np.intp]]:
    """Return the keys that at least `min_rows` texts hold, and their numbers; -1 for others."""
    places = np.flatnonzero(keys >= 0)
    uniques, codes = np.unique(keys[places], return_inverse=True)
    counts = np.bincount(_distinct_pairs(codes, rows[places])[0], minlength=len(uniques))
    kept = np.flatnonzero(counts >= min_rows)
    number = np.full(len(uniques), -1, dtype=np.intp)
    number[kept] = np.arange(len(kept))
    numbers = np.full(len(keys), -1, dtype=np.intp)
    numbers[places] = number[codes]
    return uniques[kept].tolist(), numbers


def _joined(labels: list[str], keys: list[int]) -> list[str]:
    """Return runs of words one longer than `labels`, each made of two that overlap."""
    n = len(labels)
    return [labels[k // n] + " " + labels[k % n].rpartition(" ")[2] for k in keys]


def _rows_of(
    codes: NDArray[np.intp], rows: NDArray[np.intp]
) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Yield each code that is not -1 and the distinct rows it occurs in."""
    known = codes >= 0
    codes, rows = _distinct_pairs(codes[known], rows[known])
    starts = np.flatnonzero(np.diff(codes, prepend=-1) > 0)
    for start, stop in zip(starts, np.append(starts, len(codes))[1:], strict=True):
        yield int(codes[start]), rows[start:stop]


def _distinct_pairs(
    codes: NDArray[np.intp], rows: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    n_rows = int(rows.max(initial=0)) + 1
    pairs = np.unique(codes * n_rows + rows)
    return pairs // n_rows, pairs % n_rows
