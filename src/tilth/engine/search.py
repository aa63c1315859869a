"""Stack remedies greedily: the best one, then the best addition, until nothing gains."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.checks import CHECKS
from tilth.engine.audit import examine
from tilth.engine.candidates import candidates
from tilth.engine.inner_trial import InnerTrials, compare, touched_ids
from tilth.engine.recipe import apply_recipes, in_order
from tilth.errors import ModelError, TilthError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from tilth.checks.check import Outcome
    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit
    from tilth.engine.inner_trial import Arm, Inner
    from tilth.engine.recipe import Recipe
    from tilth.models.model import Model
    from tilth.signals.signals import Signals
    from tilth.trial.metrics import Metric

    Progress = Callable[[str, int, int], None]
    OnEvent = Callable[[str], None]

FIRST_Z = 2.5  # methods section 20.5: 0 of 80 false on clean data over 5 candidates
NEXT_Z = 1.0  # the same: a refinement must gain one standard error
MAX_TOUCHED = 0.8  # a remedy that rewrites more than this share of the rows is no edit but another dataset (our own)
N_REPEATS = 2  # of the folds, for every candidate that gains
MAX_REPEATS = 6  # for the best of them while the decision is in doubt: training has luck too (our own)
N_CONTENDERS = 3
DOUBT = 1.0  # a z this near the bar may fall on either side with another partition (our own)


@dataclass(frozen=True, eq=False)
class Proposal:
    """A recipe with the edits it makes on the whole training set in the current state."""

    recipe: Recipe
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Tried:
    """One candidate and what became of it."""

    edits: tuple[dict[str, Any], ...]
    inner: Inner | None
    accepted: bool
    why: str

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
    """What the search accepted, in order, and everything it tried."""

    recipes: tuple[Recipe, ...]
    edits: tuple[Edit, ...]
    dataset: Dataset
    tried: tuple[Tried, ...]


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
        Seconds; a level of the search that would outlast it is not begun.

    Returns
    -------
    Stack
    """
    deadline = time.monotonic() + budget
    trials = InnerTrials(signals, model, metric)
    state, stack = signals, Stack((), (), signals.dataset, ())
    while True:
        began = time.monotonic()
        proposals, rejected = _proposals(state, outcomes, stack)
        tried, winner = _level(trials, proposals, stack, progress)
        stack = replace(stack, tried=stack.tried + rejected + tried)
        if winner is None:
            return stack
        trials.accept(winner.recipe)
        if on_event is not None:
            on_event("; then ".join(edit.reason.text for edit in winner.edits))
        recipes = tuple(in_order([*stack.recipes, winner.recipe]))
        state, done = apply_recipes([r for r in recipes if not r.remedy.is_finishing], signals)
        whole, edits = apply_recipes([r for r in recipes if r.remedy.is_finishing], state)
        stack = replace(stack, recipes=recipes, edits=(*done, *edits), dataset=whole.dataset)
        if time.monotonic() + (time.monotonic() - began) > deadline:
            return stack
        outcomes = examine(state, [c for c in CHECKS if c.name in outcomes and c.name != "test_leakage"])


def summary(edit: Edit) -> dict[str, Any]:
    """Return what a person needs to know of an edit, ready for JSON."""
    document = {
        "op": edit.op,
        "n": edit.n,
        "remedy": edit.reason.remedy,
        "check": edit.reason.check,
        "reason": edit.reason.text,
    }
    return document | ({"column": edit.column} if edit.column is not None else {})


def _proposals(
    signals: Signals, outcomes: Mapping[str, Outcome], stack: Stack
) -> tuple[list[Proposal], tuple[Tried, ...]]:
    """Turn findings into edits; set aside what does nothing or repeats another candidate."""
    proposals: list[Proposal] = []
    rejected: list[Tried] = []
    seen: set[Any] = set()
    for recipe in candidates(outcomes, signals.dataset, stack.recipes):
        try:
            edits = tuple(recipe.edits(signals))
        except TilthError as error:
            label = {"remedy": recipe.remedy.name, "check": recipe.remedy.check, "reason": str(error)}
            rejected.append(Tried((label,), None, False, f"cannot be applied: {error}"))
            continue
        fingerprint = _fingerprint(edits)
        if not edits or fingerprint in seen:
            continue
        seen.add(fingerprint)
        described = tuple(summary(e) for e in stack.edits + edits)
        if len(touched_ids(edits)) > MAX_TOUCHED * len(signals.dataset):
            rejected.append(Tried(described, None, False, "touches more than 80 % of the examples"))
            continue
        proposals.append(Proposal(recipe, edits))
    return proposals, tuple(rejected)


def _level(
    trials: InnerTrials, proposals: Sequence[Proposal], stack: Stack, progress: Progress | None
) -> tuple[tuple[Tried, ...], Proposal | None]:
    """Try every proposal on top of the stack; return what happened and the best, if any gains."""
    if not proposals:
        return (), None
    needed = _needed_z(len(proposals), first=not stack.recipes)
    race = _race(trials, proposals, _set_apart(trials.dataset, proposals, stack), needed, progress)
    winner = _winner(race, proposals, needed)
    tried = tuple(
        Tried(
            tuple(summary(e) for e in stack.edits + p.edits),
            race.inners.get(i),
            i == winner,
            _why(race.inners.get(i), race.broken.get(i), needed, is_winner=i == winner),
        )
        for i, p in enumerate(proposals)
    )
    return tried, None if winner is None else proposals[winner]


