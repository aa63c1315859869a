"""From a file to a proof and back, as a user types it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tilth.cli.app import run
from tilth.cli.screen import Screen
from tilth.cli.settings import Settings
from tilth.cli.workplace import Workplace

IMPROVE_FIELDS = {
    *("schema", "verdict", "metric", "before", "after", "difference", "interval"),
    *(
        "smallest_detectable",
        "n_train_before",
        "n_train_after",
        "n_test",
        "n_test_left_out",
    ),
    *("edits", "candidates", "seconds"),
}


def _blobs(n: int, rng: np.random.Generator) -> pd.DataFrame:
    wide = rng.integers(2, size=n)
    table = pd.DataFrame(rng.normal(wide[:, None], 0.6, size=(n, 4)), columns=list("abcd"))
    return table.assign(label=np.where(wide == 1, "wide", "narrow"))


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sound training file."""
    folder = tmp_path_factory.mktemp("journey")
    _blobs(160, np.random.default_rng(8)).to_csv(folder / "train.csv", index=False)
    return folder


def _json(
    capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0
) -> dict[str, Any]:
    jobs = ["--jobs", "1"] if arguments[0] in ("audit", "improve", "prove") else []
    assert run([*arguments, *jobs, "--json"]) == code
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


@pytest.fixture(autouse=True)
def _there(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workplace)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")


def test_the_demo_finds_removes_and_proves_what_it_planted_and_all_of_it_can_be_undone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    demo = _json(capsys, "demo")
    assert set(demo["improve"]) >= IMPROVE_FIELDS
    assert demo["audit"]["failed"] == 0
    patterns = next(c for c in demo["audit"]["checks"] if c["name"] == "label_patterns")
    assert "north" in patterns["issues"][0]["key"]
    assert len(patterns["issues"][0]["example_ids"]) == patterns["n_examples"]
    assert demo["improve"]["verdict"] == "BETTER"
    assert demo["improve"]["version"] == "v2"
    wrong = demo["planted"]["wrong_labels"]
    assert wrong["n_edited"] >= 0.9 * wrong["n"]
    assert demo["planted"]["n_edited_of_none"] <= 0.1 * wrong["n"]

    folder, shared = Path("tilth-demo"), ["--project", "tilth-demo"]
    patch, train, again = (
        str(folder / name) for name in ("edits.jsonl", "train.csv", "again.csv")
    )
    assert run(["apply", patch, train, "-o", again]) == 0
    capsys.readouterr()
    assert Path(again).read_bytes() == (folder / "better.csv").read_bytes()

    log = _json(capsys, "log", *shared)
    assert [entry["version"] for entry in log["versions"]] == ["v2", "v1"]
    assert log["versions"][0]["proof"]["verdict"] == "BETTER"

    diff = _json(capsys, "diff", "v1", "v2", *shared)
    assert sum(edit["n"] for edit in diff["edits"]) == demo["planted"]["n_edited"]

    about = ["--test", str(folder / "test.csv"), "--model", "logistic"]
    prove = _json(capsys, "prove", "v1", "v2", *about, *shared)
    assert (prove["schema"], prove["verdict"]) == ("tilth.prove/1", "BETTER")
    assert prove["after"] == demo["improve"]["after"]

    back = str(folder / "back.csv")
    assert _json(capsys, "undo", "v2", "-o", back, *shared)["version"] == "v1"
    pd.testing.assert_frame_equal(pd.read_csv(back), pd.read_csv(train))


def test_without_source_the_last_dataset_is_used_and_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    few = ["--select", "missing_values,exact_duplicates"]
    assert run(["audit", "train.csv", "--label", "label", *few]) == 0
    capsys.readouterr()
    assert run(["audit", *few]) == 0
    shown = capsys.readouterr().out
    assert "train.csv" in shown.splitlines()[0]
    assert "no SOURCE given" in shown.splitlines()[0]
    assert "label=label" in shown


def test_a_gate_fails_with_one_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    Path("twice.csv").write_text("x,y\n" + "1,2\n3,4\n5,6\n" * 2)
    few = ["--select", "exact_duplicates,missing_values"]
    assert run(["audit", "twice.csv", *few, "--fail-on", "exact_duplicates"]) == 1
    assert "gate exact_duplicates failed" in capsys.readouterr().out
    assert run(["audit", "twice.csv", *few, "--fail-on", "missing_values,failed"]) == 0
    assert run(["audit", "twice.csv", *few, "--fail-on", "outliers"]) == 1


def test_a_gate_fails_where_its_check_could_not_be_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("plain.csv").write_text("x,z\n1,2\n3,4\n5,6\n")
    few = ["--select", "label_errors,exact_duplicates"]
    assert run(["audit", "plain.csv", *few, "--fail-on", "label_errors"]) == 1
    shown = capsys.readouterr().out
    assert "gate label_errors failed: it could not be asked: needs" in shown
    assert run(["audit", "plain.csv", *few, "--fail-on", "exact_duplicates,failed"]) == 0


