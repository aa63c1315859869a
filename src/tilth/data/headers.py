"""The first line of a delimited file: what separates cells, and what columns are called."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice

from tilth.errors import UnreadableDataError

_DELIMITERS = (",", ";", "\t", "|")
_START_BYTES = 1 << 22  # where the header must end; our own: 100,000 names of 40 letters
_N_ROWS = 50  # rows that must be as wide as the header for a separator to be believed
_MIN_ALIKE = 0.9  # share of them; the others are faults of the file. Our own.
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


@dataclass(frozen=True)
class Header:
    """How a file is to be split.

    Attributes
    ----------
    names : tuple of str
        What its columns are called.
    delimiter : str
        What stands between cells.
    is_row : bool
        Whether the first line holds the names; otherwise it is data.
    notes : tuple of str
        What was decided, one sentence each.
    """

    names: tuple[str, ...]
    delimiter: str
    is_row: bool
    notes: tuple[str, ...]


def read_header(
    raw: bytes, name: str, delimiter: str | None, *, has_header: bool = True
) -> Header:
    """Return how the UTF-8 file `raw`, called `name`, is to be split.

    Without `delimiter` commas win wherever they give rows of equal width, then the
    separator that gives most columns.

    Raises
    ------
    UnreadableDataError
        If its first line cannot be split.
    """
    is_cut = len(raw) > _START_BYTES
    text = raw[:_START_BYTES].decode("utf-8", errors="ignore").lstrip("\r\n")
    rows = {
        candidate: _first_rows(text, candidate, name, is_cut=is_cut)
        for candidate in ((delimiter,) if delimiter else _DELIMITERS)
    }
    best = delimiter or _likeliest(rows)
    first = rows[best][0]
    notes = [f'Cells are separated by "{best}", not commas.'] * (best in ";|")
    numbered = [f"column_{i}" for i in range(1, len(first) + 1)]
    if not has_header and first != numbered:
        shown = numbered[0] if len(first) == 1 else f"{numbered[0]} to {numbered[-1]}"
        notes.append(f"The file was read as one without header; its columns are {shown}.")
        return Header(tuple(numbered), best, is_row=False, notes=tuple(notes))
    names = list(first)
    for i, column in enumerate(names):
        if not column.strip():
            names[i] = f"Unnamed: {i}"  # the name pandas.read_csv gives it
            notes.append(f'Column {i + 1} has no name; it is called "{names[i]}".')
    if has_header and _reads_like_data(first):
        notes.append(
            f'The first line was read as the header, but reads like data ("{first[0]}", ...); '
            "if the file has no header, say --no-header."
        )
    return Header(tuple(names), best, is_row=True, notes=tuple(notes))


def _first_rows(text: str, delimiter: str, name: str, *, is_cut: bool) -> list[list[str]]:
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in islice(reader, _N_ROWS):
            if row:
                rows.append(row)  # noqa: PERF401 - rows before an error count
    except csv.Error as error:
        if not rows:  # the very first line
            raise UnreadableDataError(
                f"Cannot read `{name}`: its first line cannot be split into cells ({error}). "
                "Put a line with the column names first."
            ) from error
    if not rows:
        raise UnreadableDataError(
            f"Cannot read `{name}`: it holds no line. Give a file with rows."
        )
    return rows[:-1] if is_cut and 1 < len(rows) < _N_ROWS else rows


def _likeliest(rows: dict[str, list[list[str]]]) -> str:
    width = {candidate: len(found[0]) for candidate, found in rows.items()}
    alike = [
        candidate
        for candidate, found in rows.items()
        if width[candidate] > 1
        and sum(len(row) == width[candidate] for row in found) >= _MIN_ALIKE * len(found)
    ]
    among = alike or list(rows)
    if width[","] > 1 and "," in among:
        return ","
    return max(among, key=lambda candidate: width[candidate])


def _reads_like_data(names: list[str]) -> bool:
    """Whether half of the names are numbers, and not those of a counted row of columns."""
    numbers = [float(n) for n in names if _NUMBER.fullmatch(n)]
    counted = all(n == int(n) for n in numbers) and sorted(set(numbers)) == numbers
    return 2 * len(numbers) >= len(names) and bool(numbers) and not counted
