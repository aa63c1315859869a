"""`tilth apply`: the edits of a patch on a file."""

from pathlib import Path
from typing import Annotated

import typer

from tilth.cli import options


def apply(
    ctx: typer.Context,
    patch: Annotated[
        Path, typer.Argument(metavar="PATCH", help="Patch file (JSON Lines).")
    ],
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="File or version to edit.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            "-o",
            "--out",
            metavar="FILE",
            help="Write the result here; SOURCE is not changed.",
        ),
    ],
    transforms_only: Annotated[
        bool,
        typer.Option(
            "--transforms-only", help="Column transforms alone: for test and future data."
        ),
    ] = False,
    image_root: options.ImageRoot = None,
    no_header: options.NoHeader = False,
    keep_formulas: options.KeepFormulas = False,
    as_json: options.Json = False,
) -> None:
    """Make the edits of a patch on a file.

    SOURCE is the data the patch was made for, or a refreshed copy: examples are found by
    id or content, never by position, and every conflict is reported.
    """
    from tilth.cli import workplace
    from tilth.cli.exports import write_out
    from tilth.cli.screen import Screen
    from tilth.data.write import ENDINGS
    from tilth.display.numbers import count
    from tilth.edits.apply import apply_transforms
    from tilth.edits.edit import COLUMN_OPS
    from tilth.edits.patch import apply_patch
    from tilth.edits.patch_file import read_patch
    from tilth.report import documents

    screen = Screen(ctx.obj, as_json=as_json)
    options.check_output(out, "-o", ENDINGS, {"SOURCE": source, "PATCH": patch})
    edits = read_patch(patch)
    with workplace.Workplace(
        ctx.obj, screen, has_header=not no_header, image_root=image_root
    ) as project:
        dataset = project.load_for_patch(source, edits)
    edited = (
        apply_transforms(dataset, edits.edits)
        if transforms_only
        else apply_patch(edits, dataset)
    )
    write_out(screen, edited, out, keep_formulas=keep_formulas)
    used = [e for e in edits.edits if not transforms_only or e.op in COLUMN_OPS]
    before, after = count(len(dataset)), count(len(edited), "row")
    screen.line(f"applied    {count(len(used), 'edit')}, {before} -> {after}")
    screen.line(f"written    {out}")
    screen.document(
        {
            "schema": "tilth.apply/1",
            "edits": documents.edits_document(used),
            "transforms_only": transforms_only,
            "n_before": len(dataset),
            "n_after": len(edited),
            "out": str(out),
        }
    )
