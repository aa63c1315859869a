"""`tilth explain`: the page of a check."""

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
    """Say what a check asks, how it answers and when it is wrong.

    Also what it reads, its options, and the edits improve would try. Without a name it
    lists the checks. Piped into a file it is Markdown.
    """
    from tilth.checks import CHECKS
    from tilth.cli.audit import check_names
    from tilth.cli.screen import Screen
    from tilth.report import check_page as pages

    screen = Screen(ctx.obj, as_json=as_json)
    chosen = check_names([check] if check else [], "explain")
    described = []
    for each in CHECKS:
        if chosen and each.name not in chosen:
            continue
        if chosen:
            screen.markdown(pages.check_page(each))
        else:
            screen.parts((f"{each.name:<20}", "bold"), (each.question, ""))
        described.append(
            {
                "name": each.name,
                "question": each.question,
                "signals": pages.signals_of(each),
                "options": pages.options_of(each.run),
                "remedies": pages.remedies_of(each),
                "page": pages.written_page(each),
            }
        )
    if not chosen:
        screen.note(f"one of them:  tilth explain {CHECKS[0].name}")
    screen.document({"schema": "tilth.explain/1", "checks": described})
