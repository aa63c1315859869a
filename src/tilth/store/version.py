"""A version of a dataset, as the project remembers it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tilth.data.schema import Guess, Schema
from tilth.store.tables import DATASETS, VERSIONS

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Version:
    """One state of one dataset.

    Attributes
    ----------
    id : int
        Its number in the whole project.
    name : str
        Its name among the versions of its dataset: v1 is the import.
    content : str
        `Dataset.version_id` of the examples.
    parent_id : int, optional
        The version its edits were made to; None for an import.
    dataset_id : int
        Which dataset of the project it belongs to.
    source_path : str
        Where that dataset came from.
    n_examples, n_columns : int
        Its size.
    command : str
        What made it.
    created : str
        When, ISO 8601 in UTC.
    is_current : bool
        Whether "latest" means this version.
    """

    id: int
    name: str
    content: str
    parent_id: int | None
    dataset_id: int
    source_path: str
    n_examples: int
    n_columns: int
    command: str
    created: str
    is_current: bool


def select_versions() -> sa.Select[Any]:
    """Return the query whose rows `version_of` reads."""
    return sa.select(
        VERSIONS, DATASETS.c.source_path, DATASETS.c.current_version, DATASETS.c.used
    ).join(DATASETS, DATASETS.c.id == VERSIONS.c.dataset_id)


def version_of(row: sa.Row[Any]) -> Version:
    """Return the version in a row of `select_versions`."""
    return Version(
        id=row.id,
        name=f"v{row.number}",
        content=row.content,
        parent_id=row.parent_id,
        dataset_id=row.dataset_id,
        source_path=row.source_path,
        n_examples=row.n_examples,
        n_columns=row.n_columns,
        command=row.command,
        created=row.created,
        is_current=row.number == row.current_version,
    )


def schema_document(schema: Schema) -> dict[str, Any]:
    """Return a schema ready for JSON."""
    return asdict(schema)


def schema_of(document: Mapping[str, Any]) -> Schema:
    """Return the schema `schema_document` wrote."""
    guesses = tuple(Guess(**guess) for guess in document["guesses"])
    names = ("text", "classes", "class_ids")
    lists = {name: tuple(document.get(name, ())) for name in names}
    return Schema(**{**document, **lists, "guesses": guesses})