@dataclass(frozen=True, eq=False)
class Race:
    """What each proposal earned so far, by its number; -1 is the state before it."""

    arms: dict[int, list[Arm]]
    broken: dict[int, str]

    @property
    def inners(self) -> dict[int, Inner]:
        """Every proposal that ran, against the state before it."""
        return {
            i: compare(self.arms[-1][: len(arms)], arms)
            for i, arms in self.arms.items()
            if i >= 0 and arms and i not in self.broken
        }


def _race(
    trials: InnerTrials,
    proposals: Sequence[Proposal],
    touched: NDArray[np.bool_],
    needed: float,
    progress: Progress | None,
) -> Race:
    """Run repeats: all proposals first, then those that gain, then the best while in doubt."""
    race = Race({i: [] for i in range(-1, len(proposals))}, {})
    alive = list(range(len(proposals)))
    for repeat in range(MAX_REPEATS):
        recipes = [None, *(proposals[i].recipe for i in alive)]
        results = trials.arms(recipes, repeat=repeat, touched=touched, progress=progress)
        if isinstance(results[0], str):
            raise ModelError(results[0])
        for i, arm in zip([-1, *alive], results, strict=True):
            if isinstance(arm, str):
                race.broken[i] = arm
            else:
                race.arms[i].append(arm)
        alive = _contenders(race.inners, alive, needed)
        in_doubt = len(alive) > 1 or any(abs(race.inners[i].z - needed) < DOUBT for i in alive)
        if not alive or not in_doubt:
            break
        if repeat + 1 >= N_REPEATS:
            alive = alive[:N_CONTENDERS]
            if all(abs(race.inners[i].z - needed) > DOUBT for i in alive):
                break
    return race


def _contenders(inners: Mapping[int, Inner], alive: Sequence[int], needed: float) -> list[int]:
    """Return the candidates that may still win, best first.

    Out are those two standard errors short of the bar, or of the best candidate.
    """
    able = [i for i in alive if i in inners and inners[i].z > max(0.0, needed - 2.0)]
    best = max((inners[i].difference for i in able), default=0.0)
    return sorted(
        (i for i in able if inners[i].difference * (1 + 2 / inners[i].z) >= best),
        key=lambda i: -inners[i].difference,
    )


def _set_apart(dataset: Dataset, proposals: Sequence[Proposal], stack: Stack) -> NDArray[np.bool_]:
    """Mark the rows that candidates or accepted edits touch: the same for all, so scores compare.

    Rows whose label a model contradicts stay. Errors at random lower both arms alike, while a
    score without those rows rewards whatever ignores hard examples (decision 0002).
    """
    kept = [p for p in proposals if not p.recipe.doubts_labels]
    doubting = {recipe.remedy.name for recipe in stack.recipes if recipe.doubts_labels}
    ids = touched_ids([e for e in stack.edits if e.reason.remedy not in doubting])
    ids = ids.union(*(touched_ids(p.edits) for p in kept))
    return pd.Index(dataset.example_id).isin(list(ids))


def _needed_z(n_candidates: int, *, first: bool) -> float:
    """Widen the bar with the number of candidates, as the maximum of that many normals grows."""
    if not first:
        return NEXT_Z
    return FIRST_Z + max(0.0, np.sqrt(2 * np.log(max(n_candidates, 1))) - np.sqrt(2 * np.log(5)))


def _winner(race: Race, proposals: Sequence[Proposal], needed: float) -> int | None:
    """Return the simplest significant candidate within one standard error of the best.

    Simplest touches the fewest examples; ties go to the remedy listed first. With scores this
    close the larger edit has shown nothing for its size.

    References
    ----------
    Breiman, Friedman, Olshen & Stone (1984), "Classification and Regression Trees", 3.4.3
    (the 1 SE rule).
    """
    inners = race.inners
    able = [i for i, inner in inners.items() if inner.z > needed]
    if not able:
        return None
    best = max(able, key=lambda i: inners[i].difference)

    def ties(i: int) -> bool:
        n = min(len(race.arms[i]), len(race.arms[best]))
        return i == best or compare(race.arms[i][:n], race.arms[best][:n]).z < 1.0

    return min(filter(ties, able), key=lambda i: (len(touched_ids(proposals[i].edits)), i))


def _why(inner: Inner | None, broken: str | None, needed: float, *, is_winner: bool) -> str:
    if inner is None:
        return f"the model broke on it: {broken}"
    figures = f"{inner.difference:+.4f} on {inner.n_rows:,} untouched validation rows, z = {inner.z:.1f}"
    if is_winner:
        return f"best of this step: {figures}"
    if inner.z > needed:
        return f"gains, but less than the best of this step: {figures}"
    return f"no sure gain: {figures}, needed {needed:.1f}"


def _fingerprint(edits: Sequence[Edit]) -> tuple[Any, ...]:
    return tuple(
        (e.op, e.column, repr(sorted(e.params.items(), key=lambda item: item[0])), tuple(e.targets.itertuples(index=False, name=None)))
        for e in edits
    )
