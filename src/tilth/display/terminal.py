"""Text from data, made safe to print on a terminal."""

from __future__ import annotations

import re
import shlex
import unicodedata

# ECMA-48 control sequences (CSI), operating-system commands (OSC) and other strings, two-byte escapes.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_SPACES = re.compile(r"\s+")
_JOINERS = frozenset("\u200c\u200d")  # letters of several scripts and emoji need them


def plain(text: object) -> str:
    r"""Return `text` on one line without control, escape or direction characters.

    Terminal escapes vanish whole, so that data can neither colour, move nor forge what is
    printed; line breaks and other white space become one space; direction marks and lone
    surrogates, which reorder or break a line, go.

    Examples
    --------
    >>> plain("a\x1b[31mred\x1b[0m \u202eb\n c")
    'ared b c'
    """
    kept = _ESCAPES.sub("", str(text))
    kept = "".join(c if _is_printable(c) else " " * c.isspace() for c in kept)
    return _SPACES.sub(" ", kept).strip()


def clipped(text: object, width: int) -> str:
    """Return `text` made plain and cut to `width` characters, with an ellipsis where cut.

    Examples
    --------
    >>> clipped("a long sentence", 8)
    'a long…'
    """
    source = str(text)
    whole = plain(
        source[: 20 * width + 1000]
    )  # a cell of a megabyte is not read to its end
    if len(whole) <= width:
        return whole
    return whole[: max(width - 1, 0)].rstrip() + "…"


def command_line(*words: str | None) -> str:
    """Write a command a shell takes as it stands; None words are left out.

    Examples
    --------
    >>> command_line("tilth", "audit", None, "my file.csv")
    "tilth audit 'my file.csv'"
    """
    return shlex.join([plain(word) for word in words if word is not None])


def as_argument(path: str) -> str:
    """Write a path so that no command takes it for an option.

    Examples
    --------
    >>> as_argument("-1.csv"), as_argument("data.csv")
    ('./-1.csv', 'data.csv')
    """
    return f"./{path}" if path.startswith("-") else path


def _is_printable(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cf":
        return character in _JOINERS
    return category not in ("Cc", "Cs", "Zl", "Zp")
