"""What a report shows of an example: its name, its image, its text or cells cut to a length."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tilth.display.pieces import Pieces, differences, excerpt
from tilth.display.terminal import clipped
from tilth.report.thumbnails import thumbnail

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tilth.data.dataset import Dataset

TEXT_WIDTH = 240  # characters shown of a text
CELL_WIDTH = 40  # of a cell
ID_WIDTH = 40  # of an example's id
MAX_CELLS = 6  # columns shown where there is no text
MAX_IDS = 200  # ids listed of one group


@dataclass(frozen=True, eq=False)
class Examples:
    """The examples of a dataset, as far as a report may show them.

    Attributes
    ----------
    dataset : Dataset
    redacted : bool
        Show neither images, text, cells nor ids.
    """

    dataset: Dataset
    redacted: bool = False

    def ids(self, positions: Iterable[int]) -> list[str]:
        """Return the ids of examples, the first `MAX_IDS` of them."""
        if self.redacted:
            return []
        shown = list(positions)[:MAX_IDS]
        return [clipped(self.dataset.example_id[position], ID_WIDTH) for position in shown]

    def shown(
        self, position: int, *, column: str | None = None, needle: str = ""
    ) -> dict[str, Any]:
        """Return an example for a document: ``id``, ``image``, and ``pieces`` of text or ``cells``.

        Parameters
        ----------
        position : int
            Row of the dataset.
        column : str, optional
            The column it is about: its text is shown, or its cell first.
        needle : str
            What to mark in the text.
        """
        example: dict[str, Any] = {"id": None, "given": None, "pieces": [], "cells": []}
        example |= {"image": None, "is_image": False}
        if self.redacted:
            return example
        example["id"] = self.ids([position])[0]
        given = self.dataset.given[position]
        example["given"] = None if given is None else clipped(given, ID_WIDTH)
        if self.dataset.images is not None:
            cell = self.dataset.table[self.dataset.schema.image].iloc[position]
            example |= {"image": thumbnail(self.dataset.images, cell), "is_image": True}
        text = self._text_column(column)
        if text is not None:
            value = self.dataset.table[text].iloc[position]
            example["pieces"] = excerpt(_filled(value), TEXT_WIDTH, needle)
        else:
            example["cells"] = self._cells(position, column)
        return example

    def pair(self, first: int, second: int) -> list[dict[str, Any]]:
        """Return two examples side by side, with what differs marked."""
        both = [self.shown(first), self.shown(second)]
        text = self._text_column(None)
        if self.redacted:
            return both
        if text is not None:
            values = [
                _filled(self.dataset.table[text].iloc[row]) for row in (first, second)
            ]
            for example, pieces in zip(
                both, differences(values[0], values[1], TEXT_WIDTH), strict=True
            ):
                example["pieces"] = pieces
            return both
        differing = [
            column
            for column in self._columns()
            if _shown(self.dataset.table[column].iloc[first])
            != _shown(self.dataset.table[column].iloc[second])
        ]
        for example, row in zip(both, (first, second), strict=True):
            example["cells"] = [
                [name, value, name in {clipped(column, CELL_WIDTH) for column in differing}]
                for name, value, _ in self._cells(row, *differing[:MAX_CELLS])
            ]
        return both

    def _text_column(self, column: str | None) -> str | None:
        """Return the column whose text is shown: `column` if it is one, else the first."""
        texts = self.dataset.schema.text
        if column is not None:
            return column if column in texts else None
        return texts[0] if texts else None

    def _columns(self) -> list[Any]:
        """Return the columns whose cells say something beside id, label and image."""
        left_out = {self.dataset.schema.id}
        if self.dataset.images is not None and not self._are_paths_told:
            left_out.add(self.dataset.schema.image)
        return [name for name in self.dataset.inputs if name not in left_out]

    @property
    def _are_paths_told(self) -> bool:
        """Whether images have paths that say more than the ids."""
        data = self.dataset
        assert data.images is not None
        if data.images.root is None or not len(data):
            return False
        return bool(data.table[data.schema.image].iloc[0] != data.example_id[0])

    def _cells(self, position: int, *first: str | None) -> list[list[Any]]:
        """Return name, value and whether it is marked of a few columns, `first` before others."""
        known = self._columns()
        leading = [name for name in known if str(name) in first]
        names = [*leading, *(name for name in known if name not in leading)][:MAX_CELLS]
        return [
            [
                clipped(name, CELL_WIDTH),
                _shown(self.dataset.table[name].iloc[position]),
                name in leading,
            ]
            for name in names
        ]


def plain_text(pieces: Pieces | Sequence[Sequence[Any]]) -> str:
    """Return the text of pieces without their marks."""
    return "".join(piece[0] for piece in pieces)


def _filled(value: Any) -> str:
    return value if isinstance(value, str) else "" if _is_missing(value) else str(value)


def _shown(value: Any) -> str:
    if isinstance(value, float) and not math.isnan(value):
        return f"{value:.6g}"
    return "" if _is_missing(value) else clipped(value, CELL_WIDTH)


def _is_missing(value: Any) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_scalar(value) and pd.isna(value))
