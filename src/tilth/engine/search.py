"""Stack remedies greedily: the best one, then the best addition, until nothing gains."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from tilth.checks import CHECKS
from tilth.engine.audit import examine
from tilth.engine.candidates import candidates
from tilth.engine.inner_trial import InnerTrials, touched_ids
from tilth.engine.race import Proposal, needed_z, run_race, winner
from tilth.engine.recipe import apply_recipes, in_order
from tilth.errors import ModelError, TilthError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from tilth.checks.check import Outcome
    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit
    from tilth.engine.inner_trial import Inner
    from tilth.engine.race import Race
    from tilth.engine.recipe import Recipe
    from tilth.models.model import Model
    from tilth.signals.signals import Signals
    from tilth.trial.metrics import Metric

    Progress = Callable[[str, int, int], None]
    OnEvent = Callable[[str], None]

OUT_OF_TIME = "not tried: the time budget did not reach that far"
MAX_TOUCHED = 0.8  # rewriting more of the rows than this makes another dataset (our own)
MIN_SCORED = (
    0.2  # of the validation rows must be left once candidates set theirs apart (our own)
)


@dataclass(frozen=True)
class Tried:
    """One candidate and what became of it."""

    edits: tuple[dict[str, Any], ...]
    inner: Inner | None
    accepted: bool
    why: str

    def __repr__(self) -> str:
        """Return it at a glance."""
        named = " + ".join(str(edit["remedy"]) for edit in self.edits)
        return (
            f"Tried({named}, {'accepted' if self.accepted else 'rejected'}, {self.why!r})"
        )

    def to_document(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "edits": list(self.edits),
            "inner": asdict(self.inner) if self.inner else {},
            "accepted": self.accepted,
            "why": self.why,
        }


@dataclass(frozen=True, eq=False)
class Stack:
    """What the search accepted, in the order it is applied, and everything it tried."""

    recipes: tuple[Recipe, ...]
    edits: tuple[Edit, ...]
    dataset: Dataset
    tried: tuple[Tried, ...] = ()


def search(
    signals: Signals,
    outcomes: Mapping[str, Outcome],
    model: Model,
    metric: Metric,
    *,
    budget: float,
    progress: Progress | None = None,
    on_event: OnEvent | None = None,
) -> Stack:
    """Search over remedies and their cuts on training data only.

    Parameters
    ----------
    signals, outcomes
        Of the training data, as an audit leaves them.
    model : Model
        The judge.
    metric : Metric
    budget : float
        Seconds; what would likely outlast it is not begun, and listed as not tried.
    progress : callable (stage, done, total), optional
    on_event : callable (sentence), optional
        Told of each edit that is accepted.

    Returns
    -------
    Stack
    """
    deadline = time.monotonic() + budget
    trials = InnerTrials(signals, model, metric)
    stack, state = Stack((), (), signals.dataset), signals
    while True:
        began = time.monotonic()
        proposals, rejected = _proposals(state, outcomes, stack)
        tried, best = _step(trials, proposals, stack, deadline, progress)
        stack = replace(stack, tried=stack.tried + rejected + tried)
        if best is None:
            return stack
        trials.accept(best.recipe)
        stack, state = _extended(stack, best, signals)
        if on_event is not None:
            on_event("; then ".join(edit.reason.text for edit in best.edits))
        if time.monotonic() + (time.monotonic() - began) > deadline:
            return stack
        about_training = [
            c for c in CHECKS if c.name in outcomes and c.name != "test_leakage"
        ]
        outcomes = examine(state, about_training)


def why_broken(error: TilthError) -> str:
    """Say whose fault it is that a candidate could not be tried."""
    is_the_model_s = isinstance(error, ModelError)
    said = "the model broke on it" if is_the_model_s else "cannot be applied"
    return f"{said}: {error}"


def _proposals(
    signals: Signals, outcomes: Mapping[str, Outcome], stack: Stack
) -> tuple[list[Proposal], tuple[Tried, ...]]:
    """Turn findings into edits; set aside what does nothing or repeats another candidate."""
    proposals: list[Proposal] = []
    rejected: list[Tried] = []
    seen: set[Any] = set()
    for recipe in candidates(outcomes, signals.dataset, stack.recipes):
        try:
            proposal = Proposal(recipe, tuple(recipe.edits(signals)))
        except TilthError as error:
            rejected.append(_unfit(recipe, error))
            continue
        key = _content(proposal.edits)
        if not proposal.edits or key in seen:
            continue
        seen.add(key)
        if proposal.size > MAX_TOUCHED * len(signals.dataset):
            why = f"touches more than {MAX_TOUCHED:.0%} of the examples"
            rejected.append(
                Tried(_described(stack, proposal), None, accepted=False, why=why)
            )
        else:
            proposals.append(proposal)
    return proposals, tuple(rejected)


def _unfit(recipe: Recipe, error: TilthError) -> Tried:
    named = {
        "remedy": recipe.remedy.name,
        "check": recipe.remedy.check,
        "reason": str(error),
    }
    return Tried((named,), None, accepted=False, why=why_broken(error))


def _content(edits: Sequence[Edit]) -> tuple[Any, ...]:
    """Return what edits do, whatever proposed them."""
    return tuple(
        (
            edit.op,
            edit.column,
            repr(sorted(edit.params.items())),
            tuple(edit.targets.itertuples(index=False, name=None)),
        )
        for edit in edits
    )


def _step(  # noqa: PLR0917 - one call, and each is what it is called
    trials: InnerTrials,
    proposals: Sequence[Proposal],
    stack: Stack,
    deadline: float,
    progress: Progress | None,
) -> tuple[tuple[Tried, ...], Proposal | None]:
    """Try every proposal on top of the stack; return what happened and the best, if any gains."""
    if not proposals:
        return (), None
    proposals, apart, crowded = _set_apart(trials, proposals, stack)
    needed = needed_z(len(proposals), is_first=not stack.recipes)
    race = run_race(
        trials, proposals, apart, needed=needed, deadline=deadline, progress=progress
    )
    best = winner(race, proposals)
    tried = tuple(
        Tried(
            _described(stack, proposal),
            race.inners.get(i),
            accepted=i == best,
            why=_why(race, i, is_best=i == best),
        )
        for i, proposal in enumerate(proposals)
    )
    return (*crowded, *tried), None if best is None else proposals[best]


def _set_apart(
    trials: InnerTrials, proposals: Sequence[Proposal], stack: Stack
) -> tuple[list[Proposal], NDArray[np.bool_], list[Tried]]:
    """Mark the rows that candidates or accepted edits touch: the same for all, so scores compare.

    Rows whose label a model contradicts stay. Errors at random lower both arms alike, while a
    score without those rows rewards whatever ignores hard examples (decision 0002). Candidates
    that would leave too few rows for the others wait, the largest first.
    """
    doubting = {recipe.remedy.name for recipe in stack.recipes if recipe.doubts_labels}
    ids = touched_ids([edit for edit in stack.edits if edit.reason.remedy not in doubting])
    example_id = trials.dataset.example_id
    scorable = set(example_id[trials.validated()].tolist())
    waiting = []
    for proposal in sorted(proposals, key=lambda p: p.size):
        more = set() if proposal.recipe.doubts_labels else touched_ids(proposal.edits)
        if len((ids | more) & scorable) > (1 - MIN_SCORED) * len(scorable):
            waiting.append(proposal)
        else:
            ids |= more
    why = "not tried: with the smaller candidates it leaves too few rows to score on"
    crowded = [Tried(_described(stack, p), None, accepted=False, why=why) for p in waiting]
    marked: NDArray[np.bool_] = pd.Index(example_id).isin(list(ids))
    return [p for p in proposals if p not in waiting], marked, crowded


def _extended(stack: Stack, best: Proposal, signals: Signals) -> tuple[Stack, Signals]:
    """Return the stack with one recipe more, and the signals its findings come from next.

    Those are of the data before recipes that finish: copies must not look like duplicates.
    """
    recipes = in_order([*stack.recipes, best.recipe])
    state, edits = apply_recipes([r for r in recipes if not r.remedy.is_finishing], signals)
    whole, more = apply_recipes([r for r in recipes if r.remedy.is_finishing], state)
    return Stack(tuple(recipes), (*edits, *more), whole.dataset, stack.tried), state


def _described(stack: Stack, proposal: Proposal) -> tuple[dict[str, Any], ...]:
    return tuple(edit.to_document() for edit in (*stack.edits, *proposal.edits))


def _why(race: Race, i: int, *, is_best: bool) -> str:
    if i in race.broken:
        return why_broken(race.broken[i])
    if i in race.left_out:
        return OUT_OF_TIME
    inner = race.inners[i]
    figures = (
        f"{inner.difference:+.4f} on {inner.n_rows:,} validation rows set apart from the edits, "
        f"z = {inner.z:.1f}"
    )
    if is_best and inner.z <= race.needed:
        return f"its labels are bad by the check's own trainings, and it costs nothing: {figures}"
    if is_best:
        return f"best of this step: {figures}"
    if inner.z > race.needed:
        return f"gains, but no more than the edit chosen at this step: {figures}"
    return f"no sure gain: {figures}, needed {race.needed:.1f}"
