"""Masks that give each pixel a class, in files or arrays: one row per image, opened one at a time."""

from __future__ import annotations

import hashlib
import re
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.data.elements.cells import list_cell
from tilth.errors import InvalidInputError, UnreadableDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LABEL, ID = "mask", "image"
# Formats that keep what is written; JPEG would blur classes into others.
PICTURES = (".png", ".tif", ".tiff", ".bmp", ".gif")
_ARRAYS = (".npy", ".npz")
_VOID = 255  # pixels that say nothing, as Pascal VOC and Cityscapes have them
_MAX_CLASSES = 255  # more are colours or numbers of objects
_SHOWN = 3


@dataclass(frozen=True, eq=False)
class ArrayFiles:
    """Arrays by name: of files in a folder, of an archive, of a stack, or in memory.

    Attributes
    ----------
    source : Path, or mapping or sequence of arrays
    names : tuple of str
        In order: of files without their ending, of arrays in a stack their number from 0.
    is_stack : bool
        The order is that of an array, and names are numbers that nobody gave.
    """

    source: Any
    names: tuple[str, ...]
    is_stack: bool

    def __len__(self) -> int:
        return len(self.names)

    def array(self, name: str) -> NDArray[Any]:
        """Return one array.

        Raises
        ------
        UnreadableDataError
            If it is not there any more, or is damaged.
        """
        if isinstance(self.source, Path):
            return _opened(self.source, name)
        key: Any = int(name) if self.is_stack else name
        return np.asarray(self.source[key])


def array_files(source: Any) -> ArrayFiles:
    """Return the arrays of a folder, a .npy or .npz file, or of memory, unopened.

    Raises
    ------
    UnreadableDataError
        If there is none, or two files have the same name but for their ending.
    """
    if isinstance(source, str | Path):
        path = Path(source).expanduser()
        names = _in_folder(path) if path.is_dir() else _in_file(path)
        return ArrayFiles(path, tuple(names), path.suffix.lower() == ".npy")
    if isinstance(source, dict):
        return ArrayFiles(source, tuple(map(str, source)), is_stack=False)
    return ArrayFiles(source, tuple(map(str, range(len(source)))), is_stack=True)


def mask_table(
    files: ArrayFiles, name: str, asked: Sequence[str] | None
) -> tuple[pd.DataFrame, dict[str, int], list[str]]:
    """Make one row per mask; its cell holds its name and a hash of its pixels.

    Parameters
    ----------
    files : ArrayFiles
    name : str
        For messages.
    asked : sequence of str, optional
        Names of the classes 0, 1, ...

    Returns
    -------
    (DataFrame, dict, list of str)
        Columns ``image`` and ``mask``; the pixel value of each class; one sentence per decision.

    Raises
    ------
    UnreadableDataError
        If a mask is no array of whole numbers, or they are not classes.
    InvalidInputError
        If there are more classes than names.
    """
    cells, found = [], np.zeros(0, dtype=np.int64)
    n_void = 0
    for one in files.names:
        mask = checked_values(files.array(one), one, name)
        values = np.unique(mask)
        n_void += _VOID in values
        found = np.union1d(found, values)
        cells.append(list_cell([one, _digest(mask)]))
    numbers = _classes(found.tolist(), name, asked)
    table = pd.DataFrame({ID: list(files.names), LABEL: pd.Series(cells, dtype=object)})
    notes = [f"{len(cells):,} masks of {len(numbers)} classes."]
    if n_void and _VOID not in numbers.values():
        notes.append(f"Pixels of {_VOID} in {n_void:,} masks were read as saying nothing.")
    return table, numbers, notes


def checked_values(mask: NDArray[Any], one: str, name: str) -> NDArray[np.int64]:
    """Return the pixels of a mask, or say why they are no classes."""
    if mask.ndim == 3 and mask.shape[2] in {2, 3, 4}:
        raise UnreadableDataError(
            f'Cannot read `{name}`: mask "{one}" has {mask.shape[2]} channels. Save one number per '
            "pixel, the class, not a colour."
        )
    if mask.ndim != 2 or not mask.size:
        raise UnreadableDataError(
            f'Cannot read `{name}`: mask "{one}" must be of shape (height, width), got {mask.shape}. '
            "Save one number per pixel."
        )
    if mask.dtype.kind not in "iub":
        raise UnreadableDataError(
            f'Cannot read `{name}`: mask "{one}" must hold whole numbers, got {mask.dtype}. Save the '
            "class of each pixel, not its probability."
        )
    return mask.astype(np.int64)


def codes_of(mask: NDArray[np.int64], class_ids: Sequence[int | str]) -> NDArray[np.int64]:
    """Return class codes of pixel values; -1 where they say nothing."""
    codes = np.full(max(int(mask.max()), _VOID) + 1, -1, dtype=np.int64)
    for code, value in enumerate(class_ids):
        if int(value) < len(codes):
            codes[int(value)] = code
    return codes[mask]


