"""`tilth audit --labels F --pred-probs F`: label checks on files of any size."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from tilth.cli import options
from tilth.display.numbers import count
from tilth.display.terminal import clipped, command_line
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tilth.checks.check import Outcome
    from tilth.cli.screen import Screen
    from tilth.data.label_files import LabelFiles
    from tilth.engine.label_audit import LabelAudit


class Asked(NamedTuple):
    """The files of a command.

    Attributes
    ----------
    labels, pred_probs : str
        Their paths; empty where there are none.
    classes : str or None
        Names of the columns of the probabilities, comma-separated.
    out : Path or None
        Where every flagged row is written.
    has_header : bool
        Whether the first line of a .csv names its columns.
    """

    labels: str
    pred_probs: str
    classes: str | None
    out: Path | None
    has_header: bool


def are_alone(asked: Asked, others: "Mapping[str, Any]") -> bool:
    """Whether labels and probabilities were given, and nothing else about the examples.

    Raises
    ------
    InvalidInputError
        If an output was asked for that goes with them alone.
    """
    known = {"pred_probs", "classes"}
    said = {name for name, value in others.items() if value and name not in known}
    if others["task"] == "classification":
        said.discard("task")
    is_alone = bool(asked.labels and asked.pred_probs) and not said
    if asked.out is not None and not is_alone:
        raise InvalidInputError(
            "-o goes with --labels and --pred-probs alone: it writes every flagged row. With "
            "more, --json lists the findings, and --html FILE writes a report."
        )
    return is_alone


def audit_files(
    ctx: typer.Context,
    screen: "Screen",
    asked: Asked,
    *,
    select: list[str] | None,
    limit: int | None,
    jobs: int | None,
) -> list[dict[str, Any]]:
    """Ask the label checks, print each answer as it comes; return the checks as documents."""
    from tilth.cli import reports, workplace
    from tilth.data.label_files import open_label_files
    from tilth.report import documents
    from tilth.report.made import made

    files = {"--labels": asked.labels, "--pred-probs": asked.pred_probs}
    options.check_output(asked.out, "-o", (".parquet",), files)
    with tempfile.TemporaryDirectory(prefix="tilth-") as folder, screen.working():
        opened = open_label_files(
            asked.labels,
            asked.pred_probs,
            Path(folder),
            classes=options.names([asked.classes]) if asked.classes else None,
            has_header=asked.has_header,
            on_rows=_unpacking(screen),
        )
        result = _asked(
            screen,
            opened,
            select=select,
            out=asked.out,
            n_workers=jobs or options.n_cores(),
        )
    how = {"made": made(result.files, command=ctx.obj.command)}
    with workplace.Workplace(ctx.obj, screen) as project:
        project.remember_run("audit", documents.label_audit_document(result, limit=0) | how)
    document = documents.label_audit_document(result, limit) | how
    steps = _steps(document, asked, ctx)
    reports.show_end(screen, document, steps, {"Findings": asked.out})
    checks: list[dict[str, Any]] = document["checks"]
    return checks


def _unpacking(screen: "Screen") -> "Callable[[int], None]":
    done = 0

    def told(n_rows: int) -> None:
        nonlocal done
        done += n_rows
        screen.progress("unpacking", done, done + 1)  # how many there are is not known yet

    return told


def _asked(screen: "Screen", files: "LabelFiles", **how: Any) -> "LabelAudit":
    from tilth.cli import audit_lines
    from tilth.engine.label_audit import audit_label_files
    from tilth.report import documents

    size = f"   {count(len(files))} rows · {count(files.n_classes, 'class')}"
    screen.parts((clipped(files.source, 60), "bold"), (size, ""))
    for note in files.notes:
        screen.note(f"  note: {note}")

    def show(name: str, outcome: "Outcome") -> None:
        document = documents.check_document(name, outcome, files, limit=1)
        if document["outcome"] in ("findings", "failed"):
            line = audit_lines.check_line(
                document, id_column=None, snippet="", width=screen.width
            )
            screen.parts(*line)
            for more in audit_lines.facts_lines(document):
                screen.parts(*more)

    return audit_label_files(files, **how, progress=screen.progress, on_outcome=show)


def _steps(
    document: dict[str, Any], asked: Asked, ctx: typer.Context
) -> list[tuple[str, str]]:
    """Return the commands that go on from an audit of two files."""
    from tilth.cli.again import carried

    found = {
        check["name"]: check["n_issues"]
        for check in document["checks"]
        if check["outcome"] == "findings"
    }
    n_wrong = found.get("label_errors", 0)
    said = []
    if n_wrong and asked.out is None:
        again_with = carried(ctx, "audit", {"out": "findings.parquet"})
        line = command_line(*ctx.obj.program, "audit", *again_with)
        said.append((line, f"write all {n_wrong:,} flagged rows"))
    if found:
        said.append(
            (command_line("tilth", "explain", next(iter(found))), "what it asks, and how")
        )
    return said
