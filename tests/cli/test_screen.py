"""Progress where there is no terminal: a line every ten seconds, whatever runs."""

from __future__ import annotations

import pytest

from tilth.cli import screen as screens
from tilth.cli.screen import Screen
from tilth.cli.settings import Settings


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time, which stands still until a test moves it."""
    now = [100.0]
    monkeypatch.setattr(screens.time, "monotonic", lambda: now[0])
    return now


def test_a_line_is_due_every_ten_seconds(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen(Settings())
    for _ in range(35):
        screen.progress("folds", int(clock[0]) - 100, 35)
        clock[0] += 1
    said = capsys.readouterr().err.splitlines()
    assert said == ["folds  10/35  10 s", "folds  20/35  20 s", "folds  30/35  30 s"]


def test_what_reports_nothing_is_told_of_all_the_same(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen(Settings())
    screen.progress("near_duplicates", 0, 1)
    for _ in range(25):
        clock[0] += 1
        screen.beat()
    said = capsys.readouterr().err.splitlines()
    assert said == ["near_duplicates  10 s", "near_duplicates  20 s"]


def test_the_innermost_thing_that_runs_is_named(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen(Settings())
    screen.progress("label_errors", 0, 1)
    screen.progress("folds", 1, 3)
    clock[0] += 11
    screen.beat()
    screen.progress("folds", 3, 3)
    clock[0] += 11
    screen.beat()
    screen.progress("label_errors", 1, 1)
    clock[0] += 11
    screen.beat()
    said = capsys.readouterr().err.splitlines()
    assert said == ["folds  1/3  11 s", "label_errors  22 s"]


def test_quiet_says_nothing_and_a_stage_ends_with_its_block(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    quiet, screen = Screen(Settings(is_quiet=True)), Screen(Settings())
    with quiet.stage("reading"), screen.stage("reading"), screen.stage("test set"):
        clock[0] += 11
        quiet.beat()
        screen.beat()
    screen.beat()
    assert capsys.readouterr().err.splitlines() == ["test set  11 s"]


def test_a_stage_that_fails_leaves_no_thread_behind(clock: list[float]) -> None:
    screen = Screen(Settings())
    with pytest.raises(KeyError), screen.stage("reading"):
        raise KeyError
    assert not screen._is_working
    assert not [t for t in screens.threading.enumerate() if t.name == "progress"]
    del clock
