"""What generated pages and regions hold: checks, commands, options, examples, decisions."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import typer

from tilth.checks import CHECKS
from tilth.cli.app import COMMANDS, app
from tilth.report.check_page import check_page

DOCS = Path(__file__).resolve().parent
MADE = "<!-- Made by docs/generate.py from the code: change it there. -->\n"

# Where the mathematics of a check is told.
_WHY = {
    "label_patterns": "label-patterns.md",
    "label_errors": "label-errors.md",
    "test_leakage": "proof.md",
}
_NOT_LISTED = {"--help"}


def whole() -> dict[str, str]:
    """Return the pages that are generated whole, by name."""
    made = {"checks/README.md": _checks_index()}
    for check in CHECKS:
        made[f"checks/{check.name}.md"] = _check_file(check)
    made["examples/README.md"] = _examples_index()
    made["decisions/README.md"] = _decisions_index()
    return {name: MADE + text for name, text in made.items()}


def stubs() -> dict[str, str]:
    """Return the pages that are begun here and gone on with by people."""
    return {
        f"commands/{name}.md": f"# tilth {name}\n\n<!-- generated: command {name} -->\n<!-- end -->\n"
        for name in COMMANDS
    }


def region(name: str) -> str:
    """Return what stands between the marks of a region."""
    kind, _, rest = name.partition(" ")
    return {
        "command": lambda: _command(rest),
        "commands": lambda: _command_table(rest),
        "checks": lambda: _check_table(rest),
        "shared-options": lambda: _options_table(_group(), _group().params),
        "exit-codes": _exit_codes,
    }[kind]()


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Write a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |"
        for line in lines
    )


def _group() -> Any:
    return typer.main.get_command(app)


def _check_file(check: Any) -> str:
    further = [f"- [All checks](README.md), or `tilth explain {check.name}` in a terminal"]
    if check.name in _WHY:
        page = DOCS / "why" / _WHY[check.name]
        further.insert(0, f"- [{_title(page)}](../why/{page.name}): the formulas")
    return check_page(check) + "\n## Further\n\n" + "\n".join(further) + "\n"


def _checks_index() -> str:
    return (
        "# Checks\n\n"
        "A check asks one question of the data. It ends as findings, clean, not applicable, skipped or failed, and says "
        "which; a check that broke never looks clean. Every finding has a `quality` between 0 (surely wrong) and 1 "
        "(looks right), and every check says how it drew its line.\n\n"
        f"{_check_table('')}\n\n"
        "`tilth audit --select NAME,NAME` asks some of them alone, `tilth audit --fail-on NAME` makes one a gate, "
        "`tilth audit --set NAME.OPTION=VALUE` moves the line it draws: its page lists its options.\n"
    )


def _check_table(folder: str) -> str:
    return table(
        ("check", "what it asks"),
        [(f"[`{c.name}`]({folder}{c.name}.md)", c.question) for c in CHECKS],
    )


def _command_table(folder: str) -> str:
    commands = _group().commands
    return table(
        ("command", "what it does"),
        [
            (f"[`tilth {name}`]({folder}{name}.md)", _help_lines(commands[name])[0])
            for name in COMMANDS
        ],
    )


def _command(name: str) -> str:
    command = _group().commands[name]
    parts = ["\n\n".join(_help_lines(command)), f"```sh\n{_usage(name, command)}\n```"]
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    if arguments:
        rows = [(f"`{_argument_name(a)}`", a.help or "") for a in arguments]
        parts.append("## Arguments\n\n" + table(("argument", "what it is"), rows))
    parts.append("## Options\n\n" + _options_table(command, options))
    if (DOCS / "reference" / "schemas" / f"{name}-1.json").exists():
        parts.append(
            f"`--json` prints a document [tilth.{name}/1](../reference/schemas/{name}-1.json); "
            "see [read the JSON](../how/read-the-json.md)."
        )
    parts.append(
        "[Options every command takes](README.md#options-every-command-takes) may stand before or behind the command."
    )
    return "\n\n".join(parts)


def _help_lines(command: Any) -> list[str]:
    return [" ".join(part.split()) for part in (command.help or "").split("\n\n")]


def _usage(name: str, command: Any) -> str:
    words = [
        f"[{_argument_name(p)}]" if not p.required else _argument_name(p)
        for p in command.params
        if p.param_type_name == "argument"
    ]
    needed = [
        f"{max(p.opts, key=len)} {p.metavar}"
        for p in command.params
        if p.param_type_name == "option" and p.required
    ]
    return " ".join(["tilth", name, *words, *needed, "[OPTIONS]"])


def _argument_name(argument: Any) -> str:
    return argument.metavar or argument.name.upper()


def _options_table(command: Any, parameters: list[Any]) -> str:
    rows = [
        (f"`{_flags(p)}`", " ".join((p.help or "").split()), _default(command, p))
        for p in parameters
        if p.param_type_name == "option" and not _NOT_LISTED & set(p.opts)
    ]
    return table(("option", "what it does", "default"), rows)


def _flags(parameter: Any) -> str:
    flags = ", ".join(sorted(parameter.opts, key=len))
    return flags if parameter.is_flag else f"{flags} {parameter.metavar}"


def _default(command: Any, parameter: Any) -> str:
    if parameter.required:
        return "needed"
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    default = parameter.get_default(typer.Context(command))
    is_nothing = default is None or default is False or default == []
    return "" if is_nothing else f"`{default}`"


def _exit_codes() -> str:
    said = " ".join(_group().help.split()).partition("Exit codes: ")[2].rstrip(".")
    codes = re.split(r", (?=\d)", said)
    return table(
        ("code", "meaning"),
        [(code.split(maxsplit=1)[0], code.split(maxsplit=1)[1]) for code in codes],
    )


def _examples_index() -> str:
    rows = []
    for path in sorted((DOCS / "examples").glob("[0-9]*.py")):
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        rows.append((f"[{path.name}]({path.name})", said.partition("\n")[0]))
    return (
        "# Examples\n\n"
        "Each is one script on data that ships with scikit-learn or that the script makes. Nothing is downloaded. Run one with "
        "`python docs/examples/NAME`.\n\n" + table(("script", "what it shows"), rows) + "\n"
    )


def _decisions_index() -> str:
    listed = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    lines = "\n".join(f"- [{_title(path)}]({path.name})" for path in listed)
    return (
        "# Decisions\n\nWhy tilth is built as it is: context, options, choice, consequence.\n\n"
        f"{lines}\n"
    )


def _title(path: Path) -> str:
    first = path.read_text(encoding="utf-8").lstrip().partition("\n")[0]
    return first.removeprefix("# ").strip()
