"""CSV and TSV files: bytes in, a typed table out, nothing mangled without a note."""

from __future__ import annotations

import codecs
import csv
import io
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from tilth.data.columns import from_arrow
from tilth.errors import UnreadableDataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# What pandas.read_csv reads as missing (its documented list), so both agree on a file.
MISSING_WORDS = (
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip

_DELIMITERS = (",", ";", "\t", "|")
_BLOCK_BYTES = 1 << 26  # longest row that can be read; our own, far above any real one
_HEADER_BYTES = 1 << 22  # where the header must end; our own: 100,000 names of 40 letters
_BOOLS = pa.array(["True", "TRUE", "true", "False", "FALSE", "false"])  # as pandas.read_csv


def read_delimited(
    path: Path, delimiter: str | None = None
) -> tuple[pd.DataFrame, list[str]]:
    """Read a CSV or TSV file and say what was decided on the way.

    Numbers become numbers, true/false become booleans, everything else stays the text it
    is. A column in which a whole number has leading zeros (``007``), is too long for 64
    bits, or in which every value starts with ``+`` stays text. Empty cells are missing;
    so are the words in `MISSING_WORDS` (``NA``, ``None``, ...) unless they stand in quotes
    in a column of text. Whole numbers with missing cells are floats, as pandas reads
    them, or ``Int64`` where floats would lose digits. Dates stay text.

    Parameters
    ----------
    path : Path
        The file: UTF-8 with or without byte order mark, UTF-16 with one, else Windows-1252.
    delimiter : str, optional
        What stands between cells; None: ``,`` or, if the header has none, ``;``, tab or ``|``.

    Returns
    -------
    (DataFrame, list of str)
        The table and one sentence per decision.

    Raises
    ------
    UnreadableDataError
        If there is no table in the file, or a row has another number of cells.
    """
    raw, notes = _utf8(path)
    header, delimiter = _header(raw, path, delimiter)
    notes += [f'Cells are separated by "{delimiter}", not commas.'] * (delimiter in ";|")
    names = list(header)
    for i, name in enumerate(names):
        if not name.strip():
            names[i] = f"Unnamed: {i}"  # the name pandas.read_csv gives it
            notes.append(f'Column {i + 1} has no name; it is called "{names[i]}".')
    parts = _parsed(raw, path, delimiter, len(names))
    if parts.num_rows == 0:
        raise UnreadableDataError(
            f"Cannot read `{path}`: it has a header ({len(names)} columns) but no rows."
        )
    words = [i for i, part in enumerate(parts.columns) if _has_missing_word(part)]
    unquoted = _parsed(raw, path, delimiter, len(names), only=words) if words else None
    columns = []
    for i, part in enumerate(parts.columns):
        without = part if unquoted is None or i not in words else unquoted[str(i)]
        column, said = _typed(part, without, names[i])
        columns.append(column)
        notes += said
    frame = pd.concat(columns, axis=1)
    frame.columns = pd.Index(names)
    return frame, notes


def _utf8(path: Path) -> tuple[bytes, list[str]]:
    raw = path.read_bytes()
    encoding = ""
    if raw.startswith(codecs.BOM_UTF8):
        raw = raw[3:]
    elif raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = raw.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        try:
            text, encoding = raw.decode("cp1252"), "cp1252"
        except UnicodeDecodeError:
            text, encoding = raw.decode("latin-1"), "latin-1"
    if not text.strip():
        raise UnreadableDataError(f"Cannot read `{path}`: the file is empty.")
    raw = text.encode() if encoding else raw
    # Blank lines at the end hold no row, also where they hold spaces.
    body = raw.rstrip(b" \r\n")
    end = re.search(rb"[\r\n]", raw[len(body) :])
    raw = raw if end is None else raw[: len(body) + end.start()]
    return raw, [f"The file is not UTF-8; it was read as {encoding}."] * bool(encoding)


def _header(raw: bytes, path: Path, delimiter: str | None) -> tuple[list[str], str]:
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UnreadableDataError(
            f"Cannot read `{path}`: it is a zip archive or an Excel workbook. Save the sheet as CSV."
        )
    text = raw[:_HEADER_BYTES].decode("utf-8", errors="ignore").lstrip("\r\n")
    found: dict[str, list[str]] = {}
    for candidate in (delimiter,) if delimiter else _DELIMITERS:
        try:
            found[candidate] = next(
                csv.reader(io.StringIO(text, newline=""), delimiter=candidate)
            )
        except (csv.Error, StopIteration) as error:
            raise UnreadableDataError(
                f"Cannot read `{path}`: its first line is not a header ({error})."
            ) from error
    # Commas win wherever the header has one; then the separator that makes most columns.
    best = "," if len(found.get(",", ())) > 1 else max(found, key=lambda d: len(found[d]))
    if any(re.search(r"[\x00-\x08\x0e-\x1f]", name) for name in found[best]):
        raise UnreadableDataError(
            f"Cannot read `{path}`: it is not a text file (its first line holds control "
            "characters). CSV, TSV and Parquet can be read."
        )
    return found[best], best


def _parsed(
    raw: bytes, path: Path, delimiter: str, width: int, *, only: Sequence[int] | None = None
) -> pa.Table:
    """Parse every cell as text, named 0, 1, ..; `only` those columns, missing words as null.

    The header is parsed as a row and cut off, since it may hold quoted newlines.
    """
    names = [str(i) for i in range(width)]
    convert = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=True,
        quoted_strings_can_be_null=only is None,
        null_values=[""] if only is None else list(MISSING_WORDS),
        include_columns=[] if only is None else [str(i) for i in only],
        check_utf8=False,
    )
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(raw),
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, block_size=_BLOCK_BYTES
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True
            ),
            convert_options=convert,
        )
    except pa.ArrowInvalid as error:
        where = _ragged_line(raw, delimiter, width)
        raise UnreadableDataError(f"Cannot read `{path}`: {where or error}") from error
    # An open quote in the last column swallows the rest of the file without an error.
    last = table.column(table.num_columns - 1)[-1].as_py() or ""
    if "\n" in last and (where := _ragged_line(raw, delimiter, width)):
        raise UnreadableDataError(f"Cannot read `{path}`: {where}")
    return table.slice(1)


