"""Near pairs: examples that almost repeat another one, inside a dataset or across two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.algorithms.duplicates import (
    Pairs,
    near_image_pairs,
    near_numeric_pairs,
    near_text_pairs,
)
from tilth.errors import UnavailableError
from tilth.models.encoders import as_numbers, as_texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset

_SURE_ID = 0.8  # from this confidence a guessed id column is not compared; our own


def near_pairs(dataset: Dataset, reference: Dataset | None = None) -> Pairs:
    """Find pairs of examples whose inputs are almost the same.

    Images are compared as images, whatever other columns say. Free text is compared as text; so is a table with a column of mostly unique strings,
    such as names and addresses, all its columns together. Other tables are compared number
    by number between rows whose categories and missing cells agree. Columns named or
    clearly guessed as ids do not count. Positions of `dataset` first, of `reference` (or
    `dataset`) second; equal examples are included with similarity 1.
    """
    columns = compared_columns(dataset, reference)
    if dataset.schema.image in columns:
        return near_image_pairs(
            *(_thumbnails(d) for d in (dataset, reference) if d is not None)
        )
    texts = [name for name in dataset.schema.text if name in columns]
    tables = [dataset.table[columns]]
    if reference is not None:
        tables.append(reference.table[columns])
    if not texts and any(_is_written(tables[-1][name]) for name in columns):
        texts = columns
    if texts:
        return near_text_pairs(*(_texts(table[texts]) for table in tables))
    numbers, categories = _numbers(tables)
    if len(tables) == 1:
        return near_numeric_pairs(numbers, categories=categories)
    n = len(dataset)
    return near_numeric_pairs(
        numbers[:n],
        numbers[n:],
        categories=categories[:n],
        reference_categories=categories[n:],
    )


def _thumbnails(dataset: Dataset) -> NDArray[np.uint8]:
    if dataset.images is None:
        raise UnavailableError("needs images to compare with, got a table without")
    return dataset.images.pixels(dataset.image_cells).thumbnails


def compared_columns(dataset: Dataset, reference: Dataset | None = None) -> list[Any]:
    """Return the input columns, in both datasets, that say what an example is."""
    hidden = {dataset.schema.label, dataset.schema.id}
    hidden |= {
        guess.column
        for guess in dataset.schema.guesses
        if guess.role == "id" and guess.confidence >= _SURE_ID
    }
    shared = dataset.table if reference is None else reference.table
    return [name for name in dataset.table if name not in hidden and name in shared]


def _is_written(values: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(values.dtype) or values.dtype.kind in "mM":
        return False
    return bool(values.nunique() > max(values.count() / 2, 20))


def _texts(table: pd.DataFrame) -> list[str]:
    cells = [as_texts(table[name]) for name in table]
    return ["\n".join(row) for row in zip(*cells, strict=True)]


def _numbers(
    tables: list[pd.DataFrame],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Numbers, imputed by their median; codes of categories and of what is missing."""
    both = pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]
    numbers, codes = [np.empty((len(both), 0))], [np.empty((len(both), 0), dtype=np.int64)]
    for name in both:
        values = both[name]
        if pd.api.types.is_numeric_dtype(values.dtype) or values.dtype.kind in "mM":
            column = as_numbers(values)
            missing = np.isnan(column)
            if missing.all():
                continue
            if missing.any():
                codes.append(missing.astype(np.int64)[:, None])
            middle = np.median(column[~missing])
            numbers.append(np.where(missing, middle, column)[:, None])
        else:
            codes.append(pd.factorize(np.array(as_texts(values), dtype=object))[0][:, None])
    return np.hstack(numbers), np.hstack(codes).astype(np.int64)
