"""Label errors of classes in order: labels far from what a model says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.algorithms.labels import ordinal_errors, ordinal_quality
from tilth.checks.check import Estimate, Findings, NotApplicable
from tilth.checks.chosen_cut import chosen_cut

if TYPE_CHECKING:
    from numpy.typing import NDArray


def find_ordinal_errors(
    labels: NDArray[np.int64],
    pred_probs: NDArray[np.floating],
    labelled: NDArray[np.intp],
    classes: NDArray[Any],
    *,
    min_p_error: float | None = None,
    precision: float | None = None,
    count: int | None = None,
) -> Findings | NotApplicable:
    """Flag labels whose probability of being wrong reaches a cut, as of `find_label_errors`."""
    if len(classes) < 2:
        return NotApplicable("labels can only be wrong where there are two classes or more")
    found = ordinal_errors(labels, pred_probs)
    cut, where = chosen_cut(
        found.p_error, found.cut, min_p_error=min_p_error, precision=precision, count=count
    )
    is_issue = found.p_error >= cut
    rows = np.arange(len(labels))
    others = pred_probs.astype(np.float64)
    others[rows, labels] = -1.0
    suggested = others.argmax(axis=1)
    table = pd.DataFrame(
        {
            "key": labelled,
            "quality": ordinal_quality(labels, pred_probs),
            "is_issue": is_issue,
            "given": classes[labels],
            "suggested": classes[suggested],
            "p_error": found.p_error,
            "p_given": pred_probs[rows, labels].astype(np.float64),
            "p_suggested": others[rows, suggested],
            "classes_apart": np.abs(labels - suggested),
        }
    )
    return Findings(
        unit="example",
        table=table,
        cut=f"P(label wrong) of {where}",
        expected_precision=_precision(labels, pred_probs, is_issue),
        facts={"estimated_noise_rate": found.rate, "classes": [str(c) for c in classes]},
    )


def _precision(
    labels: NDArray[np.int64],
    pred_probs: NDArray[np.floating],
    is_issue: NDArray[np.bool_],
) -> Estimate | None:
    """Return the share of these flags that is expected to be right; None if there are none."""
    if not is_issue.any():
        return None
    low, value, high = (
        float(ordinal_errors(labels, pred_probs, doubt=doubt).p_error[is_issue].mean())
        for doubt in ("low", "middle", "high")
    )
    return Estimate(value, min(low, value), max(value, high))
