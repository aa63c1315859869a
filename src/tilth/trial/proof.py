"""What a trial showed: the verdict, and every number it rests on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tilth.display.numbers import number
from tilth.trial.next_step import NOTHING, NextStep

if TYPE_CHECKING:
    import pandas as pd

    from tilth.trial.against_robust import AgainstRobust
    from tilth.trial.bootstrap import Difference
    from tilth.trial.control import Control

Verdict = Literal["BETTER", "WORSE", "NO DIFFERENCE", "UNPROVEN", "INVALID"]


@dataclass(frozen=True)
class Scores:
    """One arm on the test, in the metric's own unit; one score per seed."""

    per_seed: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean over seeds."""
        return float(np.mean(self.per_seed))

    def to_document(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {"mean": self.mean, "per_seed": list(self.per_seed)}


@dataclass(frozen=True)
class Suspected:
    """The same difference on all test rows and on those whose labels no check suspects.

    `without` is None where fewer than 100 rows are left unsuspected.
    """

    n_suspected: int
    n_without: int
    all_rows: Difference
    without: Difference | None

    def to_document(self) -> dict[str, Any]:
        """Return it ready for JSON: a verdict and a difference for either set of rows."""
        return {
            "n_suspected": self.n_suspected,
            "n_without": self.n_without,
            "with": _difference_document(self.all_rows),
            "without": None if self.without is None else _difference_document(self.without),
        }


@dataclass(frozen=True, eq=False)
class Proof:
    """Whether one dataset trains a better model than another.

    Attributes
    ----------
    verdict : {"BETTER", "WORSE", "NO DIFFERENCE", "UNPROVEN", "INVALID"}
        The interval of the difference lies above 0, below 0, or holds it; UNPROVEN where
        held-out labels share the faults of the data and cannot decide; INVALID where the
        comparison cannot be trusted.
    why : str
        The verdict in one sentence, with its numbers.
    metric : str
        What was measured.
    before, after : Scores or None
        In the metric's own unit. None for INVALID and UNPROVEN, as are the next three: no
        gain is told where none is shown.
    difference : float or None
        After minus before, its sign turned where lower is better (mae, rmse): positive
        always means better.
    interval : (float, float) or None
        95 % interval of the difference.
    smallest_detectable : float or None
        The smallest true gain this test would have shown in 80 % of such trials.
    n_train_before, n_train_after : int
        Labelled training examples.
    n_test, n_test_left_out : int
        Test rows compared on; rows that repeat a training row or have no label.
    seeds : tuple of int
        One for each entry of ``per_seed``; empty where nothing was trained.
    deterministic : bool
        Seeds change nothing, so only examples were resampled.
    test_fingerprint : str
        Of the test as given.
    next_command : str
        What to do now, as it can be typed; empty where no command goes on.
    notes : tuple of str
        What was left out or adjusted, one sentence each.
    slices : DataFrame
        Readable parts of the test, losers first: ``slice``, ``n``, ``metric``, ``before``,
        ``after``, ``difference``, ``low``, ``high``.
    suspects : Suspected or None
        The verdict with and without test rows that label checks suspect.
    against_robust : AgainstRobust or None
        What noise-robust training reaches on the unedited data, where that was asked.
    control : Control or None
        The same comparison without information in the labels, where that was asked.
    next_step : NextStep
        What may help next, in words, and what `next_command` is made of.
    """

    verdict: Verdict
    why: str
    metric: str
    before: Scores | None
    after: Scores | None
    difference: float | None
    interval: tuple[float, float] | None
    smallest_detectable: float | None
    n_train_before: int
    n_train_after: int
    n_test: int
    n_test_left_out: int
    seeds: tuple[int, ...]
    deterministic: bool
    test_fingerprint: str
    next_command: str
    notes: tuple[str, ...]
    slices: pd.DataFrame
    suspects: Suspected | None
    against_robust: AgainstRobust | None = None
    control: Control | None = None
    next_step: NextStep = NOTHING

    @property
    def advice(self) -> str:
        """What may help next, in a sentence or two; empty where nothing needs doing."""
        return self.next_step.advice

    @property
    def in_short(self) -> str:
        """The verdict, with the scores where they may be told."""
        if self.before is None or self.after is None:
            return self.verdict
        scores = f"{number(self.before.mean)} -> {number(self.after.mean)}"
        return f"{self.verdict}: {self.metric} {scores}"

    def __repr__(self) -> str:
        """Return the verdict and its reason, as a notebook shows it."""
        lines = [f"{self.verdict}: {self.why}", *self.notes]
        said = [part for part in (self.advice, self.next_command) if part]
        if said:
            lines.append(f"Next: {'  '.join(said)}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        # heavy, and needed in notebooks alone
        from tilth.display.headlines import proof_headline
        from tilth.display.notebook import notebook_html

        document = self.to_document()
        return notebook_html("proof", proof_headline(document), document)

    def to_document(self) -> dict[str, Any]:
        """Return it ready for JSON; the fields of the command line's contract and more."""
        return {
            "verdict": self.verdict,
            "metric": self.metric,
            "before": self.before and self.before.to_document(),
            "after": self.after and self.after.to_document(),
            "difference": self.difference,
            "interval": None if self.interval is None else list(self.interval),
            "smallest_detectable": self.smallest_detectable,
            "n_train_before": self.n_train_before,
            "n_train_after": self.n_train_after,
            "n_test": self.n_test,
            "n_test_left_out": self.n_test_left_out,
            "why": self.why,
            "seeds": list(self.seeds),
            "deterministic": self.deterministic,
            "test_fingerprint": self.test_fingerprint,
            "next_command": self.next_command,
            "notes": list(self.notes),
            "slices": self.slices.to_dict(orient="records"),
            "suspects": self.suspects and self.suspects.to_document(),
            "against_robust": self.against_robust and self.against_robust.to_document(),
            "control": self.control and self.control.to_document(),
            "advice": self.advice,
        }


def shown(difference: Difference) -> Verdict:
    """Return what an interval shows, taken alone."""
    words: dict[int, Verdict] = {1: "BETTER", -1: "WORSE", 0: "NO DIFFERENCE"}
    return words[difference.shows]


def plus(value: float) -> str:
    """Write a difference with its sign.

    Examples
    --------
    >>> plus(0.2), plus(-1234.56), plus(0.0)
    ('+0.200', '-1,235', '0')
    """
    return f"+{number(value)}" if value > 0 else number(value)


def _difference_document(difference: Difference) -> dict[str, Any]:
    return {
        "verdict": shown(difference),
        "difference": difference.value,
        "interval": [difference.low, difference.high],
    }


def as_it_was(rejected: Proof) -> Proof:
    """Return the proof of leaving the data as they are, from that of edits not applied.

    The baseline arm is the same, so nothing is trained again; INVALID and UNPROVEN stay, as no
    comparison on this test can be trusted.
    """
    if rejected.before is None:
        return replace(rejected, n_train_after=rejected.n_train_before)
    if rejected.before == rejected.after and not rejected.difference:
        return rejected
    why = (
        "Nothing is applied: the edits that helped on training data were not confirmed on the "
        f"test ({rejected.verdict}, {rejected.difference:+.3f})."
    )
    return replace(
        rejected,
        verdict="NO DIFFERENCE",
        why=why,
        after=rejected.before,
        difference=0.0,
        interval=(0.0, 0.0),
        n_train_after=rejected.n_train_before,
        slices=rejected.slices.iloc[:0],
        suspects=None,
    )
