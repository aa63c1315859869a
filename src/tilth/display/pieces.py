"""Texts cut to what is worth showing, with the part that matters marked."""

from __future__ import annotations

import difflib

from tilth.display.terminal import plain

Pieces = list[tuple[str, bool]]  # text, and whether it is marked

_MOST_READ = 20_000  # characters of a text that are looked at


def excerpt(text: object, width: int, needle: str = "") -> Pieces:
    """Return a text of at most about `width` characters, around `needle` where it holds it.

    Parameters
    ----------
    text : object
        Its text is made plain first: one line, no control or direction characters.
    width : int
    needle : str
        Marked wherever it stands in the part shown, whatever the case.

    Examples
    --------
    >>> excerpt("a fine <br> magazine", 40, "<")
    [('a fine ', False), ('<', True), ('br> magazine', False)]
    >>> excerpt("one two three four", 12)
    [('one two…', False)]
    """
    whole = plain(str(text)[:_MOST_READ])
    needle = plain(needle)
    first = whole.lower().find(needle.lower()) if needle else -1
    start = max(0, first - width // 3) if first >= 0 and len(whole) > width else 0
    if start:
        start = whole.find(" ", start, first) + 1 or start
    shown = whole[start : start + width]
    if start + width < len(whole):
        shown = shown[: shown.rfind(" ", width // 2)].rstrip() + "…"
    shown = f"…{shown}" if start else shown
    return _marked(shown, needle) if needle else ([(shown, False)] if shown else [])


def differences(first: object, second: object, width: int) -> tuple[Pieces, Pieces]:
    """Return two texts with the words marked that the other one does not have there.

    Both are cut where the shared beginning is longer than `width`, so that the first
    difference is seen.

    Examples
    --------
    >>> differences("a good read", "a bad read", 40)[1]
    [('a ', False), ('bad', True), (' read', False)]
    """
    one, other = (plain(str(text)[:_MOST_READ]).split(" ") for text in (first, second))
    pairs = enumerate(zip(one, other, strict=False))
    start = next((i for i, (left, right) in pairs if left != right), 0)
    before = sum(len(word) + 1 for word in one[:start])
    start = max(0, start - 8) if before > width // 2 else 0
    one, other = _words(one[start:], width), _words(other[start:], width)
    matcher = difflib.SequenceMatcher(a=one, b=other, autojunk=False)
    same_one, same_other = [False] * len(one), [False] * len(other)
    for block in matcher.get_matching_blocks():
        same_one[block.a : block.a + block.size] = [True] * block.size
        same_other[block.b : block.b + block.size] = [True] * block.size
    lead = "…" if start else ""
    return _joined(one, same_one, lead), _joined(other, same_other, lead)


def _words(words: list[str], width: int) -> list[str]:
    """Return the first words that fit; a cut is shown by an ellipsis of its own."""
    length = 0
    kept: list[str] = []
    for word in words:
        length += len(word) + 1
        if length > width + 1:
            return [*kept, word[: max(width - 1, 1)] + "…"] if not kept else [*kept, "…"]
        kept.append(word)
    return kept


def _joined(words: list[str], same: list[bool], lead: str) -> Pieces:
    pieces: Pieces = [(lead, False)] if lead else []
    for i, word in enumerate(words):
        gap = " " if i + 1 < len(words) else ""
        # a blank between two marked words is marked with them
        gap_marked = bool(gap) and not same[i] and not same[i + 1]
        for text, is_marked in ((word, not same[i]), (gap, gap_marked)):
            if not text:
                continue
            if pieces and pieces[-1][1] == is_marked:
                pieces[-1] = (pieces[-1][0] + text, is_marked)
            else:
                pieces.append((text, is_marked))
    return pieces


def _marked(text: str, needle: str) -> Pieces:
    pieces: Pieces = []
    low, wanted, place = text.lower(), needle.lower(), 0
    if len(low) != len(text):  # a letter whose small form is longer: nothing is marked
        return [(text, False)] if text else []
    while (found := low.find(wanted, place)) >= 0:
        if found > place:
            pieces.append((text[place:found], False))
        pieces.append((text[found : found + len(wanted)], True))
        place = found + len(wanted)
    if place < len(text):
        pieces.append((text[place:], False))
    return pieces
