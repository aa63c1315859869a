"""A run in Python as a command line: what it was given, in the words of the command."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pandas.api.types import is_numeric_dtype

from tilth.data.guess import guess_text
from tilth.data.schema import ORIGIN_ROLES, SINGLE_ROLES
from tilth.display.terminal import as_argument, command_line
from tilth.models.model import Model
from tilth.models.recipes import FromObject

if TYPE_CHECKING:
    from tilth.data.dataset import Dataset
    from tilth.trial.next_step import NextStep

_MEMORY = "memory"  # the source of what was read from no file
_NUMBERED = re.compile(r"column_\d+")


@dataclass(frozen=True)
class Asked:
    """What a run in Python was given beside its data; None: its default.

    `is_answered` says that a person's labels of held-out rows were given, which lie in memory.
    """

    model: object = None
    metric: str | None = None
    test: str | None = None
    text_as: str | None = None
    seed: int = 0
    budget: float | None = None
    is_answered: bool = False


def command_of(step: NextStep, dataset: Dataset, asked: Asked) -> str:
    """Return the command line of a step; empty where none can say what the run was given.

    Parameters
    ----------
    step : NextStep
    dataset : Dataset
        The data of the run that led here.
    asked : Asked
        As that run was given it.
    """
    model = asked.model
    is_object = not (model is None or isinstance(model, str | Model)) or (
        isinstance(model, Model) and isinstance(model.recipe, FromObject)
    )
    words = data_words(dataset)
    if not step.command or words is None or is_object or asked.test == _MEMORY:
        return ""
    named: dict[str, object] = {"test": asked.test}
    if step.command == "improve":
        if asked.is_answered:
            return ""
        named["metric"] = asked.metric
        named["model"] = model.name if isinstance(model, Model) else model
        named["text-as"] = asked.text_as
        named["budget"] = None if asked.budget is None else f"{asked.budget:g}s"
    named["seed"] = asked.seed or None
    options = {name: str(value) for name, value in named.items() if value is not None}
    options |= step.options
    words += [word for name, value in options.items() for word in (f"--{name}", value)]
    return command_line("tilth", step.command, *words)


def data_words(dataset: Dataset) -> list[str] | None:
    """Return how a command names data that were read from a file, with what is known of them.

    None where no command can: of data in memory, and of columns of text that were to be none.
    """
    schema, source = dataset.schema, dataset.source
    guessed = {guess.column for guess in schema.guesses if guess.role in ("text", "image")}
    if source == _MEMORY or _hides_text(dataset):
        return None
    words = [as_argument(source)]
    for role in ("label", *ORIGIN_ROLES):  # beside the label, only a person gives these
        column = getattr(schema, role)
        words += [] if column is None else [f"--{role}", str(column)]
    for column in schema.text:
        words += [] if column in guessed else ["--text", column]
    if dataset.images is not None and not Path(source).is_dir():
        words += [] if schema.image in guessed else ["--image", str(schema.image)]
        root = dataset.images.root
        if root not in {None, Path(source).parent.resolve()}:
            words += ["--image-root", str(root)]
    if schema.task not in ("classification", "regression", "none") or _is_number(dataset):
        words += ["--task", schema.task]
    if schema.task == "ordinal" and schema.classes:
        words += ["--classes", ",".join(schema.classes)]
    # A file of such names reads alike with a header of them and without one.
    is_numbered = all(map(_NUMBERED.fullmatch, map(str, dataset.table.columns)))
    return words + (["--no-header"] if is_numbered else [])


def _hides_text(dataset: Dataset) -> bool:
    """Whether a command would take columns for text that are none of it here."""
    schema = dataset.schema
    if schema.text or schema.task not in ("classification", "ordinal", "regression"):
        return False
    taken = {getattr(schema, role) for role in SINGLE_ROLES}
    return bool(guess_text(dataset.table, taken - {None}))


def _is_number(dataset: Dataset) -> bool:
    """Whether the labels are numbers: how many there are decides the task where none is named."""
    label = dataset.schema.label
    return label is not None and is_numeric_dtype(dataset.table[label].dtype)
