"""What each column of a dataset is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Task = Literal["classification", "regression", "none"]
TASKS: tuple[Task, ...] = get_args(Task)
Role = Literal["label", "text", "id", "group", "time", "annotator", "split"]


@dataclass(frozen=True)
class Guess:
    """A role tilth believes a column has, how sure it is in [0, 1], and why."""

    role: Role
    column: str
    confidence: float
    why: str


@dataclass(frozen=True)
class Schema:
    """The task and the role of each column.

    `label`, `id`, `group`, `time`, `annotator` and `split` are set when the user named
    them (`label` and `text` also when they were guessed, which `guesses` then says).
    A role that is only in `guesses` changes no split and hides no column.
    """

    task: Task
    label: str | None = None
    text: tuple[str, ...] = ()
    id: str | None = None
    group: str | None = None
    time: str | None = None
    annotator: str | None = None
    split: str | None = None
    guesses: tuple[Guess, ...] = ()
