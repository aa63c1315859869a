"""`tilth undo`: a version taken back."""

from pathlib import Path
from typing import Annotated

import typer

from tilth.cli import completion, options


def undo(
    ctx: typer.Context,
    version: Annotated[
        str,
        typer.Argument(
            metavar="VERSION",
            help="The version to take back, such as v2.",
            autocompletion=completion.versions,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="FILE", help="Write the data as they were before."
        ),
    ] = None,
    keep_formulas: options.KeepFormulas = False,
    as_json: options.Json = False,
) -> None:
    """Take a version back.

    Its edits are inverted, and the result is compared with what was there before, byte by
    byte. Nothing is deleted: the version stays in the log.
    """
    from tilth.cli.exports import write_out
    from tilth.cli.screen import Screen
    from tilth.data.write import ENDINGS
    from tilth.display.numbers import count
    from tilth.store.project import Project

    screen = Screen(ctx.obj, as_json=as_json)
    options.check_output(out, "-o", ENDINGS)
    with Project(ctx.obj.project) as project:
        parent = project.undo(version, command=ctx.obj.command)
        if out is not None:
            write_out(screen, project.load(parent), out, keep_formulas=keep_formulas)
    size = count(parent.n_examples, "row")
    screen.line(f"undone     {version}; the data are {parent.name} again, {size}")
    if out is not None:
        screen.line(f"written    {out}")
    screen.document(
        {
            "schema": "tilth.undo/1",
            "undone": version,
            "version": parent.name,
            "n_examples": parent.n_examples,
            "out": out and str(out),
        }
    )
