"""Text files as UTF-8, whatever encoding they came in, and what is no text refused."""

from __future__ import annotations

import codecs
import re

from tilth.errors import UnreadableDataError

# Longest mark first: that of UTF-32 begins like that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SIGNATURES = {
    b"PK\x03\x04": "a zip archive or an Excel workbook; save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as CSV",
    b"%PDF": "a PDF; save its table as CSV",
    b"\x89PNG": "an image; name its folder",
    b"\xff\xd8\xff": "an image; name its folder",
    b"GIF8": "an image; name its folder",
    b"SQLite format 3": "a database; save its table as CSV or Parquet",
}
_LOOKED_AT = 1 << 16  # bytes that tell what a file is; our own
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")  # but NUL, which pads some texts
_MAX_CONTROL = (
    0.03  # share of control characters in no text we met; noise has 0.1. Our own.
)
_FEW = 10  # control characters any file may hold; our own
_WRONG = "If accents look wrong, save the file as UTF-8."


def utf8(raw: bytes, name: str) -> tuple[bytes, list[str]]:
    r"""Return the content of a text file as UTF-8 without byte order mark, and what was decided.

    UTF-8, UTF-16 and UTF-32 are known by their byte order mark or, UTF-16, by every other
    byte being zero. What is not UTF-8 is Windows-1252, or Latin-1 where that has no such
    character; in a file that is UTF-8 in other lines only the odd lines are.

    Raises
    ------
    UnreadableDataError
        If there is no text in it.

    Examples
    --------
    >>> utf8("naïve\n".encode("cp1252"), "x.csv")[0].decode()
    'naïve\n'
    """
    encoding = next((found for mark, found in _MARKS if raw.startswith(mark)), "")
    if encoding == "utf-8":
        raw, encoding = raw[len(codecs.BOM_UTF8) :], ""
    encoding = encoding or _utf16_without_mark(raw)
    if not encoding:
        _refuse_binary(raw, name)
    text, notes = _decoded(raw, encoding, name)
    if not text.strip(" \t\r\n\f\v\0\ufeff"):
        raise UnreadableDataError(
            f"Cannot read `{name}`: the file is empty. Give a file with rows."
        )
    raw = raw if not notes else text.encode()
    if n_null := raw.count(b"\0"):
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        notes.append(f"{n_null:,} NUL characters were kept, the first in line {line:,}.")
    return raw, notes


def _utf16_without_mark(raw: bytes) -> str:
    start = raw[:_LOOKED_AT]
    half = max(len(start) // 2, 1)
    even, odd = start[0::2].count(0) / half, start[1::2].count(0) / half
    if max(even, odd) < 0.4 or min(even, odd) > 0.05:
        return ""
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return ""
    start = text[:_LOOKED_AT].encode()
    return "" if b"\0" in start or _CONTROL.search(start) else encoding


def _refuse_binary(raw: bytes, name: str) -> None:
    for signature, what in _SIGNATURES.items():
        if raw.startswith(signature):
            raise UnreadableDataError(f"Cannot read `{name}`: it is {what}.")
    start = raw[:_LOOKED_AT]
    first_line = start.lstrip(b"\r\n").partition(b"\n")[0]
    n_control = len(_CONTROL.findall(start))
    is_noise = n_control > max(_MAX_CONTROL * len(start), _FEW)
    if is_noise or _CONTROL.search(first_line) or b"\0" in first_line:
        raise UnreadableDataError(
            f"Cannot read `{name}`: it is not a text file ({n_control:,} of its first "
            f"{len(start):,} bytes are control characters). Give a CSV, TSV, JSON Lines or "
            "Parquet file."
        )


def _decoded(raw: bytes, encoding: str, name: str) -> tuple[str, list[str]]:
    try:
        text = raw.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding:
            raise UnreadableDataError(
                f"Cannot read `{name}`: it begins like {encoding} but byte {error.start:,} is "
                "none. Save it as UTF-8."
            ) from error
    else:
        said = f"The file is not UTF-8; it was read as {encoding}."
        return text, [said] if encoding else []
    lines = [_of_line(line) for line in raw.split(b"\n")]
    text = "\n".join(decoded for decoded, _ in lines)
    odd = [number for number, (_, found) in enumerate(lines, 1) if found]
    found = "latin-1" if any(f == "latin-1" for _, f in lines) else "cp1252"
    if any(not f and not decoded.isascii() for decoded, f in lines):
        said = (
            f"The file mixes encodings: {len(odd):,} lines are not UTF-8, the first is line "
            f"{odd[0]:,}; they were read as {found}. {_WRONG}"
        )
        return text, [said]
    # One encoding for the whole file, so that a character means the same in every line.
    return raw.decode(found), [f"The file is not UTF-8; it was read as {found}. {_WRONG}"]


def _of_line(line: bytes) -> tuple[str, str]:
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding), "" if encoding == "utf-8" else encoding
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1"), "latin-1"
