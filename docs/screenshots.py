"""Make the pictures of the README: a terminal as SVG, a report as PNG, of the tutorial's data.

    python docs/screenshots.py

Pictures go to docs/images. The report needs chromium in /usr/bin and the group `browser`.
"""

from __future__ import annotations

import io
import os
import re
import runpy
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from tilth.cli import screen
from tilth.cli.app import run

DOCS = Path(__file__).resolve().parent
IMAGES = DOCS / "images"
WIDTH = 118
ABOUT = [
    "clinic.csv",
    "--label",
    "diagnosis",
    "--id",
    "sample_id",
    "--test",
    "clinic_test.csv",
]
IMPROVE = ["improve", *ABOUT, "--model", "my_model.py:make", "-o", "better.csv"]
# Dark grey on a near-black, readable on both light and dark pages.
THEME = TerminalTheme(
    (24, 28, 24),
    (222, 226, 220),
    [(60, 60, 60), (229, 99, 99), (120, 200, 120), (226, 192, 98), (110, 160, 220), (190, 140, 210),
     (110, 190, 190), (222, 226, 220)],
    [(150, 155, 148), (240, 120, 120), (140, 220, 140), (240, 210, 120), (130, 180, 240),
     (210, 160, 230), (130, 210, 210), (245, 248, 244)],
)  # fmt: skip


def main() -> None:
    """Run the commands of the tutorial and draw what they show."""
    IMAGES.mkdir(exist_ok=True)
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        try:
            Path("my_model.py").write_text((DOCS / "examples" / "my_model.py").read_text())
            runpy.run_path(str(DOCS / "examples" / "make_clinic.py"))
            draw(["audit", *ABOUT], IMAGES / "audit.svg")
            draw(IMPROVE, IMAGES / "improve.svg")
            photograph(Path("better.report.html"), IMAGES / "report.png")
        finally:
            os.chdir(here)


def draw(arguments: list[str], path: Path) -> None:
    """Run a command and draw its screen."""
    recording = _Wrapping(record=True, force_terminal=True, width=WIDTH, file=io.StringIO())
    recording.print(
        f"$ tilth {' '.join(arguments)}", style="bold", markup=False, highlight=False
    )
    before = screen.Screen.__init__

    def recorded(self: Any, *args: Any, **options: Any) -> None:
        before(self, *args, **options)
        self._prose = recording

    screen.Screen.__init__ = recorded  # type: ignore[method-assign]
    try:
        run(arguments, is_configurable=False)
    finally:
        screen.Screen.__init__ = before  # type: ignore[method-assign]
    drawn = recording.export_svg(title="tilth", theme=THEME, unique_id=path.stem)
    path.write_text(
        re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    )  # no request


class _Wrapping(Console):
    """A screen that breaks long lines between words, as a reader of a picture cannot scroll."""

    def print(self, *objects: Any, soft_wrap: bool | None = None, **options: Any) -> None:
        """Print as ever, but for `soft_wrap`."""
        del soft_wrap
        super().print(*objects, soft_wrap=False, **options)


def photograph(page: Path, path: Path) -> None:
    """Photograph the first screen of a report."""
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        shown = browser.new_page(viewport={"width": 1100, "height": 800})
        shown.goto(page.resolve().as_uri())
        shown.screenshot(path=str(path))
        browser.close()


if __name__ == "__main__":
    main()
