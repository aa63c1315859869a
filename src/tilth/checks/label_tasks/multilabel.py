"""Label errors where examples have several classes: classes left out, and classes too many."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.algorithms.labels import (
    multilabel_cut,
    multilabel_error_probabilities,
    multilabel_precision_cut,
)
from tilth.checks.check import Estimate, Findings, NotApplicable
from tilth.checks.chosen_cut import chosen_cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAX_NAMED = 5  # classes named in a sentence; more are counted. Our own.


def find_multilabel_errors(
    label_matrix: NDArray[np.bool_],
    multilabel_probs: NDArray[np.float64],
    labelled: NDArray[np.intp],
    classes: NDArray[Any],
    *,
    min_p_error: float | None = None,
    precision: float | None = None,
    count: int | None = None,
) -> Findings | NotApplicable:
    """Flag examples with a class whose P(error) reaches a cut, as of `find_label_errors`.

    Parameters
    ----------
    label_matrix, multilabel_probs, labelled, classes
        Signals.
    min_p_error : float, optional
        Flag from this probability on. None: where the expected F1 of the flagged classes is best.
    precision : float, optional
        Instead: flag as many as can be while so large a share of the flagged examples is
        expected to have a flagged class that is wrong.
    count : int, optional
        Instead: flag so many examples, those with the most doubtful class, and their equals.
    """
    if not label_matrix.any() or label_matrix.all():
        return NotApplicable(
            "classes can only be wrong where some are given and some are not"
        )
    p_error = multilabel_error_probabilities(label_matrix, multilabel_probs)
    cut, where = chosen_cut(
        p_error.max(axis=1),
        multilabel_cut(p_error),
        min_p_error=min_p_error,
        precision=precision,
        count=count,
        at_precision=partial(multilabel_precision_cut, p_error),
    )
    wrong = p_error >= cut
    names = classes.astype(object)
    table = pd.DataFrame(
        {
            "key": labelled,
            "quality": np.prod(1.0 - p_error, axis=1),
            "is_issue": wrong.any(axis=1),
            "given": _sets(label_matrix, names),
            "suggested": _sets(label_matrix ^ wrong, names),
            "p_error": 1.0 - np.prod(1.0 - p_error, axis=1),
            "why": _reasons(wrong, label_matrix, multilabel_probs, names),
        }
    )
    return Findings(
        unit="example",
        table=table,
        cut=f"P(wrong) of one class of {where}",
        expected_precision=_precision(label_matrix, multilabel_probs, wrong),
        facts={"classes": _by_class(label_matrix, wrong, p_error, names)},
    )


def _sets(matrix: NDArray[np.bool_], names: NDArray[Any]) -> list[str]:
    return [", ".join(names[row].tolist()) or "none" for row in matrix]


def _reasons(
    wrong: NDArray[np.bool_],
    given: NDArray[np.bool_],
    probs: NDArray[np.float64],
    names: NDArray[Any],
) -> list[str]:
    """Say of each example which classes are too many and which are left out."""
    reasons = [""] * len(wrong)
    for row in np.flatnonzero(wrong.any(axis=1)):
        columns = np.flatnonzero(wrong[row])
        said = [
            f"{names[c]} {'given' if given[row, c] else 'left out'} ({probs[row, c]:.2f})"
            for c in columns[:_MAX_NAMED]
        ]
        more = len(columns) - _MAX_NAMED
        reasons[row] = ", ".join(said) + (f" and {more} more" if more > 0 else "")
    return reasons


def _precision(
    given: NDArray[np.bool_], probs: NDArray[np.float64], wrong: NDArray[np.bool_]
) -> Estimate | None:
    """Return the expected share of flagged examples with a class that is really wrong.

    A model that explains little of the labels contradicts right ones as well, and cannot know
    it: the lower end is the estimate times the square of its agreement beyond chance.
    """
    rows = wrong.any(axis=1)
    if not rows.any():
        return None
    ends: list[float] = []
    for doubt in ("middle", "high"):
        p_error = multilabel_error_probabilities(given, probs, doubt=doubt)
        any_wrong = 1.0 - np.prod(np.where(wrong, 1.0 - p_error, 1.0), axis=1)
        ends.append(float(any_wrong[rows].mean()))
    value, high = ends
    return Estimate(value, value * _skill(given, probs >= 0.5) ** 2, max(value, high))


def _skill(given: NDArray[np.bool_], said: NDArray[np.bool_]) -> float:
    """Return Cohen's kappa of model and labels over all classes of all examples, at least 0."""
    agreed = float(np.mean(given == said))
    both = given.mean(axis=0) * said.mean(axis=0)
    neither = (1.0 - given.mean(axis=0)) * (1.0 - said.mean(axis=0))
    chance = float(np.mean(both + neither))
    return max((agreed - chance) / (1.0 - chance), 0.0) if chance < 1.0 else 0.0


def _by_class(
    given: NDArray[np.bool_],
    wrong: NDArray[np.bool_],
    p_error: NDArray[np.float64],
    names: NDArray[Any],
) -> list[dict[str, Any]]:
    return [
        {
            "class": str(name),
            "n_given": int(given[:, c].sum()),
            "n_too_many": int((wrong[:, c] & given[:, c]).sum()),
            "n_left_out": int((wrong[:, c] & ~given[:, c]).sum()),
            "estimated_noise_rate": float(p_error[:, c].mean()),
        }
        for c, name in enumerate(names)
    ]
