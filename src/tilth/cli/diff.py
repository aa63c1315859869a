"""`tilth diff`: what changed between two versions."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tilth.cli import options

if TYPE_CHECKING:
    from tilth.edits.edit import Edit

_SHOWN = 5


def diff(
    ctx: typer.Context,
    before: Annotated[
        str, typer.Argument(metavar="A", help="File or version, such as v1.")
    ],
    after: Annotated[str, typer.Argument(metavar="B", help="File or version, such as v2.")],
    label: options.Label = None,
    id_: options.Id = None,
    limit: Annotated[
        int, typer.Option(metavar="N", help="Changes shown for each kind of edit.", min=0)
    ] = _SHOWN,
    image_root: options.ImageRoot = None,
    no_header: options.NoHeader = False,
    as_json: options.Json = False,
) -> None:
    """Say what differs between two versions.

    Examples dropped, added or relabelled, columns changed.
    """
    from tilth.cli import workplace
    from tilth.cli.screen import Screen
    from tilth.data.plain_values import plain_value
    from tilth.edits.diff import diff as edits_between

    screen = Screen(ctx.obj, as_json=as_json)
    with workplace.Workplace(
        ctx.obj, screen, has_header=not no_header, image_root=image_root
    ) as project:
        first = project.load_before(before, {"label": label, "id": id_})
        second = project.load_after(after, first)
    edits = edits_between(first, second)
    for line in _lines(edits, limit):
        screen.line(line)
    if not edits:
        screen.line("no difference")
    screen.document(
        {
            "schema": "tilth.diff/1",
            "n_before": len(first),
            "n_after": len(second),
            "edits": [
                edit.to_document()
                | {"targets": plain_value(edit.targets.to_dict(orient="records"))}
                for edit in edits
            ],
        }
    )


def _lines(edits: Sequence["Edit"], limit: int) -> list[str]:
    from tilth.display.numbers import count

    lines = []
    for edit in edits:
        on = f" {edit.column}" if edit.column else ""
        size = f" {count(edit.n, 'row')}" if len(edit.targets) else ""
        lines.append(f"{edit.op.replace('_', ' ')}{on}{size}")
        targets: list[dict[Any, Any]] = edit.targets.head(limit).to_dict(orient="records")
        for target in targets:
            change = (
                f"  {target['before']} -> {target['after']}" if "before" in target else ""
            )
            lines.append(f"  {target['example_id']}{change}")
        if len(edit.targets) > limit > 0:
            lines.append(f"  and {count(len(edit.targets) - limit)} more")
    return lines
