"""The command line: options every command shares, and what happens when one fails."""

import difflib
import os
import re
import shlex
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from tilth.cli import (
    apply,
    audit,
    config,
    configuration,
    demo,
    diff,
    explain,
    failures,
    improve,
    log,
    prove,
    report,
    undo,
)
from tilth.cli.settings import DEFAULT_PROJECT, Settings
from tilth.errors import InvalidInputError

COMMANDS: dict[str, Callable[..., object]] = {
    "audit": audit.audit,
    "improve": improve.improve,
    "prove": prove.prove,
    "apply": apply.apply,
    "diff": diff.diff,
    "log": log.log,
    "undo": undo.undo,
    "report": report.report,
    "explain": explain.explain,
    "config": config.config,
    "demo": demo.demo,
}

app = typer.Typer(
    name="tilth",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help costs half the start-up time of boxed help
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="First step: tilth audit YOUR.csv",
)
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)

_SHARED = {
    "--project": True,
    "--debug": False,
    "--quiet": False,
    "-q": False,
}  # takes a value?
# click raises its own errors; older typer takes them from click, newer brings them along.
_ClickError: type[Exception] = typer.BadParameter.__base__ or typer.BadParameter


@app.callback()
def shared(
    ctx: typer.Context,
    project: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help="Folder whose .tilth remembers versions and proofs."
        ),
    ] = DEFAULT_PROJECT,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Print results alone: no progress, no advice."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks and warnings.")
    ] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Find what is wrong with a dataset, edit it, and prove that it got better.

    Exit codes: 0 done (findings allowed), 1 a gate failed, 2 usage, 3 data unreadable,
    4 something optional is not installed, 130 interrupted.
    """
    del version  # answered before the command line is loaded
    ctx.obj = Settings(project, is_quiet=quiet, is_debug=debug, command=ctx.obj)


def run(arguments: Sequence[str], *, is_configurable: bool = True) -> int:
    """Run one command line and return its exit code.

    Files and environment add the options it does not give, unless `is_configurable` is False.
    """
    arguments = _shared_first(arguments)
    is_debug, as_json = "--debug" in arguments, "--json" in arguments
    if not is_debug:
        warnings.simplefilter("ignore")
        os.environ.setdefault("PYTHONWARNINGS", "ignore")  # workers that train models
    try:
        place = _command_place(arguments)
        if is_configurable and place is not None:
            commands = options_by_command()
            arguments = configuration.with_configured(arguments, place, commands, Path())
        command = shlex.join(["tilth", *arguments])
        code = typer.main.get_command(app).main(
            list(arguments), prog_name="tilth", standalone_mode=False, obj=command
        )
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        code = failures.INTERRUPTED
    except SystemExit as stopped:  # how typer and rich leave when nobody reads on: `| head`
        code = 0 if isinstance(stopped.__context__, BrokenPipeError) else stopped.code
    except BrokenPipeError:
        code = 0
    except _ClickError as error:
        return failures.report(
            _wrong_usage(error), error, is_debug=is_debug, as_json=as_json
        )
    except Exception as error:  # noqa: BLE001 - one of the four places: never a bare traceback
        failure = failures.failure_of(error)
        return failures.report(failure, error, is_debug=is_debug, as_json=as_json)
    if code == failures.INTERRUPTED:
        said = "what was computed so far is kept; the same command goes on from there"
        sys.stderr.write(f"\ninterrupted: {said}\n")
    return code if isinstance(code, int) else 0


def _shared_first(arguments: Sequence[str]) -> list[str]:
    """Let the shared options stand behind the command as well."""
    shared_ones: list[str] = []
    others: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        name, has_value, _ = argument.partition("=")
        if argument == "--":
            others += [argument, *rest]
        elif name in _SHARED:
            shared_ones.append(argument)
            if _SHARED[name] and not has_value:
                shared_ones += [value for value in [next(rest, None)] if value is not None]
        else:
            others.append(argument)
    return shared_ones + others


def options_by_command() -> dict[str, tuple[configuration.Option, ...]]:
    """Return the options of each command; under "" those that all share."""
    group: Any = typer.main.get_command(app)
    own = {name: configuration.options_of(each) for name, each in group.commands.items()}
    return {"": configuration.options_of(group), **own}


def _command_place(arguments: Sequence[str]) -> int | None:
    """Return where the command stands, None where there is none."""
    rest = iter(enumerate(arguments))
    for place, argument in rest:
        if _SHARED.get(argument):
            next(rest, None)
        elif not argument.startswith("-"):
            _check_command(argument)
            return place
    return None


def _check_command(name: str) -> None:
    if name in COMMANDS:
        return
    close = difflib.get_close_matches(name, COMMANDS, n=1)
    wanted = f"tilth audit {name}" if Path(name).exists() else "tilth --help"
    wanted = f"tilth {close[0]}" if close else wanted
    raise InvalidInputError(
        f'No command "{name}"; commands are {", ".join(COMMANDS)}. Try: {wanted}'
    )


def _is_file(word: str) -> bool:
    return Path(word).is_file()


def _wrong_usage(error: Exception) -> failures.Failure:
    """Read what the parser of the command line says."""
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "tilth"
    what, found, advice = message.partition(" Did you mean")
    hint = f"did you mean{advice}" if found else f"{path} --help"
    if "unexpected extra argument" in what and any(
        map(_is_file, re.findall(r"[^\s()]+", what))
    ):
        hint = f"several files are read as one where a quoted pattern names them: {path} 'part-*.csv'"
    return failures.Failure(2, what.rstrip(". "), "", hint)
