"""A next command, with the options that the command that led to it was given."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from tilth.cli.sources import is_version
from tilth.display.terminal import as_argument, command_line

if TYPE_CHECKING:
    import typer

    from tilth.data.dataset import Dataset
    from tilth.trial.next_step import NextStep

# What a command writes and how it is shown; and rows a person labels, which are their own step.
_ITS_OWN = (
    *("out", "patch", "html", "redact", "as_json", "audit_sample", "audited"),
    *("select", "fail_on", "limit"),  # which checks are asked, and what is listed
)


def words(
    ctx: "typer.Context",
    command: str,
    dataset: "Dataset",
    options: Mapping[str, str] | None = None,
    *,
    without: Collection[str] = _ITS_OWN,
) -> list[str]:
    """Return the words behind `command`: the same data, and every option it knows as well.

    Parameters
    ----------
    ctx : typer.Context
        Of the command that leads to it.
    command : str
        Its name.
    dataset : Dataset
        What was read: a label that was guessed is named.
    options : mapping of str to str, optional
        What it is given beside them, or in their place, by name as it is typed.
    without : collection of str
        Parameters that are not carried.
    """
    source = ctx.params.get("source", ctx.params.get("before"))
    found = [] if source is None else [as_argument(str(source))]
    is_named = source is None or is_version(source) or "label" in _typed(ctx)
    if not is_named and dataset.schema.label is not None:
        found += ["--label", dataset.schema.label]
    return found + carried(ctx, command, options, without=without)


def carried(
    ctx: "typer.Context",
    command: str,
    options: Mapping[str, str] | None = None,
    *,
    without: Collection[str] = _ITS_OWN,
) -> list[str]:
    """Return the options that were given and that `command` knows as well, then `options`."""
    options = dict(options or {})
    takes = {each.name for each in _command(ctx, command).params}
    found: list[str] = []
    for each in ctx.command.params:
        name = each.opts[-1].removeprefix("--")
        is_carried = each.name in takes and each.name in _typed(ctx) and name not in options
        if each.param_type_name == "option" and is_carried and each.name not in without:
            found += _as_typed(each, ctx.params[each.name])
    return found + [
        word
        for name, value in options.items()
        for word in ("-o" if name == "out" else f"--{name}", value)
    ]


def next_command(ctx: "typer.Context", step: "NextStep", dataset: "Dataset") -> str:
    """Return the command line of what may help next; empty where no command does."""
    if not step.command:
        return ""
    is_same = step.command == ctx.info_name and "audit-sample" not in step.options
    # where the report is written again, what was left out of it stays out
    without = ("as_json", "audit_sample") if is_same else _ITS_OWN
    more = words(ctx, step.command, dataset, step.options, without=without)
    return command_line(*ctx.obj.program, step.command, *more)


def _command(ctx: "typer.Context", name: str) -> Any:
    group: Any = ctx.parent
    return group.command.commands[name]


def _typed(ctx: "typer.Context") -> set[str]:
    """Return the parameters that were given, not left at their defaults."""
    sources = {name: ctx.get_parameter_source(name) for name in ctx.params}
    return {name for name, origin in sources.items() if origin and origin.name != "DEFAULT"}


def _as_typed(option: Any, value: Any) -> list[str]:
    name = option.opts[0]
    if option.is_flag:
        return [name] if value else []
    values = value if isinstance(value, list | tuple) else [value]
    return [word for each in values for word in (name, str(each))]
