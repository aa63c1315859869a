"""Data in: files, versions of the project, and arrays beside them."""

import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.data.compressed import content_of
from tilth.data.elements.coco import read_json_document, results_of
from tilth.data.read import read
from tilth.data.schema import ORIGIN_ROLES
from tilth.errors import InvalidInputError, UnreadableDataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.edits.patch import Patch

_VERSION = re.compile(r"v\d+")


def is_version(source: str) -> bool:
    """Whether `source` names a version (v2) rather than a file of that name."""
    return bool(_VERSION.fullmatch(source)) and not Path(source).exists()


def read_after(path: str, before: "Dataset", **how: Any) -> "Dataset":
    """Read a later version of `before`: columns keep their roles where they are still there.

    Raises
    ------
    InvalidInputError
        If the label column is not there.
    """
    schema = before.schema
    after = read(
        path, label=schema.label, task=schema.task, classes=schema.classes or None, **how
    )
    kept = schema.on(after.table.columns)
    return read(
        after, text=kept.text, **{role: getattr(kept, role) for role in ORIGIN_ROLES}
    )


def read_for_patch(path: str, patch: "Patch", **how: Any) -> "Dataset":
    """Read what a patch is to be applied to, with its label and id where they are there."""
    columns = set(read(path, task="none", text=(), **how).table.columns)
    label = patch.label if patch.label in columns else None
    name = patch.id_column if patch.id_column in columns else None
    return read(path, label=label, id=name, task=None if label else "none", **how)


def read_beside(
    dataset: "Dataset",
    pred_probs: str | None,
    predictions: str | None,
    embeddings: str | None,
) -> dict[str, Any]:
    """Read what models say of a dataset, from the files that were named."""
    is_opened_later = dataset.schema.task == "masks"
    probs: Any = pred_probs
    if pred_probs and not is_opened_later:
        probs = read_array(pred_probs, dataset)
    return {
        "pred_probs": probs,
        "predictions": _predictions(predictions, dataset) if predictions else None,
        "embeddings": read_array(embeddings) if embeddings else None,
    }


def _predictions(path: str, dataset: "Dataset") -> Any:
    """Read what a model predicted: boxes from COCO's results, else an array of numbers.

    Raises
    ------
    UnreadableDataError
        If there is no such file, or it holds neither.
    """
    if dataset.schema.task != "boxes":
        return read_array(path)
    if not Path(path).is_file():
        raise UnreadableDataError(
            f"Cannot read `{path}`: there is no such file. Check its name."
        )
    name, raw = content_of(Path(path))
    return results_of(read_json_document(raw, name), path)


def read_array(path: str, dataset: "Dataset | None" = None) -> "NDArray[Any]":
    """Read a numeric array from .npy, .npz, .csv, .tsv or .parquet.

    With `dataset`, the columns of a table that are called like the classes are put into
    class order.

    Raises
    ------
    UnreadableDataError
        If there is no such file, or it holds no array of numbers.
    """
    suffix = Path(path).suffix.lower()
    if not Path(path).exists():
        raise UnreadableDataError(
            f"Cannot read `{path}`: there is no such file. Check its name."
        )
    if suffix in (".npy", ".npz"):
        return _numpy_array(path)
    table = read(path, task="none", text=()).table
    if dataset is not None:
        table = _in_class_order(table, dataset)
    others = [
        str(c) for c in table.columns if not pd.api.types.is_numeric_dtype(table[c].dtype)
    ]
    if others:
        raise UnreadableDataError(
            f"Cannot read `{path}`: column {others[0]} holds no numbers. Leave it out."
        )
    return table.to_numpy(dtype=np.float64)


def _numpy_array(path: str) -> "NDArray[Any]":
    try:
        with Path(path).open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                return loaded
            arrays = {name: loaded[name] for name in loaded.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UnreadableDataError(
            f"Cannot read `{path}`: {error}. Save it again with numpy.save."
        ) from error
    if len(arrays) != 1:
        raise InvalidInputError(
            f"`{path}` must hold one array, got {', '.join(arrays) or 'none'}. Save the one alone."
        )
    return next(iter(arrays.values()))


def _in_class_order(table: pd.DataFrame, dataset: "Dataset") -> pd.DataFrame:
    wanted = [str(label) for label in dataset.classes]
    if set(map(str, table.columns)) == set(wanted):
        return table.set_axis([str(c) for c in table.columns], axis=1)[wanted]
    return table


def read_labels(path: str) -> "Dataset":
    """Read labels alone, one per example: a one-dimensional array or a single column.

    Raises
    ------
    InvalidInputError
        If the file holds more than one column.
    """
    if Path(path).suffix.lower() in (".npy", ".npz"):
        return read({"label": np.ravel(_numpy_array(path))}, label="label", text=())
    columns = list(read(path, task="none", text=()).table.columns)
    if len(columns) != 1:
        raise InvalidInputError(
            f"`{path}` must hold one column of labels, got {len(columns)}. "
            "Give it as SOURCE and name the column with --label."
        )
    return read(path, label=str(columns[0]), text=())
