"""Label errors of regression: given numbers far from what a model predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tilth.algorithms.labels import (
    target_calibration,
    target_error_probabilities,
    target_quality,
)
from tilth.checks.check import Estimate, Findings, NotApplicable
from tilth.checks.chosen_cut import chosen_cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.algorithms.labels import TargetCalibration


def find_target_errors(
    targets: NDArray[np.float64],
    predictions: NDArray[np.float64],
    labelled: NDArray[np.intp],
    *,
    min_p_error: float | None = None,
    precision: float | None = None,
    count: int | None = None,
) -> Findings | NotApplicable:
    """Flag numbers whose probability of being wrong reaches a cut, as of `find_label_errors`."""
    if len(np.unique(targets)) < 2:
        return NotApplicable("numbers can only be wrong where they differ")
    known = target_calibration(targets, predictions)
    p_error = target_error_probabilities(targets, predictions, calibration=known)
    cut, where = chosen_cut(
        p_error, known.cut, min_p_error=min_p_error, precision=precision, count=count
    )
    is_issue = p_error >= cut
    table = pd.DataFrame(
        {
            "key": labelled,
            "quality": target_quality(targets, predictions, calibration=known),
            "is_issue": is_issue,
            "given": targets,
            "suggested": predictions,
            "p_error": p_error,
        }
    )
    return Findings(
        unit="example",
        table=table,
        cut=f"P(number wrong) of {where}",
        expected_precision=_precision(targets[is_issue], predictions[is_issue], known),
        facts={"estimated_noise_rate": float(p_error.mean())},
    )


def _precision(
    targets: NDArray[np.float64],
    predictions: NDArray[np.float64],
    known: TargetCalibration,
) -> Estimate | None:
    """Return the share of these flags that is expected to be right; None if there are none."""
    if not len(targets):
        return None
    low, value, high = (
        target_error_probabilities(targets, predictions, calibration=known, doubt=doubt)
        for doubt in ("low", "middle", "high")
    )
    return Estimate(float(value.mean()), float(low.mean()), float(high.mean()))
