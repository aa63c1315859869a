"""What may help after a proof: a sentence, and where one goes on, a command that runs as it is."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pandas.api.types import is_numeric_dtype

from tilth.data.guess import guess_text
from tilth.data.schema import ORIGIN_ROLES, SINGLE_ROLES
from tilth.display.numbers import count, number
from tilth.display.terminal import as_argument, command_line
from tilth.models.model import Model
from tilth.models.recipes import FromObject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tilth.data.dataset import Dataset

# Our own: a hundredth of what a test can show asks for 10,000 times its rows.
_NOTHING_SEEN = 0.01
_CLEARLY_BELOW = 0.5  # our own: half of what a test can show
_MEMORY = "memory"  # the source of what was read from no file
_NUMBERED = re.compile(r"column_\d+")


@dataclass(frozen=True)
class NextStep:
    """What may help next.

    Attributes
    ----------
    advice : str
        In a sentence or two; empty where nothing needs doing.
    command : str
        The tilth command that goes on; empty where none does.
    options : mapping of str to str
        What it is given beside the options of the command that led here.
    """

    advice: str = ""
    command: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


NOTHING = NextStep()
LABEL_SOME = NextStep(
    "Have a person label some of the held-out rows: the proof then rests on their labels.",
    "improve",
    {"audit-sample": "100"},
)


def larger_test(gain: float, high: float, smallest_detectable: float, n_test: int) -> str:
    """Say what a larger test could show, where this one showed no difference.

    Empty where a number is not finite: then nothing is known.

    Parameters
    ----------
    gain, high : float
        What was seen, and the upper end of its interval.
    smallest_detectable : float
        The smallest gain this test would have shown; it shrinks with the root of its rows.
    n_test : int

    Examples
    --------
    >>> larger_test(0.01, 0.03, 0.03, 300)
    'If the gain seen here, 0.010, is real, a test of about 2,700 rows like these would show it.'
    >>> larger_test(-0.01, 0.01, 0.03, 300)
    'A larger test would hardly turn this into a gain: one above 0.010 is ruled out.'
    >>> larger_test(0.0, 0.02, 0.03, 300)
    'No gain is seen here, but one of up to 0.020 is not ruled out: a larger test could tell.'
    """
    numbers = (gain, high, smallest_detectable)
    if not all(map(math.isfinite, numbers)) or smallest_detectable <= 0:
        return ""
    if gain <= _NOTHING_SEEN * smallest_detectable:
        if high > _CLEARLY_BELOW * smallest_detectable:
            return (
                f"No gain is seen here, but one of up to {number(high)} is not ruled out: a "
                "larger test could tell."
            )
        return (
            "A larger test would hardly turn this into a gain: one above "
            f"{number(max(high, 0.0))} is ruled out."
        )
    rows = count(rows_needed(gain, smallest_detectable, n_test), "row")
    return (
        f"If the gain seen here, {number(gain)}, is real, a test of about {rows} like "
        "these would show it."
    )


def rows_needed(gain: float, smallest_detectable: float, n_test: int) -> int:
    """Return about how many test rows show a gain, rounded up to two digits.

    Examples
    --------
    >>> rows_needed(0.0185, smallest_detectable=0.1, n_test=100)
    3000
    """
    n_needed = n_test * (smallest_detectable / gain) ** 2
    digit = int(10 ** max(math.floor(math.log10(n_needed)) - 1, 0))
    return math.ceil(n_needed / digit) * digit


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
