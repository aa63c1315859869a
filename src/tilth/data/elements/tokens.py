"""Sentences with a tag per token: from lists, or from one row per token, to one row per sentence."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.data.elements.cells import holds_lists, list_cell, lists_of
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from tilth.data.roles import Roles

# Names of such columns in public data sets, likeliest first.
_TOKEN_NAMES = ("tokens", "token", "words", "word", "form", "text", "sentence_tokens")
_TAG_NAMES = (
    "tags",
    "tag",
    "ner_tags",
    "ner",
    "pos_tags",
    "pos",
    "upos",
    "labels",
    "label",
    "entity",
)
_SENTENCE = re.compile(
    r"(sentence|sent)([ _#]*(id|idx|index|number|no|num)?)?[ #]*", re.IGNORECASE
)
_SPACE = "\u00a0"  # no-break: a space inside a token, since spaces part tokens


def as_sentences(
    table: pd.DataFrame, roles: Roles, source: str
) -> tuple[pd.DataFrame, Roles, list[str]]:
    """Make one row per sentence, its tokens as text and its tags as a list.

    Parameters
    ----------
    table : DataFrame
        Lists of tokens and of tags in two columns, also as text separated by spaces; or one
        row per token with a column that says which sentence it belongs to.
    roles : Roles
        `text` names the tokens, `label` the tags, `id` the sentences; None: by their names.
    source : str
        For messages.

    Returns
    -------
    (DataFrame, Roles, list of str)
        The table; roles with text, label, id and classes; one sentence per decision.

    Raises
    ------
    InvalidInputError
        If a column cannot be found, or tokens and tags do not go together.
    """
    tokens = roles.text[0] if roles.text else _named(table, _TOKEN_NAMES, "text", source)
    tags = roles.label or _named(table, _TAG_NAMES, "label", source)
    for column, role in ((tokens, "text"), (tags, "label")):
        if column not in table.columns:
            raise InvalidInputError(
                f'Cannot read `{source}`: column "{column}" is missing; it has '
                f"{', '.join(map(str, table.columns[:12]))}. Name it with --{role}."
            )
    notes: list[str] = []
    if not (holds_lists(table[tags]) or _has_spaces(table[tags])):
        identity = _sentence_column(table, roles, source)
        table, notes = _grouped(table, tokens, tags, identity)
        roles = replace(roles, id=identity)
    found_tags = _lists(table[tags], tags)
    found_tokens = _token_lists(table[tokens], tokens, found_tags)
    _check_lengths(found_tokens, found_tags, source)
    texts = [None if t is None else joined(t) for t in found_tokens]
    cells = [None if t is None else list_cell(t) for t in found_tags]
    table = table.assign(
        **{
            tokens: pd.Series(texts, index=table.index, dtype=object),
            tags: pd.Series(cells, index=table.index, dtype=object),
        }
    )
    known = sorted({tag for found in found_tags for tag in found or ()})
    classes = roles.classes or tuple(known)
    for tag in known:
        if tag not in classes:
            raise InvalidInputError(
                f'`classes` must list every tag, but "{tag}" of `{source}` is not in '
                f"{', '.join(classes)}. Add it."
            )
    return table, replace(roles, text=(tokens,), label=tags, classes=classes), notes


def joined(tokens: list[str]) -> str:
    r"""Return tokens as one text that `parted` takes apart again.

    Examples
    --------
    >>> parted(joined(["New York", "is", "big"]))
    ['New\xa0York', 'is', 'big']
    """
    return " ".join(re.sub(r"[ \t\r\n]", _SPACE, token) for token in tokens)


def parted(text: str) -> list[str]:
    """Return the tokens of a text that `joined` made."""
    return text.split(" ")


def _named(table: pd.DataFrame, names: tuple[str, ...], role: str, source: str) -> str:
    lower = {str(column).lower(): str(column) for column in reversed(table.columns)}
    for name in names:
        if name in lower:
            return lower[name]
    raise InvalidInputError(
        f"Cannot read `{source}`: no column is called {' or '.join(names[:3])}; it has "
        f"{', '.join(map(str, table.columns[:12]))}. Name it with --{role}."
    )


def _has_spaces(column: pd.Series) -> bool:
    given = column.dropna().astype(str).str.strip()
    return bool(given.str.contains(r"\s").any())


def _sentence_column(table: pd.DataFrame, roles: Roles, source: str) -> str:
    names = [str(column) for column in table.columns]
    found = roles.id or next((name for name in names if _SENTENCE.fullmatch(name)), None)
    if found is None or found not in names:
        raise InvalidInputError(
            f"Cannot read `{source}`: one row per token needs a column that says which sentence it "
            f"belongs to; it has {', '.join(names[:12])}. Name it with --id."
        )
    return found


def _grouped(
    table: pd.DataFrame, tokens: str, tags: str, identity: str
) -> tuple[pd.DataFrame, list[str]]:
    """Bring the tokens of each sentence together; other columns stay where they are constant."""
    sentence = table[identity].ffill()  # some name a sentence at its first token alone
    if sentence.isna().any():
        raise InvalidInputError(
            f'Every token must belong to a sentence, but "{identity}" is empty in row 0. Fill it.'
        )
    if (row := _first(table[tags].isna())) is not None:
        raise InvalidInputError(
            f'Every token must have a tag, but "{tags}" is empty in row {row}. '
            "Tag it, or leave the sentence out."
        )
    groups = pd.factorize(sentence)[0]
    first = np.flatnonzero(~pd.Series(groups).duplicated().to_numpy())
    kept: dict[str, Any] = {}
    left_out = []
    for column in table.columns:
        if column == identity:
            kept[column] = sentence.iloc[first].array
        elif column in (tokens, tags):
            values = table[column].astype(object).where(table[column].notna(), "")
            parts = values.map(str).groupby(groups, sort=False).agg(list)
            kept[column] = [list_cell(part) for part in parts]
        elif (table[column].groupby(groups).nunique(dropna=False) <= 1).all():
            kept[column] = table[column].iloc[first].array
        else:
            left_out.append(str(column))
    notes = [f"{len(table):,} tokens were read as {len(first):,} sentences."]
    if left_out:
        notes.append(
            f"Columns that differ within sentences were left out: {', '.join(left_out)}."
        )
    return pd.DataFrame(kept), notes


def _first(mask: pd.Series) -> int | None:
    return int(np.argmax(mask.to_numpy())) if mask.any() else None


def _lists(column: pd.Series, name: str) -> list[list[str] | None]:
    if not holds_lists(column):
        texts = column.astype(object).where(column.notna(), None)
        return [None if text is None else str(text).split() for text in texts]
    found = lists_of(column)
    for row, values in enumerate(found):
        if any(isinstance(v, (list, dict)) or v is None for v in values or ()):
            raise InvalidInputError(
                f'Every list in "{name}" must hold text, got {str(values)[:60]} in row {row}. '
                "Correct it, or leave the sentence out."
            )
    return [None if values is None else [str(v) for v in values] for values in found]


def _token_lists(
    column: pd.Series, name: str, tags: list[list[str] | None]
) -> list[list[str] | None]:
    """Return the tokens of each sentence; of text that `joined` made exactly those it joined."""
    found = _lists(column, name)
    if holds_lists(column):
        return found
    for row, (split, their) in enumerate(zip(found, tags, strict=True)):
        if split is not None and their is not None and len(split) != len(their):
            exact = parted(str(column.iloc[row])) if their else []
            found[row] = exact if len(exact) == len(their) else split
    return found


def _check_lengths(
    tokens: list[list[str] | None], tags: list[list[str] | None], source: str
) -> None:
    for row, (some, their) in enumerate(zip(tokens, tags, strict=True)):
        if their is not None and len(some or ()) != len(their):
            raise InvalidInputError(
                f"Every token must have one tag, got {len(their)} tags for {len(some or ())} tokens "
                f"in row {row} of `{source}`. Correct the sentence, or leave it out."
            )
