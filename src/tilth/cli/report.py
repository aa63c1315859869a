"""`tilth report`: what the project remembers of a version, as one file to share."""

from pathlib import Path
from typing import Annotated

import typer

from tilth.cli import options
from tilth.errors import InvalidInputError


def report(
    ctx: typer.Context,
    version: Annotated[
        str,
        typer.Argument(
            metavar="VERSION",
            help="A version such as v2; left out: the latest of the last dataset.",
            show_default=False,
        ),
    ] = "latest",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Write it here.")
    ] = None,
    fmt: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="html|md|json",
            help="What to write.",
            show_default="by the ending of FILE",
        ),
    ] = None,
    redact: options.Redact = False,
    as_json: options.Json = False,
) -> None:
    """Write a report of a version to one file.

    It holds the verdict, the problems found with examples, the proof and how all of it was
    computed. HTML opens without a network, and without JavaScript.
    """
    from tilth.cli.screen import Screen
    from tilth.report.stored import stored_run
    from tilth.report.write import FORMATS, format_of, write_run
    from tilth.store.project import Project

    screen = Screen(ctx.obj, as_json=as_json)
    if out is None:
        raise InvalidInputError(
            "-o must name the file to write, got none. Give -o report.html"
        )
    options.check_output(out, "-o")
    chosen = next((known for known in FORMATS if known == fmt), None)
    if fmt is not None and chosen is None:
        raise InvalidInputError(f"--format must be one of {', '.join(FORMATS)}, got {fmt}.")
    with Project(ctx.obj.project) as project:
        found = project.version(version)
        run = stored_run(project, found, ctx.obj.program)
    write_run(run, out, chosen, redacted=redact)
    screen.line(f"written    {out}: {found.name} of {found.source_path}")
    screen.document(
        {
            "schema": "tilth.written/1",
            "version": found.name,
            "source": found.source_path,
            "out": str(out),
            "format": chosen or format_of(out),
            "redacted": redact,
        }
    )
