"""What a column is probably for, with how sure we are and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tilth.data.schema import Guess

if TYPE_CHECKING:
    from collections.abc import Collection

    from tilth.data.schema import Role, Task

MAX_CLASSES = (
    20  # a numeric label with more distinct values is a quantity (design.md, issue 2)
)

# Names of label columns, likeliest first; the confidences are our own, from how often such
# a column in public tables is something else (`y` may be a coordinate, `category` an input).
_LABEL_NAMES = {
    "label": 0.95, "labels": 0.95, "target": 0.9, "class": 0.9, "y": 0.8, "given_label": 0.8,
    "outcome": 0.7, "response": 0.6, "category": 0.6, "sentiment": 0.6,
}  # fmt: skip
_ROLE_NAMES: dict[Role, str] = {
    "id": r"id|uid|uuid|guid|key|index|row|row_id|row_number|unnamed_0|.*_id|.*_uuid|.*_key",
    "annotator": r"annotator|rater|worker|labell?er|coder|judge|reviewer|assessor"
    r"|(annotator|rater|worker|labell?er|coder|judge|reviewer)_(id|name)",
    "split": r"split|fold|partition|subset|set|is_train|is_test",
    "time": r"time|date|datetime|timestamp|year|month|day|created|created_at|updated_at"
    r"|.*_(time|date|datetime|timestamp|at|year)|(time|date)_.*",
    "group": r"group|patient|subject|user|customer|client|person|session|household|family"
    r"|source|site|hospital|store|shop|device|batch|author|speaker|document"
    r"|(group|patient|subject|user|customer|client|person|session|household|family|source"
    r"|site|hospital|store|shop|device|batch|author|speaker|document)_(id|name|key)",
}
_SPLIT_WORDS = {
    "train",
    "training",
    "test",
    "testing",
    "val",
    "valid",
    "validation",
    "dev",
    "eval",
}
_DATE = (
    r"\d{4}-\d{1,2}(-\d{1,2}([T ]\d{1,2}:\d{2}.*)?)?|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}( .*)?"
)
# Scripts written without spaces: kana, Chinese characters, Thai, Lao, Khmer, Burmese.
_UNSPACED = r"[぀-ヿ㐀-鿿฀-໿က-႟ក-៿]"
_N_LOOKED_AT = 2000  # cells read to judge a column's form; its spread is under 2.3 points


def guess_label(table: pd.DataFrame) -> Guess | None:
    """Name the label column, by its name alone; None if no name says so."""
    plain = {_plain(str(name)): str(name) for name in reversed(table.columns)}
    for name, confidence in _LABEL_NAMES.items():
        if name in plain and table[plain[name]].notna().any():
            return Guess("label", plain[name], confidence, f'it is called "{plain[name]}"')
    return None


def guess_text(table: pd.DataFrame, taken: Collection[str]) -> list[Guess]:
    """Find the columns of free text: mostly unique strings, four words or more in median."""
    found = []
    for name in table.columns:
        column = table[name]
        if name in taken or not _is_text(column):
            continue
        share_unique = column.nunique() / max(column.count(), 1)
        n_words = _median_words(column)
        # Mostly unique, median of 4 words: design.md section 7. 4 words is where the
        # confidence starts at 0.6; 20 words can hardly be anything but text.
        if share_unique > 0.5 and n_words >= 4:
            why = f"{share_unique:.0%} of its values are unique, {n_words:.0f} words in median"
            confidence = round(min(0.6 + (n_words - 4) * 0.02, 0.95), 2)
            found.append(Guess("text", str(name), confidence, why))
    return found


def guess_roles(table: pd.DataFrame, taken: Collection[str]) -> list[Guess]:
    """Find columns that may be ids, groups, times, annotators or splits; sure of none."""
    found = []
    for name in map(str, table.columns):
        if name not in taken:
            guess = _guess_role(table[name], name)
            found += [guess] if guess else []
    return found


def guess_task(label: pd.Series) -> tuple[Task, str]:
    """Return the task a label column asks for and why."""
    n_values = label.nunique()
    is_number = pd.api.types.is_numeric_dtype(label.dtype) and not _is_bool(label)
    if is_number and n_values > MAX_CLASSES:
        return "regression", f"its label is a number with {n_values} distinct values"
    return "classification", f"its label has {n_values} distinct values"


def _guess_role(column: pd.Series, name: str) -> Guess | None:
    plain, n_values, n_given = _plain(name), column.nunique(), column.count()
    if n_given == 0 or n_values < 2:
        return None
    repeats = n_values <= n_given / 2
    if _named("split", plain) and _is_split(column):
        return Guess("split", name, 0.9, "its name and its few values")
    if _named("annotator", plain) and repeats:
        return Guess("annotator", name, 0.8, f"its name; {n_values} values, each repeated")
    if time := _guess_time(column, name, named=_named("time", plain)):
        return time
    if _named("group", plain) and repeats:
        return Guess("group", name, 0.7, f"its name; {n_values} values, each repeated")
    is_key = n_values == len(column)
    return _guess_id(column, name, named=_named("id", plain)) if is_key else None


def _guess_id(column: pd.Series, name: str, *, named: bool) -> Guess | None:
    is_text, is_whole = _is_text(column), pd.api.types.is_integer_dtype(column.dtype)
    if named and (is_text or is_whole):
        return Guess("id", name, 0.95, "its name; every value is unique")
    if len(column) <= MAX_CLASSES:
        return None
    if is_text and _median_words(column) <= 1:
        return Guess("id", name, 0.7, "every value is unique and one word")
    if is_whole and (np.diff(column.to_numpy(dtype=np.int64)) == 1).all():
        return Guess("id", name, 0.8, "it counts the rows")
    return None


def _guess_time(column: pd.Series, name: str, *, named: bool) -> Guess | None:
    if column.dtype.kind == "M":
        return Guess("time", name, 0.95, "it holds dates")
    if _is_text(column):
        looked_at = _some(column).astype(str)
        share = looked_at.str.fullmatch(_DATE).mean()
        if share > 0.95:
            return Guess("time", name, 0.9, f"{share:.0%} of its values look like dates")
    elif named and pd.api.types.is_numeric_dtype(column.dtype) and not _is_bool(column):
        return Guess("time", name, 0.5, "its name; it holds numbers")
    return None


def _is_split(column: pd.Series) -> bool:
    if _is_text(column):
        return {str(v).strip().lower() for v in column.dropna().unique()} <= _SPLIT_WORDS
    return column.nunique() <= MAX_CLASSES


def _is_text(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.StringDtype) or column.dtype == object


def _is_bool(column: pd.Series) -> bool:
    return pd.api.types.is_bool_dtype(column.dtype)


def _median_words(column: pd.Series) -> float:
    looked_at = _some(column).astype(str)
    # Two characters make a word where no spaces do (mean of Chinese: 1.5 to 2; our own).
    return float(
        (looked_at.str.count(r"\S+") + looked_at.str.count(_UNSPACED) // 2).median()
    )


def _some(column: pd.Series) -> pd.Series:
    given = column.dropna()
    return given.iloc[:: max(1, len(given) // _N_LOOKED_AT)]


def _named(role: Role, plain: str) -> bool:
    return re.fullmatch(_ROLE_NAMES[role], plain) is not None


def _plain(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")
