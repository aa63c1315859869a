"""What each column of a dataset is for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

Task = Literal[
    "classification",
    "ordinal",
    "multilabel",
    "regression",
    "tokens",
    "boxes",
    "masks",
    "none",
]
TASKS: tuple[Task, ...] = get_args(Task)
Role = Literal["label", "text", "image", "id", "group", "time", "annotator", "split"]
# They say which example it is and where it comes from, not what it is like.
ORIGIN_ROLES: tuple[Role, ...] = ("id", "group", "time", "annotator", "split")
SINGLE_ROLES: tuple[Role, ...] = ("label", "image", *ORIGIN_ROLES)  # of one column at most


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
    them (`label`, `text` and `image` also when they were guessed, which `guesses` then says).
    A role that is only in `guesses` changes no split and hides no column.

    `classes` are the names of all classes in the user's order: that of ordinal labels, and
    of the columns of given probabilities where an example has several labels or elements.
    `class_ids` are what files of predictions call them, where those have numbers of their own.
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
    classes: tuple[str, ...] = field(default=(), repr=False)
    image: str | None = field(default=None, repr=False)
    class_ids: tuple[int | str, ...] = field(default=(), repr=False)

    def on(self, columns: Iterable[Any]) -> Schema:
        """Return the schema of a table that has only these of the columns."""
        there = set(columns)
        lost: dict[str, Any] = {
            role: None for role in SINGLE_ROLES if getattr(self, role) not in there
        }
        if self.label is not None and "label" in lost:
            lost |= {"task": "none", "classes": ()}
        return replace(
            self,
            **lost,
            text=tuple(name for name in self.text if name in there),
            guesses=tuple(guess for guess in self.guesses if guess.column in there),
        )

    @property
    def learned_as(self) -> Literal["classification", "regression", "none"]:
        """How a model learns the label: as a class, a number, or by none of ours."""
        match self.task:
            case "classification" | "ordinal":
                return "classification"
            case "regression":
                return "regression"
            case _:
                return "none"
