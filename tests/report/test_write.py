"""Reports as files: within budget, whole or not at all, in three formats."""

import json
from pathlib import Path

import pandas as pd
import pytest
from tests.report.runs import outcomes_of, run_of

from tilth.data.dataset import Dataset
from tilth.data.read import read
from tilth.errors import InvalidInputError
from tilth.report import write
from tilth.report.write import report_text, write_run


@pytest.mark.parametrize(
    ("name", "start"), [("r.html", "<!doctype"), ("r.md", "# "), ("r.json", "{")]
)
def test_the_ending_chooses_the_format(
    letters: Dataset, tmp_path: Path, name: str, start: str
) -> None:
    write_run(run_of(letters), tmp_path / name)
    assert (tmp_path / name).read_text().startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_json_is_the_document_in_ascii(letters: Dataset) -> None:
    text = report_text(run_of(letters), "json")
    assert text.isascii()
    assert json.loads(text)["schema"] == "tilth.report/1"


def test_a_report_too_large_shows_fewer_examples_and_says_so(
    letters: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = report_text(run_of(letters))
    monkeypatch.setattr(write, "MAX_BYTES", len(whole.encode()) - 1)
    monkeypatch.setattr(write, "N_SHOWN", 6)
    smaller = report_text(run_of(letters))
    assert len(smaller) < len(whole)
    assert "The 3 worst findings are listed of label_errors" in smaller


def test_megabytes_in_a_cell_and_long_names_stay_within_the_budget() -> None:
    texts = ["wide \u00e4 " * 200_000 + str(i) for i in range(24)]
    table = pd.DataFrame(
        {"c" * 10_000: texts, "label": ["x" * 100_000, "y" * 100_000] * 12}
    )
    dataset = read(table, label="label", text="c" * 10_000)
    outcomes = outcomes_of(dataset)
    del outcomes["label_patterns"]
    text = report_text(run_of(dataset, outcomes=outcomes))
    assert len(text.encode()) < 200_000


def test_a_folder_that_is_not_there_is_said(letters: Dataset, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"folder that exists.*mkdir -p"):
        write_run(run_of(letters), tmp_path / "none" / "r.html")


def test_a_report_that_fails_leaves_the_old_one(
    letters: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "r.html").write_text("old")

    def full(*_: object, **__: object) -> int:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="disk full"):
        write_run(run_of(letters), tmp_path / "r.html")
    monkeypatch.undo()
    assert (tmp_path / "r.html").read_text() == "old"
