"""Held-out rows that a person labels, from the command line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tilth.cli.app import run


@pytest.fixture
def truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.Series:
    """Write data.csv where three labels in ten are wrong; return the right ones."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    wide = rng.integers(2, size=600)
    table = pd.DataFrame(
        rng.normal(2 * wide[:, None], 0.6, size=(600, 3)), columns=list("abc")
    )
    right = pd.Series(np.where(wide == 1, "wide", "narrow"))
    is_wrong = rng.random(600) < 0.3
    given = np.where(is_wrong, np.where(wide == 1, "narrow", "wide"), right)
    table.assign(label=given).to_csv("data.csv", index=False)
    return right


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(["improve", "data.csv", "--label", "label", *arguments, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_held_out_rows_go_out_blind_and_the_answers_are_the_test(
    capsys: pytest.CaptureFixture[str], truth: pd.Series
) -> None:
    asked = _json(capsys, "--audit-sample", "110")
    assert asked["schema"] == "tilth.audit_sample/1"
    sample = pd.read_csv(asked["out"])
    assert len(sample) == 110
    assert sample["label"].isna().all()
    answers = truth.loc[sample["example_id"]].to_numpy()
    sample.assign(label=answers).to_csv("told.csv", index=False)
    found = _json(capsys, "--audited", "told.csv", "--model", "knn", "--jobs", "1")
    assert found["n_test"] == 110
    assert found["verdict"] in {"BETTER", "NO DIFFERENCE"}


def test_answers_are_not_overwritten(
    capsys: pytest.CaptureFixture[str], truth: pd.Series
) -> None:
    _json(capsys, "--audit-sample", "20")
    assert run(["improve", "data.csv", "--label", "label", "--audit-sample", "20"]) == 2
    assert "may hold answers" in capsys.readouterr().err


def test_two_kinds_of_test_at_once_are_refused(
    capsys: pytest.CaptureFixture[str], truth: pd.Series
) -> None:
    given = ["--test", "data.csv", "--audited", "told.csv"]
    assert run(["improve", "data.csv", "--label", "label", *given]) == 2
    assert "got --test and --audited" in capsys.readouterr().err


def test_answers_without_the_example_column_are_refused(
    capsys: pytest.CaptureFixture[str], truth: pd.Series
) -> None:
    pd.DataFrame({"label": ["wide", "narrow"]}).to_csv("told.csv", index=False)
    assert run(["improve", "data.csv", "--label", "label", "--audited", "told.csv"]) == 2
    assert "must have the columns example_id and label" in capsys.readouterr().err


def test_what_comes_next_names_the_columns_that_were_named(
    capsys: pytest.CaptureFixture[str], truth: pd.Series
) -> None:
    table = pd.read_csv("data.csv")
    table.assign(my_id=[f"r{i}" for i in table.index]).to_csv("data.csv", index=False)
    told = ["data.csv", "--label", "label", "--id", "my_id"]
    assert run(["improve", *told, "--audit-sample", "20"]) == 0
    said = capsys.readouterr().out
    assert "tilth improve data.csv --label label --id my_id --audited" in said
    assert "needs 100 labelled rows" in said
    row = table.iloc[[0]].assign(my_id="again")
    pd.concat([pd.read_csv("data.csv"), row]).to_csv("data.csv", index=False)
    assert run(["audit", *told, "--select", "exact_duplicates"]) == 0
    said = capsys.readouterr().out
    assert "tilth improve data.csv --label label --id my_id" in said


def _asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> pd.DataFrame:
    """Draw 110 rows and return them as they are written."""
    out = Path("asked.csv")
    out.unlink(missing_ok=True)
    told = ["--audit-sample", "110", "-o", str(out), "--json"]
    assert run(["improve", *arguments, *told]) == 0
    capsys.readouterr()
    return pd.read_csv(out, dtype=str, keep_default_na=False)


def _judged(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    judge = ["--model", "knn", "--jobs", "1", "--budget", "1s", "--json"]
    assert run(["improve", *arguments, "--audited", "told.csv", *judge]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_only_an_empty_cell_is_unanswered(
    capsys: pytest.CaptureFixture[str], truth: pd.Series
) -> None:
    names = {"wide": "None", "narrow": "1"}
    table = pd.read_csv("data.csv")
    table["label"] = table["label"].map(names)
    table.to_parquet("data.parquet")
    sample = _asked(capsys, "data.parquet", "--label", "label")
    answers = truth.loc[sample["example_id"].astype(int)].map(names).to_numpy(dtype=object)
    answers[:2] = ["", " "]
    sample.assign(label=answers).to_csv("told.csv", index=False)
    found = _judged(capsys, "data.parquet", "--label", "label")
    assert found["n_test"] == 108
    assert found["before"]["mean"] > 0.5


def test_an_answer_that_is_no_class_is_refused_with_the_nearest(
    capsys: pytest.CaptureFixture[str], truth: pd.Series
) -> None:
    sample = _asked(capsys, "data.csv", "--label", "label")
    sample.assign(label=["wide", "wid", *["narrow"] * 108]).to_csv("told.csv", index=False)
    assert run(["improve", "data.csv", "--label", "label", "--audited", "told.csv"]) == 2
    said = capsys.readouterr().err
    assert f"got 'wid' for the example {sample['example_id'][1]}\n" in said
    assert "Did you mean wide?" in said


@pytest.mark.parametrize("own", ["my_id", "example_id"])
def test_ids_of_digits_are_found_again(
    capsys: pytest.CaptureFixture[str], truth: pd.Series, own: str
) -> None:
    table = pd.read_csv("data.csv")
    table.assign(**{own: table.index.map(str)}).to_parquet("data.parquet")
    told = ["data.parquet", "--label", "label", "--id", own]
    sample = _asked(capsys, *told)
    answers = truth.loc[sample[own].astype(int)].to_numpy()
    sample.assign(label=answers).to_csv("told.csv", index=False)
    assert _judged(capsys, *told)["n_test"] == 110


def test_a_column_of_the_data_called_example_id_does_not_name_examples(
    capsys: pytest.CaptureFixture[str], truth: pd.Series
) -> None:
    table = pd.read_csv("data.csv")
    table.assign(example_id=0).to_csv("data.csv", index=False)
    sample = _asked(capsys, "data.csv", "--label", "label")
    answers = truth.loc[sample["tilth_example_id"].astype(int)].to_numpy()
    sample.assign(label=answers).to_csv("told.csv", index=False)
    assert _judged(capsys, "data.csv", "--label", "label")["n_test"] == 110
    sample.assign(label="wide", tilth_example_id="900").to_csv("told.csv", index=False)
    assert run(["improve", "data.csv", "--label", "label", "--audited", "told.csv"]) == 2
    assert "got one for '900'" in capsys.readouterr().err
