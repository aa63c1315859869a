"""`tilth explain`: what a check asks, and how it answers."""

import inspect
from typing import Annotated

import typer

from tilth.cli import completion, options


def explain(
    ctx: typer.Context,
    check: Annotated[
        str | None,
        typer.Argument(
            metavar="CHECK", help="Name of a check.", autocompletion=completion.checks
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Say what a check asks and how it answers.

    Without a name it lists the checks.
    """
    from tilth.checks import CHECKS
    from tilth.cli.audit import check_names
    from tilth.cli.screen import Screen
    from tilth.signals.signals import signal_names

    screen = Screen(ctx.obj, as_json=as_json)
    chosen = check_names([check] if check else [], "explain")
    described = [
        {
            "name": each.name,
            "question": each.question,
            "signals": list(signal_names(each.run)),
            "method": inspect.getdoc(each.run) or "",
        }
        for each in CHECKS
        if not chosen or each.name in chosen
    ]
    for one in described:
        screen.parts((f"{one['name']:<20}", "bold"), (str(one["question"]), ""))
        if chosen:
            screen.line(f"{'looks at':<20}{', '.join(one['signals'])}")
            screen.line()
            for line in str(one["method"]).splitlines():
                screen.line(line)
    screen.document({"schema": "tilth.explain/1", "checks": described})
