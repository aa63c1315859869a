"""Proposals run against each other: who gains, and which of them to take."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tilth.engine.inner_trial import compare, touched_ids
from tilth.errors import TilthError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from tilth.edits.edit import Edit
    from tilth.engine.inner_trial import Arm, Inner, InnerTrials
    from tilth.engine.recipe import Recipe

    Progress = Callable[[str, int, int], None]

FIRST_Z = 2.5  # methods section 20.5: 0 of 80 false on clean data over 5 candidates
NEXT_Z = (
    1.5  # the same: one standard error; half a one for being the best of several (our own)
)
N_REPEATS = 2  # of the folds, for every candidate in reach (the same)
MAX_REPEATS = 4  # for the best while in doubt: training has luck too (our own)
N_CONTENDERS = 3  # that many go on beyond N_REPEATS (our own)
NO_HARM_Z = (
    -1.0
)  # a group edit on its own evidence must not lose a standard error (our own)
DOUBT = 1.0  # a z this near the bar may fall on either side with other folds (our own)


@dataclass(frozen=True, eq=False)
class Proposal:
    """A recipe with the edits it makes on the whole training set in the current state."""

    recipe: Recipe
    edits: tuple[Edit, ...]

    @property
    def rests_on_its_group(self) -> bool:
        """Whether it drops a group that the check found bad by training outside of it."""
        drops = all(edit.op == "drop" for edit in self.edits)
        return drops and self.recipe.findings.unit == "group"

    @property
    def size(self) -> int:
        """How many examples it removes or changes."""
        return len(touched_ids(self.edits))


@dataclass(frozen=True, eq=False)
class Race:
    """What the state as it is and each proposal, by its number, earned so far.

    Attributes
    ----------
    needed : float
        The z a proposal must pass.
    unchanged : list of Arm
        One per repeat.
    arms : mapping of proposal number to list of Arm
    broken : mapping of proposal number to TilthError
        A ModelError where the user's model failed, another where the edits cannot be made.
    left_out : set of int
        Proposals there was no time for.
    """

    needed: float
    unchanged: list[Arm] = field(default_factory=list)
    arms: dict[int, list[Arm]] = field(default_factory=dict)
    broken: dict[int, TilthError] = field(default_factory=dict)
    left_out: set[int] = field(default_factory=set)

    @property
    def inners(self) -> dict[int, Inner]:
        """Every proposal that ran, against the state before it."""
        return {
            i: compare(self.unchanged[: len(arms)], arms)
            for i, arms in self.arms.items()
            if i not in self.broken
        }


def needed_z(n_candidates: int, *, is_first: bool) -> float:
    """Return the bar, which widens with the candidates as the largest of so many normals does."""
    if not is_first:
        return NEXT_Z
    widening = math.sqrt(2 * math.log(max(n_candidates, 1))) - math.sqrt(2 * math.log(5))
    return FIRST_Z + max(0.0, widening)


def run_race(
    trials: InnerTrials,
    proposals: Sequence[Proposal],
    apart: NDArray[np.bool_],
    *,
    needed: float,
    deadline: float = math.inf,
    progress: Progress | None = None,
) -> Race:
    """Run repeats: all proposals first, then those in reach, then the best while in doubt.

    Parameters
    ----------
    trials : InnerTrials
    proposals : sequence of Proposal
    apart : bool array of shape (n_examples,)
        Rows that are not scored.
    needed : float
        The z to pass.
    deadline : float
        In `time.monotonic` seconds. The state as it is runs first; if all proposals would
        outlast the deadline at its pace, only so many as fit are tried, and at least one.
    progress : callable (stage, done, total), optional

    Raises
    ------
    TilthError
        If the model cannot be trained on the state as it is.
    """
    race = Race(needed)
    alive = list(range(len(proposals)))
    for repeat in range(MAX_REPEATS):
        began = time.monotonic()
        (before,) = trials.arms([None], repeat=repeat, apart=apart)
        if isinstance(before, TilthError):
            raise before
        race.unchanged.append(before)
        alive = _affordable(race, alive, time.monotonic() - began, deadline)
        recipes = [proposals[i].recipe for i in alive]
        after = trials.arms(recipes, repeat=repeat, apart=apart, progress=progress)
        for i, arm in zip(alive, after, strict=True):
            if isinstance(arm, TilthError):
                race.broken[i] = arm
            else:
                race.arms.setdefault(i, []).append(arm)
        alive = contenders(race.inners, alive, needed)
        is_late = repeat + 1 >= N_REPEATS
        alive = alive[:N_CONTENDERS] if is_late else alive
        in_doubt = any(abs(race.inners[i].z - needed) < DOUBT for i in alive)
        if not (in_doubt or (len(alive) > 1 and not is_late)):
            break
    return race


def _affordable(
    race: Race, alive: Sequence[int], seconds_each: float, deadline: float
) -> list[int]:
    left = deadline - time.monotonic()
    n = len(alive) if math.isinf(left) else max(1, int(left / max(seconds_each, 1e-9)))
    race.left_out.update(i for i in alive[n:] if i not in race.arms)
    return list(alive[:n])


def contenders(
    inners: Mapping[int, Inner], alive: Sequence[int], needed: float
) -> list[int]:
    """Return the candidates that may still win, best first.

    Out are those two standard errors short of the bar, or of the best candidate.
    """
    able = [i for i in alive if i in inners and inners[i].z > max(0.0, needed - 2.0)]
    best = max((inners[i].difference for i in able), default=0.0)
    within = [i for i in able if inners[i].difference * (1 + 2 / inners[i].z) >= best]
    return sorted(within, key=lambda i: -inners[i].difference)


def winner(race: Race, proposals: Sequence[Proposal]) -> int | None:
    """Return the simplest significant proposal that is as good as the best.

    Simplest touches the fewest examples; ties go to the remedy listed first. As good is within
    one standard error. Of two remedies for the same findings (drop or relabel, drop a column or
    scale it) only one will be done, so there the bolder one must beat the other as surely as a
    first edit must beat doing nothing.

    References
    ----------
    Breiman, Friedman, Olshen & Stone (1984), "Classification and Regression Trees", 3.4.3
    (the 1 SE rule).
    """
    inners = race.inners
    able = [i for i, inner in inners.items() if inner.z > race.needed]
    if not able:
        return _harmless_group(inners, proposals)
    best = max(able, key=lambda i: inners[i].difference)

    def check_of(i: int) -> str:
        return proposals[i].recipe.remedy.check

    def is_as_good(i: int) -> bool:
        n = min(len(race.arms[i]), len(race.arms[best]))
        margin = compare(race.arms[i][:n], race.arms[best][:n]).z
        return i == best or margin < (FIRST_Z if check_of(i) == check_of(best) else 1.0)

    return min(filter(is_as_good, able), key=lambda i: (proposals[i].size, i))


def _harmless_group(
    inners: Mapping[int, Inner], proposals: Sequence[Proposal]
) -> int | None:
    """Return the first group to drop that costs nothing outside of it, if nothing else gains.

    A model that sees the column of a group keeps the group's labels to itself: outside, where
    rows can be scored, dropping it gains nothing, yet test rows of the group are predicted
    wrong (decision 0003). The check's own trainings found the labels bad; the test decides.
    """
    groups = (i for i in inners if proposals[i].rests_on_its_group)
    return next((i for i in groups if inners[i].z > NO_HARM_Z), None)