def mask_of(files: ArrayFiles, cell: Sequence[str], source: str) -> NDArray[np.int64]:
    """Return the pixels that a cell of the table names.

    Raises
    ------
    UnreadableDataError
        If they are not what they were when the source was read.
    """
    one, digest = cell
    mask = checked_values(files.array(one), one, source)
    if _digest(mask) != digest:
        raise UnreadableDataError(
            f'The mask "{one}" is not what it was when `{source}` was read. Read it again.'
        )
    return mask


def natural(name: str) -> list[Any]:
    """Return a key that sorts 2 before 10, as people count.

    Examples
    --------
    >>> sorted(["10", "9", "cell-2", "cell-10"], key=natural)
    ['9', '10', 'cell-2', 'cell-10']
    """
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if i % 2 else (-1, part) for i, part in enumerate(parts)]


def _classes(found: list[int], name: str, asked: Sequence[str] | None) -> dict[str, int]:
    if found and found[0] < 0:
        raise UnreadableDataError(
            f"Cannot read `{name}`: classes of pixels must be 0 or more, got {found[0]}. Use {_VOID} for "
            "pixels that say nothing."
        )
    if set(found) <= {0, _VOID} and len(found) == 2:
        values = [0, _VOID]  # a picture in black and white
    else:
        known = [value for value in found if value != _VOID]
        values = list(range(max(known, default=0) + 1))
        values += range(len(values), len(asked or ()))
    if len(values) > _MAX_CLASSES:
        raise UnreadableDataError(
            f"Cannot read `{name}`: pixels have values up to {values[-1]:,}: colours or numbers of objects. "
            "Save the class of each pixel, from 0."
        )
    if asked is not None and len(asked) != len(values):
        raise InvalidInputError(
            f"`classes` must name the pixel values 0 to {len(values) - 1} in order, got {len(asked)} names. "
            "Name them all."
        )
    return dict(zip(asked or map(str, values), values, strict=True))


def _in_folder(folder: Path) -> list[str]:
    paths = [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in (*PICTURES, ".npy") and not path.name.startswith(".")
    ]
    if not paths:
        others = sorted({path.suffix for path in folder.iterdir() if path.suffix})[:_SHOWN]
        raise UnreadableDataError(
            f"Cannot read `{folder}`: no file in it ends in {', '.join((*PICTURES, '.npy'))}"
            f"{'; it has ' + ', '.join(others) if others else ''}. Name the folder of the masks, or of "
            "their probabilities."
        )
    names = sorted((path.stem for path in paths), key=natural)
    for one, other in pairwise(names):
        if one == other:
            raise UnreadableDataError(
                f'Cannot read `{folder}`: two files are called "{one}". Keep one of each.'
            )
    return names


def _in_file(path: Path) -> list[str]:
    if not path.exists():
        raise UnreadableDataError(
            f"Cannot read `{path}`: there is no such file or folder. Check its name."
        )
    if path.suffix.lower() not in _ARRAYS:
        raise UnreadableDataError(
            f"Cannot read `{path}`: masks and their probabilities come as a folder of {', '.join(PICTURES)} "
            "or .npy files, or as one .npy or .npz file. Save them so."
        )
    loaded = _loaded(path)
    if isinstance(loaded, np.ndarray):
        if loaded.ndim < 3:
            raise UnreadableDataError(
                f"Cannot read `{path}`: it must hold an array per image, got shape {loaded.shape}. Stack "
                "them along the first axis."
            )
        return [str(i) for i in range(len(loaded))]
    with loaded:
        return sorted(loaded.files, key=natural)


def _opened(path: Path, name: str) -> NDArray[Any]:
    if path.suffix.lower() == ".npy" and not path.is_dir():
        return np.asarray(_loaded(path)[int(name)])
    if not path.is_dir():
        with _loaded(path) as loaded:
            try:
                return np.asarray(loaded[name])
            except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
                raise _damaged(path, error) from error
    found = [
        path / f"{name}{ending}"
        for ending in (*PICTURES, ".npy")
        for ending in (ending, ending.upper())
        if (path / f"{name}{ending}").exists()
    ]
    if not found:
        raise UnreadableDataError(
            f'Cannot read `{path}`: the file "{name}" is gone. Read the folder again.'
        )
    if found[0].suffix.lower() == ".npy":
        return np.asarray(_loaded(found[0]))
    return _picture(found[0])


def _picture(path: Path) -> NDArray[Any]:
    """Return the numbers of a picture: palettes are not applied."""
    from PIL import Image

    try:
        with Image.open(path, formats=("PNG", "TIFF", "BMP", "GIF")) as image:
            image.load()
            return np.asarray(image.convert("L") if image.mode == "1" else image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _damaged(path, error) from error


def _loaded(path: Path) -> Any:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> UnreadableDataError:
    said = str(error).partition("\n")[0].rstrip(".")
    return UnreadableDataError(
        f"Cannot read `{path}`: it is damaged: {said}. Write the file again."
    )


def _digest(mask: NDArray[np.int64]) -> str:
    shape = str(mask.shape).encode()
    return hashlib.blake2b(shape + mask.astype("<i4").tobytes(), digest_size=12).hexdigest()
