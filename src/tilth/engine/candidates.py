"""From what an audit found to what might be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilth.checks.check import Findings
from tilth.engine.recipe import Recipe
from tilth.remedies import REMEDIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tilth.checks.check import Outcome
    from tilth.data.dataset import Dataset
    from tilth.remedies.remedy import Remedy


def candidates(
    outcomes: Mapping[str, Outcome], dataset: Dataset, accepted: Sequence[Recipe] = ()
) -> list[Recipe]:
    """Return every remedy that has something to act on, at each of its cuts or units.

    What an accepted recipe will finish needs no second remedy.
    """
    finished = {recipe.remedy.check for recipe in accepted if recipe.remedy.is_finishing}
    return [
        Recipe(remedy, outcome, dataset.example_id, options)
        for remedy in REMEDIES
        if isinstance(outcome := outcomes.get(remedy.check), Findings)
        and outcome.table["is_issue"].any()
        and remedy.check not in finished
        for options in _options(remedy, outcome)
    ]


def _options(remedy: Remedy, findings: Findings) -> Iterator[Mapping[str, Any]]:
    """Yield the option sets worth a trial: one per flagged unit, or one per cut."""
    issues = findings.issues
    if remedy.per_unit is not None:
        for unit in issues[remedy.per_unit[1]].drop_duplicates():
            yield {remedy.per_unit[0]: unit}
        return
    yield from remedy.cuts
