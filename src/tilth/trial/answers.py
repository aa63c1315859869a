"""What either arm answered on the test, and what that shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.display.numbers import count, number, share
from tilth.trial.bootstrap import Difference, detectable_at_worst, paired_bootstrap
from tilth.trial.proof import Scores, Suspected, plus
from tilth.trial.protocol import MIN_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tilth.trial.metrics import Metric

    Predictions = Sequence[NDArray[Any]]

_SQUARED = ("r2", "rmse")  # they weigh an error by its square
_NO_ERROR = np.finfo(np.float64).tiny
_MOST = 0.5  # our own: more than half of a sum decides it
_SHOWN = {1: "a gain", 0: "neither gain nor loss", -1: "a loss"}


@dataclass(frozen=True, eq=False)
class Answers:
    """Predictions of both arms for the same test rows, one array per seed.

    Attributes
    ----------
    metric : Metric
    given : array of shape (n_examples,)
        The labels of the test rows.
    before, after : sequences of arrays of shape (n_examples,)
    """

    metric: Metric
    given: NDArray[Any]
    before: Predictions
    after: Predictions

    @property
    def agree(self) -> bool:
        """Whether both arms answer alike on every row, seed by seed."""
        return all(map(np.array_equal, self.before, self.after))

    def rows(self, mask: NDArray[np.bool_]) -> Answers:
        """Return the answers for some of the rows."""
        return replace(
            self,
            given=self.given[mask],
            before=[predicted[mask] for predicted in self.before],
            after=[predicted[mask] for predicted in self.after],
        )

    def scores(self, arm: Predictions) -> Scores:
        """Return the metric of each seed."""
        return Scores(tuple(self.metric.score(self.given, predicted) for predicted in arm))

    def difference(self, seed: int) -> Difference:
        """Return after minus before with its interval, resampled with `seed`.

        Arms that agree on every row tell nothing of how far apart others could be: their
        smallest detectable difference is the one at worst.
        """
        rng = np.random.default_rng([seed, 2])
        found = paired_bootstrap(self.metric, self.given, self.before, self.after, rng=rng)
        if self.agree:
            worst = detectable_at_worst(self.metric, self.given, self.before[0])
            return replace(found, smallest_detectable=worst)
        return found


def with_and_without(
    answers: Answers, all_rows: Difference, suspected: NDArray[np.bool_], seed: int
) -> Suspected:
    """Return the difference on all rows beside that on the rows not `suspected`."""
    n = int((~suspected).sum())
    without = None
    if n == len(suspected):
        without = all_rows
    elif n >= MIN_ROWS:
        without = answers.rows(~suspected).difference(seed)
    return Suspected(len(suspected) - n, n, all_rows, without)


def disagreement(suspected: Suspected, metric: Metric) -> str:
    """Say why held-out rows cannot decide; empty where they can."""
    if suspected.without is None:
        return (
            f"only {count(suspected.n_without)} of the held-out rows are free of suspicion; "
            f"at least {MIN_ROWS} are needed to decide."
        )
    if suspected.all_rows.shows == suspected.without.shows:
        return ""
    return (
        f"in {metric.name.replace('_', ' ')} all held-out rows show {_SHOWN[suspected.all_rows.shows]}, the "
        f"{count(suspected.n_without)} that no check suspects show "
        f"{_SHOWN[suspected.without.shows]}: labels that share the faults of the data cannot "
        "decide."
    )


def in_words(answers: Answers, found: Difference) -> str:
    """Say what a difference and its interval show, with the numbers."""
    name = answers.metric.name.replace("_", " ")
    moved = (
        f"{name} went from {number(answers.scores(answers.before).mean)} to "
        f"{number(answers.scores(answers.after).mean)} on "
        f"{count(len(answers.given), 'untouched test example')}"
    )
    span = f"the 95 % interval of the gain, {plus(found.low)} to {plus(found.high)},"
    if found.shows:
        return f"{moved}; {span} lies {'above' if found.shows > 0 else 'below'} 0."
    return (
        f"{moved}, but {span} holds 0; this test could have shown a gain of "
        f"{number(found.smallest_detectable)}."
    )


def few_rows_said(answers: Answers) -> str:
    """Say that a hundredth of the rows makes most of the squared error of an arm, if it does.

    Of both arms the one is told where they make more of it.
    """
    n_few = len(answers.given) // 100
    if answers.metric.name not in _SQUARED or not n_few:
        return ""
    given = answers.given.astype(np.float64)
    of_few, where = 0.0, ""
    for name, arm in (("before", answers.before), ("after", answers.after)):
        squared = np.mean(
            [(predicted.astype(np.float64) - given) ** 2 for predicted in arm], 0
        )
        part = float(np.sort(squared)[-n_few:].sum() / max(squared.sum(), _NO_ERROR))
        if part > of_few:
            of_few, where = part, "" if answers.agree else f" in the arm '{name}'"
    if of_few <= _MOST:
        return ""
    verb = "makes" if n_few == 1 else "make"
    return (
        f"{count(n_few)} of {count(len(given), 'test row')} {verb} {share(of_few)} of the squared "
        f"error{where}, so {answers.metric.name} is ruled by them; mae weighs every row alike."
    )
