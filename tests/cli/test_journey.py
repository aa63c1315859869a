"""From a file to a proof and back, as a user types it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tilth.cli.app import run

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
    table["site"] = rng.choice(["north", "east", "south"], size=n)
    return table.assign(label=np.where(wide == 1, "wide", "narrow"))


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a training file in which one site has its labels swapped, and a test file."""
    folder = tmp_path_factory.mktemp("journey")
    rng = np.random.default_rng(5)
    train, test = _blobs(420, rng), _blobs(240, rng)
    swapped = {"wide": "narrow", "narrow": "wide"}
    is_north = train["site"] == "north"
    train["label"] = train["label"].where(~is_north, train["label"].map(swapped))
    train.to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)
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


def test_the_main_loop_from_file_to_proof_and_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    known = ["--label", "label", "--test", "test.csv"]
    audit = _json(capsys, "audit", "train.csv", *known, "--limit", "2")
    assert audit["failed"] == 0
    patterns = next(c for c in audit["checks"] if c["name"] == "label_patterns")
    assert patterns["outcome"] == "findings"
    assert "north" in patterns["issues"][0]["key"]
    assert len(patterns["issues"][0]["example_ids"]) == patterns["n_examples"]

    made = ["-o", "better.csv", "--patch", "edits.jsonl"]
    improve = _json(capsys, "improve", "train.csv", *known, "--model", "logistic", *made)
    assert set(improve) >= IMPROVE_FIELDS
    assert improve["verdict"] == "BETTER"
    assert improve["edits"][0]["check"] == "label_patterns"
    assert improve["version"] == "v2"

    assert run(["apply", "edits.jsonl", "train.csv", "-o", "again.csv"]) == 0
    capsys.readouterr()
    assert Path("again.csv").read_bytes() == Path("better.csv").read_bytes()

    log = _json(capsys, "log")
    assert [entry["version"] for entry in log["versions"]] == ["v2", "v1"]
    assert log["versions"][0]["proof"]["verdict"] == "BETTER"

    diff = _json(capsys, "diff", "v1", "v2")
    assert sum(edit["n"] for edit in diff["edits"]) == improve["edits"][0]["n"]

    prove = _json(capsys, "prove", "v1", "v2", "--test", "test.csv", "--model", "logistic")
    assert prove["schema"] == "tilth.prove/1"
    assert prove["verdict"] == "BETTER"

    undo = _json(capsys, "undo", "v2", "-o", "back.csv")
    assert undo["version"] == "v1"
    pd.testing.assert_frame_equal(pd.read_csv("back.csv"), pd.read_csv("train.csv"))


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
    rng = np.random.default_rng(8)
    _blobs(160, rng).to_csv("clean.csv", index=False)
    _blobs(120, rng).to_csv("clean_test.csv", index=False)
    known = ["--label", "label", "--test", "clean_test.csv", "--model", "logistic"]
    made = ["-o", "same.csv", "--patch", "none.jsonl", "--budget", "1s"]
    assert run(["improve", "clean.csv", *known, *made, "--jobs", "1"]) == 0
    shown = capsys.readouterr().out
    assert "applied    nothing" in shown
    assert "same.csv: the data as they were, unchanged" in shown
    pd.testing.assert_frame_equal(pd.read_csv("same.csv"), pd.read_csv("clean.csv"))


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
