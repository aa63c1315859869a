"""Stack remedies greedily: the best one, then the best addition, until nothing gains."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.checks import CHECKS
from tilth.edits.apply import apply_edits
from tilth.engine.audit import examine
from tilth.engine.candidates import candidates
from tilth.engine.inner_trial import InnerTrials, compare, touched_ids
from tilth.engine.recipe import signals_of
from tilth.errors import ModelError, TilthError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
N_REPEATS = 2


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
    text_as: str | None = None,
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
    trials = InnerTrials(signals, model, metric, seed=signals.seed, text_as=text_as)
    stack = Stack((), (), signals.dataset, ())
    while True:
        began = time.monotonic()
        proposals, rejected = _proposals(signals, outcomes, stack)
        tried, winner = _level(trials, proposals, stack, progress)
        stack = Stack(stack.recipes, stack.edits, stack.dataset, stack.tried + rejected + tried)
        if winner is None:
            return stack
        trials.accept(winner.recipe)
        signals = signals_of(apply_edits(signals.dataset, winner.edits), signals)
        stack = Stack(
            (*stack.recipes, winner.recipe), (*stack.edits, *winner.edits), signals.dataset, stack.tried
        )
        if on_event is not None:
            on_event("; then ".join(summary(edit)["reason"] for edit in winner.edits))
        if time.monotonic() + (time.monotonic() - began) > deadline:
            return stack
        outcomes = examine(signals, [c for c in CHECKS if c.name in outcomes and not _about_test(c.name)])


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
    for recipe in candidates(outcomes, signals.dataset):
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
    ids = touched_ids(stack.edits).union(*(touched_ids(p.edits) for p in proposals))
    touched = np.isin(trials.dataset.example_id, np.array(list(ids))) if ids else np.zeros(len(trials.dataset), bool)
    runs: list[list[Arm | str]] = []
    alive = list(range(len(proposals)))
    arms: dict[int, list[Arm]] = {i: [] for i in range(-1, len(proposals))}
    broken: dict[int, str] = {}
    for repeat in range(N_REPEATS):
        results = trials.arms(
            [None, *(proposals[i].recipe for i in alive)], repeat=repeat, touched=touched, progress=progress
        )
        if isinstance(results[0], str):
            raise ModelError(results[0])
        for i, arm in zip([-1, *alive], results, strict=True):
            if isinstance(arm, str):
                broken[i] = arm
            else:
                arms[i].append(arm)
        alive = [i for i in alive if i not in broken and compare(arms[-1], arms[i]).difference > 0]
        if not alive:
            break
    inners = {i: compare(arms[-1][: len(arms[i])], arms[i]) for i in range(len(proposals)) if i not in broken}
    winner = _winner(inners, proposals, arms, needed=_needed_z(len(proposals), first=not stack.recipes))
    tried = tuple(
        Tried(
            tuple(summary(e) for e in stack.edits + p.edits),
            inners.get(i),
            i == winner,
            _why(i, winner, inners.get(i), broken.get(i), _needed_z(len(proposals), first=not stack.recipes)),
        )
        for i, p in enumerate(proposals)
    )
    return tried, None if winner is None else proposals[winner]


def _needed_z(n_candidates: int, *, first: bool) -> float:
    """Widen the bar with the number of candidates, as the maximum of that many normals grows."""
    if not first:
        return NEXT_Z
    return FIRST_Z + max(0.0, np.sqrt(2 * np.log(max(n_candidates, 1))) - np.sqrt(2 * np.log(5)))


def _winner(
    inners: Mapping[int, Inner], proposals: Sequence[Proposal], arms: Mapping[int, list[Arm]], needed: float
) -> int | None:
    """Return the significant candidate with the largest gain; ties to the fewer examples touched.

    Relabelling must beat dropping the same findings by 2 standard errors: inverted labels and
    a truly different concept cannot be told apart from training data (methods 20.4).
    """
    able = [i for i, inner in inners.items() if inner.z > needed]
    if not able:
        return None
    best = max(able, key=lambda i: (inners[i].difference, -len(touched_ids(proposals[i].edits))))
    check = proposals[best].recipe.remedy.check
    if any(edit.op == "relabel" for edit in proposals[best].edits):
        drops = [
            i for i in able
            if proposals[i].recipe.remedy.check == check and all(e.op == "drop" for e in proposals[i].edits)
        ]
        if drops:
            drop = max(drops, key=lambda i: inners[i].difference)
            if compare(arms[drop], arms[best]).z < 2:
                return drop
    return best


def _why(i: int, winner: int | None, inner: Inner | None, broken: str | None, needed: float) -> str:
    if inner is None:
        return f"the model broke on it: {broken}"
    figures = f"{inner.difference:+.4f} on {inner.n_rows:,} untouched validation rows, z = {inner.z:.1f}"
    if i == winner:
        return f"best of this step: {figures}"
    if inner.z > needed:
        return f"gains, but less than the best of this step: {figures}"
    return f"no sure gain: {figures}, needed {needed:.1f}"


def _about_test(check: str) -> bool:
    return check == "test_leakage"


def _fingerprint(edits: Sequence[Edit]) -> tuple[Any, ...]:
    return tuple(
        (e.op, e.column, repr(sorted(e.params.items(), key=lambda item: item[0])), tuple(e.targets.itertuples(index=False, name=None)))
        for e in edits
    )
