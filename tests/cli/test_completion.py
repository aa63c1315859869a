"""What the shell offers after a TAB."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def _offered(folder: Path, line: str) -> list[str]:
    """Ask as bash does: the words so far, and which of them is being typed."""
    asked = {
        "_TILTH_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tilth"],
        cwd=folder,
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return [word for word in done.stdout.split("\n") if word]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("tilth a", ["audit", "apply"]),
        ("tilth audit --sp", ["--split"]),
        ("tilth explain label_", ["label_patterns", "label_errors"]),
        ("tilth audit --select outliers,label_e", ["outliers,label_errors"]),
        ("tilth improve --metric r", ["r2", "rmse"]),
        ("tilth improve --model bo", ["boosted-trees"]),
        ("tilth improve --model mi", ["mine.py:"]),
        ("tilth undo v", []),
    ],
)
def test_a_tab_offers_what_fits(tmp_path: Path, line: str, offered: list[str]) -> None:
    (tmp_path / "mine.py").touch()
    assert _offered(tmp_path, line) == offered


def test_a_tab_offers_the_versions_of_the_project(tmp_path: Path) -> None:
    table = "size,label\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(40))
    (tmp_path / "data.csv").write_text(table)
    command = [sys.executable, "-m", "tilth", "audit", "data.csv", "--select", "outliers"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert _offered(tmp_path, "tilth undo ") == ["v1"]
