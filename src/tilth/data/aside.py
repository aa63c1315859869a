"""Files written aside and moved into place, so that they are there whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tilth.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Yield a path to write to; afterwards it is moved to `path`, or removed on an error.

    Parameters
    ----------
    path : path
        In a folder that exists. A file there is replaced; where it is a link, what the link
        points to.

    Raises
    ------
    OutputError
        If the disk is full or the folder may not be written to; what was there is unchanged.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with written_aside(Path(folder) / "note.txt") as aside:
    ...         _ = aside.write_text("all of it")
    ...     [file.name for file in Path(folder).iterdir()]
    ['note.txt']
    """
    target = path.resolve()
    # In the same folder, so that the move is atomic; a name that no other writer has.
    aside = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        yield aside
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        aside.replace(target)
    except OSError as error:
        raise OutputError(unwritable(path, error)) from error
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> str:
    """Say why a result could not be written, and what to do."""
    if error.errno in _FULL:
        why = "the disk is full. Free some space, or write to another disk"
    elif error.errno in _REFUSED:
        why = f"{path.parent} may not be written to. Allow it, or write to another folder"
    else:
        why = f"{error.strerror or error}. Write to another folder"
    kept = "; what was there before is unchanged" if path.exists() else ""
    return f"Cannot write `{path}`: {why}{kept}."
