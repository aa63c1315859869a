"""A column of images in a table: paths or encoded bytes, named by the user or found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.data.images import ENDINGS, Images, image_size, is_image
from tilth.data.schema import Guess
from tilth.errors import InvalidInputError, UnreadableDataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOSTLY = (
    0.95  # share of cells that must end like an image; a typing error is none. Our own.
)
_LOOKED_AT = 200  # cells read to judge a column


@dataclass(frozen=True, eq=False)
class ImageColumn:
    """The images of a table.

    Attributes
    ----------
    column : str
        The column that holds them.
    images : Images
        What opens them.
    kept : int array
        Rows whose image can be opened.
    guess : Guess or None
        Why the column was taken for one, if the user did not name it.
    notes : tuple of str
        What was left out.
    """

    column: str
    images: Images
    kept: NDArray[np.intp]
    guess: Guess | None
    notes: tuple[str, ...]


def image_column(
    table: pd.DataFrame, named: str | None, root: Path, *, taken: set[str]
) -> tuple[ImageColumn | None, list[str]]:
    """Return the column of images of a table, None if there is none, and what to say of it.

    Parameters
    ----------
    table : DataFrame
    named : str, optional
        The column, if the user named it; None: the first of encoded images, or of paths of
        images of which some lie under `root`.
    root : Path
        What paths are relative to; none may leave it.
    taken : set of str
        Columns that have another role.

    Raises
    ------
    InvalidInputError
        If the named column holds neither paths nor images.
    UnreadableDataError
        If none of its images can be opened.
    """
    if named is not None:
        return _opened(table[named], root, None), []
    for name in map(str, table.columns):
        column = table[name]
        if name in taken or not _may_be_images(column):
            continue
        if _first(column, bytes):
            why = "it holds encoded images"
            return _opened(column, root, Guess("image", name, 0.99, why)), []
        some = column.dropna().iloc[:_LOOKED_AT]
        if any(_lies_under(root, path) for path in some):
            why = f"its values end in {_ending(some.iloc[0])} and lie in {root}"
            return _opened(column, root, Guess("image", name, 0.95, why)), []
        said = (
            f'Column "{name}" names images, but none lies under {root}; name their folder with '
            "--image-root."
        )
        return None, [said]
    return None, []


def _may_be_images(column: pd.Series) -> bool:
    is_text = column.dtype == object or isinstance(column.dtype, pd.StringDtype)
    some = column.dropna().iloc[:_LOOKED_AT]
    if not is_text or some.empty:
        return False
    if isinstance(some.iloc[0], bytes):
        return is_image(some.iloc[0])
    ends = [isinstance(cell, str) and _ending(cell) in ENDINGS for cell in some]
    return float(np.mean(ends)) >= _MOSTLY


def _opened(column: pd.Series, root: Path, guess: Guess | None) -> ImageColumn:
    cells: list[Any] = column.astype(object).where(column.notna(), None).tolist()
    known = [cell for cell in cells if cell is not None]
    if not known or not all(isinstance(cell, str | bytes) for cell in known):
        held = type(known[0]).__name__ if known else "nothing"
        raise InvalidInputError(
            f'`image` must name a column of paths or encoded images, got "{column.name}", which '
            f"holds {held}. Name another with --image."
        )
    images = Images(None if isinstance(known[0], bytes) else root)
    reasons = [_why_not(images, cell) for cell in cells]
    kept = np.flatnonzero([not reason for reason in reasons])
    bad = [row for row, reason in enumerate(reasons) if reason]
    if not len(kept):
        raise UnreadableDataError(
            f'Cannot read the images in "{column.name}": none of {len(cells):,} can be opened; row '
            f"{bad[0]}: {reasons[bad[0]]}. Name the folder they lie in with --image-root."
        )
    notes = []
    if bad:
        notes.append(
            f"{len(bad):,} rows were left out because their image cannot be opened, the first is "
            f"row {bad[0]}: {reasons[bad[0]]}."
        )
    return ImageColumn(str(column.name), images, kept, guess, tuple(notes))


def _why_not(images: Images, cell: str | bytes | None) -> str:
    """Say why an image cannot be opened; empty if it can."""
    if cell is None:
        return "it is missing"
    try:
        content = images.content(cell)
    except UnreadableDataError as error:
        return str(error).partition(". ")[0]
    shown = "it" if isinstance(cell, bytes) else f'"{cell}"'
    return "" if image_size(content) is not None else f"{shown} is no image"


def _lies_under(root: Path, cell: str) -> bool:
    path = root / cell
    try:
        return path.is_file() and path.resolve().is_relative_to(root.resolve())
    except (OSError, ValueError):  # too long for a path, or with a null character
        return False


def _ending(cell: str) -> str:
    return Path(cell[-300:]).suffix.lower()


def _first(column: pd.Series, kind: type) -> bool:
    return isinstance(column.dropna().iloc[0], kind)
