"""Arrays kept on disk by key, within a bound; losing any of them costs only time."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from tilth.data.aside import written_aside
from tilth.errors import InvalidInputError

Arrays = dict[str, np.ndarray[Any, Any]]

# Our own: embeddings of a million examples (300 float32 columns) fit, and it stays a small
# part of any disk in use today.
MAX_BYTES = 2 * 1024**3
# What reading a file that is cut short, overwritten or foreign raises.
_DAMAGE = (
    OSError,
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    EOFError,
    SyntaxError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)


class DiskCache(MutableMapping[str, Arrays]):
    """Arrays by name under a key, one file per key (a class because it stands for a dict).

    Entries are written aside and moved into place, so other processes see the old entry,
    the new one or none. An entry that cannot be read is deleted and counts as absent; one
    that cannot be written (full disk, read-only folder) is not kept. Entries used longest
    ago go first once `max_bytes` is passed.

    Parameters
    ----------
    folder : path
        Made on the first write. Nothing else should be in it.
    max_bytes : int
        Bound on all files together.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = DiskCache(folder)
    ...     cache["squares"] = {"values": np.arange(3) ** 2}
    ...     DiskCache(folder)["squares"]["values"].tolist()
    [0, 1, 4]
    """

    def __init__(self, folder: str | Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._folder = Path(folder)
        self._max_bytes = max_bytes

    def __getitem__(self, key: str) -> Arrays:
        path = self._path(key)
        content = _read(path)
        if content is None or content[0] != key:
            raise KeyError(key)
        with suppress(OSError):
            os.utime(path)  # used now, so not the first to go
        return content[1]

    def __setitem__(self, key: str, arrays: Arrays) -> None:
        for name, array in arrays.items():
            if np.asarray(array).dtype.hasobject:
                raise InvalidInputError(
                    f"`arrays` must hold no Python objects, got some in {name!r}. "
                    "Store text as a unicode array."
                )
        members: dict[str, Any] = {
            f"a{i}": array for i, array in enumerate(arrays.values())
        }
        named = json.dumps([key, *arrays]).encode("ascii")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with written_aside(self._path(key)) as aside, aside.open("wb") as file:
                np.savez(file, **members, names=np.frombuffer(named, np.uint8))
        except OSError:
            return
        self._trim()

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        _remove(self._path(key))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        for path in sorted(self._folder.glob("*.npz")):
            content = _read(path)
            if content is not None:
                yield content[0]

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _path(self, key: str) -> Path:
        digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16)
        return self._folder / f"{digest.hexdigest()}.npz"

    def _trim(self) -> None:
        """Remove the entries used longest ago, and what killed writers left behind."""
        files = []
        for path in self._folder.iterdir():
            try:
                files.append((path.stat().st_mtime, path.stat().st_size, path))
            except OSError:  # another process was faster
                continue
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files, key=lambda file: (file[0], file[2].name)):
            if total <= self._max_bytes:
                return
            _remove(path)
            total -= size


def _read(path: Path) -> tuple[str, Arrays] | None:
    """Return key and arrays of an entry; None, and the file is gone, if it is damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            key, *names = json.loads(np.asarray(content["names"], np.uint8).tobytes())
            return key, {name: content[f"a{i}"] for i, name in enumerate(names)}
    except FileNotFoundError:
        return None
    except _DAMAGE:
        _remove(path)
        return None


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
