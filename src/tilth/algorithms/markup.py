"""Markup left in text: where it is, and the text without it."""

from __future__ import annotations

import html
import re
from html.entities import html5
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Tags that only dress up the letters around them: their place is not a word boundary.
_INLINE_NAMES = (
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small "
    "span strike strong sub sup tt u var wbr"
)
# The other elements of the HTML standard and those it calls obsolete.
_BLOCK_NAMES = (
    "address applet area article aside audio base blockquote body br button canvas caption "
    "center col colgroup dd details dir div dl dt embed fieldset figcaption figure footer form "
    "frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe img input label legend li link "
    "main map meta nav noscript object ol optgroup option p param picture pre script section "
    "select source style summary svg table tbody td template textarea tfoot th thead time title "
    "tr track ul video"
)
_INLINE = frozenset(_INLINE_NAMES.split())
_KNOWN = _INLINE | frozenset(_BLOCK_NAMES.split())
# Loops are possessive: whatever the text, a search takes time linear in its length.
_TAG = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][\w:\-]*+)(?P<rest>[^<>]*+)(?P<end>>?)")
_ATTRIBUTES = re.compile(
    r"(?:\s++[A-Za-z][\w:\-]*+=(?:\"[^\"<>]*+\"|'[^'<>]*+'|[^\s\"'<>]++))*+"
)
_DECLARATION = re.compile(r"<[!?][A-Za-z\[/][^<>]*+>")
_BBCODE = re.compile(
    r"\[/?(?:b|i|u|s|url|img|quote|code|list|color|size|font|center|spoiler|email|left|right"
    r"|youtube|video|table|tr|td|\*)(?:=[^\[\]\n]*+)?\]",
    re.IGNORECASE,
)
_ENTITY = re.compile(
    r"&(?:(?P<number>#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});?|(?P<name>[A-Za-z][A-Za-z0-9]{1,31};"
    r"|(?:nbsp|amp|quot|lt|gt)(?![A-Za-z0-9=;])))"
    # quotes, dashes and brackets that lost their ampersand
    r"|(?P<bare>#(?:3[489]|6[02]|14[5-8]|15[01]|160|82[0-9]{2}));"
)
_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#0{0,5}38|#[xX]0{0,4}26);)++")
_BLOCKS = (
    (re.compile(r"<!--"), re.compile(r"-->")),
    (
        re.compile(r"<script\b[^<>]*+>", re.IGNORECASE),
        re.compile(r"</script\s*+>", re.IGNORECASE),
    ),
    (
        re.compile(r"<style\b[^<>]*+>", re.IGNORECASE),
        re.compile(r"</style\s*+>", re.IGNORECASE),
    ),
)
_BLANKS = re.compile(r"[ \t\xa0]{2,}+")
_BREAKS = re.compile(r"[ \t\xa0]*+(?P<break>\r?\n)[ \t\xa0]*+")
_MAX_PASSES = 12  # our own: escapes nested deeper than this are hostile, not sloppy


def strip_markup(text: str) -> str:
    """Return the text without tags and with entities decoded.

    Parameters
    ----------
    text : str
        Any text. What holds no markup comes back untouched.

    Returns
    -------
    str
        HTML, XML and BBCode tags, comments, and what is inside script and style elements
        are gone, entities are characters, and the blanks left behind are collapsed.
        Applying it again changes nothing.

    Notes
    -----
    Escapes within escapes are decoded to the end; after 12 rounds what still looks like
    markup loses its brackets. Time O(len(text)).

    References
    ----------
    Our own; entities as in the HTML standard (`html.entities.html5`).

    Examples
    --------
    >>> strip_markup("</tr>Not <b>worth</b> it &amp; late<br>never again")
    'Not worth it & late never again'
    >>> strip_markup("I <3 this, 1 < 2 and 3 > 2")
    'I <3 this, 1 < 2 and 3 > 2'
    """
    for _ in range(_MAX_PASSES):
        stripped = _stripped_once(text)
        if stripped == text:
            return text
        text = stripped
    return _tidied(re.sub(r"[<>&#\[\]]", " ", text))


