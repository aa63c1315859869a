"""Texts measured character by character: length, letters, script, encoding debris."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_CP1252 = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"  # noqa: RUF001 - what bytes 0x80-0x9f are in Windows-1252
# UTF-8 read as Latin-1 or Windows-1252. Lead bytes that are common letters before a closing
# quote (É, é, ...) are left out: a capital word in quotes is no debris.
_MOJIBAKE = re.compile(
    rf"[ÃÂÐÑ][\x80-\xbf{_CP1252}]|â(?:€|\x80)[\x80-\xbf{_CP1252}]?|ï»¿|ï¿½|ð(?:Ÿ|\x9f)"
)
_ESCAPES = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[nrt](?=[A-Z\s\\]|\Z))")
_PERCENT = re.compile(
    r"(?:%[0-9a-fA-F]{2}){2,}+|(?<=\w)%(?:20|0[ADad]|2[0-9A-F]|C[23])(?=\w)"
)
_QUOTED_PRINTABLE = re.compile(r"(?:=[0-9A-F]{2}){2,}+|=3D(?=[\"'])")
_DEBRIS = (
    (_MOJIBAKE, "ÃÂÐÑâïð"),
    (_ESCAPES, "\\"),
    (_PERCENT, "%"),
    (_QUOTED_PRINTABLE, "="),
)
_WORD = re.compile(r"\S++")

# Character classes, one bit each.
_LETTER, _SPACE, _DEBRIS_CHARACTER, _DIGIT = 1, 2, 4, 8
_LINE_CONTROLS = frozenset("\t\n\r\v\f\x85\u2028\u2029")
# First words of Unicode names that stand for a script used together with another.
_SCRIPT_ALIASES = {
    "HIRAGANA": "CJK",
    "KATAKANA": "CJK",
    "KATAKANA-HIRAGANA": "CJK",
    "HALFWIDTH": "CJK",
    "BOPOMOFO": "CJK",
    "IDEOGRAPHIC": "CJK",
    "FULLWIDTH": "LATIN",
    "MATHEMATICAL": "LATIN",
}
_NO_SCRIPT = frozenset({"MODIFIER", "FEMININE", "MASCULINE", "MICRO", "DOUBLE-STRUCK"})

_MAD_TO_SD = 1.4826  # median absolute deviation of a normal law, as its standard deviation
_MIN_CUT = 3.5  # Iglewicz & Hoaglin (1993), "How to Detect and Handle Outliers"


@dataclass(frozen=True, eq=False)
class CharacterCounts:
    """What the characters of each text are; every array has one entry per text.

    Attributes
    ----------
    n_chars, n_words : int array
        Characters; runs of characters that are not blank.
    letter_share, digit_share : float array
        Of the characters that are not blank; 0 where there are none.
    debris_characters : int array
        Replacement, control, private and unassigned characters, lone surrogates and byte
        order marks. Line breaks and tabs are none.
    longest_run : int array
        Length of the longest repetition of one character other than a blank.
    script : object array of str
        Script of most letters (``LATIN``, ``CYRILLIC``, ``CJK``, ...); ``""`` without any.
    """

    n_chars: NDArray[np.int64]
    n_words: NDArray[np.int64]
    letter_share: NDArray[np.float64]
    digit_share: NDArray[np.float64]
    debris_characters: NDArray[np.int64]
    longest_run: NDArray[np.int64]
    script: NDArray[Any]


def character_counts(texts: Sequence[str] | NDArray[Any]) -> CharacterCounts:
    """Measure every text by its characters, all texts at once.

    Parameters
    ----------
    texts : sequence of str
        One string per example; any character is allowed.

    Returns
    -------
    CharacterCounts
        Arrays of shape (n_examples,).

    Notes
    -----
    Time O(total characters); Unicode properties are looked up once per distinct character.
    A cased script by the Unicode name of its letters; scripts that are written together
    (kana and Chinese characters) count as one.

    Examples
    --------
    >>> counts = character_counts(["Hello you", "привет", ""])
    >>> counts.n_words.tolist(), counts.script.tolist()
    ([2, 1, 0], ['LATIN', 'CYRILLIC', ''])
    """
    lengths = np.fromiter((len(t) for t in texts), dtype=np.int64, count=len(texts))
    joined = "".join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    present, compact = _compacted(codes)
    flags = np.array([_flags(chr(c)) for c in present], dtype=np.uint8)[compact]
    rows = np.repeat(np.arange(len(lengths)), lengths)
    is_space = (flags & _SPACE) > 0
    blank = np.bincount(rows[is_space], minlength=len(lengths))
    inked = np.maximum(lengths - blank, 1)
    starts = ~is_space & np.r_[True, is_space[:-1] | (rows[1:] != rows[:-1])][: len(codes)]
    letters = (flags & _LETTER) > 0

    def counted(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(rows[mask], minlength=len(lengths)).astype(np.int64)

    return CharacterCounts(
        n_chars=lengths,
        n_words=counted(starts),
        letter_share=counted(letters) / inked,
        digit_share=counted((flags & _DIGIT) > 0) / inked,
        debris_characters=counted((flags & _DEBRIS_CHARACTER) > 0),
        longest_run=_longest_runs(compact, rows, is_space, len(lengths)),
        script=_scripts(present, compact[letters], rows[letters], len(lengths)),
    )


def debris_spans(text: str) -> list[tuple[int, int]]:
    r"""Return where encoding debris starts and ends, sorted.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of (start, end)
        UTF-8 read as Latin-1 (``Ã©``, ``â€™``), backslash escapes left as text (``\xe9``,
        ``\u00e9``), percent-encoding outside links, quoted-printable remains, and runs of
        characters that are debris by themselves (U+FFFD, control characters).

    Notes
    -----
    Patterns are our own. Time O(len(text)).

    Examples
    --------
    >>> debris_spans("cafÃ© 100% sure")
    [(3, 5)]
    """
    return sorted(_debris(text))


def _debris(text: str) -> Iterator[tuple[int, int]]:
    for pattern, triggers in _DEBRIS:
        if any(trigger in text for trigger in triggers):
            searched = text
            if pattern is _PERCENT and ("://" in text or "www." in text):
                searched = _WORD.sub(
                    _link_blanked, text
                )  # percent signs are at home in links
            yield from (m.span() for m in pattern.finditer(searched))
    odd = {c for c in set(text) if _flags(c) & _DEBRIS_CHARACTER}
    if odd:
        pattern = re.compile("[" + "".join(map(re.escape, sorted(odd))) + "]++")
        yield from (m.span() for m in pattern.finditer(text))


def _link_blanked(word: re.Match[str]) -> str:
    is_link = "://" in word[0] or "www." in word[0]
    return " " * len(word[0]) if is_link else word[0]


def robust_z(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return how many robust standard deviations each value is from the median.

    Parameters
    ----------
    values : float array of shape (n_examples,)
        Any finite numbers.

    Returns
    -------
    float array of shape (n_examples,)
        (value - median) / (1.4826 * median absolute deviation of the values on its side of
        the median), so that a skewed distribution has one scale per side; 0 on a side where
        more than half of the values equal the median, as there is no spread to compare with.

    Raises
    ------
    InvalidInputError
        If a value is not finite.

    References
    ----------
    Iglewicz & Hoaglin (1993), "How to Detect and Handle Outliers"; one scale per side is
    the double MAD of Rosenmai (2013).

    Examples
    --------
    >>> robust_z(np.array([1.0, 2.0, 3.0, 4.0, 100.0])).round(2).tolist()
    [-1.35, -0.67, 0.0, 0.67, 65.43]
    """
    values = np.asarray(values, dtype=np.float64)
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values)))
        raise InvalidInputError(
            f"`values` must be finite, got {values[row]} in row {row}. Leave missing ones out."
        )
    if len(values) == 0:
        return values
    deviations = values - np.median(values)
    z = np.zeros(len(values))
    for side in (deviations <= 0, deviations >= 0):
        spread = _MAD_TO_SD * float(np.median(np.abs(deviations[side])))
        if spread > 0:
            z[side] = deviations[side] / spread
    return z