def test_the_line_of_a_check_can_be_moved(capsys: pytest.CaptureFixture[str]) -> None:
    Path("gaps.csv").write_text("x,y\n" + "1,2\n,3\n5,6\n7,8\n")
    gate = ["--select", "missing_values", "--fail-on", "missing_values"]
    assert run(["audit", "gaps.csv", *gate]) == 1
    assert run(["audit", "gaps.csv", *gate, "--set", "missing_values.max_share=0.3"]) == 0
    capsys.readouterr()
    assert run(["audit", "gaps.csv", *gate, "--set", "missing_values.max_shar=0.3"]) == 2
    assert "Did you mean max_share?" in capsys.readouterr().err
    assert run(["audit", "gaps.csv", *gate, "--set", "max_share=0.3"]) == 2
    assert "Write label_errors.min_p_error=0.5" in capsys.readouterr().err


def test_json_is_one_document_and_prose_goes_to_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert (
        run(
            [
                "audit",
                "train.csv",
                "--label",
                "label",
                "--select",
                "missing_values",
                "--json",
            ]
        )
        == 0
    )
    captured = capsys.readouterr()
    assert json.loads(captured.out)["schema"] == "tilth.audit/1"
    assert captured.out.count("\n") == 1
    assert "missing_values" in captured.err


def test_quiet_prints_results_alone(capsys: pytest.CaptureFixture[str]) -> None:
    run(["audit", "train.csv", "--label", "label", "--select", "exact_duplicates", "-q"])
    captured = capsys.readouterr()
    assert "Next" not in captured.out
    assert captured.err == ""


def test_where_nothing_is_proven_the_data_are_written_unchanged_and_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _blobs(120, np.random.default_rng(9)).to_csv("test.csv", index=False)
    known = ["--label", "label", "--test", "test.csv", "--model", "logistic"]
    made = ["-o", "same.csv", "--patch", "none.jsonl", "--budget", "1s"]
    assert run(["improve", "train.csv", *known, *made, "--jobs", "1"]) == 0
    shown = capsys.readouterr().out
    assert "applied    nothing" in shown
    assert "same.csv: the data as they were, without an edit" in shown
    pd.testing.assert_frame_equal(pd.read_csv("same.csv"), pd.read_csv("train.csv"))


def test_no_data_yet_is_said_with_the_first_step(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["audit", "--project", str(tmp_path)]) == 2
    assert "tilth audit YOUR.csv" in capsys.readouterr().err


def test_hostile_data_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    escape = "\x1b[2J\x1b]0;owned\x07\u202e"
    rows = {
        f"te\x1b[31mxt{escape}": [
            f"{escape}row <b>{i}</b> one two three" for i in range(40)
        ]
    }
    pd.DataFrame(rows | {"label": ["a\x1b[0m", "b"] * 20}).to_parquet("hostile.parquet")
    assert run(["audit", "hostile.parquet", "--label", "label", "--jobs", "1"]) == 0
    captured = capsys.readouterr()
    for text in (captured.out, captured.err):
        assert not set(text) & set("\x1b\x07\u202e")
    run(
        [
            "audit",
            "hostile.parquet",
            "--label",
            "label",
            "--select",
            "text_problems",
            "--json",
        ]
    )
    assert not set(capsys.readouterr().out) & set("\x1b\x07\u202e")


def test_the_cache_of_a_command_is_the_cache_of_its_project(tmp_path: Path) -> None:
    settings = Settings(project=tmp_path)
    with Workplace(settings, Screen(settings)) as project:
        project.cache["key"] = {"values": np.arange(3)}
        assert list(project.project.cache["key"]["values"]) == [0, 1, 2]


def test_a_test_that_is_too_small_is_said_at_once_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    _blobs(200, np.random.default_rng(5)).to_csv("few.csv", index=False)
    arguments = ("improve", "few.csv", "--label", "label", "-o", "better.csv")
    assert run([*arguments, "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "40 test rows can be compared on; a proof needs at least 100." in said
    assert "Give a test of its own with --test" in said
    assert "applied    nothing: no edit was tried" in said
    assert "candidates" not in said
    assert Path("better.csv").read_bytes() == Path("few.csv").read_bytes()
    assert "cannot be trusted" in Path("better.report.html").read_text()


def test_the_log_lists_runs_that_applied_nothing_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    _blobs(200, np.random.default_rng(5)).to_csv("few.csv", index=False)
    assert run(["improve", "few.csv", "--label", "label"]) == 0
    capsys.readouterr()
    assert run(["log"]) == 0
    said = capsys.readouterr().out
    assert "nothing applied: INVALID. 40 test rows can be compared on" in said
    assert said.rstrip().endswith("tilth improve few.csv --label label")
    (version,) = _json(capsys, "log")["versions"]
    (tried,) = version["not_applied"]
    assert (tried["verdict"], tried["command"]) == (
        "INVALID",
        "tilth improve few.csv --label label",
    )
