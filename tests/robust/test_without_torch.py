"""Without the extra: one sentence says what to install, and nothing else changes."""

import subprocess
import sys
from pathlib import Path

import pandas as pd

# Runs in a process of its own where torch cannot be found, installed or not.
_HIDE = """
import importlib.util, sys
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "torch" else found(name, *rest)
"""


def _run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _HIDE + code]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)


def test_importing_the_room_says_what_to_install(tmp_path: Path) -> None:
    code = """
try:
    from tilth.models.robust import CoTeaching
except ImportError as error:
    print(type(error).__name__, error.exit_code, error)
"""
    told = _run(code, tmp_path).stdout
    assert told.startswith("MissingExtraError 4 Noise-robust training needs PyTorch")
    assert "pip install 'tilth[torch]'" in told


def test_a_robust_model_on_the_command_line_exits_with_4(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": range(200), "y": [0, 1] * 100})
    frame.iloc[:100].to_csv(tmp_path / "a.csv", index=False)
    frame.iloc[:90].to_csv(tmp_path / "b.csv", index=False)
    frame.iloc[100:].to_csv(tmp_path / "t.csv", index=False)
    code = """
sys.argv = "tilth prove a.csv b.csv --test t.csv --label y --model tilth.models.robust:PlainTraining".split()
from tilth.__main__ import main
sys.exit(main())
"""
    ended = _run(code, tmp_path)
    assert ended.returncode == 4
    assert "pip install 'tilth[torch]'" in ended.stderr
    assert "Traceback" not in ended.stderr
