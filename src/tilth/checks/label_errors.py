"""Label errors: examples whose given label is probably wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.algorithms.labels import (
    class_health,
    error_probabilities,
    expected_precision,
    noise_calibration,
    suggested_labels,
)
from tilth.checks.check import Check, Estimate, Findings, NotApplicable
from tilth.checks.chosen_cut import chosen_cut
from tilth.checks.label_facts import most_confused, noise_facts, overlap_facts
from tilth.checks.label_tasks.boxes import find_box_errors
from tilth.checks.label_tasks.masks import find_mask_errors
from tilth.checks.label_tasks.multilabel import find_multilabel_errors
from tilth.checks.label_tasks.ordinal import find_ordinal_errors
from tilth.checks.label_tasks.regression import find_target_errors
from tilth.checks.label_tasks.tokens import find_token_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

CANNOT_TELL = "the model foretells the labels no better than chance, so it can doubt none"


def find_label_errors(
    labels: NDArray[np.int64],
    pred_probs: NDArray[np.floating],
    labelled: NDArray[np.intp],
    classes: NDArray[Any],
    *,
    min_p_error: float | None = None,
    precision: float | None = None,
    count: int | None = None,
) -> Findings | NotApplicable:
    """Flag labels whose probability of being wrong reaches a cut.

    Parameters
    ----------
    labels, pred_probs, labelled, classes
        Signals.
    min_p_error : float, optional
        Flag from this probability on. None: where the expected F1 of the flags is best, and
        never below a quarter of the share of the model's doubt that is held for label errors.
    precision : float, optional
        Instead: flag as many as can be while so large a share of the flags is expected to be right.
    count : int, optional
        Instead: flag so many, the most doubtful ones, and their equals.
    """
    if len(classes) < 2:
        return NotApplicable("labels can only be wrong where there are two classes or more")
    calibration = noise_calibration(labels, pred_probs)
    if np.isinf(calibration.cut):
        return NotApplicable(CANNOT_TELL)
    p_error = error_probabilities(labels, pred_probs, calibration=calibration)
    cut, where = chosen_cut(
        p_error, calibration.cut, min_p_error=min_p_error, precision=precision, count=count
    )
    is_issue = p_error >= cut
    rows = np.arange(len(labels))
    suggested = suggested_labels(labels, pred_probs, calibration=calibration)
    table = pd.DataFrame(
        {
            "key": labelled,
            "quality": 1.0 - p_error,
            "is_issue": is_issue,
            "given": classes[labels],
            "suggested": classes[suggested],
            "p_error": p_error,
            "p_given": pred_probs[rows, labels].astype(np.float64),
            "p_suggested": pred_probs[rows, suggested].astype(np.float64),
        }
    )
    pairs = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(pairs, (labels[is_issue], suggested[is_issue]), 1)
    health = class_health(labels, pred_probs, calibration=calibration)
    expected = None
    if is_issue.any():
        estimate = expected_precision(labels, pred_probs, is_issue, calibration=calibration)
        expected = Estimate(*estimate)
    return Findings(
        unit="example",
        table=table,
        cut=f"P(label wrong) of {where}",
        expected_precision=expected,
        facts={
            **noise_facts(health.n, health.wrong, classes),
            **overlap_facts(labels, pred_probs, classes),
            "confused_pairs": most_confused(pairs, classes),
        },
    )


CHECK = Check(
    name="label_errors",
    question="Which labels are probably wrong?",
    run=find_label_errors,
    by_task={
        "boxes": find_box_errors,
        "masks": find_mask_errors,
        "multilabel": find_multilabel_errors,
        "ordinal": find_ordinal_errors,
        "regression": find_target_errors,
        "tokens": find_token_errors,
    },
)
