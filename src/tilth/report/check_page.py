"""The page of a check: what people wrote of it, and what the code says of it."""

import inspect
import re
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any

from tilth.checks.check import Check
from tilth.remedies import REMEDIES
from tilth.remedies.remedy import Remedy
from tilth.signals import PROVIDERS
from tilth.signals.signals import signal_names

HEADINGS = (
    "What it asks",
    "Why it matters",
    "How it works",
    "When it is wrong",
    "What to do",
    "Source",
)
"""What every page answers, in this order; others may stand between."""

_OF_THE_DATA = {
    "dataset": "the table with its roles and ids",
    "table": "every column but the label",
    "labels": "class codes of the labelled examples",
    "labelled": "which examples carry a label",
    "classes": "the names of the classes",
    "targets": "numeric labels",
    "text": "the text of each example",
    "test": "the test set, if one was given",
}
_PARAMETER = re.compile(r"(?P<names>[\w, ]+) : .*")


def check_page(check: Check) -> str:
    """Return everything there is to say of a check, as Markdown."""
    title = f"# {check.name}\n\n**{check.question}**\n"
    return "\n".join([title, written_page(check), *_generated(check)])


def written_page(check: Check) -> str:
    """Return what people wrote of a check: the part between its question and its tables."""
    pages = resources.files("tilth.checks") / "pages"
    return (pages / f"{check.name}.md").read_text(encoding="utf-8")


def signals_of(check: Check) -> dict[str, str]:
    """Return the signals a check reads, each with what it is."""
    return {name: _OF_THE_DATA.get(name) or _made(name) for name in signal_names(check.run)}


def options_of(function: Callable[..., Any]) -> list[dict[str, str]]:
    """Return the options of a check or remedy: name, default, and what it moves.

    Examples
    --------
    >>> def find_odd(table, *, max_share=0.1):
    ...     '''Flag odd rows.
    ...
    ...     Parameters
    ...     ----------
    ...     max_share : float, default 0.1
    ...         Most rows that may be odd.
    ...     '''
    >>> options_of(find_odd)
    [{'name': 'max_share', 'default': '0.1', 'meaning': 'Most rows that may be odd.'}]
    """
    said = _parameters(inspect.getdoc(function) or "")
    return [
        {"name": p.name, "default": repr(p.default), "meaning": said.get(p.name, "")}
        for p in inspect.signature(function).parameters.values()
        if p.kind is inspect.Parameter.KEYWORD_ONLY
    ]


def remedies_of(check: Check) -> list[dict[str, Any]]:
    """Return what `improve` tries on the findings of a check."""
    return [
        {"name": remedy.name, "does": _first_line(remedy.run), "tried": _tried(remedy)}
        for remedy in REMEDIES
        if remedy.check == check.name
    ]


def _generated(check: Check) -> list[str]:
    signals = [(f"`{name}`", said) for name, said in signals_of(check).items()]
    parts = [
        "## What improve tries\n",
        _remedies_table(check),
        "## What it reads\n",
        _table(("signal", "what it is"), signals),
    ]
    options = options_of(check.run)
    if options:
        where = f"{check.run.__module__}.{check.run.__name__}"
        rows = [(f"`{o['name']}`", f"`{o['default']}`", o["meaning"]) for o in options]
        known = {o["name"] for o in options}
        for task, run in check.by_task.items():
            rows += [
                (f"`{o['name']}`, of {task}", f"`{o['default']}`", _first_line(run))
                for o in options_of(run)
                if o["name"] not in known
            ]
        moved = f"`tilth audit --set {check.name}.OPTION=VALUE` or `options=` of `tilth.audit` moves the line"
        parts.append(f"## Options\n\n{moved}. The function is `{where}`.\n")
        parts.append(_table(("option", "default", "meaning"), rows))
    return parts


def _remedies_table(check: Check) -> str:
    remedies = remedies_of(check)
    if not remedies:
        return "Nothing: what to do about it is for you to decide.\n"
    rows = [(f"`{r['name']}`", r["does"], r["tried"]) for r in remedies]
    return _table(("edit", "what it does", "how"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    cells = [" | ".join(cell.replace("|", "\\|") for cell in line) for line in lines]
    return "\n".join(f"| {line} |" for line in cells) + "\n"


def _made(signal: str) -> str:
    said = _first_line(PROVIDERS[signal].compute).removeprefix("Return ").rstrip(".")
    return said[:1].lower() + said[1:]


def _first_line(function: Callable[..., Any]) -> str:
    return (inspect.getdoc(function) or "").partition("\n")[0]


def _tried(remedy: Remedy) -> str:
    if remedy.per_unit is not None:
        what = remedy.per_unit[1]
        tried = "one group at a time" if what == "key" else f"one {what} at a time"
    else:
        tried = ", or with ".join(
            ", ".join(f"`{name}={value!r}`" for name, value in cut.items())
            or "as it stands"
            for cut in remedy.cuts
        )
    return f"{tried}; after all other edits" if remedy.is_finishing else tried


def _parameters(docstring: str) -> dict[str, str]:
    """Read the section Parameters of a docstring: names with their descriptions."""
    _, found, section = docstring.partition("Parameters\n----------\n")
    said: dict[str, list[str]] = {}
    names: list[str] = []
    for line in section.splitlines() if found else []:
        match = _PARAMETER.fullmatch(line)
        if match is not None or (
            line and line[0] != " " and line.replace(", ", "").isidentifier()
        ):
            names = (match["names"] if match else line).split(", ")
        elif line.startswith("    "):
            for name in names:
                said.setdefault(name, []).append(line.strip())
        elif line:
            break  # the next section
    return {name: " ".join(lines) for name, lines in said.items()}
