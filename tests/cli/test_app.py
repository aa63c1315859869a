"""The command line: usage, errors, exit codes, shared options."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tilth.cli import app
from tilth.cli.app import run


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")  # `run` sets it for its workers


def _failed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    code = run(arguments)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return code, captured.err.splitlines()


def test_a_misspelt_command_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = _failed(capsys, "audti", "x.csv")
    assert code == 2
    assert lines[0] == 'error: No command "audti"'
    assert lines[-1] == "hint:  Try: tilth audit"


def test_a_file_instead_of_a_command_is_understood(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "mine.csv").write_text("x\n1\n")
    _, lines = _failed(capsys, "mine.csv")
    assert lines[-1] == "hint:  Try: tilth audit mine.csv"


def test_a_misspelt_option_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = _failed(capsys, "audit", "x.csv", "--lable", "y")
    assert code == 2
    assert "--label" in lines[0]
    assert lines[-1] == "hint:  tilth audit --help"


def test_a_misspelt_check_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--select", "--fail-on"):
        code, lines = _failed(capsys, "audit", "x.csv", option, "label_erors")
        assert code == 2
        assert lines[-1] == f"hint:  Did you mean {option} label_errors?"


def test_a_file_that_is_not_there_exits_with_three(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, lines = _failed(capsys, "audit", "nowhere.csv")
    assert code == 3
    assert lines[0].startswith("error: Cannot read `nowhere.csv`")


def test_a_misspelt_column_gets_a_suggestion(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "reviews.csv").write_text("review,label\ngood one,a\nbad one,b\n")
    code, lines = _failed(capsys, "audit", "reviews.csv", "--label", "labl")
    assert code == 2
    assert 'cause: column "labl" is missing; it has "review", "label"' in lines
    assert lines[-1] == "hint:  Did you mean --label label?"


def test_files_that_the_shell_named_one_by_one_get_the_way_to_name_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("x\n1\n")
    code, lines = _failed(capsys, "audit", "a.csv", "b.csv")
    assert code == 2
    assert "tilth audit 'part-*.csv'" in lines[-1]


def test_an_output_is_none_of_the_files_a_pattern_names(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("x,label\n1,u\n2,v\n")
    code, lines = _failed(capsys, "improve", "*.csv", "--label", "label", "-o", "b.csv")
    assert code == 2
    assert "-o must not be SOURCE" in lines[0]


def test_files_without_header_are_audited_and_edited_as_such(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = [f"{i % 7}.5,{'ab'[i % 2]}" for i in range(40)]
    (tmp_path / "bare.csv").write_text("\n".join(rows) + "\n")
    command = ["audit", "bare.csv", "--no-header", "--label", "column_2", "--json"]
    assert run([*command, "--select", "class_imbalance"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["dataset"]["n_examples"] == 40
    assert document["dataset"]["columns"] == ["column_1", "column_2"]


@pytest.mark.parametrize("budget", ["soon", "0", "-5", "10 parsecs", ""])
def test_a_budget_that_is_no_time_is_refused(
    capsys: pytest.CaptureFixture[str], budget: str
) -> None:
    code, lines = _failed(capsys, "improve", "x.csv", "--budget", budget)
    assert code == 2
    assert lines[0].startswith("error:")


def test_an_output_that_cannot_be_written_is_refused_before_any_work(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, lines = _failed(capsys, "improve", "x.csv", "-o", "no/such/folder/out.csv")
    assert code == 2
    assert "no/such/folder" in " ".join(lines)
    code, lines = _failed(capsys, "improve", "x.csv", "-o", "out.docx")
    assert code == 2
    assert ".csv" in lines[0]


def test_an_error_with_json_is_one_document_on_stdout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["audit", "nowhere.csv", "--json"]) == 3
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert document["schema"] == "tilth.error/1"
    assert document["exit_code"] == 3
    assert captured.err.startswith("error:")


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--debug", "audit", "nowhere.csv"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_an_interruption_exits_with_130_and_says_what_is_kept(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tilth.cli.screen.Screen.__init__", interrupted)
    assert run(["explain"]) == 130
    assert "kept" in capsys.readouterr().err


def test_a_bug_is_reported_without_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("tilth.cli.screen.Screen.__init__", broken)
    code, lines = _failed(capsys, "explain")
    assert code == 70
    assert "bug" in lines[0]


@pytest.mark.parametrize(
    ("given", "moved"),
    [
        (["audit", "x", "--project", "p", "-q"], ["--project", "p", "-q", "audit", "x"]),
        (["audit", "--project=p", "x"], ["--project=p", "audit", "x"]),
        (["audit", "--", "--debug"], ["audit", "--", "--debug"]),
        (["audit", "--project"], ["--project", "audit"]),
    ],
)
def test_shared_options_may_stand_behind_the_command(
    given: list[str], moved: list[str]
) -> None:
    assert app._shared_first(given) == moved


def test_every_command_has_json_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    for name in app.COMMANDS:
        assert run([name, "--help"]) == 0
        assert "--json" in capsys.readouterr().out, name


def test_the_module_runs_as_a_program() -> None:
    command = [sys.executable, "-m", "tilth", "improve", "nowhere.csv"]
    environment = os.environ | {"NO_COLOR": "1"}
    ran = subprocess.run(
        command, capture_output=True, text=True, env=environment, check=False
    )
    assert ran.returncode == 3
    assert ran.stderr.startswith("error: ")
