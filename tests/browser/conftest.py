"""A real browser that tells of whatever a page does besides being read."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(
    (
        path
        for path in map(Path, ("/usr/bin/chromium", "/usr/bin/chromium-browser"))
        if path.exists()
    ),
    None,
)
# Set where the tests must run: then what is missing is an error, not a reason to skip.
REQUIRED = os.environ.get("BROWSER_TESTS") == "required"
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Visit:
    """A page that was opened, and what it did."""

    page: Any
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def did_nothing(self) -> bool:
        """Whether it asked for nothing but its own file, and said nothing."""
        assert self.requests == []
        assert self.messages == []
        assert self.dialogs == []
        return True


Open = Callable[..., Any]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Chromium, or a skip that says what is missing."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        if REQUIRED:
            raise
        pytest.skip("playwright is not installed (dependency group browser)")
    if CHROMIUM is None:
        assert not REQUIRED, "no chromium in /usr/bin"
        pytest.skip("no chromium in /usr/bin")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=list(QUIET)
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, or a skip that says what is missing."""
    try:
        return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        if REQUIRED:
            raise
        pytest.skip("axe-playwright-python is not installed (dependency group browser)")


@pytest.fixture
def visit(chromium: Any) -> Open:
    """Open a file: ``with visit(path, width=320) as seen``."""

    @contextmanager
    def opened(path: Path, width: int = 1280, **options: Any) -> Iterator[Visit]:
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        seen = Visit(context.new_page())
        own = path.resolve().as_uri()
        seen.page.on("console", lambda message: seen.messages.append(message.text))
        seen.page.on("pageerror", lambda error: seen.messages.append(str(error)))
        seen.page.on(
            "request", lambda asked: asked.url != own and seen.requests.append(asked.url)
        )
        seen.page.on(
            "dialog", lambda said: (seen.dialogs.append(said.message), said.dismiss())
        )
        seen.page.goto(own)
        yield seen
        context.close()

    return opened
