"""Sources in: files, tables and dictionaries become a Dataset."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.data.dataset import Dataset
from tilth.data.elements.multilabel import with_joined_columns
from tilth.data.elements.source import element_source
from tilth.data.elements.tokens import as_sentences
from tilth.data.read_images import (
    image_folder,
    images_of,
    row_ids,
    with_guess,
    with_images,
)
from tilth.data.roles import Roles, check_columns, check_roles, example_ids, make_schema
from tilth.data.schema import ORIGIN_ROLES, SINGLE_ROLES, Schema
from tilth.data.sources import Loaded, load
from tilth.errors import InvalidInputError, UnreadableDataError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from tilth.data.elements.source import ElementSource
    from tilth.data.schema import Task

_OF_LISTS = ("multilabel", "tokens")  # tasks whose labels may be lists
_ELEMENTS = ("tokens", "boxes", "masks")  # tasks with formats of their own
WEIGHT_COLUMN = "sample_weight"  # scikit-learn's word for it


def read(  # noqa: PLR0913 - one option per role a column can have
    source: Any,
    *,
    label: str | Iterable[str] | None = None,
    text: str | Iterable[str] | None = None,
    image: str | None = None,
    id: str | None = None,
    group: str | None = None,
    time: str | None = None,
    annotator: str | None = None,
    split: str | None = None,
    task: Task | None = None,
    classes: Iterable[str] | None = None,
    has_header: bool = True,
    image_root: str | os.PathLike[str] | None = None,
) -> Dataset:
    """Read data from files, a folder of images, or memory.

    Parameters
    ----------
    source : path, DataFrame, Arrow or polars table, Hugging Face dataset, dict of arrays, or Dataset
        CSV, TSV, JSON Lines, Parquet and Arrow files, plain or compressed (``.gz``, ``.bz2``,
        ``.xz``, ``.zst``, ``.zip`` of one file), told apart by their extension, else by their
        content; a pattern such as ``part-*.csv`` for several files of the same columns; a
        folder that ``save_to_disk`` of Hugging Face's `datasets` made; a folder of images,
        whose subfolders are classes. In a dict, an array of whole numbers of 8 bits and three
        or four dimensions holds images, and a two-dimensional array ``name`` becomes the columns ``name_0``, ``name_1``, ... A
        Dataset keeps its roles but for those given here. A last column ``sample_weight`` of
        non-negative numbers is taken as the weights. A JSON file of COCO's annotations, or what it
        holds, has boxes: one row per image. With the task ``masks``: a folder of pictures or .npy
        files, or one .npy or .npz file, that give each pixel a class.
    label : str or sequence of str, optional
        The label column; None: a column with a name like ``label`` or ``target``. Several
        columns of 0 and 1, also as ``"a,b,c"``, are the classes of one multi-label column.
    text : str or sequence of str, optional
        Columns of free text; None: those that look like it; ``()``: none.
    image : str, optional
        A column of paths of images, or of encoded images; None: one that looks like it.
    id : str, optional
        A column that names each example, uniquely; None: the row number, from 0.
    group, time, annotator, split : str, optional
        Columns with these roles. They are never assumed, only guessed at in
        ``schema.guesses``.
    task : {"classification", "ordinal", "multilabel", "regression", "tokens", "boxes", "masks", "none"}, optional
        None: multilabel for lists and for several columns, regression for a numeric label of
        more than 20 distinct values, else classification. Labels of ``ordinal`` are classes in
        order; those of ``multilabel`` lists of classes, or names separated by ``;``, ``|`` or ``,``.
    classes : sequence of str, optional
        For ordinal labels their order, from lowest to highest; None: that of numbers. For
        several labels an example, all classes in the order of the columns of `pred_probs`.
    has_header : bool, default True
        Whether the first line of a CSV or TSV file names its columns; else they are called
        ``column_1``, ``column_2``, ...
    image_root : path, optional
        The folder that paths of images are relative to, and lie in; None: the folder of the
        table.

    Returns
    -------
    Dataset
        Its `notes` say what was decided or left out.

    Raises
    ------
    UnreadableDataError
        If the source does not exist or holds no table.
    InvalidInputError
        If a column is missing or cannot have the role it was given.

    Notes
    -----
    Values are kept as they are: see `tilth.data.delimited` for what CSV cells become.

    Examples
    --------
    >>> data = read({"x": [1.5, 2.5, 3.5], "colour": ["red", "blue", "red"]}, label="colour")
    >>> data.schema.task, list(data.classes)
    ('classification', ['blue', 'red'])
    """
    texts = (text,) if isinstance(text, str) else None if text is None else tuple(text)
    columns = [label] if isinstance(label, str) else list(label or ())
    roles = Roles(
        columns[0] if columns else None, texts, id, group, time, annotator, split, task,
        None if classes is None else tuple(map(str, classes)), image,
    )  # fmt: skip
    if isinstance(source, Dataset):
        table, roles, said = _one_label(source.table, columns, roles, source.source)
        if said:
            source = replace(source, table=table, notes=(*source.notes, *said))
        return _with_roles(source, roles)
    loaded, roles = _loaded(source, roles, has_header=has_header)
    table, name = loaded.table, loaded.name
    if len(table) == 0 or table.shape[1] == 0:
        raise UnreadableDataError(
            f"Cannot read `{name}`: it has {len(table)} rows and {table.shape[1]} columns. Give a "
            "table with both."
        )
    if loaded.images is not None:
        check_roles(table, roles, name)
        return image_folder(loaded, roles)
    table, weights, said = _split_weights(table, roles)
    table, roles, joined = _one_label(table, columns, roles, name)
    if roles.task == "tokens":
        table, roles, joined = as_sentences(table, roles, name)
    check_roles(table, roles, name)
    found, looked = None, list[str]()
    if roles.task not in _ELEMENTS:
        root = _root(loaded, image_root)
        found, looked = images_of(table, roles, root)
    roles = roles if found is None else replace(roles, image=found.column)
    table, weights = with_images(table, weights, found)
    table, schema, decided = make_schema(table, roles, name)
    schema = with_guess(schema, found)
    notes = (*loaded.notes, *said, *joined, *looked, *decided)
    images = None if found is None else found.images
    return Dataset(
        table, schema, row_ids(table, schema.id, found), weights, name, notes, images
    )


def read_like(
    source: Any,
    like: Dataset,
    *,
    has_header: bool = True,
    image_root: str | os.PathLike[str] | None = None,
) -> Dataset:
    """Read a second source, a test set say, so that it fits a dataset read before.

    It gets the same task and roles, the same columns in the same order, and text where
    `like` has text: a code column of ``0123`` and ``4567`` is text in one file, and would be
    numbers in another file that happens to hold no leading zero.

    Parameters
    ----------
    source : path, DataFrame, Arrow or polars table, dict of arrays, or Dataset
        As for `read`.
    like : Dataset
        What it must fit.
    has_header, image_root
        As for `read`.

    Returns
    -------
    Dataset
        Columns that `like` lacks are left out, which its `notes` say. Roles but the label
        may be without a column here.

    Raises
    ------
    UnreadableDataError
        If the source does not exist or holds no table.
    InvalidInputError
        If it lacks the label or an input column of `like`.
    """
    spare = {getattr(like.schema, role) for role in ORIGIN_ROLES}
    if isinstance(source, Dataset):
        other = source
    else:
        if like.schema.task in _ELEMENTS:
            return _elements_like(source, like, has_header=has_header)
        # Roles are those of `like`: only the image column is looked for as in any source.
        keep = like.schema.task in _OF_LISTS
        loaded = load(source, has_header=has_header, keep_lists=keep)
        other = _bare(loaded, like.schema.image, image_root)
    table, name, weights = other.table, other.source, other.weights
    schema, names = like.schema, list(like.table.columns)
    if schema.label not in table.columns and {*schema.classes} <= {*table.columns}:
        columns = list(schema.classes)  # of several columns, as they were there
        table, _, _ = _one_label(table, columns, Roles(), name)
    check_columns(table, [n for n in names if n not in spare], name)
    names = [n for n in names if n in table.columns]
    notes = other.notes
    if extra := [str(n) for n in table.columns if n not in names]:
        said = f"Columns that the first source lacks were left out: {', '.join(extra)}."
        notes = (*notes, said)
    table = pd.DataFrame({n: _as_text_like(table[n], like.table[n]) for n in names})
    there = schema.on(names)
    table, made, decided = make_schema(
        table,
        Roles(
            text=schema.text,
            task=schema.task,
            classes=schema.classes or None,
            **{role: getattr(there, role) for role in SINGLE_ROLES},
        ),
        name,
    )
    ids = other.example_id
    if made.id is not None and not isinstance(source, Dataset):
        ids = example_ids(table, made.id)
    notes = (*notes, *(note for note in decided if note not in notes))
    return Dataset(table, made, ids, weights, name, notes, other.images)


def _root(loaded: Loaded, image_root: str | os.PathLike[str] | None) -> Path:
    """Return the folder that paths of images are relative to."""
    root = loaded.root if image_root is None else Path(image_root).expanduser()
    if image_root is not None and not root.is_dir():
        raise InvalidInputError(
            f"`image_root` must be a folder, got {root}. Name the one that images lie in."
        )
    return root


def _bare(
    loaded: Loaded, image: str | None, image_root: str | os.PathLike[str] | None
) -> Dataset:
    """Return a source with no role but that of images."""
    if loaded.images is not None:
        return image_folder(loaded, Roles(text=(), task="none"))
    table, weights, said = _split_weights(loaded.table, Roles())
    found, looked = None, list[str]()
    if image is not None and image in table.columns:
        root = _root(loaded, image_root)
        found, looked = images_of(table, Roles(image=image), root)
    table, weights = with_images(table, weights, found)
    schema = Schema("none", image=None if found is None else found.column)
    notes = (*loaded.notes, *said, *looked)
    images = None if found is None else found.images
    ids = row_ids(table, None, found)
    return Dataset(table, schema, ids, weights, loaded.name, notes, images)


def _elements_like(source: Any, like: Dataset, *, has_header: bool) -> Dataset:
    """Read a second source of elements in a format of its own; its columns are those it has."""
    schema = like.schema
    found = read(source, task=schema.task, has_header=has_header)
    kept = [name for name in like.table.columns if name in found.table.columns]
    classes = (
        *schema.classes,
        *(c for c in found.schema.classes if c not in schema.classes),
    )
    return replace(
        found,
        table=found.table[kept],
        schema=replace(found.schema, classes=classes, class_ids=()),
    )


def _as_text_like(column: pd.Series, like: pd.Series) -> pd.Series:
    is_text = isinstance(like.dtype, pd.StringDtype) or like.dtype.kind == "O"
    if (
        not is_text
        or not pd.api.types.is_numeric_dtype(column.dtype)
        or column.isna().all()
    ):
        return column
    if column.dtype.kind == "f":
        whole = column.dropna()
        column = column.astype("Int64") if (whole == np.floor(whole)).all() else column
    return column.astype(object).map(str, na_action="ignore").infer_objects()


def _loaded(source: Any, roles: Roles, *, has_header: bool) -> tuple[Loaded, Roles]:
    found = element_source(source, roles.task, roles.classes)
    if found is not None:
        loaded = Loaded(found.table, found.name, found.notes, Path())
        if found.label is None:
            return loaded, replace(roles, task=found.task)
        roles = replace(
            roles, task=found.task, label=found.label, id=found.id, text=(),
            classes=_all_listed(roles.classes, found), class_ids=found.class_ids or None,
        )  # fmt: skip
        return loaded, roles
    keep = roles.task in _OF_LISTS
    return load(source, has_header=has_header, keep_lists=keep), roles


def _all_listed(asked: Sequence[str] | None, found: ElementSource) -> tuple[str, ...]:
    """Return the classes a file lists; others than those must not be asked for."""
    if asked is None or set(asked) == set(found.classes):
        return found.classes
    raise InvalidInputError(
        f"`classes` must be those that `{found.name}` names itself: {', '.join(found.classes[:12])}; got "
        f"{', '.join(asked[:12])}. Leave it out."
    )


def _one_label(
    table: pd.DataFrame, columns: Sequence[str], roles: Roles, source: str
) -> tuple[pd.DataFrame, Roles, list[str]]:
    """Make one label column of several that the user named."""
    if len(columns) == 1 and columns[0] not in table.columns and "," in columns[0]:
        columns = [column.strip() for column in columns[0].split(",")]
    if len(columns) < 2:
        return table, roles, []
    if roles.task not in {None, "multilabel"}:
        raise InvalidInputError(
            f'Several label columns must go with the task multilabel, got "{roles.task}" for '
            f"{', '.join(columns)}. Name one column."
        )
    check_columns(table, columns, source, dict.fromkeys(columns, "label"))
    table, label, said = with_joined_columns(table, columns, source)
    classes = roles.classes or tuple(columns)
    return table, replace(roles, label=label, task="multilabel", classes=classes), said


def _with_roles(dataset: Dataset, roles: Roles) -> Dataset:
    given = {
        f.name: value
        for f in fields(Roles)
        if (value := getattr(roles, f.name)) is not None
    }
    if not given:
        return dataset
    old = dataset.schema
    if roles.image not in {None, old.image}:
        raise InvalidInputError(
            f"`image` must be named where a file is read, got {roles.image!r} for data read before. "
            f"Read {dataset.source} again."
        )
    guessed = {guess.role for guess in old.guesses if guess.role in {"label", "text"}}
    # What was guessed is guessed again, since its column may now have another role.
    kept = {f.name: getattr(old, f.name) for f in fields(Roles) if f.name not in guessed}
    kept["classes"] = old.classes or None
    if "label" in given or old.task == "none":
        kept["task"] = kept["classes"] = None
    if roles.task == "none":
        kept["label"] = None
    merged = Roles(**(kept | given))
    table, schema, notes = make_schema(dataset.table, merged, dataset.source)
    ids = example_ids(table, roles.id) if roles.id else dataset.example_id
    notes = [*dataset.notes, *(note for note in notes if note not in dataset.notes)]
    return replace(dataset, table=table, schema=schema, example_id=ids, notes=tuple(notes))


def _split_weights(
    table: pd.DataFrame, roles: Roles
) -> tuple[pd.DataFrame, NDArray[np.float64] | None, list[str]]:
    last = table.columns[-1]
    if last != WEIGHT_COLUMN or last in roles.named() or table.shape[1] == 1:
        return table, None, []
    column = table[last]
    if not pd.api.types.is_numeric_dtype(column.dtype) or column.isna().any():
        return table, None, []
    weights = column.to_numpy(dtype=np.float64)
    if not (np.isfinite(weights) & (weights >= 0)).all():
        return table, None, []
    said = f'The last column "{last}" was read as the training weights.'
    return table.drop(columns=[last]), weights, [said]
