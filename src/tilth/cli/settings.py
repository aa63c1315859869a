"""What the options before the command say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DEFAULT_PROJECT = Path()


@dataclass(frozen=True)
class Settings:
    """The options every command shares.

    Attributes
    ----------
    project : Path
        The folder whose ``.tilth`` remembers datasets, versions and proofs.
    is_quiet : bool
        Print results alone: no progress, no notes, no advice.
    is_debug : bool
        Show tracebacks and the warnings of libraries.
    command : str
        The command line as typed, for the log.
    """

    project: Path = DEFAULT_PROJECT
    is_quiet: bool = False
    is_debug: bool = False
    command: str = ""

    @property
    def program(self) -> list[str]:
        """The first words of a next command in the same project."""
        if self.project == DEFAULT_PROJECT:
            return ["tilth"]
        return ["tilth", "--project", str(self.project)]
