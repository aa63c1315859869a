"""What a spreadsheet would run is written so that it does not, and is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from tests.hostile import ATTACKS

from tilth import read
from tilth.data.write import write

if TYPE_CHECKING:
    from pathlib import Path

RUNS = [
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "=cmd|' /C calc'!A0",
    "\uff1d1",
    "-not it",
]
SAFE = ["-2", "+1.5e-3", "-.5", "-", "=", "a=b", " =1", "'=1", "", "(+)"]


@pytest.mark.parametrize("ending", [".csv", ".tsv"])
def test_cells_that_would_run_get_an_apostrophe(tmp_path: Path, ending: str) -> None:
    table = pd.DataFrame({"t": [*RUNS, *SAFE], "=name": "x"})
    path = tmp_path / f"out{ending}"
    assert write(read(table), path, guard_formulas=True) == len(RUNS) + 1
    found = read(path, text="t").table
    assert found["t"].fillna("").tolist() == [*("'" + cell for cell in RUNS), *SAFE]
    assert list(found.columns) == ["t", "'=name"]


def test_numbers_dates_and_truth_values_are_left_alone(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "n": [-1, 2],
            "f": [-1.5, 2.0],
            "b": [True, False],
            "d": pd.to_datetime(["2020", "2021"]),
        }
    )
    assert write(read(table), tmp_path / "out.csv", guard_formulas=True) == 0
    assert write(read(table), tmp_path / "plain.csv") == 0
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "plain.csv").read_bytes()


def test_categories_and_attacks_are_guarded(tmp_path: Path) -> None:
    table = pd.DataFrame({"c": pd.Categorical(["=1+1", "b"]), "a": list(ATTACKS[:2])})
    assert write(read(table), tmp_path / "out.csv", guard_formulas=True) == 1
    table = pd.DataFrame({"a": ATTACKS})
    write(read(table, text="a"), tmp_path / "all.csv", guard_formulas=True)
    for cell in read(tmp_path / "all.csv", text="a").table["a"]:
        assert cell[0] not in "=+-@\t\r\n"


@pytest.mark.parametrize("name", ["out.parquet", "out.jsonl"])
def test_other_formats_keep_every_cell(tmp_path: Path, name: str) -> None:
    data = read({"t": RUNS}, text="t")
    assert write(data, tmp_path / name, guard_formulas=True) == 0
    assert read(tmp_path / name, text="t").table["t"].tolist() == RUNS
