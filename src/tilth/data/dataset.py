"""A dataset: a table, what its columns mean, and an identity for every example."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.data.encode import encode_labels
from tilth.data.identity import canonical_bytes, row_hashes
from tilth.display.numbers import count
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from tilth.data.images import Images
    from tilth.data.schema import Schema

_SHOWN_VERSION = 6  # characters: what the project's commands take for a version


@dataclass(frozen=True, eq=False)
class Dataset:
    """Examples in rows, as read or after edits; never changed in place.

    Attributes
    ----------
    table : DataFrame of shape (n_examples, n_columns)
        Every column in file order, the label among them; the index is 0 .. n - 1.
    schema : Schema
        Task and roles.
    example_id : array of shape (n_examples,)
        Unique and permanent: the user's id column where one was named, else the
        0-based source row. Rows that survive edits keep it.
    weights : float array of shape (n_examples,), optional
        Training weight per example; None means all equal.
    source : str
        Where the data came from, for people.
    notes : tuple of str
        What the reader decided or left out, one sentence each.
    images : Images, optional
        What opens the column of images, where the schema has one.
    """

    table: pd.DataFrame
    schema: Schema
    example_id: NDArray[Any]
    weights: NDArray[np.float64] | None = None
    source: str = "memory"
    notes: tuple[str, ...] = ()
    images: Images | None = None

    def __post_init__(self) -> None:
        n_rows = len(self.table)
        if len(self.example_id) != n_rows:
            raise InvalidInputError(
                f"`example_id` must have one entry per row, got {len(self.example_id)} "
                f"for {n_rows} rows. Use np.arange(len(table)) for the row numbers."
            )
        ids = pd.Index(self.example_id)
        if not ids.is_unique:
            repeated = ids[ids.duplicated()].tolist()[0]
            raise InvalidInputError(
                f"`example_id` must be unique, got {repeated!r} more than once. "
                "Name another id column, or none."
            )
        if self.weights is None:
            return
        if self.weights.shape != (n_rows,):
            raise InvalidInputError(
                f"`weights` must have one entry per row, got shape {self.weights.shape} "
                f"for {n_rows} rows. Use 1 where an example has no weight of its own."
            )
        if not (np.isfinite(self.weights) & (self.weights >= 0)).all():
            row = int(np.argmin(np.isfinite(self.weights) & (self.weights >= 0)))
            raise InvalidInputError(
                f"`weights` must be finite and not negative, got {self.weights[row]} in row {row}. "
                "Drop examples that must not count."
            )

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is computed on demand: it travels to workers while others compute it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        """Return it at a glance; the version of images, which would open all of them, is left out."""
        size = f"{count(len(self), 'row')} x {count(self.table.shape[1], 'column')}"
        label = "no label" if self.schema.label is None else f"label {self.schema.label!r}"
        parts = [size, label]
        if self.source != "memory":
            parts.append(f"source {self.source!r}")
        if self.images is None:
            parts.append(f"version {self.version_id[:_SHOWN_VERSION]}")
        return f"Dataset({', '.join(parts)})"

    @property
    def inputs(self) -> pd.DataFrame:
        """Every column but the label, in file order: what a model is given."""
        if self.schema.label is None:
            return self.table
        return self.table.drop(columns=[self.schema.label])

    @cached_property
    def given(self) -> NDArray[Any]:
        """The labels as given, as objects; None where missing."""
        if self.schema.label is None:
            return np.full(len(self), None, dtype=object)
        column = self.table[self.schema.label]
        values = np.array(column.astype(object), dtype=object)
        values[column.isna().to_numpy()] = None
        return values

    @cached_property
    def labelled(self) -> NDArray[np.intp]:
        """Rows that carry a label, ascending."""
        if self.schema.label is None:
            return np.empty(0, dtype=np.intp)
        return np.flatnonzero(self.table[self.schema.label].notna().to_numpy())

    @property
    def classes(self) -> NDArray[Any]:
        """The distinct given labels, sorted (by type and text where types are mixed).

        Ordinal ones are in their order. Where an example may have several, all there are.
        """
        if self.schema.learned_as == "none" and self.schema.classes:
            return np.array(self.schema.classes, dtype=object)
        return self._encoded[1]

    @property
    def labels(self) -> NDArray[np.int64]:
        """Class codes into `classes`, for the `labelled` rows only."""
        return self._encoded[0]

    @cached_property
    def _encoded(self) -> tuple[NDArray[np.int64], NDArray[Any]]:
        codes, classes = encode_labels(self.given[self.labelled])
        if self.schema.task != "ordinal":
            return codes, classes
        place = {name: i for i, name in enumerate(self.schema.classes)}
        order = np.array(sorted(range(len(classes)), key=lambda i: place[str(classes[i])]))
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        return rank[codes], classes[order]

    @cached_property
    def content_hash(self) -> NDArray[np.uint64]:
        """One number per example from its inputs; an id is a name, not content."""
        return row_hashes(self.contents(self.inputs.columns.drop(self._id_column)))

    @cached_property
    def row_hash(self) -> NDArray[np.uint64]:
        """One number per example from its inputs and label, without the id."""
        return row_hashes(self.contents(self.table.columns.drop(self._id_column)))

    def contents(self, columns: Iterable[Any]) -> pd.DataFrame:
        """Return columns for comparing and hashing: an image is its bytes, not its path."""
        table = self.table[list(columns)]
        if self.images is None or self.schema.image not in table.columns:
            return table
        digests = np.array(self.images.digests(self.image_cells), dtype=object)
        return table.assign(**{str(self.schema.image): digests})

    @property
    def image_cells(self) -> list[str | bytes]:
        """The cells of the column of images: paths, or encoded bytes."""
        return [] if self.schema.image is None else self.table[self.schema.image].tolist()

    @property
    def _id_column(self) -> list[str]:
        return [] if self.schema.id is None else [self.schema.id]

    @cached_property
    def version_id(self) -> str:
        """Hash of content, ids, weights and schema: equal data, equal id."""
        digest = hashlib.blake2b(canonical_bytes(self._told_apart), digest_size=16)
        digest.update(canonical_bytes(pd.DataFrame({"id": self.example_id})))
        if self.weights is not None:
            digest.update(self.weights.astype("<f8").tobytes())
        digest.update(repr(replace(self.schema, guesses=())).encode())
        if self.schema.classes:
            digest.update(repr(self.schema.classes).encode())
        return digest.hexdigest()

    @property
    def _told_apart(self) -> pd.DataFrame:
        """The table with the content of its images; paths stay, as they name files."""
        if self.images is None or self.schema.image is None:
            return self.table
        content = self.contents(self.table.columns)
        if self.images.root is None:
            return content
        return content.assign(
            **{f"{self.schema.image} path": self.table[self.schema.image]}
        )

    def rows(self, positions: NDArray[Any]) -> Dataset:
        """Return the examples at `positions` (integers or a boolean mask), ids kept."""
        positions = np.asarray(positions)
        if positions.dtype == bool:
            positions = np.flatnonzero(positions)
        return replace(
            self,
            table=self.table.iloc[positions].reset_index(drop=True),
            example_id=self.example_id[positions],
            weights=None if self.weights is None else self.weights[positions],
        )
