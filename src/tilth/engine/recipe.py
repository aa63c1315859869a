"""A remedy with its options, able to propose the same change on any part of the data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.checks import CHECKS
from tilth.checks.check import Findings
from tilth.edits.apply import apply_edits
from tilth.signals import PROVIDERS
from tilth.signals.predicates import Predicate, matches
from tilth.signals.signals import Signals, signal_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit
    from tilth.remedies.remedy import Remedy

_CHECKS = {check.name: check for check in CHECKS}
# What a recipe that runs on more examples than its findings are about looks up, not anew.
_LEARNED_ON_A_PART = {
    "group": "the noise was estimated on the training part",
    "column": "as seen on the training part",
}


@dataclass(frozen=True, eq=False)
class Recipe:
    """How to arrive at some edits, so that a training fold or a fresh source gets its own.

    Attributes
    ----------
    remedy : Remedy
    options : mapping
        Keyword options of the remedy.
    findings : Findings
        What the remedy acts on, as found on the examples `example_id`.
    """

    remedy: Remedy
    findings: Findings
    example_id: NDArray[Any]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def doubts_labels(self) -> bool:
        """Whether it acts on single examples because a model contradicts their label."""
        check = _CHECKS[self.remedy.check]
        asked = {
            name
            for run in (check.run, *check.by_task.values())
            for name in signal_names(run)
        }
        return self.findings.unit == "example" and "pred_probs" in asked

    def edits(self, signals: Signals) -> list[Edit]:
        """Return the edits this recipe makes on the dataset of `signals`."""
        run = partial(self.remedy.run, self._findings_on(signals))
        edits = list(signals.call(run, **self.options))
        where = _LEARNED_ON_A_PART.get(self.findings.unit)
        if where is None or self._knows(signals):
            return edits
        return [_with_more(edit, where) for edit in edits]

    def _knows(self, signals: Signals) -> bool:
        """Whether the findings are about all these examples."""
        return bool(np.isin(signals.dataset.example_id, self.example_id).all())

    def _findings_on(self, signals: Signals) -> Findings:
        """Find again what depends on labels of other examples; look up what does not.

        A group is its rule and a column its name, whatever the rows. Class counts and label
        errors depend on all labels at hand, so they are recomputed: inside a training fold
        they must not know the validation labels.
        """
        findings = self.findings
        if findings.unit == "group":
            return _members_by_rule(findings, signals)
        if findings.unit == "column":
            return findings
        if findings.unit == "class" or self.doubts_labels or not self._knows(signals):
            check = _CHECKS[self.remedy.check]
            found = signals.call(check.run_for(signals.dataset.schema.task))
            return (
                found
                if isinstance(found, Findings)
                else replace(findings, table=findings.table[:0])
            )
        return on_rows(findings, self.example_id, signals.dataset.example_id)


def signals_of(dataset: Dataset, like: Signals) -> Signals:
    """Return signals for an edited dataset or a part of one, made with the same models."""
    context = {
        name: like[name]
        for name in ("test", "model", "n_jobs", "signal_model")
        if like.has(name)
    }
    return Signals(dataset, PROVIDERS, context=context | {"progress": None}, seed=like.seed)


def in_order(recipes: Iterable[Recipe]) -> list[Recipe]:
    """Return recipes as they are applied: those that finish go last."""
    return sorted(recipes, key=lambda recipe: recipe.remedy.is_finishing)


def apply_recipes(
    recipes: Iterable[Recipe], signals: Signals
) -> tuple[Signals, list[Edit]]:
    """Apply recipes one after the other, each to what the one before it left.

    Returns
    -------
    signals : Signals
        Of the resulting dataset (`signals.dataset`).
    edits : list of Edit
        In order.
    """
    done: list[Edit] = []
    for recipe in recipes:
        edits = recipe.edits(signals)
        if edits:
            done += edits
            signals = signals_of(apply_edits(signals.dataset, edits), signals)
    return signals, done


def _with_more(edit: Edit, words: str) -> Edit:
    return replace(edit, reason=replace(edit.reason, text=f"{edit.reason.text}; {words}"))


def _members_by_rule(findings: Findings, signals: Signals) -> Findings:
    rules = zip(findings.table["key"], findings.table["predicate"], strict=True)
    parts = [
        pd.DataFrame(
            {
                "key": key,
                "position": np.flatnonzero(
                    matches(Predicate.from_json(rule), signals["described"])
                ),
            }
        )
        for key, rule in rules
    ]
    members = pd.concat(parts, ignore_index=True) if parts else findings.members
    return replace(findings, members=members)


def on_rows(findings: Findings, ids: NDArray[Any], wanted: NDArray[Any]) -> Findings:
    """Keep what concerns the examples `wanted`; keys and positions become theirs.

    `ids` are those of the examples that the findings are about; `wanted` may be a part of
    them, or hold them as a part.
    """
    where = pd.Index(wanted).get_indexer(pd.Index(ids))
    if findings.unit == "example":
        table = findings.table.assign(
            key=where[findings.table["key"].to_numpy(dtype=np.intp)]
        )
        return replace(findings, table=table[table["key"] >= 0].reset_index(drop=True))
    if findings.members is None:
        return findings
    members = findings.members.assign(
        position=where[findings.members["position"].to_numpy(dtype=np.intp)]
    )
    return replace(
        findings, members=members[members["position"] >= 0].reset_index(drop=True)
    )
