"""The terminal during one command: lines, progress, and the one JSON document."""

import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tilth.cli.settings import Settings
from tilth.display.numbers import duration
from tilth.display.terminal import plain

if TYPE_CHECKING:
    from rich.progress import Progress

_PAGE_WIDTH = 100  # longer lines are hard to read
_SECONDS_BETWEEN_LINES = 10.0  # where there is no terminal to draw a bar on
_TICK = 1.0  # seconds between two looks at whether a line is due


class Screen:
    """Where a command prints (a class because a progress bar is held open).

    Results go to stdout, progress to stderr; with `as_json` prose goes to stderr too, and
    stdout carries one document.
    """

    def __init__(self, settings: Settings, *, as_json: bool = False) -> None:
        from rich.console import Console

        self._stderr = Console(stderr=True, markup=False, emoji=False, highlight=False)
        self.is_quiet = settings.is_quiet
        self.as_json = as_json
        self._prose = (
            self._stderr if as_json else Console(markup=False, emoji=False, highlight=False)
        )
        # One console where both streams are the same terminal, so that lines and bar do not mix.
        self._progress_on = self._prose if self._prose.is_terminal else self._stderr
        self._bars: Progress | None = None
        self._stages: dict[str, Any] = {}
        self._running: dict[str, tuple[int, int, float]] = {}
        self._is_working = False
        self._last_line = time.monotonic()

    @property
    def width(self) -> int:
        """How many characters fit on a line; 120 where no terminal says."""
        return self._prose.width if self._prose.is_terminal else 120

    def line(self, text: str = "", style: str = "") -> None:
        """Print a result; control characters are taken out."""
        self.parts((text, style))

    def parts(self, *parts: tuple[str, str]) -> None:
        """Print one line of (text, style) pieces, inner spaces kept."""
        from rich.text import Text

        line = Text()
        for text, style in parts:
            line.append(_kept_spaces(text), style or None)
        self._prose.print(line, soft_wrap=True)

    def markdown(self, text: str) -> None:
        """Print a page of ours: laid out on a terminal, as Markdown where it is piped."""
        if self._prose.is_terminal:
            from rich.markdown import Markdown

            width = min(self._prose.width, _PAGE_WIDTH)
            self._prose.print(Markdown(text, hyperlinks=False), width=width)
        else:
            self._prose.print(text, soft_wrap=True)

    def note(self, text: str, style: str = "dim") -> None:
        """Print what is not a result; nothing with --quiet."""
        if not self.is_quiet:
            self.line(text, style)

    def document(self, document: Mapping[str, Any]) -> None:
        """Print the one JSON document, where it was asked for."""
        if self.as_json:
            # ASCII: data cannot steer the terminal, and any encoding of stdout will do.
            sys.stdout.write(json.dumps(document, allow_nan=False) + "\n")
            sys.stdout.flush()

    @contextmanager
    def working(self) -> Iterator["Screen"]:
        """Show progress inside the block: bars on a terminal, else a line every ten seconds."""
        if self.is_quiet or self._is_working:
            yield self
            return
        self._is_working = True
        try:
            with self._bars_shown() if self._progress_on.is_terminal else self._beating():
                yield self
        finally:
            self._is_working = False

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Say that one thing of unknown length goes on inside the block."""
        with self.working():
            self.progress(name, 0, 1)
            yield
            self.progress(name, 1, 1)

    @contextmanager
    def _beating(self) -> Iterator[None]:
        """Tell of what is running, however long it reports nothing."""
        is_over = threading.Event()

        def beat() -> None:
            while not is_over.wait(_TICK):
                self.beat()

        thread = threading.Thread(target=beat, name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    @contextmanager
    def _bars_shown(self) -> Iterator[None]:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        try:
            with Progress(
                *columns, console=self._progress_on, transient=True
            ) as self._bars:
                yield
        finally:
            self._bars = None
            self._stages.clear()

    def progress(self, stage: str, done: int, total: int) -> None:
        """Take one report of progress: a bar on a terminal, else a line every ten seconds."""
        if self.is_quiet:
            return
        *_, started = self._running.pop(stage, (0, 0, time.monotonic()))
        if done < total:
            self._running[stage] = (done, total, started)
        if self._bars is None:
            self._line_if_due(stage, done, total, started)
            return
        if stage not in self._stages:
            self._stages[stage] = self._bars.add_task(_kept_spaces(stage), total=total)
        self._bars.update(
            self._stages[stage], completed=done, total=total, visible=done < total
        )

    def beat(self) -> None:
        """Tell of what was reported last and is still running, if a line is due."""
        latest = next(reversed(list(self._running.items())), None)
        if latest is not None:
            stage, (done, total, started) = latest
            self._line_if_due(stage, done, total, started)

    def _line_if_due(self, stage: str, done: int, total: int, started: float) -> None:
        now = time.monotonic()
        if now - self._last_line < _SECONDS_BETWEEN_LINES:
            return
        self._last_line = now
        how_far = f"  {done:,}/{total:,}" if total > 1 else ""
        self._stderr.print(
            f"{plain(stage)}{how_far}  {duration(now - started)}", soft_wrap=True
        )


def _kept_spaces(text: str) -> str:
    """Make text plain, but keep runs of spaces: they align columns."""
    return " ".join(plain(piece) for piece in text.split(" "))
