"""A folder of images as a dataset: one row per image, its class the folder it lies in."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from tilth.data.images import ENDINGS, Images, image_size
from tilth.errors import UnreadableDataError

IMAGE, LABEL = "image", "label"  # what the columns are called

_SPLITS = frozenset({"train", "training", "test", "testing", "val", "valid", "validation"})
_TABLES = (".csv", ".tsv", ".parquet", ".jsonl", ".arrow")
_READERS = 8  # files read at once: waiting for a disk costs nothing
_SHOWN = 3


def read_image_folder(folder: Path) -> tuple[pd.DataFrame, Images, list[str]]:
    """Read a folder whose subfolders are classes.

    Folders above that hold nothing but one folder are passed through; images that lie beside the
    class folders have no label; without subfolders nothing has one. Files that are no images,
    hidden ones, and links that lead out of the folder are left out, which the notes say.

    Returns
    -------
    (DataFrame, Images, list of str)
        Columns ``image`` (path under `folder`, in order of path) and, where there are class
        folders, ``label``.

    Raises
    ------
    UnreadableDataError
        If there is no image in it, or its folders are splits.
    """
    paths, left_out, n_leaving, closed = _listed(folder)
    if not paths and closed:
        raise UnreadableDataError(
            f"Cannot read `{folder}`: {closed[0]} may not be opened. Allow it: chmod u+rx {closed[0]}"
        )
    if not paths:
        raise UnreadableDataError(_without_images(folder, left_out))
    images = Images(folder)
    with ThreadPoolExecutor(_READERS) as pool:
        opens = list(pool.map(lambda path: _opens(images, path), paths))
    broken = [path for path, is_open in zip(paths, opens, strict=True) if not is_open]
    paths = [path for path, is_open in zip(paths, opens, strict=True) if is_open]
    if not paths:
        raise UnreadableDataError(
            f"Cannot read `{folder}`: none of its {len(broken):,} images can be opened, the first "
            f"is {broken[0]}. Check that the files are whole."
        )
    table = pd.DataFrame({IMAGE: np.array(paths, dtype=object)})
    classes = _classes(folder, paths)
    notes = []
    if any(name is not None for name in classes):
        table[LABEL] = np.array(classes, dtype=object)
        notes.append(
            f"{len(paths):,} images in {len(set(classes) - {None}):,} folders; the name of the "
            "folder is the label."
        )
    if broken:
        notes.append(
            f"{len(broken):,} images could not be opened and were left out: {_few(broken)}."
        )
    if closed:
        notes.append(
            f"{len(closed):,} folders may not be opened and were left out: {_few(closed)}."
        )
    if left_out:
        kinds = ", ".join(f"{n:,} {kind}" for kind, n in sorted(left_out.items()))
        notes.append(f"Files that are no images were left out: {kinds}.")
    if n_leaving:
        notes.append(f"{n_leaving:,} links that lead out of the folder were left out.")
    return table, images, notes


def _opens(images: Images, path: str) -> bool:
    """Say whether a file is an image that can be opened."""
    try:
        return image_size(images.content(path)) is not None
    except UnreadableDataError:  # nobody may read it, or it is gone already
        return False


def _listed(folder: Path) -> tuple[list[str], Counter[str], int, list[str]]:
    """Return images, other files by ending, how many links lead out, and closed folders."""
    root = folder.resolve()
    paths, left_out, n_leaving = [], Counter[str](), 0
    closed: list[str] = []
    for above, folders, files in os.walk(
        folder, onerror=lambda error: closed.append(str(error.filename))
    ):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(above) / name
            if name.startswith("."):
                continue
            if path.suffix.lower() not in ENDINGS:
                left_out[path.suffix.lower() or "without ending"] += 1
            elif path.is_symlink() and not path.resolve().is_relative_to(root):
                n_leaving += 1
            else:
                paths.append(path.relative_to(folder).as_posix())
    return sorted(paths), left_out, n_leaving, sorted(closed)


def _classes(folder: Path, paths: list[str]) -> list[str | None]:
    """Return the class of each image: the first folder below those that hold but one folder."""
    parts = [path.split("/")[:-1] for path in paths]
    depth = 0
    while (
        all(len(own) > depth for own in parts) and len({own[depth] for own in parts}) == 1
    ):
        if all(len(own) == depth + 1 for own in parts):
            break  # one class, and no folders inside
        depth += 1
    classes = [own[depth] if len(own) > depth else None for own in parts]
    splits = {name for name in classes if name is not None}
    if len(splits) > 1 and splits <= _SPLITS and all(len(own) > depth + 1 for own in parts):
        base = folder.joinpath(*parts[0][:depth])
        test = next((name for name in sorted(splits) if name.startswith("test")), "")
        training = next((s for s in sorted(splits) if s.startswith("train")), min(splits))
        more = f" --test {base / test}" if test else ""
        raise UnreadableDataError(
            f"Cannot read `{folder}`: its folders {', '.join(sorted(splits))} are splits, not "
            f"classes. Name one: {base / training}{more}"
        )
    return classes


def _without_images(folder: Path, left_out: Counter[str]) -> str:
    tables = sorted(kind for kind in left_out if kind in _TABLES)
    n_files = sum(left_out.values())
    if tables:
        advice = (
            f"Name a file in it, or several with a quoted pattern: '{folder}/*{tables[0]}'"
        )
    else:
        advice = f"Give a folder with {', '.join(ENDINGS[:3])} files in it, or name a file."
    return f"Cannot read `{folder}`: this folder holds no image ({n_files:,} other files). {advice}"


def _few(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
