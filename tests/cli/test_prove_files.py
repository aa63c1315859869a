"""Files and versions to prove: what is known to have made them, and what is not."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tilth.cli.app import run
from tilth.cli.options import check_output
from tilth.cli.untold import refuse_untold
from tilth.data.read import read
from tilth.data.write import write
from tilth.edits.apply import apply_edits
from tilth.edits.edit import Edit, Reason, no_targets
from tilth.edits.patch import make_patch
from tilth.edits.patch_file import write_patch
from tilth.errors import InvalidInputError
from tilth.store.project import Project

WHY = Reason("column_problems", "scale_columns", "a test")
SCALE = Edit(
    "transform_column",
    no_targets(),
    WHY,
    "a",
    params={"kind": "scale", "center": 200.0, "scale": 50.0},
)
DROP = Edit("drop", pd.DataFrame({"example_id": [3, 17, 40]}), WHY)
TEST = ["--test", "test.csv", "--model", "logistic", "--jobs", "1"]


def _table(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    wide = rng.integers(2, size=n)
    table = pd.DataFrame({"a": rng.normal(200 + 30 * wide, 20), "b": rng.normal(size=n)})
    return table.assign(label=np.where(wide == 1, "wide", "narrow"))


@pytest.fixture(autouse=True)
def scaled_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with training data, a version of them scaled and shortened, and a test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    _table(160, 1).to_csv("train.csv", index=False)
    _table(120, 2).to_csv("test.csv", index=False)
    before = read("train.csv", label="label")
    write(apply_edits(before, [DROP, SCALE]), "better.csv")
    write_patch(make_patch(before, [DROP, SCALE]), "edits.jsonl")
    return tmp_path


def _remember(*edits: Edit) -> None:
    """Make versions of the training data, one for each edit."""
    with Project() as project:
        version = project.import_dataset(read("train.csv", label="label"))
        for edit in edits:
            dataset = project.load(version)
            version = project.add_version(version, [edit], apply_edits(dataset, [edit]))


def _prove(
    capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0
) -> dict[str, Any]:
    assert run(["prove", *arguments, *TEST, "--json"]) == code
    captured = capsys.readouterr()
    return json.loads(captured.out) if code == 0 else {"error": captured.err}


def _is_fair(proof: dict[str, Any]) -> bool:
    """A scaled column changes a linear model little, unless its test is not scaled."""
    return bool(abs(proof["after"]["mean"] - proof["before"]["mean"]) < 0.1)


def test_a_scaled_file_without_its_transforms_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = _prove(capsys, "train.csv", "better.csv", "--label", "label", code=2)["error"]
    assert "column a differs in 157 of 157 rows" in error
    assert "--patch FILE" in error
    assert not Path(".tilth").exists()


def test_a_scaled_file_with_its_patch_is_compared_on_scaled_test_rows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    known = ["--label", "label", "--patch", "edits.jsonl"]
    assert _is_fair(_prove(capsys, "train.csv", "better.csv", *known))


def test_the_judge_does_not_learn_from_columns_that_say_where_a_row_comes_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("train", "test"):  # the annotator's name gives the label away
        table = pd.read_csv(f"{name}.csv")
        table.assign(by=table["label"] + "!").to_csv(f"{name}.csv", index=False)
    pd.read_csv("train.csv")[5:].to_csv("better.csv", index=False)
    known = ["train.csv", "better.csv", "--label", "label"]
    assert _prove(capsys, *known)["before"]["mean"] == 1
    assert _prove(capsys, *known, "--annotator", "by")["before"]["mean"] < 0.9


def test_the_patch_of_other_edits_does_not_help(capsys: pytest.CaptureFixture[str]) -> None:
    write_patch(make_patch(read("train.csv", label="label"), [DROP]), "other.jsonl")
    known = ["--label", "label", "--patch", "other.jsonl"]
    assert "column a" in _prove(capsys, "train.csv", "better.csv", *known, code=2)["error"]


@pytest.mark.parametrize("before", ["train.csv", "v1"])
@pytest.mark.parametrize("after", ["better.csv", "v3"])
def test_files_that_are_remembered_versions_go_by_their_edits(
    before: str, after: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _remember(DROP, SCALE)
    assert _is_fair(_prove(capsys, before, after, "--label", "label"))
    with Project() as project:
        assert project.log()[0]["proof"] is not None


def test_a_file_is_found_though_another_dataset_was_used_since(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _remember(DROP, SCALE)
    with Project() as project:
        project.import_dataset(read("test.csv", label="label"))
    assert _is_fair(_prove(capsys, "train.csv", "better.csv", "--label", "label"))


def test_a_version_of_a_changed_file_keeps_the_transforms_that_made_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _remember(DROP, SCALE)
    pd.read_csv("train.csv")[:150].to_csv("less.csv", index=False)
    assert _is_fair(_prove(capsys, "less.csv", "v3", "--label", "label"))


def test_a_version_that_lost_a_transform_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _remember(DROP, SCALE)
    error = _prove(capsys, "v3", "v1", code=2)["error"]
    assert "v3 has transform column a" in error


def test_sisters_with_the_same_column_edits_are_compared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _remember(DROP)
    with Project() as project:
        version = project.version("v1")
        other = [Edit("drop", pd.DataFrame({"example_id": [5]}), WHY), SCALE]
        project.add_version(version, other, apply_edits(project.load(version), other))
    assert _is_fair(_prove(capsys, "v2", "v3"))


def test_a_test_changed_since_a_version_was_proven_on_it_is_invalid_until_it_is_restored(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _remember(DROP, SCALE)
    assert _prove(capsys, "v1", "v3")["verdict"] != "INVALID"
    recorded = Path("test.csv").read_text()
    table = pd.read_csv("test.csv")
    table.loc[0, "label"] = "wide" if table.loc[0, "label"] == "narrow" else "narrow"
    table.to_csv("test.csv", index=False)
    for _ in range(2):
        proof = _prove(capsys, "v1", "v3")
        assert proof["verdict"] == "INVALID"
        assert "a row or a label was changed since" in proof["why"]
    assert _prove(capsys, "v1", "v2")["verdict"] != "INVALID"  # never proven on it
    Path("test.csv").write_text(recorded)
    assert _prove(capsys, "v1", "v3")["verdict"] != "INVALID"


def _refused(before: pd.DataFrame, after: pd.DataFrame, **roles: Any) -> bool:
    first, second = (read(table, label="label", **roles) for table in (before, after))
    try:
        refuse_untold(first, second, ())
    except InvalidInputError:
        return True
    return False


def test_other_examples_and_few_changed_cells_are_no_transform() -> None:
    table = _table(300, 3)
    assert not _refused(table, _table(300, 4))
    assert not _refused(table, _table(280, 5))
    cells = table.copy()
    cells.loc[:100, "a"] = 0.0
    assert not _refused(table, cells)
    counted = table.assign(number=np.arange(300))
    assert not _refused(counted, _table(280, 5).assign(number=np.arange(280) + 9_000))


@pytest.mark.parametrize("n_after", [300, 260])
def test_a_scaled_column_is_seen_with_and_without_dropped_rows(n_after: int) -> None:
    table = _table(300, 3)
    scaled = table.assign(b=(table["b"] - 0.7) / 2.5)[:n_after]
    assert _refused(table, scaled)


def test_rows_with_ids_are_compared_by_id_in_whatever_order() -> None:
    table = _table(300, 3).assign(key=np.arange(300) + 1_000, b=np.arange(300) % 3)
    shuffled = table.sample(frac=0.8, random_state=1)
    assert not _refused(table, shuffled, id="key")
    assert _refused(table, shuffled.assign(b=shuffled["b"] - 1), id="key")


def test_an_output_is_never_an_input_or_another_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept = Path("train.csv").read_bytes()
    assert run(["apply", "edits.jsonl", "train.csv", "-o", "./train.csv"]) == 2
    assert "-o must not be SOURCE" in capsys.readouterr().err
    Path("link.csv").symlink_to("train.csv")
    assert run(["apply", "edits.jsonl", "train.csv", "-o", "link.csv"]) == 2
    assert Path("train.csv").read_bytes() == kept
    with pytest.raises(InvalidInputError, match="--patch must not be -o"):
        check_output(Path("new.csv"), "--patch", (), {"SOURCE": None, "-o": "./new.csv"})
    check_output(Path("new.csv"), "-o", (), {"SOURCE": "train.csv", "--test": "test.csv"})
