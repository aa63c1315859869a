"""Compressed files, opened in memory and within bounds."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tilth.errors import UnreadableDataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_OPEN: dict[str, Callable[[Path], Any]] = {
    ".gz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
    ".lzma": lzma.open,
    ".zst": lambda path: pa.CompressedInputStream(pa.OSFile(str(path)), "zstd"),
}
ENDINGS = (*_OPEN, ".zip")

# What a small file may unpack to, and how many times its size a large one may. Our own: real
# tables shrink 3 to 50 times, and a file made to fill the memory a thousand times.
_ALWAYS_BYTES = 1 << 30
_MAX_RATIO = 200
_CHUNK_BYTES = 1 << 24
_DAMAGE = (
    OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError,
    RuntimeError, pa.ArrowException,
)  # fmt: skip


def content_of(path: Path) -> tuple[str, bytes]:
    """Return the name of what a file holds, without a compressed ending, and its bytes.

    Raises
    ------
    UnreadableDataError
        If a compressed file is damaged, holds several files, or would fill the memory.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        return path.name, path.read_bytes()
    most = max(_ALWAYS_BYTES, _MAX_RATIO * path.stat().st_size)
    try:
        if ending == ".zip":
            return _of_zip(path, most)
        with _OPEN[ending](path) as stream:
            return path.stem, _bounded(stream, most, path)
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk, not the content
        raise UnreadableDataError(
            f"Cannot read `{path}`: it is no complete {ending} file ({error}). Make it again, or "
            "give the file unpacked."
        ) from error


def _of_zip(path: Path, most: int) -> tuple[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        members = [
            m for m in archive.infolist() if not m.is_dir() and not _is_debris(m.filename)
        ]
        if len(members) != 1:
            names = ", ".join(m.filename for m in members[:5]) or "none"
            raise UnreadableDataError(
                f"Cannot read `{path}`: a zip archive must hold one file, got {len(members)} "
                f"({names}). Unpack it and name one of them."
            )
        with archive.open(members[0]) as stream:
            return members[0].filename, _bounded(stream, most, path)


def _is_debris(name: str) -> bool:
    """Whether a zip member is what macOS adds beside each file."""
    return name.startswith("__MACOSX/") or name.endswith(".DS_Store")


def _bounded(stream: Any, most: int, path: Path) -> bytes:
    whole = io.BytesIO()
    while chunk := stream.read(_CHUNK_BYTES):
        whole.write(chunk)
        if whole.tell() > most:
            raise UnreadableDataError(
                f"Cannot read `{path}`: it unpacks to more than {most >> 20:,} MB, as files made "
                "to fill a memory do. If it is sound, unpack it and give the file."
            )
    return whole.getvalue()
