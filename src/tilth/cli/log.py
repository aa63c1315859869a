"""`tilth log`: what became of a dataset."""

from collections.abc import Mapping
from typing import Any

import typer

from tilth.cli import options


def log(ctx: typer.Context, as_json: options.Json = False) -> None:
    """List the versions of the last dataset, newest first."""
    from tilth.cli.screen import Screen
    from tilth.data.plain_values import plain_value
    from tilth.store.project import Project

    screen = Screen(ctx.obj, as_json=as_json)
    with Project(ctx.obj.project) as project:
        last = project.version()
        entries = project.log()
    screen.line(last.source_path, "bold")
    for entry in entries:
        for line in _lines(entry):
            screen.line(line)
    document = {"schema": "tilth.log/1", "source": last.source_path}
    screen.document(document | {"versions": plain_value(entries)})


def _lines(entry: Mapping[str, Any]) -> list[str]:
    from tilth.cli.proof_lines import edit_text
    from tilth.display.numbers import count, signed

    current = "  <- now" if entry["current"] else ""
    size = count(entry["n_examples"], "row")
    if entry["n_before"] is not None and entry["n_before"] != entry["n_examples"]:
        size += f" ({entry['n_examples'] - entry['n_before']:+,})"
    proof = entry["proof"]
    said = ""
    if proof:
        difference = proof.get("difference")
        gain = f" {signed(difference)} {proof['metric']}" if difference is not None else ""
        said = f"   proof {proof['verdict']}{gain}"
    first = f"{entry['version']:<4} {entry['time'][:16].replace('T', ' ')}   {size}{said}{current}"
    edits = [f"       {edit_text(edit)}" for edit in entry["edits"]]
    return [first, *edits, f"       {entry['command']}"]
