"""The word that was probably meant."""

from __future__ import annotations

import difflib


def nearest(word: str, words: list[str]) -> str | None:
    """Return the word most like `word`, whatever its case; None if none is close."""
    lower = {w.lower(): w for w in reversed(words)}
    close = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=0.6)
    return lower[close[0]] if close else None
