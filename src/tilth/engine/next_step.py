"""What may help after `improve` applied nothing, told by what its trials showed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tilth.display.numbers import count, number
from tilth.engine.race import needed_z
from tilth.engine.search import OUT_OF_TIME
from tilth.trial.next_step import NextStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tilth.engine.search import Stack, Tried
    from tilth.models.model import Model
    from tilth.trial.proof import Proof

_MOST_DATA = 10  # times as many examples: more than that is another project (our own)


def step_after(proof: Proof, stack: Stack, judge: Model, budget: float) -> NextStep:
    """Return what may help after the proof of a search.

    Parameters
    ----------
    proof : Proof
        Of what the search accepted, whether or not it is applied.
    stack : Stack
        What the search accepted and tried.
    judge : Model
        The model that every edit was tried with.
    budget : float
        Seconds the search had.
    """
    if proof.verdict != "NO DIFFERENCE" and not (proof.verdict == "WORSE" and stack.edits):
        return proof.next_step
    if stack.edits:
        return _other_model(_not_confirmed(proof), judge)
    not_reached = [tried for tried in stack.tried if tried.why == OUT_OF_TIME]
    if not_reached:
        return NextStep(
            f"{count(len(not_reached), 'candidate')} of {len(stack.tried)} could not be tried in "
            "time: give more of it.",
            "improve",
            {"budget": _twice(budget)},
        )
    if not stack.tried:
        return NextStep(
            "No check found anything to edit, so other examples or columns are likelier to help "
            "this model than edits."
        )
    return _other_model(_closest(stack.tried), judge)


def _twice(budget: float) -> str:
    seconds = math.ceil(2 * budget)
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"


def _not_confirmed(proof: Proof) -> str:
    if proof.verdict == "WORSE":
        return (
            "The edits gained on training data and lost on the test: see whether the test holds "
            "other examples than the training data."
        )
    return proof.next_step.advice  # what a larger test could show


def _closest(tried: Sequence[Tried]) -> str:
    """Say how near the best candidate came to a sure gain on the training data.

    How many test rows would show as much is not said: no edit was compared on the test, so
    nothing tells how far apart the answers of two arms are there.
    """
    measured = [t for t in tried if t.inner is not None]
    if not measured:
        return "No candidate could be measured: see `candidates` for why."
    best = max(measured, key=lambda t: t.inner.z if t.inner else 0.0)
    assert best.inner is not None
    if best.inner.difference <= 0 or best.inner.z <= 0:
        if len(measured) == 1:
            return "The one edit tried gained nothing on training data."
        return f"None of {count(len(measured), 'edit')} gained anything on training data."
    times = (needed_z(len(measured), is_first=True) / best.inner.z) ** 2
    remedy = str(best.edits[-1]["remedy"])
    return (
        f"The closest of {count(len(measured), 'edit')}, {remedy}, gained "
        f"{number(best.inner.difference)} on training data, too little to be sure of"
        + (
            f": about {times:.1f} times as many examples could tell."
            if 1 < times <= _MOST_DATA
            else "."
        )
    )


def _other_model(advice: str, judge: Model) -> NextStep:
    """Add another built-in model, where the judge is one: edits that help are a model's own."""
    if not judge.is_built_in:
        return NextStep(advice)
    is_number = getattr(judge.recipe, "task", "") == "regression"
    plain = "mlp" if is_number else "logistic"
    other = plain if judge.name == "boosted-trees" else "boosted-trees"
    said = f"Your own model (--model FILE.py:NAME), or another one than {judge.name}, may gain."
    return NextStep(f"{advice} {said}".strip(), "improve", {"model": other})
