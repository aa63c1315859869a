"""Ask every check its question, cheap ones first."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.checks import CHECKS
from tilth.checks.check import Failed, Findings, NotApplicable, Skipped
from tilth.data.read import read_like
from tilth.display.numbers import count
from tilth.display.terminal import clipped
from tilth.engine.check_options import checked_options
from tilth.engine.given_arrays import checked_embeddings
from tilth.engine.given_predictions import given_predictions
from tilth.engine.task_facts import task_facts
from tilth.errors import InvalidInputError, UnavailableError
from tilth.models.model import load_model
from tilth.signals import PROVIDERS
from tilth.signals.signals import Signals, signal_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from tilth.checks.check import Check, Outcome, Run
    from tilth.data.dataset import Dataset
    from tilth.engine.check_options import Options
    from tilth.signals.signals import Arrays

    Source = Dataset | str | Path | pd.DataFrame
    Progress = Callable[[str, int, int], None]
    OnOutcome = Callable[[str, Outcome], None]


_QUESTIONS = {check.name: check.question for check in CHECKS}


@dataclass(frozen=True, eq=False)
class Audit:
    """What every check said of a dataset.

    ``audit["label_errors"]`` is the table of what a check flagged, worst first.
    """

    dataset: Dataset
    outcomes: Mapping[str, Outcome]
    facts: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return what the check `name` flagged, worst first, with example ids."""
        if name not in self.outcomes:
            known = ", ".join(self.outcomes)
            raise InvalidInputError(
                f"`name` must be one of {known}, got {name!r}. Choose one."
            )
        outcome = self.outcomes[name]
        if not isinstance(outcome, Findings):
            raise InvalidInputError(f"{name} has no findings: {said_of(outcome)}.")
        issues = outcome.issues
        if outcome.unit == "example":
            issues = issues.assign(
                key=self.dataset.example_id[issues["key"].to_numpy(dtype=np.intp)]
            )
            return issues.rename(columns={"key": "example_id"})
        return issues

    @property
    def failed(self) -> int:
        """How many checks broke."""
        return sum(isinstance(outcome, Failed) for outcome in self.outcomes.values())

    def __repr__(self) -> str:
        width = max(map(len, self.outcomes), default=0)
        lines = [f"  {name:<{width}}  {said_of(o)}" for name, o in self.outcomes.items()]
        return "\n".join(
            [f"Audit of {len(self.dataset):,} examples, {self.seconds:.1f} s", *lines]
        )

    def _repr_html_(self) -> str:
        # heavy, and needed in notebooks alone
        from tilth.display.notebook import notebook_html

        name = self.dataset.source.replace("\\", "/").rsplit("/", 1)[-1]
        shown = {
            "n_examples": len(self.dataset),
            "seconds": self.seconds,
            "rows": [_row(self.dataset, name, o) for name, o in self.outcomes.items()],
        }
        return notebook_html("audit", f"Audit of {clipped(name, 80)}", shown)


def _row(dataset: Dataset, name: str, outcome: Outcome) -> dict[str, Any]:
    """Return what a notebook shows of how one check ended."""
    row: dict[str, Any] = {"name": name, "question": _QUESTIONS.get(name, "")}
    row |= {"outcome": "clean", "size": "", "share": None, "said": "", "pieces": []}
    match outcome:
        case Findings():
            if outcome.table["is_issue"].any():
                row |= {"outcome": "findings", **_worst(dataset, name, outcome)}
        case NotApplicable(reason):
            row |= {"outcome": "not_applicable", "said": clipped(reason, 160)}
        case Skipped(reason):
            row |= {"outcome": "skipped", "said": clipped(reason, 160)}
        case Failed(error):
            row |= {"outcome": "failed", "said": clipped(error, 160)}
    return row


def _worst(dataset: Dataset, name: str, findings: Findings) -> dict[str, Any]:
    """Return how much a check flagged, and its worst case."""
    from tilth.display.notebook import WIDTH, issue_said
    from tilth.display.pieces import excerpt

    worst: dict[Any, Any] = findings.issues.iloc[0].to_dict()
    n = findings.n_examples
    has_name = findings.unit in ("column", "class", "group")
    where = f"{clipped(worst['key'], 80)}: " if has_name else ""
    row = {
        "size": count(n, "example") if n else said_of(findings),
        "share": n / len(dataset) if n else None,
        "said": where + issue_said(name, worst),
    }
    if findings.unit == "example" and dataset.schema.text:
        text = dataset.table[dataset.schema.text[0]].iloc[int(worst["key"])]
        return row | {"pieces": excerpt(text, WIDTH)}
    return row


def said_of(outcome: Outcome) -> str:
    """Say in a few words how a check ended."""
    match outcome:
        case Findings():
            n, units = int(outcome.table["is_issue"].sum()), outcome.unit
            return (
                f"{n:,} {units}{'' if n == 1 else 'es' if units == 'class' else 's'}"
                if n
                else "clean"
            )
        case NotApplicable(reason):
            return f"not applicable: {reason}"
        case Skipped(reason):
            return f"skipped: {reason}"
        case Failed(error):
            return f"FAILED: {error}"


