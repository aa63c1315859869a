"""The command line answers at once: nothing heavy is imported before it is needed."""

import resource
import subprocess
import sys

import pytest

HEAVY = (
    "numpy",
    "pandas",
    "sklearn",
    "scipy",
    "pyarrow",
    "joblib",
    "sqlalchemy",
    "torch",
)


def _run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(option: str) -> None:
    code = f"""
import sys
sys.argv = ["tilth", {option!r}]
from tilth.__main__ import main
main()
print("loaded", [name for name in {HEAVY!r} if name in sys.modules])
"""
    assert _run(code).stdout.strip().endswith("loaded []")


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = f"import sys, tilth; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert _run(code).stdout.strip() == "[]"


@pytest.mark.parametrize(("option", "seconds"), [("--help", 0.3), ("--version", 0.15)])
def test_help_and_version_cost_little_cpu(option: str, seconds: float) -> None:
    command = [sys.executable, "-m", "tilth", option]
    costs = []
    for _ in range(4):  # the first may compile; the best of the rest counts
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        costs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(costs[1:]) <= seconds
