"""`tilth config`: which options are set where."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tilth.cli import options


def config(
    ctx: typer.Context,
    show: Annotated[
        bool, typer.Option("--show", help="List every setting with its value and origin.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Say how options can be set once for all commands.

    Any option can be written into tilth.toml, into [tool.tilth] of pyproject.toml, or into the
    environment as TILTH_NAME. A table named after a command, such as [audit], is for that command alone.
    What the command line says counts before the environment, and that before a file.
    """
    from tilth.cli import configuration
    from tilth.cli.app import options_by_command
    from tilth.cli.screen import Screen

    screen = Screen(ctx.obj, as_json=as_json)
    commands = options_by_command()
    found = configuration.settings(commands, Path())
    origin, _ = configuration.read_file(Path())
    rows = _configured(found) + (_defaults(commands, found) if show else [])
    screen.line(
        f"file       {origin or 'none; tilth.toml or [tool.tilth] of pyproject.toml'}"
    )
    if not found:
        screen.line('nothing is set; in tilth.toml, for example:  label = "sentiment"')
    width = max((len(row["name"]) for row in rows), default=0)
    values = max((len(_shown(row["value"])) for row in rows), default=0)
    for row in rows:
        is_set = row["origin"] != "default"
        line = (
            f"{row['name']:<{width}}   {_shown(row['value']):<{values}}   {row['origin']}"
        )
        screen.line(line, "" if is_set else "dim")
    if not show:
        screen.note("every setting:  tilth config --show")
    screen.document({"schema": "tilth.config/1", "file": origin or None, "settings": rows})


def _configured(found: dict[tuple[str, str], Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{command}.{name}" if command else name,
            "value": setting.value,
            "origin": setting.origin,
        }
        for (command, name), setting in sorted(found.items())
    ]


def _defaults(
    commands: dict[str, Any], found: dict[tuple[str, str], Any]
) -> list[dict[str, Any]]:
    set_for_all = {name for command, name in found if not command}
    defaults: dict[str, list[Any]] = {}
    for each in commands.values():
        for option in each:
            defaults.setdefault(option.name, []).append(_plain(option.default))
    return [
        {
            "name": name,
            "value": values[0] if len(set(values)) == 1 else "as the command has it",
            "origin": "default",
        }
        for name, values in sorted(defaults.items())
        if name not in set_for_all
    ]


def _plain(value: Any) -> Any:
    return value if isinstance(value, (bool, int, float, str, type(None))) else str(value)


def _shown(value: Any) -> str:
    match value:
        case None:
            return "not set"
        case bool():
            return str(value).lower()
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)