def markup_spans(text: str) -> list[tuple[int, int]]:
    """Return where each tag, comment, declaration and entity starts and ends, sorted.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of (start, end)
        Character offsets. A comment may hold tags, so spans may overlap.

    Notes
    -----
    A less-than sign before a letter is a tag if it is closed and holds nothing but a name,
    or attributes, or the name is one of HTML; an unclosed one only with such a name and
    attributes or nothing after it. Time O(len(text)).

    Examples
    --------
    >>> markup_spans("a <br> b &lt; c < d")
    [(2, 6), (9, 13)]
    """
    return sorted(_spans(text))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    if "<" in text:
        yield from ((m.start(), end) for m in _TAG.finditer(text) if (end := _tag_end(m)))
        yield from (m.span() for m in _DECLARATION.finditer(text))
        yield from _between(text, *_BLOCKS[0])
    if "[/" in text:  # without a closing tag, [s] is an editor's letter
        yield from (m.span() for m in _BBCODE.finditer(text))
    if "&" in text or "#" in text:
        yield from (m.span() for m in _ENTITY.finditer(text) if _decoded(m) != m[0])


def _stripped_once(text: str) -> str:
    cleaned = text
    if "<" in cleaned:
        for opening, closing in _BLOCKS:
            cleaned = _without(cleaned, list(_between(cleaned, opening, closing)))
        cleaned = _DECLARATION.sub(" ", _TAG.sub(_tag_replaced, cleaned))
    if "[/" in cleaned:
        cleaned = _BBCODE.sub("", cleaned)
    if "&" in cleaned or "#" in cleaned:
        cleaned = _ENTITY.sub(_decoded, _AMPERSANDS.sub("&", cleaned))
    return text if cleaned == text else _tidied(cleaned)


def _tag_end(match: re.Match[str]) -> int:
    """Return where the tag ends, or 0 if this is no tag."""
    name, rest = match["name"].lower(), match["rest"]
    blank = rest.strip() in {"", "/"}
    if match["end"]:
        if rest and not blank and not (rest[0].isspace() or rest[0] == "/"):
            return 0
        named = name in _KNOWN and (len(name) > 1 or bool(match["close"]))
        attributes = "=" in rest and not name.endswith(":")
        return match.end() if blank or named or attributes else 0
    if name not in _KNOWN:
        return 0
    attributes_end = _ATTRIBUTES.match(rest)
    length = attributes_end.end() if attributes_end else 0
    if not (length or match["close"] or (blank and len(name) > 1)):
        return 0
    return match.start("rest") + length


def _tag_replaced(match: re.Match[str]) -> str:
    end = _tag_end(match)
    if not end:
        return match[0]
    left = match.string[end : match.end()]
    return left if match["name"].lower() in _INLINE else " " + left


def _decoded(match: re.Match[str]) -> str:
    number = match["number"] or match["bare"]
    if number:
        character = html.unescape(f"&{number};")
    else:
        character = html5.get(match["name"], match[0])
    return character.replace("\xa0", " ")


def _between(
    text: str, opening: re.Pattern[str], closing: re.Pattern[str]
) -> Iterator[tuple[int, int]]:
    """Yield each span from an opening to the next closing; one never closed is left."""
    start = opening.search(text)
    while start:
        end = closing.search(text, start.end())
        if end is None:
            return
        yield start.start(), end.end()
        start = opening.search(text, end.end())


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    kept, last = [], 0
    for start, end in spans:
        kept.append(text[last:start])
        last = end
    kept.append(text[last:])
    return " ".join(kept) if spans else text


def _tidied(text: str) -> str:
    return _BREAKS.sub(r"\g<break>", _BLANKS.sub(" ", text)).strip()
