"""One change to a dataset, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from tilth.display.numbers import count

if TYPE_CHECKING:
    from collections.abc import Mapping

Op = Literal[
    "drop",
    "relabel",
    "set_cell",
    "weight",
    "add_examples",
    "transform_column",
    "drop_column",
    "add_column",
]
COLUMN_OPS: frozenset[Op] = frozenset({"transform_column", "drop_column"})


@dataclass(frozen=True)
class Reason:
    """Why: the check that found it, the remedy that proposed it, and a sentence."""

    check: str
    remedy: str
    text: str


def no_targets() -> pd.DataFrame:
    """Return the targets of an edit that addresses a column, not examples."""
    return pd.DataFrame({"example_id": []})


@dataclass(frozen=True, eq=False)
class Edit:
    """One decision, for one or many examples or one column.

    Attributes
    ----------
    op : str
        ``drop``           remove the examples in `targets`.
        ``relabel``        set the label: targets have ``after``.
        ``set_cell``       set `column`: targets have ``after``.
        ``weight``         set the training weight: targets have ``after`` (float).
        ``add_examples``   add rows: targets have ``example_id``, optionally ``position``
                           (row the new example gets in the result; else it goes to the
                           end), and either ``copy_of`` (the example it repeats) or one
                           ``=COLUMN`` value for every column, optionally ``weight``.
        ``transform_column``  replace `column` by `params` applied to it, row by row:
                           {"kind": "scale", "center", "scale"}, {"kind": "impute", "value"},
                           {"kind": "strip_markup"}, {"kind": "remove_text", "value"}.
                           Fitted on training data; test and future rows get the same.
        ``drop_column``    remove `column`; part of the transforms as well.
        ``add_column``     put `column` at params["position"], or in place of the column of
                           that name: the inverse of ``drop_column`` and
                           ``transform_column``; targets have ``example_id`` and ``after``
                           for every example; params["roles"] are the roles it takes back.

        The targets of the first four may have ``before``, what the edit found there (the
        label for ``drop``); an edit that finds something else is a conflict.
    targets : DataFrame
        One row per example, first column ``example_id``; empty for column edits.
    reason : Reason
        What it rests on.
    column : str, optional
        The column of a cell or column edit; the label column for ``drop`` and ``relabel``
        in a patch, because the file it is applied to need not be read with its label.
    params : mapping
        The fitted parameters of a transform, ready for JSON. Inverses carry more: "dtypes",
        the columns to store as they were before, and "unweighted", to be without weights.
    author : str
        A remedy's name (``tilth``) or a person's.
    time : str
        When it was proposed, ISO 8601 in UTC; empty until it is recorded.
    """

    op: Op
    targets: pd.DataFrame
    reason: Reason
    column: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    author: str = "tilth"
    time: str = ""

    @property
    def n(self) -> int:
        """How many examples, or columns, it changes."""
        return 1 if self.op in COLUMN_OPS or self.op == "add_column" else len(self.targets)

    @property
    def in_words(self) -> str:
        """What it does, and to how many examples or which column."""
        what = self.op.replace("_", " ")
        if self.op in COLUMN_OPS or self.op == "add_column":
            return f"{what} {self.column!r}"
        return f"{what} {count(self.n, 'row')}"

    def __repr__(self) -> str:
        """Return it at a glance."""
        why = f", {self.reason.text!r}" if self.reason.text else ""
        return f"Edit({self.in_words}{why})"

    def to_document(self) -> dict[str, Any]:
        """Describe the edit without its targets, ready for JSON; the patch file has those."""
        return {
            "op": self.op,
            "n": self.n,
            "remedy": self.reason.remedy,
            "check": self.reason.check,
            "reason": self.reason.text,
            "column": self.column,
        }
