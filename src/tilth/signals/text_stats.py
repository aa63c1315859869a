"""The signal `text_stats`: every text measured, one array per measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.algorithms.markup import markup_spans
from tilth.algorithms.text import character_counts, debris_spans
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAY_HOLD_MARKUP = "<&#["
_MAY_HOLD_DEBRIS = "ÃÂÐÑâïð\\%="


@dataclass(frozen=True, eq=False)
class TextStats:
    """Measures of each text; every array has one entry per row of the dataset.

    Attributes
    ----------
    n_chars, n_words : int array
        Characters; runs of characters that are not blank.
    markup : int array
        Tags, comments and entities.
    markup_share : float array
        Characters inside those, of all characters.
    debris : int array
        Pieces of encoding debris: mojibake, escapes, control and replacement characters.
    letter_share, digit_share : float array
        Of the characters that are not blank.
    longest_run : int array
        Longest repetition of one character.
    script : object array of str
        Script of most letters, ``""`` without any.
    empty : bool array
        No character that is not blank.
    """

    n_chars: NDArray[np.int64]
    n_words: NDArray[np.int64]
    markup: NDArray[np.int64]
    markup_share: NDArray[np.float64]
    debris: NDArray[np.int64]
    letter_share: NDArray[np.float64]
    digit_share: NDArray[np.float64]
    longest_run: NDArray[np.int64]
    script: NDArray[Any]
    empty: NDArray[np.bool_]


def text_stats(text: NDArray[Any]) -> TextStats:
    """Measure one string per row.

    Examples
    --------
    >>> stats = text_stats(np.array(["a <br> b", " ", "cafÃ©"], dtype=object))
    >>> stats.markup.tolist(), stats.empty.tolist(), stats.debris.tolist()
    ([1, 0, 0], [False, True, False], [0, 0, 1])
    """
    counts = character_counts(text)
    markup = np.zeros(len(text), dtype=np.int64)
    marked = np.zeros(len(text), dtype=np.int64)
    debris = np.zeros(len(text), dtype=np.int64)
    for row, value in enumerate(text):
        if any(c in value for c in _MAY_HOLD_MARKUP):
            spans = markup_spans(value)
            markup[row], marked[row] = len(spans), _covered(spans)
        if counts.debris_characters[row] or any(c in value for c in _MAY_HOLD_DEBRIS):
            debris[row] = len(debris_spans(value))
    return TextStats(
        n_chars=counts.n_chars,
        n_words=counts.n_words,
        markup=markup,
        markup_share=marked / np.maximum(counts.n_chars, 1),
        debris=debris,
        letter_share=counts.letter_share,
        digit_share=counts.digit_share,
        longest_run=counts.longest_run,
        script=counts.script,
        empty=counts.n_words == 0,
    )


def _covered(spans: list[tuple[int, int]]) -> int:
    """Return how many characters the spans, sorted, cover."""
    total, reached = 0, 0
    for start, end in spans:
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


SIGNAL = Signal("text_stats", text_stats)
