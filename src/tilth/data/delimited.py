"""CSV and TSV files: bytes in, a typed table out, nothing mangled without a note."""

from __future__ import annotations

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
from tilth.data.encodings import utf8
from tilth.data.headers import Header, read_header
from tilth.errors import UnreadableDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

# What pandas.read_csv reads as missing (its documented list), so both agree on a file.
MISSING_WORDS = (
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip

_BLOCK_BYTES = 1 << 26  # longest row that can be read; our own, far above any real one
_BOOLS = pa.array(["True", "TRUE", "true", "False", "FALSE", "false"])  # as pandas.read_csv


def read_delimited(
    files: Sequence[tuple[str, bytes]],
    delimiter: str | None = None,
    *,
    has_header: bool = True,
    as_text: bool = False,
) -> tuple[pd.DataFrame, list[str]]:
    """Read CSV or TSV files as one table and say what was decided on the way.

    Numbers become numbers, true/false become booleans, everything else stays the text it
    is. A column in which a whole number has leading zeros (``007``), is too long for 64
    bits, or in which every value starts with ``+`` stays text. Empty cells are missing;
    so are the words in `MISSING_WORDS` (``NA``, ``None``, ...) unless they stand in quotes
    in a column of text. Whole numbers with missing cells are floats, as pandas reads
    them, or ``Int64`` where floats would lose digits. Dates stay text. Decimal commas are
    understood where cells are separated by semicolons.

    Parameters
    ----------
    files : sequence of (name, content)
        In any encoding `utf8` knows. All must have the columns of the first; a column has
        one type in all of them.
    delimiter : str, optional
        What stands between cells; None: what splits the first rows alike.
    has_header : bool, default True
        Whether the first line of each file names its columns.
    as_text : bool, default False
        Keep every cell as it is written; only empty ones are missing.

    Returns
    -------
    (DataFrame, list of str)
        The table and one sentence per decision.

    Raises
    ------
    UnreadableDataError
        If there is no table in a file, a row has another number of cells, or a file has
        other columns.
    """
    said_of: dict[str, list[str]] = {}
    plain_parts, word_parts = [], []
    first: Header | None = None
    for name, raw in files:
        text, said = utf8(raw, name)
        text = _without_blank_end(text)
        header = read_header(text, name, delimiter, has_header=has_header)
        first = first or header
        order = _same_columns(first, header, files[0][0], name)
        parts = _parsed(text, name, header)
        words = _parsed(text, name, header, only=_with_missing_words(parts))
        plain_parts.append([parts[i] for i in order])
        word_parts.append(
            [words[i] if i in words.column_names else parts[i] for i in order]
        )
        for note in (*said, *header.notes):
            said_of.setdefault(note, []).append(name)
    if first is None:
        raise UnreadableDataError("There is no file to read. Name one.")
    notes = [_noted(note, names, len(files)) for note, names in said_of.items()]
    columns = []
    for i, column_name in enumerate(first.names):
        part, without = (
            _chained([p[i] for p in found]) for found in (plain_parts, word_parts)
        )
        if as_text:
            columns.append(from_arrow(part))
            continue
        column, said = _typed(part, without, column_name, first.delimiter)
        columns.append(column)
        notes += said
    frame = pd.concat(columns, axis=1)
    frame.columns = pd.Index(first.names)
    return frame, notes


def _noted(note: str, names: list[str], n_files: int) -> str:
    if n_files == 1:
        return note
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return f"{names[0]}{more}: {note}"


def _chained(parts: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    return pa.chunked_array([chunk for part in parts for chunk in part.chunks], pa.string())


def _without_blank_end(raw: bytes) -> bytes:
    """Cut blank lines at the end: they hold no row, also where they hold spaces."""
    body = raw.rstrip(b" \r\n")
    end = re.search(rb"[\r\n]", raw[len(body) :])
    return raw if end is None else raw[: len(body) + end.start()]


def _same_columns(first: Header, other: Header, name: str, other_name: str) -> list[str]:
    """Return the places of the first file's columns in another one."""
    if len(set(other.names)) < len(other.names):  # told of later, with its places
        return [str(i) for i in range(len(other.names))]
    place = {column: str(i) for i, column in enumerate(other.names)}
    lacking = [column for column in first.names if column not in place]
    extra = [column for column in other.names if column not in first.names]
    if lacking or extra:
        said = f'lacks "{lacking[0]}"' if lacking else f'has "{extra[0]}" besides'
        raise UnreadableDataError(
            f"Cannot read `{other_name}` together with `{name}`: it {said}. Give files with "
            "the same columns."
        )
    return [place[column] for column in first.names]


def _parsed(
    raw: bytes, name: str, header: Header, *, only: Sequence[int] | None = None
) -> pa.Table:
    """Parse every cell as text, named 0, 1, ..; `only` those columns, missing words as null.

    The header is parsed as a row and cut off, since it may hold quoted newlines.
    """
    if only is not None and not only:
        return pa.table({})
    names = [str(i) for i in range(len(header.names))]
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
                delimiter=header.delimiter, newlines_in_values=True
            ),
            convert_options=convert,
        )
    except pa.ArrowInvalid as error:
        where = _ragged_line(raw, header) or str(error).partition("\n")[0]
        raise UnreadableDataError(f"Cannot read `{name}`: {where}") from error
    # An open quote in the last column swallows the rest of the file without an error.
    last = table.column(table.num_columns - 1)[-1].as_py() or ""
    if "\n" in last and (where := _ragged_line(raw, header)):
        raise UnreadableDataError(f"Cannot read `{name}`: {where}")
    table = table.slice(1) if header.is_row else table
    if table.num_rows == 0:
        raise UnreadableDataError(
            f"Cannot read `{name}`: it has a header ({len(names)} columns) but no rows. If "
            "its first line is data, say --no-header."
        )
    return table


def _ragged_line(raw: bytes, header: Header) -> str:
    """Say where the first row with another number of cells is; empty if there is none."""
    start, width = 1, len(header.names)
    lines = csv.reader(
        io.StringIO(raw.decode("utf-8"), newline=""),
        delimiter=header.delimiter,
        strict=True,
    )
    longest = csv.field_size_limit(len(raw) + 1)
    try:
        for row in lines:
            if row and len(row) != width:
                return (
                    f"line {start:,} has {len(row)} cells, the first line has {width}. A cell "
                    f'that holds "{header.delimiter}" or a line break must stand in double '
                    "quotes."
                )
            start = lines.line_num + 1
    except csv.Error as error:
        return f"line {start:,} cannot be split into cells ({error}). Close its quotes."
    finally:
        csv.field_size_limit(longest)
    return ""


def _with_missing_words(parts: pa.Table) -> list[int]:
    return [i for i, part in enumerate(parts.columns) if _has_missing_word(part)]


def _has_missing_word(part: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.is_in(part, value_set=pa.array(MISSING_WORDS))).as_py())


def _typed(
    part: pa.ChunkedArray, unquoted: pa.ChunkedArray, name: str, delimiter: str
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
        if number is None and delimiter == ";" and _has_decimal_commas(plain):
            numbers = pc.replace_substring(plain, ",", ".").cast(pa.float64())
            said_so = f'Column "{name}" has decimal commas; it was read as numbers.'
            return from_arrow(numbers), [said_so]
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


def _has_decimal_commas(text: pa.ChunkedArray) -> bool:
    return _any(text, r"^[+-]?[0-9]+,[0-9]+$") and _all(
        text.drop_null(), r"^[+-]?(0|[1-9][0-9]*)(,[0-9]+)?$"
    )


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
