"""Files in the formats of element tasks: which of them a source is, and its table."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tilth.data.compressed import content_of
from tilth.data.elements.conll import ENDINGS as CONLL
from tilth.data.elements.conll import read_conll
from tilth.data.files import paths_of
from tilth.errors import UnreadableDataError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from tilth.data.schema import Task

    Found = tuple[pd.DataFrame, str, list[str], Task]


def element_source(source: Any, task: Task | None) -> Found | None:
    """Return the table of a file in a format of its own, its name, the decisions and the task.

    None: the source is a table like any other.

    Raises
    ------
    UnreadableDataError
        If the file is damaged.
    """
    if not isinstance(source, str | os.PathLike):
        return None
    paths = paths_of(os.fspath(source))
    if not all(path.is_file() for path in paths):
        return None
    endings = {_ending(path) for path in paths}
    if endings <= {*CONLL} or (task == "tokens" and endings <= {".txt", *CONLL}):
        table, notes = read_conll([_content(path) for path in paths])
        return table, str(source), notes, task or "tokens"
    return None


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
