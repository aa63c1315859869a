"""What a check is and the four ways it can end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tilth.display.numbers import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from tilth.data.schema import Task

Unit = Literal["example", "element", "column", "class", "group", "cluster"]


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Findings:
    """What a check found: one row per unit.

    Attributes
    ----------
    unit : {"example", "element", "column", "class", "group", "cluster"}
        What a row of `table` is; an element is a part of an example: a token, a box, a region.
    table : DataFrame
        One row per unit looked at, any order, with the columns ``key`` (the row number in
        the dataset for examples, else a readable name: column, class, rule, cluster, or
        "sentence 12 token 3"),
        ``quality`` (in [0, 1]; 1 looks right, 0 surely wrong) and ``is_issue`` (bool).
        ``given`` and ``suggested`` where they make sense; all other columns are evidence.
    cut : str
        How the line between issue and no issue was drawn, in one sentence.
    members : DataFrame, optional
        For all units but examples: columns ``key`` and ``position`` (dataset row numbers).
    expected_precision : Estimate, optional
        Expected share of right flags, where it can be estimated.
    facts : mapping
        Numbers about the whole dataset, ready for JSON.
    """

    unit: Unit
    table: pd.DataFrame
    cut: str
    members: pd.DataFrame | None = None
    expected_precision: Estimate | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def issues(self) -> pd.DataFrame:
        """The flagged rows, worst first; ties by key."""
        flagged = self.table[self.table["is_issue"].to_numpy(dtype=bool)]
        return flagged.sort_values(["quality", "key"], kind="stable", ignore_index=True)

    def worst(self, limit: int | None = None) -> pd.DataFrame:
        """Return the worst of the flagged rows; None: all."""
        return self.issues if limit is None else self.issues.head(limit)

    @property
    def n_issues(self) -> int:
        """How many rows are flagged."""
        return int(self.table["is_issue"].sum())

    @property
    def n_examples(self) -> int:
        """How many examples the flagged rows are about, each counted once."""
        if self.unit == "example":
            return self.n_issues
        issues = self.issues
        if self.members is None:
            return 0
        flagged = self.members["key"].isin(issues["key"])
        return int(self.members["position"][flagged].nunique())

    def __repr__(self) -> str:
        """Return it at a glance."""
        said = f"{count(self.n_issues, self.unit)} flagged"
        if self.n_issues:
            said += f", worst quality {float(self.table['quality'].min()):.2f}"
        return f"Findings({said}, cut {self.cut!r})"

    def _repr_html_(self) -> str:
        # heavy, and needed in notebooks alone
        from tilth.display.labels_said import precision_said
        from tilth.display.notebook import N_SHOWN, issue_said, notebook_html
        from tilth.display.terminal import clipped

        issues, precision = self.issues, self.expected_precision
        records: list[dict[str, Any]] = issues.head(N_SHOWN).to_dict(orient="records")  # type: ignore[assignment]
        rows = [
            {
                "key": clipped(row["key"], 80),
                "said": issue_said("", row),
                "quality": float(row["quality"]),
            }
            for row in records
        ]
        shown = {
            "unit": self.unit,
            "n_issues": len(issues),
            "cut": self.cut,
            "rows": rows,
            "precision": "" if precision is None else precision_said(asdict(precision)),
        }
        return notebook_html("findings", "Findings", shown)


@dataclass(frozen=True)
class NotApplicable:
    """The question makes no sense for this dataset, or a signal it needs is missing."""

    reason: str


@dataclass(frozen=True)
class Skipped:
    """The question was not asked: deselected, or too costly for the budget."""

    reason: str


@dataclass(frozen=True)
class Failed:
    """The check broke; says nothing about the data."""

    error: str


Outcome = Findings | NotApplicable | Skipped | Failed


Run = Callable[..., Findings | NotApplicable]


@dataclass(frozen=True)
class Check:
    """A question asked of the data.

    `run` takes the signals it needs as positional parameters, by name, and its options
    as keyword-only parameters; it returns Findings or NotApplicable. Where the question
    needs other signals for another task, `by_task` has what answers it there.
    """

    name: str
    question: str
    run: Run
    preview: bool = False
    by_task: Mapping[Task, Run] = field(default_factory=dict)

    def run_for(self, task: Task) -> Run:
        """Return what answers the question for this task."""
        return self.by_task.get(task, self.run)
