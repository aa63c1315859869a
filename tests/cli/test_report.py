"""`tilth report` and the reports other commands write, as a user types it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilth.cli.app import run

FEW = ["--select", "exact_duplicates,class_imbalance", "--jobs", "1"]


def _rows(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    wide = rng.integers(2, size=n)
    table = pd.DataFrame(rng.normal(wide[:, None], 0.6, size=(n, 3)), columns=list("abc"))
    return table.assign(label=np.where(wide == 1, "wide", "narrow"))


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    train = _rows(120, 1)
    pd.concat([train, train.head(4)]).to_csv("train.csv", index=False)


def test_an_audit_writes_a_page_and_the_project_makes_it_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["audit", "train.csv", "--label", "label", *FEW, "--html", "a.html"]) == 0
    assert "Report    a.html" in capsys.readouterr().out
    assert run(["report", "-o", "again.html"]) == 0
    assert "v1 of" in capsys.readouterr().out
    for name in ("a.html", "again.html"):
        assert "4 examples repeat another one exactly" in Path(name).read_text()
    words = "<span>audit</span> <span>train.csv</span>"  # of the command that ran
    assert words in Path("again.html").read_text()


def test_a_report_comes_in_three_formats_and_says_where_it_went(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(["audit", "train.csv", "--label", "label", *FEW])
    capsys.readouterr()
    assert (
        run(["report", "v1", "-o", "r.txt", "--format", "json", "--redact", "--json"]) == 0
    )
    written = json.loads(capsys.readouterr().out)
    assert (written["format"], written["redacted"], written["version"]) == (
        "json",
        True,
        "v1",
    )
    document = json.loads(Path("r.txt").read_text())
    assert document["made"]["seed"] == 0
    assert document["dataset"]["name"] == "train.csv"
    assert run(["report", "-o", "r.md"]) == 0
    assert Path("r.md").read_text().startswith("# 4 examples repeat")


def test_an_improvement_writes_its_page_beside_the_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _rows(120, 2).to_csv("test.csv", index=False)
    known = ["--label", "label", "--test", "test.csv", "--model", "logistic", "--jobs", "1"]
    assert run(["improve", "train.csv", *known, "--budget", "1s", "-o", "new.csv"]) == 0
    assert "report     new.report.html" in capsys.readouterr().out
    page = Path("new.report.html").read_text()
    assert 'id="proof"' in page
    assert "test rows" in page
    assert run(["report", "v1", "-o", "stored.html"]) == 0
    assert 'id="proof"' in Path("stored.html").read_text()


@pytest.mark.parametrize("source", ["train.csv", "few.csv"])
def test_where_no_check_was_asked_no_report_speaks_of_any(
    capsys: pytest.CaptureFixture[str], source: str
) -> None:
    _rows(40, 2).to_csv("few.csv", index=False)
    test = ["--test", "few.csv"] if source == "train.csv" else []
    run(["improve", source, "--label", "label", *test, "--html", "r.html"])
    assert "INVALID" in capsys.readouterr().out
    for name in ("stored.html", "stored.md"):
        assert run(["report", "-o", name]) == 0
    for name in ("r.html", "stored.html", "stored.md"):
        page = Path(name).read_text()
        assert "INVALID" in page
        assert "Give a test" in page  # what may help
        for said in ("The checks looked at", "Every check", "Its line"):
            assert said not in page


def test_what_was_found_on_a_part_is_kept_with_the_rows_of_the_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    known = ["--label", "label", "--model", "logistic", "--jobs", "1", "--budget", "1s"]
    whole = _rows(600, 1)  # a fifth of them is enough for a proof
    pd.concat([whole, whole.head(9)]).to_csv("train.csv", index=False)
    assert run(["improve", "train.csv", *known, "--html", "i.html"]) == 0
    assert "held out for the proof" in Path("i.html").read_text()
    assert run(["report", "v1", "-o", "r.json"]) == 0
    document = json.loads(Path("r.json").read_text())
    (copies,) = [c for c in document["checks"] if c["name"] == "exact_duplicates"]
    for issue in copies["issues"]:
        one, other = (example["cells"] for example in issue["examples"])
        assert one == other


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report"], "-o must name the file to write"),
        (
            ["report", "-o", "r.html", "--format", "pdf"],
            "--format must be one of html, md, json",
        ),
        (["report", "-o", "no/where.html"], "-o must lie in a folder that exists"),
        (["report", "v7", "-o", "r.html"], "no version v7"),
        (["audit", "train.csv", "--html", "train.csv"], "--html must end in .html, .htm"),
    ],
)
def test_what_cannot_be_written_is_said_before_any_work(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    run(["audit", "train.csv", "--label", "label", *FEW])
    capsys.readouterr()
    assert run(arguments) == 2
    assert said in capsys.readouterr().err


def test_a_version_of_which_nothing_is_recorded_names_the_first_step(
    capsys: pytest.CaptureFixture[str],
) -> None:
    known = [
        "--label",
        "label",
        "--model",
        "logistic",
        "--audit-sample",
        "5",
        "-o",
        "s.csv",
    ]
    assert run(["improve", "train.csv", *known]) == 0  # imports the data and stops
    capsys.readouterr()
    assert run(["report", "-o", "r.html"]) == 2
    assert "tilth audit v1" in capsys.readouterr().err
