"""Where a command's report goes, and the next commands on the screen."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tilth.cli.screen import Screen
    from tilth.report.steps import Step

ENDINGS = (".html", ".htm")


def show_end(
    screen: "Screen",
    document: "Mapping[str, Any]",
    steps: "Sequence[Step]",
    written: "Mapping[str, Path | None]",
) -> None:
    """Print what is left to say of an audit: other checks, files, next commands, the document."""
    from tilth.cli import audit_lines

    for line in audit_lines.ending_lines(document, written):
        screen.parts(*line)
    show_steps(screen, steps)
    screen.document(document)


def show_steps(screen: "Screen", steps: "Sequence[Step]") -> None:
    """Print the next commands; nothing with --quiet."""
    for i, (command, what) in enumerate(steps):
        screen.note(f"{'' if i else 'Next':<10}{command}     {what}")


def beside(out: Path | None) -> Path | None:
    """Return where the report of an output goes: next to it, under its name.

    Examples
    --------
    >>> beside(Path("better.csv")).name
    'better.report.html'
    """
    if out is None:
        return None
    from tilth.data.write import ENDINGS

    for ending in sorted(ENDINGS, key=len, reverse=True):
        if out.name.lower().endswith(ending):
            return out.with_name(f"{out.name[: -len(ending)]}.report.html")
    return out.with_name(f"{out.name}.report.html")
