"""Every next command that is printed runs as it is printed, with the options it was reached by."""

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilth.cli.app import run
from tilth.errors import OutputError
from tilth.trial.next_step import NextStep

MODEL = """
from sklearn.linear_model import LogisticRegression


class OfNumbers(LogisticRegression):
    def fit(self, X, y):
        return super().fit(X[["first", "second"]], y)

    def predict(self, X):
        return super().predict(X[["first", "second"]])

    def predict_proba(self, X):
        return super().predict_proba(X[["first", "second"]])


make = OfNumbers
"""


def _visits(n: int, seed: int) -> pd.DataFrame:
    """Patients who came twice, labelled by one of three people; a few rows stand there twice."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    return pd.DataFrame(x, columns=["first", "second"]).assign(
        patient=[f"p{i // 2}" for i in range(n)],
        when=pd.date_range("2020-01-01", periods=n, freq="D").astype(str),
        who=rng.choice(["ann", "bob", "eve"], n),
        result=np.where(x.sum(axis=1) > 0, "high", "low"),
    )


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    train = _visits(640, 1)
    pd.concat([train, train.head(12)]).to_csv("my train.csv", index=False)
    _visits(150, 2).to_csv("test.csv", index=False)
    _visits(60, 3).to_csv("few.csv", index=False)
    Path("model.py").write_text(MODEL)


ROLES = "--label result --group patient --annotator who"


def _said(capsys: pytest.CaptureFixture[str], line: str) -> str:
    assert run(shlex.split(line)[1:]) == 0
    streams = capsys.readouterr()
    return streams.out + streams.err


def _commands(said: str) -> list[str]:
    """Return the commands behind Next, next and undo, without what they do."""
    lines = [each for each in said.splitlines() if "tilth " in each]
    return [re.split(r"\s{3,}", each[each.index("tilth ") :])[0] for each in lines]


def _has(command: str, *pairs: str) -> bool:
    return all(pair in command for pair in pairs)


def test_an_audit_hands_on_roles_model_test_and_seed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = f"{ROLES} --test test.csv --model model.py:make --seed 3"
    said = _said(
        capsys,
        f"tilth audit 'my train.csv' {options} --select exact_duplicates --html r.html",
    )
    improve, explain = _commands(said)
    assert shlex.split(improve)[:3] == ["tilth", "improve", "my train.csv"]
    assert _has(improve, *(f"--{o}" for o in options.split(" --")[1:]))
    assert "--select" not in improve
    assert "--html" not in improve
    assert "verdict" in _said(capsys, f"{improve} --budget 1s")
    _said(capsys, explain)
    page = Path("r.html").read_text()
    assert "--annotator" in page
    assert "model.py:make" in page


def test_a_guessed_label_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    _visits(200, 4).rename(columns={"result": "label"}).to_csv("data.csv", index=False)
    pd.read_csv("data.csv").iloc[[*range(200), 3, 4]].to_csv("data.csv", index=False)
    said = _said(capsys, "tilth audit data.csv --select exact_duplicates")
    assert _commands(said)[0] == "tilth improve data.csv --label label"


def test_another_project_is_named_before_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = _said(
        capsys,
        "tilth audit 'my train.csv' --label result --project p --select exact_duplicates",
    )
    assert _commands(said)[0].startswith("tilth --project p improve 'my train.csv'")


def _options(command: str) -> dict[str, str]:
    """Return each option of a command with the word behind it; "" where another one is."""
    pairs = pairwise([*shlex.split(command), ""])
    return {
        name: "" if value.startswith("-") else value
        for name, value in pairs
        if name.startswith("-")
    }


@pytest.mark.parametrize("changed", [{"budget": "2s"}, {"model": "logistic"}])
def test_where_nothing_helps_the_next_command_changes_one_option_alone(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, str],
) -> None:
    step = NextStep("That may help.", "improve", changed)
    monkeypatch.setattr("tilth.engine.improve.step_after", lambda *_: step)
    line = f"tilth improve 'my train.csv' {ROLES} --test test.csv --seed 3"
    line += " --metric balanced_accuracy --model knn --budget 1s -o out.csv"
    line += " --html r.html --redact"
    said = _said(capsys, line)
    assert "NO DIFFERENCE" in said
    assert "Redacted" in Path("r.html").read_text()
    (command,) = [c for c in _commands(said) if c.startswith("tilth improve")]
    new = {f"--{name}": value for name, value in changed.items()}
    assert _options(command) == _options(line) | new
    assert "verdict" in _said(capsys, command)
    assert "Redacted" in Path("r.html").read_text()


def test_a_file_whose_name_begins_with_a_dash_is_no_option(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("my train.csv").rename("-n.csv")
    said = _said(capsys, "tilth audit --label result --select exact_duplicates -- -n.csv")
    command = _commands(said)[0]
    assert command == "tilth improve ./-n.csv --label result"
    again = command.replace("improve", "audit")
    assert "652 rows" in _said(capsys, f"{again} --select exact_duplicates")


def test_a_patch_that_cannot_be_written_names_a_file_to_write_later(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OutputError("No space is left for `p.jsonl`.")

    monkeypatch.setattr("tilth.edits.patch_file.write_patch", full)
    monkeypatch.setattr(
        "tilth.cli.workplace.Workplace.remember_improvement",
        lambda *_: {"version": "v2", "parent": "v1"},
    )
    monkeypatch.setattr(
        "tilth.cli.workplace.Workplace.way_back", lambda _, version, options: f"{options}"
    )
    assert run(shlex.split(f"improve few.csv {ROLES} --patch p.jsonl")) != 0
    assert "'-o', 'edited.csv'" in capsys.readouterr().err


def test_rows_a_person_labels_come_back_with_every_option(
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = f"{ROLES} --metric f1_macro --seed 5 --model model.py:make --budget 1s"
    said = _said(
        capsys, f"tilth improve 'my train.csv' {options} --audit-sample 110 -o label.csv"
    )
    (command,) = _commands(said)
    assert _has(command, "--seed 5", "--metric f1_macro", "--budget 1s", "--annotator who")
    table = pd.read_csv("label.csv")
    given = pd.read_csv("my train.csv")["result"]
    table["result"] = given[table["example_id"]].to_numpy()
    table.to_csv("label.csv", index=False)
    assert "verdict" in _said(capsys, command)


def test_a_test_of_training_rows_leads_to_the_rows_that_come_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pd.read_csv("my train.csv").head(300).to_csv("again.csv", index=False)
    said = _said(capsys, f"tilth improve 'my train.csv' {ROLES} --test again.csv")
    assert "INVALID" in said
    (command,) = [c for c in _commands(said) if "tilth audit" in c]
    assert _has(command, "--test again.csv", "--select test_leakage", "--group patient")
    assert "test_leakage" in _said(capsys, command)


def test_a_proof_of_a_small_test_names_no_command_but_says_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pd.read_csv("my train.csv").head(600).to_csv("after.csv", index=False)
    line = f"prove 'my train.csv' after.csv --test few.csv {ROLES} --json"
    assert run(shlex.split(line)) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["verdict"] == "INVALID"
    assert document["next_command"] == ""
    assert document["advice"].startswith("Give a test with 100 rows or more")


def test_labels_and_probabilities_go_on_with_their_classes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 400)
    p_right = np.full(400, 0.95)
    p_right[:30] = 0.03
    pred_probs = np.column_stack([p_right, 1 - p_right])
    pred_probs[labels == 1] = pred_probs[labels == 1][:, ::-1]
    np.save("y.npy", np.array(["no", "yes"])[labels])
    np.save("p.npy", pred_probs)
    said = _said(capsys, "tilth audit --labels y.npy --pred-probs p.npy --classes no,yes")
    write, explain = _commands(said)
    assert _has(write, "--labels y.npy", "--classes no,yes", "-o findings.parquet")
    _said(capsys, write)
    assert Path("findings.parquet").exists()
    _said(capsys, explain)
