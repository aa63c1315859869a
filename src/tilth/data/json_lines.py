"""JSON Lines, or a JSON array of objects: records in, plain columns out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.data.columns import from_pandas
from tilth.data.encodings import utf8
from tilth.errors import UnreadableDataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAX_WIDTH = (
    4096  # numbers in a list up to which they become columns; no embedding is wider
)
_MAX_DEPTH = (
    16  # objects in objects that become columns; deeper ones stay JSON text. Our own.
)


def read_json(
    files: Sequence[tuple[str, bytes]], *, keep_lists: bool = False
) -> tuple[pd.DataFrame, list[str]]:
    """Read files of JSON objects as one table and say what was decided on the way.

    Text stays text and numbers numbers, as JSON tells them apart. An object inside a record
    becomes one column per key, ``meta.source``; lists of numbers that are all equally long
    become ``name_0``, ``name_1``, ...; other lists are kept as JSON text. A key that a record
    lacks is missing there.

    Parameters
    ----------
    files : sequence of (name, content)
        One object per line, or one array of objects.
    keep_lists : bool, default False
        Keep lists of numbers as JSON text too: they are labels, not vectors.

    Returns
    -------
    (DataFrame, list of str)
        Columns in order of first appearance, and one sentence per decision.

    Raises
    ------
    UnreadableDataError
        If a line is no JSON object; says which.
    """
    records: list[dict[str, Any]] = []
    notes: list[str] = []
    for name, raw in files:
        text, said = utf8(raw, name)
        notes += said if len(files) == 1 else [f"{name}: {note}" for note in said]
        is_array = text.lstrip()[:1] == b"["
        records += _of_array(text, name) if is_array else _of_lines(text, name)
    table, said = _table(records, keep_lists=keep_lists)
    return table, notes + said


def _of_lines(text: bytes, name: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UnreadableDataError(
                f"Cannot read `{name}`: line {number:,} is no JSON ({_said(error)}). Correct the "
                "line or remove it; each line must hold one object."
            ) from error
        yield _checked(record, f"line {number:,}", name)


def _of_array(text: bytes, name: str) -> Iterator[dict[str, Any]]:
    try:
        records = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise UnreadableDataError(
            f"Cannot read `{name}`: line {line:,} is no JSON ({_said(error)}). Correct it."
        ) from error
    for number, record in enumerate(records):
        yield _checked(record, f"element {number:,} of its array", name)


def _checked(record: Any, where: str, name: str) -> dict[str, Any]:
    if isinstance(record, dict):
        return record
    raise UnreadableDataError(
        f"Cannot read `{name}`: {where} must hold an object such as "
        f'{{"text": "...", "label": "a"}}, got {_shown(record)}. Correct it or remove it.'
    )


def _said(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[0].lower()}{error.msg[1:]} at character {error.colno:,}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _table(
    records: list[dict[str, Any]], *, keep_lists: bool
) -> tuple[pd.DataFrame, list[str]]:
    cells: dict[str, list[Any]] = {}
    nested: set[str] = set()
    for row, record in enumerate(records):
        for key, value in _flat(record, nested):
            values = cells.setdefault(key, [])
            values += [None] * (row + 1 - len(values))
            values[row] = value  # of two keys that read alike the last counts, as in JSON
    notes = [f'Objects in "{key}" were spread over columns.' for key in sorted(nested)]
    columns: dict[str, pd.Series] = {}
    for key, values in cells.items():
        absent = [None] * (len(records) - len(values))
        for name, part, said in _columns(key, values + absent, keep_lists=keep_lists):
            columns[name], more = from_pandas(part, name)
            notes += [note for note in (said, more) if note]
    return pd.DataFrame(columns, copy=False), notes


def _flat(
    record: dict[str, Any], nested: set[str], above: str = "", depth: int = 0
) -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if not isinstance(value, dict) or not value:
            yield above + key, value
        elif depth == _MAX_DEPTH:
            yield above + key, json.dumps(value, ensure_ascii=False)
        else:
            nested.add(above + key)
            yield from _flat(value, nested, f"{above}{key}.", depth + 1)


def _columns(
    key: str, values: list[Any], *, keep_lists: bool
) -> Iterator[tuple[str, pd.Series, str]]:
    lists = [isinstance(value, list) for value in values]
    if not any(lists):
        plain = [None if value == {} else value for value in values]
        yield key, pd.Series(plain, dtype=object), ""
        return
    if all(lists) and not keep_lists and _are_vectors(values):
        array = np.array(values, dtype=np.float64)
        for i in range(array.shape[1]):
            said = f'Lists in "{key}" were spread over {array.shape[1]} columns.' * (i == 0)
            yield f"{key}_{i}", pd.Series(array[:, i]), said
        return
    texts = [
        json.dumps(value, ensure_ascii=False) if is_list else value
        for value, is_list in zip(values, lists, strict=True)
    ]
    said = f'Lists in "{key}" were kept as JSON text.'
    yield key, pd.Series(texts, dtype=object), said


def _are_vectors(values: list[list[Any]]) -> bool:
    width = len(values[0])
    return 0 < width <= _MAX_WIDTH and all(
        len(value) == width and all(type(v) in {int, float} for v in value)
        for value in values
    )
