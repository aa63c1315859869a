"""What went wrong with the project folder, in sentences."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from tilth.errors import OutputError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_UNCHANGED = "What was stored before is unchanged."
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.EISDIR,
}


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn errors of the disk and the database into a StoreError that says what to do."""
    try:
        yield
    except (OSError, SQLAlchemyError) as error:
        raise StoreError(_sentence(error, folder)) from error


def _sentence(error: OSError | SQLAlchemyError, folder: Path) -> str:
    said, kind = _kind(error)
    where = f"`{folder}`"
    sentences = {
        "full": f"The disk with {where} is full. Free some space and run it again. {_UNCHANGED}",
        "failing": f"The disk with {where} is full or failing ({said}). Free some space and run it "
        f"again. {_UNCHANGED}",
        "refused": f"The project in {where} cannot be written. Allow it, or choose another "
        f"place with --project DIR. {_UNCHANGED}",
        "busy": f"Another command keeps the project in {where} busy. Wait for it, then try again.",
        "damaged": f"The project in {where} is damaged ({said}). Move the folder away to start "
        "a new one; your source files are not touched.",
    }
    return sentences.get(
        kind, f"The project in {where} cannot be used: {said}. {_UNCHANGED}"
    )


def _kind(error: OSError | SQLAlchemyError) -> tuple[str, str]:
    """Return what the error said and what kind of trouble it is."""
    if isinstance(error, OutputError) and isinstance(error.__cause__, OSError):
        error = error.__cause__
    if isinstance(error, OSError):
        kind = (
            "full" if error.errno in _FULL else "refused" if error.errno in _REFUSED else ""
        )
        return str(error), kind
    said = getattr(error, "orig", None) or error
    code = getattr(said, "sqlite_errorcode", 0) & 0xFF
    kinds = {
        sqlite3.SQLITE_FULL: "full",
        sqlite3.SQLITE_IOERR: "failing",  # what it makes of a limit on the size of files
        sqlite3.SQLITE_READONLY: "refused",
        sqlite3.SQLITE_CANTOPEN: "refused",
        sqlite3.SQLITE_PERM: "refused",
        sqlite3.SQLITE_BUSY: "busy",
        sqlite3.SQLITE_NOTADB: "damaged",
        sqlite3.SQLITE_CORRUPT: "damaged",
    }
    return str(said), kinds.get(code, "")
