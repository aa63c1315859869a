"""The reference: public names by page, found in the code."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pages import MADE, table

import tilth.algorithms

if TYPE_CHECKING:
    from types import ModuleType

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent

# The records that cross rooms, and what a person who writes a check, a remedy or a model meets.
RECORDS = (
    ("tilth.data.dataset", "Dataset"),
    ("tilth.data.schema", "Schema"),
    ("tilth.data.schema", "Guess"),
    ("tilth.engine.audit", "Audit"),
    ("tilth.checks.check", "Findings"),
    ("tilth.checks.check", "Estimate"),
    ("tilth.checks.check", "NotApplicable"),
    ("tilth.checks.check", "Skipped"),
    ("tilth.checks.check", "Failed"),
    ("tilth.engine.improve", "Improvement"),
    ("tilth.edits.patch", "Patch"),
    ("tilth.edits.edit", "Edit"),
    ("tilth.edits.edit", "Reason"),
    ("tilth.trial.proof", "Proof"),
    ("tilth.trial.proof", "Scores"),
    ("tilth.trial.proof", "Suspected"),
    ("tilth.checks.check", "Check"),
    ("tilth.signals.signals", "Signal"),
    ("tilth.signals.signals", "Signals"),
    ("tilth.remedies.remedy", "Remedy"),
)
FUNCTIONS = (
    ("tilth.data.write", "write"),
    ("tilth.data.encode", "encode_labels"),
    ("tilth.engine.held_out", "audit_sample"),
    ("tilth.edits.patch_file", "read_patch"),
    ("tilth.edits.patch_file", "write_patch"),
    ("tilth.signals.pred_probs", "cross_val_pred_probs"),
    ("tilth.models.model", "load_model"),
    ("tilth.trial.fingerprint", "test_fingerprint"),
    ("tilth.trial.randomisation", "randomisation_test"),
)


def whole() -> dict[str, str]:
    """Return the pages of the reference, by name."""
    made = {
        "reference/tilth.md": _page(
            "tilth",
            "What `import tilth` gives.",
            [("tilth", name) for name in tilth.__all__],
        ),
        "reference/records.md": _page(
            "Records",
            "Frozen dataclasses: the only things that cross rooms.",
            list(RECORDS),
        ),
        "reference/functions.md": _page(
            "More functions",
            "Beside the main ones, in the modules they live in.",
            list(FUNCTIONS),
        ),
        "reference/faults.md": _page(
            "Planted faults",
            "Faults whose truth is known, to test checks and yourself with.",
            public_names(importlib.import_module("tilth.data.faults")),
        ),
        "reference/errors.md": _page(
            "Errors",
            "Every error raised on purpose. Its message says what must hold, what came, and what to do.",
            public_names(importlib.import_module("tilth.errors")),
        ),
    }
    for module in topics():
        topic = module.__name__.rpartition(".")[2]
        first = (inspect.getdoc(module) or "").partition("\n\n")[0]
        made[f"reference/algorithms-{topic.replace('_', '-')}.md"] = _page(
            f"algorithms.{topic}", " ".join(first.split()), public_names(module)
        )
    return {
        name: MADE + text
        for name, text in ({"reference/README.md": _index(made)} | made).items()
    }


def topics() -> list[ModuleType]:
    """Return the topics of `tilth.algorithms` that have public names."""
    found = pkgutil.iter_modules(tilth.algorithms.__path__, "tilth.algorithms.")
    modules = [importlib.import_module(each.name) for each in found]
    return [module for module in modules if public_names(module)]


def public_names(module: ModuleType) -> list[tuple[str, str]]:
    """Return what a module makes public: its __all__, else the functions and classes it holds."""
    if hasattr(module, "__all__"):
        return [(module.__name__, name) for name in module.__all__]
    return [
        (module.__name__, name)
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__ == module.__name__
    ]


def _page(title: str, said: str, names: list[tuple[str, str]]) -> str:
    return f"# {title}\n\n{said}\n\n" + "\n".join(_entry(*name) for name in names)


def _entry(module: str, name: str) -> str:
    """One name: on a code host a summary and the source, on the site the whole docstring."""
    value = getattr(importlib.import_module(module), name)
    if not callable(value):
        return f"## {name}\n\n`from {module} import {name}`\n\nA constant: `{value!r}`\n"
    first = " ".join((inspect.getdoc(value) or "").partition("\n\n")[0].split())
    return (
        f"<!-- api: {_home(module, value)} -->\n## {name}\n\n"
        f"`from {module} import {name}`\n\n{first}\n\n"
        f"[source]({_source(value)})\n<!-- end -->\n"
    )


def _home(module: str, value: Any) -> str:
    """Return the dotted path where a value is defined."""
    return f"{getattr(value, '__module__', module)}.{value.__name__}"


def _source(value: Any) -> str:
    path = Path(inspect.getsourcefile(value) or "").resolve()
    return f"../../{path.relative_to(ROOT).as_posix()}"


def _index(made: dict[str, str]) -> str:
    rows = []
    for name, text in made.items():
        title, _, rest = text.partition("\n\n")
        rows.append(
            (f"[{title.removeprefix('# ')}]({Path(name).name})", rest.partition("\n\n")[0])
        )
    return (
        "# Reference\n\nEvery public name, from the docstrings. Their examples are run as tests. "
        "What is not listed here may change without notice.\n\n"
        + table(("page", "what it holds"), rows)
        + "\n"
    )
