"""The images of a dataset: named by paths under a root, or held as encoded bytes."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.algorithms.images import MEASURES, describe_images, image_measures
from tilth.errors import UnreadableDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, MutableMapping, Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image

    Cell = str | bytes
    Progress = Callable[[str, int, int], None]

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
# What these endings stand for, and nothing else that Pillow opens: some, such as PostScript,
# are run by other programs.
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"GIF8", b"RIFF", b"II*\0", b"MM\0*")
_MAX_PIXELS = 89_478_485  # a quarter of a gigabyte of RGB: where Pillow warns of bombs
_THUMBNAIL = (
    32  # pixels along each side; what CIFAR showed to be enough for people and models
)
_MEASURED = 256  # pixels of the longer side that measures are taken from, at most; our own
_AT_ONCE = 256  # images between two reports of progress, and before what is known is kept
_ORIENTATION = 0x0112  # of EXIF
_REVISION = 2  # raised when thumbnails or measures change: part of cache keys


@dataclass(frozen=True, eq=False)
class Pixels:
    """What was read off images, one row each.

    Attributes
    ----------
    thumbnails : uint8 array of shape (n_images, 32, 32, 3)
    measures : float32 array of shape (n_images, n_measures)
        As `tilth.algorithms.images.MEASURES` names them; width and height are those of the
        file, turned as it says.
    broken : bool array of shape (n_images,)
        Cannot be decoded: its thumbnail is black, its measures are NaN but for the size.
    """

    thumbnails: NDArray[np.uint8]
    measures: NDArray[np.float32]
    broken: NDArray[np.bool_]


class Images:
    """Opens images and keeps what was read off them (a class because files are read once).

    Parameters
    ----------
    root : path, optional
        The folder that paths are relative to, and that they must not leave; None: cells
        are bytes.
    digests : mapping, optional
        What the content of paths is known to be: a file that changed since is refused.
    """

    def __init__(
        self, root: Path | None = None, digests: dict[Cell, str] | None = None
    ) -> None:
        self.root = None if root is None else root.resolve()
        self.cache: MutableMapping[str, dict[str, NDArray[Any]]] | None = None
        self._digests: dict[Cell, str] = dict(digests or {})
        self._place: dict[str, int] = {}
        self._kept: list[NDArray[Any]] = []
        self._described: list[NDArray[np.float16]] = []

    def __getstate__(self) -> dict[str, Any]:
        """Leave the cache behind: it stays with the process that opened it."""
        return self.__dict__ | {"cache": None}

    def content(self, cell: Cell) -> bytes:
        """Return the encoded bytes of an image.

        Raises
        ------
        UnreadableDataError
            If the file is gone, lies outside of the root, or changed since it was read.
        """
        if isinstance(cell, bytes):
            return cell
        path = self.path(cell)
        try:
            content = path.read_bytes()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise UnreadableDataError(
                f"Cannot read the image `{path}`: {why}. Read its folder again."
            ) from error
        known = self._digests.setdefault(cell, _digest(content))
        if known != _digest(content):
            raise UnreadableDataError(
                f"The image `{path}` is not what it was when its folder was read. Read the folder "
                "again."
            )
        return content

    def path(self, cell: str) -> Path:
        """Return where the image `cell` lies.

        Raises
        ------
        UnreadableDataError
            If it lies outside of the root.
        """
        root = self.root or Path()
        path = root / cell
        try:
            is_inside = path.resolve().is_relative_to(root)
        except (OSError, ValueError):  # too long for a path, or with a null character
            is_inside = False
        if not is_inside:
            raise UnreadableDataError(
                f"The image `{cell}` lies outside of `{root}`. Name the folder that images lie in "
                "with --image-root."
            )
        return path

    def open(self, cell: Cell) -> Image:
        """Return an image in red, green and blue; a grey one of its size if it is broken."""
        from PIL import Image

        content = self.content(cell)
        found = _decoded(content)
        size = image_size(content) or (1, 1)
        return Image.new("RGB", size, "grey") if found is None else found

    def thumbnail(self, cell: Cell, side: int) -> Image | None:
        """Return an image in red, green and blue, at most `side` pixels long; None if broken."""
        image = _decoded(self.content(cell), side)
        if image is not None:
            image.thumbnail((side, side), _bilinear())
        return image

    def digests(self, cells: Iterable[Cell]) -> list[str]:
        """Return a hash of the encoded bytes of each image."""
        return [self._digest_of(cell) for cell in cells]

    def pixels(self, cells: Sequence[Cell], progress: Progress | None = None) -> Pixels:
        """Return what is to be read off the images; each is decoded at most once."""
        digests = self.digests(cells)
        self._recall()
        new = {d: c for d, c in zip(digests, cells, strict=True) if d not in self._place}
        todo = list(new.items())
        for start in range(0, len(todo), _AT_ONCE):
            part = todo[start : start + _AT_ONCE]
            with ThreadPoolExecutor(min(4, cpu_count() or 1)) as pool:
                found = list(pool.map(lambda item: self._measured(item[1]), part))
            self._keep([digest for digest, _ in part], found)
            if progress is not None:
                progress("images", start + len(part), len(todo))
        if todo:
            self._store()
        rows = np.array([self._place[digest] for digest in digests], dtype=np.intp)
        thumbnails, measures, broken = (kept[rows] for kept in (self._kept or _nothing()))
        return Pixels(thumbnails, measures, broken)

    def descriptions(self, cells: Sequence[Cell]) -> NDArray[np.float32]:
        """Return `describe_images` of the thumbnails; each image is described at most once."""
        self.pixels(cells)
        thumbnails, *_ = self._kept or _nothing()
        known = self._described[0] if self._described else None
        n_known = 0 if known is None else len(known)
        if n_known < len(thumbnails) or known is None:
            new = describe_images(thumbnails[n_known:]).astype(np.float16)
            known = new if known is None else np.concatenate([known, new])
            self._described = [known]
        rows = [self._place[digest] for digest in self.digests(cells)]
        return known[np.array(rows, dtype=np.intp)].astype(np.float32)

    def _digest_of(self, cell: Cell) -> str:
        if cell not in self._digests:
            self._digests[cell] = _digest(self.content(cell))
        return self._digests[cell]

    def _measured(self, cell: Cell) -> tuple[NDArray[Any], NDArray[Any], bool]:
        content = self.content(cell)
        image = _decoded(content)
        thumbnail = np.zeros((_THUMBNAIL, _THUMBNAIL, 3), dtype=np.uint8)
        measures = np.full(len(MEASURES), np.nan, dtype=np.float32)
        size = image_size(content) or (np.nan, np.nan)
        if image is not None:
            size = image.size
            thumbnail = np.asarray(image.resize((_THUMBNAIL, _THUMBNAIL), _bilinear()))
            if max(image.size) > _MEASURED:
                image.thumbnail((_MEASURED, _MEASURED), _bilinear())
            measures = image_measures(np.asarray(image))
        measures[:2] = size
        return thumbnail, measures, image is None

    def _keep(self, digests: list[str], found: list[tuple[Any, Any, bool]]) -> None:
        columns = [np.array(column) for column in zip(*found, strict=True)]
        start = len(self._place)
        self._place.update({digest: start + i for i, digest in enumerate(digests)})
        self._kept = [
            np.concatenate(pair)
            for pair in zip(self._kept or _nothing(), columns, strict=True)
        ]

    def _recall(self) -> None:
        """Take over what an earlier run kept."""
        kept = None if self._place or self.cache is None else self.cache.get(self._key)
        if kept is not None:
            self._place = {digest: i for i, digest in enumerate(kept["digests"].tolist())}
            self._kept = [kept["thumbnails"], kept["measures"], kept["broken"]]

    def _store(self) -> None:
        if self.cache is not None:
            names = ("thumbnails", "measures", "broken")
            arrays = dict(zip(names, self._kept, strict=True))
            self.cache[self._key] = arrays | {"digests": np.array(list(self._place))}

    @property
    def _key(self) -> str:
        return f"images-{_REVISION}-{self.root}"


def is_image(content: bytes) -> bool:
    """Say whether bytes begin as an image does."""
    return content.startswith(_STARTS)


def image_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height of an encoded image; None if it is none that can be opened.

    Images of more than 89 million pixels are none: a small file may hold a picture that
    fills the memory.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            return image.size if image.width * image.height <= _MAX_PIXELS else None
    except _damage():
        return None


def encoded(image: Any) -> bytes:
    """Return an image of Pillow, or an array of its pixels, as a PNG file."""
    from PIL import Image

    made = image if hasattr(image, "save") else Image.fromarray(np.asarray(image))
    file = io.BytesIO()
    (
        made if made.mode in {"1", "L", "LA", "P", "RGB", "RGBA"} else made.convert("RGB")
    ).save(file, "PNG")
    return file.getvalue()


def _decoded(content: bytes, side: int = 0) -> Image | None:
    """Return an image in red, green and blue, on white where it is transparent, upright.

    A large JPEG is decoded no larger than `side` needs, where it is given.
    """
    from PIL import Image

    if image_size(content) is None:
        return None
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            if side:
                image.draft("RGB", (2 * side, 2 * side))
            image.load()
            return _rgb(_upright(image))
    except _damage():
        return None


def _upright(image: Image) -> Image:
    """Turn and mirror an image as its camera said it is to be shown."""
    try:
        turn = _turns().get(image.getexif().get(_ORIENTATION))
    except _damage():  # pixels may be whole where what is said of them is not
        return image
    return image if turn is None else image.transpose(turn)


def _rgb(image: Image) -> Image:
    from PIL import Image

    if (
        image.mode[0] in "IF"
    ):  # 16 or 32 bits: the range that is used becomes that of 8 bits
        values = np.asarray(image, dtype=np.float32)
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        top = 65_535.0 if image.mode.startswith("I;16") else max(high - low, 1e-12)
        low = 0.0 if image.mode.startswith("I;16") else low
        grey = np.nan_to_num((values - low) / top * 255).clip(0, 255).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _damage() -> tuple[type[Exception], ...]:
    """Return what Pillow raises, or warns of, at files that are no images, broken ones, and bombs."""
    from PIL import Image

    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    return (
        OSError, ValueError, TypeError, KeyError, IndexError, SyntaxError, EOFError,
        AttributeError, OverflowError, MemoryError, NotImplementedError, struct.error, zlib.error,
        UserWarning, *bombs,
    )  # fmt: skip


def _turns() -> dict[Any, Any]:
    """Return how to turn by what EXIF calls orientation; 1 is upright."""
    from PIL.Image import Transpose

    return {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }


def _bilinear() -> Any:
    from PIL import Image

    return Image.Resampling.BILINEAR


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def _nothing() -> list[NDArray[Any]]:
    return [
        np.zeros((0, _THUMBNAIL, _THUMBNAIL, 3), dtype=np.uint8),
        np.zeros((0, len(MEASURES)), dtype=np.float32),
        np.zeros(0, dtype=bool),
    ]
