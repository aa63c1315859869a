"""`tilth log`: what became of a dataset."""

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from tilth.cli import options


def log(ctx: typer.Context, as_json: options.Json = False) -> None:
    """List the versions of the last dataset, newest first.

    Below a version stand the runs of improve on it that applied nothing, and why.
    """
    from tilth.cli.screen import Screen
    from tilth.data.plain_values import plain_value
    from tilth.store.project import Project

    screen = Screen(ctx.obj, as_json=as_json)
    with Project(ctx.obj.project) as project:
        last = project.version()
        entries = project.log()
        of_versions = {version.name: version for version in project.versions()}
        for entry in entries:
            runs = project.runs("improve", of=of_versions[entry["version"]])
            entry["not_applied"] = [
                _tried(r) for r in runs if not r["document"].get("version")
            ]
    screen.line(last.source_path, "bold")
    for entry in entries:
        for line in (*_lines(entry), *_lines_of_tried(entry["not_applied"])):
            screen.line(line)
    document = {"schema": "tilth.log/1", "source": last.source_path}
    screen.document(document | {"versions": plain_value(entries)})


def _tried(run: Mapping[str, Any]) -> dict[str, Any]:
    document = run["document"]
    told = {name: document[name] for name in ("verdict", "why")}
    return {"time": run["time"], "command": run["command"], **told}


def _lines_of_tried(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    from tilth.display.terminal import plain

    lines = []
    for run in runs:
        when = run["time"][:16].replace("T", " ")
        lines.append(
            f"     {when}   nothing applied: {run['verdict']}. {plain(run['why'])}"
        )
        lines.append(f"       {run['command']}")
    return lines


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
