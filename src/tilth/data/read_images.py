"""What reading does with images: their column found, their rows kept, their ids."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.data.dataset import Dataset
from tilth.data.image_columns import image_column
from tilth.data.image_folder import IMAGE, LABEL
from tilth.data.roles import example_ids, make_schema

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from tilth.data.image_columns import ImageColumn
    from tilth.data.roles import Roles
    from tilth.data.schema import Schema
    from tilth.data.sources import Loaded


def image_folder(loaded: Loaded, roles: Roles) -> Dataset:
    """Return a folder of images as a dataset: paths are ids, the class folders labels."""
    table, name = loaded.table, loaded.name
    if roles.label is None and roles.task != "none" and LABEL in table.columns:
        roles = replace(roles, label=LABEL)
    roles = replace(roles, image=IMAGE, text=())
    table, schema, decided = make_schema(table, roles, name)
    ids = np.array(table[IMAGE].tolist(), dtype=object)
    return Dataset(table, schema, ids, None, name, (*loaded.notes, *decided), loaded.images)


def images_of(
    table: pd.DataFrame, roles: Roles, root: Path
) -> tuple[ImageColumn | None, list[str]]:
    """Find the column of images."""
    others = replace(roles, image=None).named()
    found, looked = image_column(table, roles.image, root, taken=set(others))
    return found, looked if found is None else [*looked, *found.notes]


def with_images(
    table: pd.DataFrame, weights: NDArray[np.float64] | None, found: ImageColumn | None
) -> tuple[pd.DataFrame, NDArray[np.float64] | None]:
    """Leave out rows whose image cannot be opened."""
    if found is None or len(found.kept) == len(table):
        return table, weights
    weights = None if weights is None else weights[found.kept]
    return table.iloc[found.kept].reset_index(drop=True), weights


def with_guess(schema: Schema, found: ImageColumn | None) -> Schema:
    """Say that the column of images was guessed, where it was."""
    if found is None or found.guess is None:
        return schema
    return replace(schema, guesses=(found.guess, *schema.guesses))


def row_ids(
    table: pd.DataFrame, column: str | None, found: ImageColumn | None
) -> NDArray[Any]:
    """Return the ids in `column`, else the numbers the rows had in the source."""
    if column is None and found is not None:
        return found.kept.astype(np.int64)
    return example_ids(table, column)
