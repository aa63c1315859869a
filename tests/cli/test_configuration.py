"""Options from files and the environment."""

import json
from pathlib import Path

import pytest

from tilth.cli.app import run

TABLE = "review,label\n" + "".join(
    f"{word} number {i},{label}\n"
    for i in range(30)
    for word, label in (("good", "a"), ("bad", "b"))
)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    (tmp_path / "reviews.csv").write_text(TABLE)


def _shown(capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[object, str]]:
    assert run(["config", "--show", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    return {row["name"]: (row["value"], row["origin"]) for row in document["settings"]}


def _checks(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert run(["audit", "reviews.csv", *arguments, "--json"]) == 0
    return [check["name"] for check in json.loads(capsys.readouterr().out)["checks"]]


def test_the_command_line_is_stronger_than_the_environment_and_that_than_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tilth.toml").write_text('select = "outliers"\n')
    assert _checks(capsys) == ["outliers"]
    monkeypatch.setenv("TILTH_SELECT", "missing_values")
    assert _checks(capsys) == ["missing_values"]
    assert _checks(capsys, "--select", "class_imbalance") == ["class_imbalance"]
    assert _checks(capsys, "--select=class_imbalance") == ["class_imbalance"]


def test_a_table_of_a_command_is_for_that_command_alone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "tilth.toml").write_text(
        'select = "outliers"\n[audit]\nselect = ["missing_values", "class_imbalance"]\n'
        "[improve]\nseed = 4\n"
    )
    assert _checks(capsys) == ["missing_values", "class_imbalance"]
    shown = _shown(capsys)
    assert shown["audit.select"][1] == "tilth.toml [audit]"
    assert shown["improve.seed"] == (4, "tilth.toml [improve]")
    assert shown["seed"] == (0, "default")


def test_the_environment_is_stronger_than_a_table_of_a_command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tilth.toml").write_text("[audit]\nseed = 4\n")
    monkeypatch.setenv("TILTH_SEED", "9")
    assert "audit.seed" not in (shown := _shown(capsys))
    assert shown["seed"] == ("9", "TILTH_SEED")


def test_pyproject_counts_where_there_is_no_tilth_toml(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.tilth]\nselect = "outliers"\n')
    assert _checks(capsys) == ["outliers"]
    assert _shown(capsys)["select"] == ("outliers", "pyproject.toml [tool.tilth]")
    (tmp_path / "tilth.toml").write_text('select = "missing_values"\n')
    assert _checks(capsys) == ["missing_values"]


@pytest.mark.parametrize("broken", ["[tool", "[tool.other]\nx = 1\n", ""])
def test_a_pyproject_of_others_is_no_matter(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, broken: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(broken)
    assert _shown(capsys)["seed"] == (0, "default")


def test_shared_options_and_switches_can_be_set(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tilth.toml").write_text('project = "elsewhere"\nquiet = true\n')
    assert run(["audit", "reviews.csv", "--select", "outliers"]) == 0
    assert "Next" not in capsys.readouterr().out
    assert (tmp_path / "elsewhere" / ".tilth").is_dir()
    monkeypatch.setenv("TILTH_QUIET", "no")
    assert run(["audit", "reviews.csv", "--label", "label"]) == 0
    assert (tmp_path / "elsewhere" / ".tilth").is_dir()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('lable = "x"\n', "Did you mean label?"),
        ('[audit]\nbudget = "5m"\n', "tilth config --show"),
        ("seed = [1, 2]\n", "one value"),
        ("quiet = 3\n", "true or false"),
        ("seed = true\n", "a text or a number"),
        ('label = {name = "x"}\n', "a text or a number"),
        ("seed = = 1\n", "not TOML"),
        ('seed = "soon"\n', "seed"),
    ],
)
def test_a_wrong_setting_is_said_with_its_place(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, written: str, said: str
) -> None:
    (tmp_path / "tilth.toml").write_text(written)
    assert run(["audit", "reviews.csv"]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


def test_the_log_remembers_the_command_with_what_was_configured(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "tilth.toml").write_text("seed = 5\n")
    assert run(["audit", "reviews.csv", "--select", "outliers"]) == 0
    capsys.readouterr()
    assert run(["log"]) == 0
    assert "tilth audit --seed 5 reviews.csv --select outliers" in capsys.readouterr().out