def _ragged_line(raw: bytes, delimiter: str, width: int) -> str:
    """Say where the first row with another number of cells is; empty if there is none."""
    start = 1
    lines = csv.reader(
        io.StringIO(raw.decode("utf-8"), newline=""), delimiter=delimiter, strict=True
    )
    try:
        for row in lines:
            if row and len(row) != width:
                return (
                    f"line {start} has {len(row)} cells, the header has {width}. A cell that "
                    f'holds "{delimiter}" or a line break must stand in double quotes.'
                )
            start = lines.line_num + 1
    except csv.Error as error:
        if "limit" in str(error):  # a cell longer than the csv module takes, not a fault
            return ""
        return f"line {start} cannot be split into cells ({error})."
    return ""


def _has_missing_word(part: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.is_in(part, value_set=pa.array(MISSING_WORDS))).as_py())


def _typed(
    part: pa.ChunkedArray, unquoted: pa.ChunkedArray, name: str
) -> tuple[pd.Series, list[str]]:
    """Choose the type of one column; `unquoted` has its unquoted missing words as nulls."""
    if part.null_count == len(part):
        return pd.Series(np.full(len(part), np.nan)), []
    number, why_text = _number(part)
    if number is None and not why_text:
        # Numbers may have blanks around them and missing words, quoted or not, between them.
        trimmed = pc.utf8_trim_whitespace(part)
        blank = pc.is_in(trimmed, value_set=pa.array(["", *MISSING_WORDS]))
        plain = _emptied(trimmed, blank)
        if plain.null_count < len(plain):
            number, why_text = _number(plain)
    if number is not None:
        return from_arrow(number), []
    said = [f'Column "{name}" {why_text}; it was kept as text.'] if why_text else []
    gone = pc.and_not(pc.is_null(unquoted), pc.is_null(part))
    n_gone = pc.sum(gone).as_py() or 0
    if n_gone:
        found = " or ".join(sorted(pc.unique(part.filter(gone)).to_pylist()))
        said.append(
            f'Column "{name}": {n_gone} cells holding {found} were read as missing; '
            "in double quotes they stay text."
        )
    if n_gone + part.null_count == len(part):
        return pd.Series(np.full(len(part), np.nan)), []
    return from_arrow(_emptied(part, gone) if n_gone else part), said


def _number(  # noqa: PLR0911 - one return per answer
    text: pa.ChunkedArray,
) -> tuple[pa.ChunkedArray | None, str]:
    """Return the column as booleans or numbers, else None and why digits stay text."""
    if pc.all(pc.is_in(text.drop_null(), value_set=_BOOLS)).as_py():
        return pc.equal(pc.utf8_lower(text), "true"), ""
    try:
        numbers = text.cast(pa.float64())
    except pa.ArrowInvalid:
        return None, ""
    if _any(text, r"^[+-]?0[0-9]+$"):
        return None, "holds numbers with leading zeros"
    if _all(text, r"^\+"):
        return None, "holds numbers that all start with +"
    if not _all(text, r"^[+-]?[0-9]+$"):
        return numbers, ""
    plain = pc.replace_substring_regex(text, r"^\+", "") if _any(text, r"^\+") else text
    for kind in (pa.int64(), pa.uint64()):
        try:
            return plain.cast(kind), ""
        except pa.ArrowInvalid:
            continue
    return None, "holds whole numbers of more than 64 bits"


def _emptied(text: pa.ChunkedArray, where: pa.ChunkedArray) -> pa.ChunkedArray:
    """Put nulls where told (pyarrow 16 mangles strings when `if_else` does this)."""
    return text.take(pa.array(np.arange(len(text)), mask=where.to_numpy()))


def _any(text: pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(text, pattern)).as_py())


def _all(text: pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(text, pattern)).as_py())