def calibrated_cut(n_examples: int, *, expected: float = 0.5) -> float:
    """Return the |z| that `expected` of `n_examples` normal values exceed by chance.

    Never below 3.5, the usual cut for robust z-scores.

    Parameters
    ----------
    n_examples : int
        How many values are looked at.
    expected : float, default 0.5
        False alarms to expect in the whole dataset if it is normal.

    Returns
    -------
    float

    References
    ----------
    The Bonferroni bound; 3.5 from Iglewicz & Hoaglin (1993).

    Examples
    --------
    >>> calibrated_cut(10), round(calibrated_cut(10**6), 2)
    (3.5, 5.03)
    """
    return max(_MIN_CUT, -float(ndtri(expected / (2 * max(n_examples, 1)))))


def _compacted(codes: NDArray[np.uint32]) -> tuple[list[int], NDArray[np.intp]]:
    """Return the distinct code points and each character's index into them."""
    seen = np.zeros(0x110000, dtype=bool)
    seen[codes] = True
    present = np.flatnonzero(seen)
    index = np.zeros(0x110000, dtype=np.intp)
    index[present] = np.arange(len(present))
    return present.tolist(), index[codes]


def _flags(character: str) -> int:
    category = unicodedata.category(character)
    if character.isspace() or category == "Zs":
        controls = category == "Cc" and character not in _LINE_CONTROLS
        return _SPACE | (_DEBRIS_CHARACTER if controls else 0)
    if category in {"Cc", "Cs", "Co", "Cn"} or character in {"\ufffd", "\ufeff"}:
        return _DEBRIS_CHARACTER
    if category[0] == "L":
        return _LETTER
    return _DIGIT if category == "Nd" else 0


def _longest_runs(
    codes: NDArray[np.intp],
    rows: NDArray[np.intp],
    is_space: NDArray[np.bool_],
    n_texts: int,
) -> NDArray[np.int64]:
    longest = np.zeros(n_texts, dtype=np.int64)
    if len(codes) == 0:
        return longest
    changes = (codes[1:] != codes[:-1]) | (rows[1:] != rows[:-1])
    starts = np.flatnonzero(np.r_[True, changes])
    lengths = np.diff(np.r_[starts, len(codes)])
    inked = ~is_space[starts]
    np.maximum.at(longest, rows[starts[inked]], lengths[inked])
    return longest


def _scripts(
    present: list[int], letters: NDArray[np.intp], rows: NDArray[np.intp], n_texts: int
) -> NDArray[Any]:
    names = [_script(chr(code)) for code in present]
    distinct = sorted(set(names) - {""})
    result = np.full(n_texts, "", dtype=object)
    most = np.zeros(n_texts, dtype=np.int64)
    of_code = np.array([distinct.index(n) if n else -1 for n in names], dtype=np.int64)
    of_letter = of_code[letters] if len(letters) else np.zeros(0, dtype=np.int64)
    for number, name in enumerate(distinct):  # a handful; ties go to the first by name
        counts = np.bincount(rows[of_letter == number], minlength=n_texts)
        result[counts > most] = name
        most = np.maximum(most, counts)
    return result


def _script(character: str) -> str:
    if unicodedata.category(character)[0] != "L":
        return ""
    first = unicodedata.name(character, "").partition(" ")[0]
    return "" if first in _NO_SCRIPT else _SCRIPT_ALIASES.get(first, first)
