"""Datasets and findings as Parquet files in the project folder, named by their content."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.data.aside import written_aside
from tilth.data.dataset import Dataset
from tilth.data.identity import canonical_bytes
from tilth.data.images import Images
from tilth.edits.encoding import encode_dtype
from tilth.store.frames import read_frame, write_frame
from tilth.store.version import schema_document, schema_of

if TYPE_CHECKING:
    import sqlalchemy as sa


def write_snapshot(folder: Path, dataset: Dataset) -> dict[str, Any]:
    """Write a dataset unless it is there; return what the versions table says of it."""
    table = dataset.table.copy(deep=False)
    table[_free_name("example_id", table)] = pd.Series(dataset.example_id)
    root = None if dataset.images is None else dataset.images.root
    if dataset.images is not None and root is not None:
        digests = np.array(dataset.images.digests(dataset.image_cells), dtype=object)
        table[_free_name("image digest", table)] = digests
    if dataset.weights is not None:
        table[_free_name("weight", table)] = dataset.weights
    return {
        "content": dataset.version_id,
        "schema": schema_document(dataset.schema),
        "source": dataset.source,
        "notes": list(dataset.notes),
        "n_examples": len(dataset),
        "n_columns": dataset.table.shape[1],
        "id_dtype": dataset.example_id.dtype.str,
        "image_root": None if root is None else str(root),
        "data_file": _write(folder, "data", table, dataset.version_id),
    }


def read_snapshot(folder: Path, row: sa.Row[Any]) -> Dataset:
    """Return the dataset of a row of the versions table."""
    stored = read_frame(folder / row.data_file)
    ids, *more = (stored.iloc[:, i] for i in range(row.n_columns, stored.shape[1]))
    table, schema = stored.iloc[:, : row.n_columns], schema_of(row.schema)
    images = None if schema.image is None else Images()
    if schema.image is not None and row.image_root is not None:
        digests, *more = more
        known = dict(zip(table[schema.image], digests, strict=True))
        images = Images(Path(row.image_root), known)
    return Dataset(
        table=table,
        schema=schema,
        example_id=ids.to_numpy().astype(np.dtype(row.id_dtype)),
        weights=more[0].to_numpy(dtype=np.float64) if more else None,
        source=row.source,
        notes=tuple(row.notes),
        images=images,
    )


def write_findings(folder: Path, table: pd.DataFrame | None) -> str | None:
    """Write a table of findings; return its name in the folder."""
    if table is None:
        return None
    table = table.reset_index(drop=True)
    content = hashlib.blake2b(canonical_bytes(table), digest_size=16).hexdigest()
    return _write(folder, "findings", table, content)


def read_findings(folder: Path, name: str | None) -> pd.DataFrame | None:
    """Return a table of findings by its name in the folder."""
    return None if name is None else read_frame(folder / name)


def _write(folder: Path, kind: str, table: pd.DataFrame, content: str) -> str:
    # Equal content may be stored in other dtypes, such as text as categories.
    dtypes = json.dumps([encode_dtype(dtype) for dtype in table.dtypes]).encode()
    name = f"{kind}/{content}-{hashlib.blake2b(dtypes, digest_size=4).hexdigest()}.parquet"
    if not (folder / name).exists():
        (folder / kind).mkdir(parents=True, exist_ok=True)
        with written_aside(folder / name) as aside:
            write_frame(table, aside)
    return name


def _free_name(name: str, table: pd.DataFrame) -> str:
    while name in table:
        name += "_"
    return name