def audit(  # noqa: PLR0913 - each option is one the command line has, and all have a default
    data: Dataset,
    *,
    test: Source | None = None,
    model: object = None,
    pred_probs: NDArray[np.floating] | None = None,
    predictions: NDArray[np.floating] | list[dict[str, Any]] | None = None,
    embeddings: NDArray[np.floating] | None = None,
    select: Iterable[str] | None = None,
    options: Mapping[str, Mapping[str, float]] | None = None,
    seed: int = 0,
    cache: MutableMapping[str, Arrays] | None = None,
    n_jobs: int = 2,
    progress: Progress | None = None,
    on_outcome: OnOutcome | None = None,
) -> Audit:
    """Find what is wrong with a dataset.

    Parameters
    ----------
    data : Dataset
        What `tilth.read` returns.
    test : Dataset or anything `tilth.read` takes, optional
        Looked at for leakage only.
    model : str or estimator, optional
        A built-in name, ``package.module:attribute``, ``file.py:attribute``, an estimator or a
        factory. It joins the models that describe the data if it has `predict_proba`.
    pred_probs : float array of shape (n_examples, n_classes), optional
        Out-of-sample class probabilities of your own; columns in sorted class order. Of masks an
        array (n_classes, height, width) for each: a list, a dict by name, or a path.
    predictions : float array of shape (n_examples,), or list of dict, optional
        Out-of-sample predictions of your own: numbers, or boxes as COCO's results have them.
    embeddings : float array of shape (n_examples, n_dims), optional
        Vectors of your own, in place of ours where examples are compared as points (`outliers`).
    select : iterable of str, optional
        Run only these checks.
    options : mapping of str to mapping of str to number, optional
        Where a check draws its line, by check and option:
        ``{"label_errors": {"min_p_error": 0.5}}``. The page of each check lists its options.
    seed : int
        Decides folds and samples; the same seed gives the same findings.
    cache : mapping, optional
        Where costly arrays are kept between runs.
    n_jobs : int
        How many models are trained at once.
    progress : callable (stage, done, total), optional
    on_outcome : callable (name, outcome), optional
        Called as each check ends, cheap checks first.

    Returns
    -------
    Audit

    Raises
    ------
    InvalidInputError
        If `select` or `options` name what is not there, or an array does not fit the dataset.

    Examples
    --------
    >>> import tilth
    >>> data = tilth.read({"x": [1, 2, 2], "y": ["a", "b", "b"]}, label="y")
    >>> found = tilth.audit(data, select=["exact_duplicates"])
    >>> found["exact_duplicates"]["labels"].tolist()
    ['b 2']
    """
    start = time.perf_counter()
    checks = _selected(select)
    moved = checked_options(options or {}, data.schema.task)
    context: dict[str, Any] = {
        "test": None if test is None else read_like(test, data),
        "model": load_model(model, data) if model is not None else None,
        "n_jobs": n_jobs,
        "progress": progress,
    }
    context |= given_predictions(data, pred_probs, predictions)
    if embeddings is not None:
        context["embeddings"] = checked_embeddings(data, embeddings)
    signals = Signals(data, PROVIDERS, context=context, cache=cache, seed=seed)
    outcomes = examine(
        signals, checks, on_outcome=on_outcome, progress=progress, options=moved
    )
    return Audit(data, outcomes, facts_of(signals, outcomes), time.perf_counter() - start)


def examine(
    signals: Signals,
    checks: Iterable[Check] = CHECKS,
    *,
    on_outcome: OnOutcome | None = None,
    progress: Progress | None = None,
    options: Options | None = None,
) -> dict[str, Outcome]:
    """Run checks on signals, those that need no model first; results in report order."""
    checks = tuple(checks)
    progress = progress or _silent
    outcomes: dict[str, Outcome] = {}
    task = signals.dataset.schema.task
    for check in sorted(checks, key=lambda check: _is_costly(check.run_for(task))):
        progress(check.name, 0, 1)
        outcomes[check.name] = _outcome(signals, check, (options or {}).get(check.name, {}))
        progress(check.name, 1, 1)
        if on_outcome is not None:
            on_outcome(check.name, outcomes[check.name])
    return {check.name: outcomes[check.name] for check in checks}


def _silent(stage: str, done: int, total: int) -> None:
    """Report progress to nobody."""


def _outcome(signals: Signals, check: Check, options: Mapping[str, float]) -> Outcome:
    try:
        run = check.run_for(signals.dataset.schema.task)
        outcome: Outcome = signals.call(run, **options)
    except UnavailableError as reason:
        return NotApplicable(str(reason))
    except Exception as error:  # noqa: BLE001  one of the four places: a crash becomes a record
        return Failed(f"{type(error).__name__}: {error}")
    return outcome


def _is_costly(run: Run) -> bool:
    wanted, seen = list(signal_names(run)), set()
    while wanted:
        name = wanted.pop()
        if name in PROVIDERS and name not in seen:
            seen.add(name)
            if PROVIDERS[name].pack is not None:
                return True
            wanted.extend(signal_names(PROVIDERS[name].compute))
    return False


def _selected(select: Iterable[str] | None) -> tuple[Check, ...]:
    if select is None:
        return tuple(check for check in CHECKS if not check.preview)
    names = list(select)
    known = {check.name for check in CHECKS}
    for name in names:
        if name not in known:
            raise InvalidInputError(
                f"`select` must name checks, got {name!r}. Choose from "
                f"{', '.join(sorted(known))}."
            )
    return tuple(check for check in CHECKS if check.name in names)


def facts_of(signals: Signals, outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    """Return what the screen says beside the findings: the model behind them, its accuracy."""
    if not isinstance(outcomes.get("label_errors"), Findings):
        return {}
    if signals.dataset.schema.learned_as != "classification":
        return task_facts(signals)
    labels, pred_probs = signals["labels"], signals["pred_probs"]
    facts: dict[str, Any] = {
        "out_of_sample_accuracy": float(np.mean(pred_probs.argmax(axis=1) == labels))
    }
    try:
        chosen = signals["signal_model"]
    except UnavailableError:
        return facts | {"signal_model": "given pred_probs"}
    facts["signal_model"] = chosen.name
    own = signals["model"]
    if own is not None and own.name in chosen.left_out:
        facts["model_left_out"] = {"model": own.name, "why": chosen.left_out[own.name]}
    return facts
