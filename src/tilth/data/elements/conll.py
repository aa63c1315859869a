"""Text files with one token a line and blank lines between sentences, as of the CoNLL tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from tilth.data.encodings import utf8
from tilth.errors import UnreadableDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

ENDINGS = (".conll", ".conllu", ".bio", ".iob", ".iob2", ".ner")
_DOCUMENT = "-DOCSTART-"  # CoNLL-2003 begins a document with it
# The columns of Universal Dependencies, version 2.
_UNIVERSAL = (
    "id",
    "form",
    "lemma",
    "upos",
    "xpos",
    "feats",
    "head",
    "deprel",
    "deps",
    "misc",
)


def read_conll(files: Sequence[tuple[str, bytes]]) -> tuple[pd.DataFrame, list[str]]:
    """Read files of one token a line as a table of one row per token.

    Parameters
    ----------
    files : sequence of (name, content)
        Columns are separated by tabs or spaces, the first is the token, the last the tag. Of
        CoNLL-U files the second and the fourth.

    Returns
    -------
    (DataFrame, list of str)
        Columns ``sentence`` (counted from 0), ``token``, ``column_2``, ..., ``tag``; of CoNLL-U
        those of Universal Dependencies.

    Raises
    ------
    UnreadableDataError
        If a line has fewer columns than the first; says which.
    """
    rows: list[list[str]] = []
    sentences: list[int] = []
    notes: list[str] = []
    sentence, is_inside = 0, False
    is_universal = files[0][0].lower().endswith(".conllu")
    for name, raw in files:
        text, said = utf8(raw, name)
        notes += said
        for number, line in enumerate(text.decode("utf-8").split("\n"), start=1):
            cells = _cells(line, is_universal=is_universal)
            if cells is None:
                sentence += is_inside
                is_inside = False
            elif cells:
                _check_width(cells, rows, number, name)
                rows.append(cells)
                sentences.append(sentence)
                is_inside = True
        sentence += is_inside
        is_inside = False
    if not rows:
        raise UnreadableDataError(
            f"Cannot read `{files[0][0]}`: it holds no token. Give a file with one token a line."
        )
    return _table(rows, sentences, is_universal=is_universal), notes


def _cells(line: str, *, is_universal: bool) -> list[str] | None:
    """Return the cells of a line; none of one to be skipped, None between sentences."""
    if not line.strip():
        return None
    if line.startswith(_DOCUMENT) or (is_universal and line.startswith("#")):
        return []
    line = line.rstrip("\r")
    cells = line.split("\t") if "\t" in line else [c for c in line.split(" ") if c]
    if is_universal and not cells[0].isdigit():
        return []  # 1-2 spans tokens that follow, 1.1 is not in the text
    return cells


def _check_width(cells: list[str], rows: list[list[str]], number: int, name: str) -> None:
    expected = len(rows[0]) if rows else max(len(cells), 2)
    if len(cells) != expected:
        raise UnreadableDataError(
            f"Cannot read `{name}`: line {number:,} has {len(cells)} columns where the first has "
            f"{expected}. Correct the line; each must hold a token and its tag."
        )


def _table(
    rows: list[list[str]], sentences: list[int], *, is_universal: bool
) -> pd.DataFrame:
    width = len(rows[0])
    names = ["token", *(f"column_{i}" for i in range(2, width)), "tag"]
    if is_universal and width == len(_UNIVERSAL):
        names = list(_UNIVERSAL)
    table = pd.DataFrame(rows, columns=names, dtype=object)
    table.insert(0, "sentence", sentences)
    return table
