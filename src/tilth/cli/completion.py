"""What the shell offers after a TAB: checks, metrics, models, versions."""

from collections.abc import Iterator
from pathlib import Path

import typer

from tilth.errors import TilthError


def checks(incomplete: str) -> list[str]:
    """Offer the names of checks; of several behind commas the last one is completed."""
    from tilth.checks import CHECKS

    before, comma, last = incomplete.rpartition(",")
    names = (check.name for check in CHECKS)
    return [f"{before}{comma}{name}" for name in names if name.startswith(last)]


def metrics(incomplete: str) -> list[str]:
    """Offer the names of metrics."""
    from tilth.trial.metrics import METRICS

    return [name for name in METRICS if name.startswith(incomplete)]


def models(incomplete: str) -> list[str]:
    """Offer the built-in models and the Python files here."""
    from tilth.models.defaults import NAMES

    files = (f"{path}:" for path in sorted(Path().glob("*.py")))
    return [name for name in (*NAMES, *files) if name.startswith(incomplete)]


def versions(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer the versions of the project's last dataset, with what made them."""
    from tilth.store.project import Project

    folder = (ctx.find_root().params or {}).get("project") or Path()
    if not (Path(folder) / ".tilth").is_dir():
        return
    try:
        with Project(Path(folder)) as project:
            for version in project.versions():
                if version.name.startswith(incomplete):
                    yield version.name, f"{version.n_examples:,} rows"
    except TilthError:  # a damaged project is told of by commands, not by a TAB
        return
