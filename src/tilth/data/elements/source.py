"""Files in the formats of element tasks: which of them a source is, and its table."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tilth.data.compressed import content_of
from tilth.data.elements import coco, masks
from tilth.data.elements.conll import ENDINGS as CONLL
from tilth.data.elements.conll import read_conll
from tilth.data.files import paths_of
from tilth.errors import InvalidInputError, UnreadableDataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from tilth.data.schema import Task


@dataclass(frozen=True, eq=False)
class ElementSource:
    """A source in a format of its own, read.

    Attributes
    ----------
    table : DataFrame
        One row per token, or per image.
    name : str
        What the source is called.
    notes : list of str
        What was decided, one sentence each.
    task : Task
    label, id : str, optional
        Columns, where the format says which.
    classes : tuple of str
        All classes, where the format lists them.
    class_ids : tuple
        What files of predictions call each of them.
    """

    table: pd.DataFrame
    name: str
    notes: list[str]
    task: Task
    label: str | None = None
    id: str | None = None
    classes: tuple[str, ...] = ()
    class_ids: tuple[int | str, ...] = ()


def element_source(
    source: Any, task: Task | None, classes: Sequence[str] | None = None
) -> ElementSource | None:
    """Return what a source in a format of its own holds; None: it is a table like any other.

    `classes` are names for the classes of pixels, which masks do not name.

    Raises
    ------
    UnreadableDataError
        If the file is damaged, or is not of the format that the task needs.
    """
    if coco.is_coco(source):
        return _boxes(source, "memory")
    is_path = isinstance(source, str | os.PathLike)
    if task == "masks" and not is_path:
        raise InvalidInputError(
            f"Masks must be read from a folder or a file, got {type(source).__name__}. Those in "
            "memory are judged by tilth.algorithms.labels.mask_quality."
        )
    if task == "masks":
        return _masks(str(source), classes)
    return _of_path(source, task) if is_path else None


def _of_path(source: str | os.PathLike[str], task: Task | None) -> ElementSource | None:
    paths = paths_of(os.fspath(source))
    if not all(path.is_file() for path in paths):
        return None
    endings = {_ending(path) for path in paths}
    if endings <= {*CONLL} or (task == "tokens" and endings <= {".txt", *CONLL}):
        table, notes = read_conll([_content(path) for path in paths])
        return ElementSource(table, str(source), notes, task or "tokens")
    if task in {None, "boxes"} and len(paths) == 1 and endings == {".json"}:
        _, raw = _content(paths[0])
        if task == "boxes" or coco.looks_like_coco(raw):
            document = coco.read_json_document(raw, str(source))
            if coco.is_coco(document):
                return _boxes(document, str(source))
    if task == "boxes":
        raise UnreadableDataError(
            f"Cannot read `{source}`: boxes must come as one JSON file in the format of COCO, with "
            "images, annotations and categories. Most tools can export it."
        )
    return None


def _boxes(document: dict[str, Any], name: str) -> ElementSource:
    table, numbers, notes = coco.coco_table(document, name)
    return ElementSource(
        table, name, notes, "boxes", coco.LABEL, coco.ID, tuple(numbers), tuple(numbers.values())
    )  # fmt: skip


def _masks(source: str, classes: Sequence[str] | None) -> ElementSource:
    table, numbers, notes = masks.mask_table(masks.array_files(source), source, classes)
    return ElementSource(
        table, source, notes, "masks", masks.LABEL, masks.ID, tuple(numbers), tuple(numbers.values())
    )  # fmt: skip


def _ending(path: Path) -> str:
    from tilth.data.compressed import ENDINGS

    return (path.with_suffix("") if path.suffix.lower() in ENDINGS else path).suffix.lower()


def _content(path: Path) -> tuple[str, bytes]:
    try:
        name, raw = content_of(path)
    except OSError as error:
        raise UnreadableDataError(
            f"Cannot read `{path}`: {error.strerror or error}. Check that it may be read."
        ) from error
    return str(path.with_name(name)), raw
