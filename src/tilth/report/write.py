"""Reports as files, whole or not at all, and no larger than can be mailed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from tilth.data.aside import written_aside
from tilth.errors import InvalidInputError
from tilth.report.contents import N_SHOWN, report_document
from tilth.report.markdown import markdown
from tilth.report.page import page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from tilth.report.contents import Run

Format = Literal["html", "md", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)
MAX_BYTES = 500_000  # ux.md: what a report of texts or tables may weigh
MAX_BYTES_IMAGES = 5_000_000  # the same, with thumbnails


def report_text(run: Run, fmt: Format = "html", *, redacted: bool = False) -> str:
    """Return a report in a format; fewer examples are shown where it would be too large.

    Parameters
    ----------
    run : Run
    fmt : {"html", "md", "json"}
    redacted : bool
        Leave out whatever quotes an example.
    """
    limit = MAX_BYTES if run.dataset.images is None else MAX_BYTES_IMAGES
    n_shown = N_SHOWN
    while True:
        text = _text(report_document(run, redacted=redacted, n_shown=n_shown), fmt)
        if len(text.encode()) <= limit or n_shown == 1:
            return text
        n_shown = max(1, n_shown // 2)


def write_run(
    run: Run, path: str | Path, fmt: Format | None = None, *, redacted: bool = False
) -> None:
    """Write a report to a file that appears complete or not at all.

    Parameters
    ----------
    run : Run
    path : path
        An existing file is replaced.
    fmt : {"html", "md", "json"}, optional
        None: by the ending of `path`, and HTML where that says nothing.
    redacted : bool
        Leave out whatever quotes an example.

    Raises
    ------
    InvalidInputError
        If the folder is missing.
    OutputError
        If the disk is full or the folder may not be written to.
    """
    path = Path(path).expanduser()
    if not path.parent.is_dir():
        raise InvalidInputError(
            f"`path` must be in a folder that exists, got {path}. Make it: mkdir -p {path.parent}"
        )
    text = report_text(run, fmt or format_of(path), redacted=redacted)
    with written_aside(path) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


def format_of(path: Path) -> Format:
    """Return the format that a file's ending asks for; HTML where it says nothing."""
    endings: dict[str, Format] = {".md": "md", ".markdown": "md", ".json": "json"}
    return endings.get(path.suffix.lower(), "html")


def _text(document: Mapping[str, Any], fmt: Format) -> str:
    if fmt == "json":  # ASCII: whatever shows it, data cannot steer it
        return json.dumps(document, allow_nan=False, indent=1) + "\n"
    return markdown(document) if fmt == "md" else page(document)
