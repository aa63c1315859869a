"""Held-out rows whose label or origin looks wrong, judged by what the training part taught."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tilth.algorithms.labels import (
    held_out_label_errors,
    target_calibration,
    target_errors,
)
from tilth.checks.check import Findings
from tilth.models.model import built_in_model
from tilth.models.train import train
from tilth.signals.described import described
from tilth.signals.predicates import Predicate, matches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tilth.checks.check import Outcome
    from tilth.data.dataset import Dataset
    from tilth.signals.signals import Signals


def suspected_rows(
    signals: Signals, outcomes: Mapping[str, Outcome], held_out: Dataset
) -> NDArray[np.bool_]:
    """Mark the rows of `held_out` that checks fitted on the training data suspect.

    Nothing is fitted on `held_out`: group rules are looked up, and label errors are judged
    with the model, thresholds and noise matrix of the training data.
    """
    suspected = np.zeros(len(held_out), dtype=bool)
    patterns = outcomes.get("label_patterns")
    if isinstance(patterns, Findings):
        for rule in patterns.issues.get("predicate", ()):
            suspected |= matches(Predicate.from_json(rule), described(held_out))
    if isinstance(outcomes.get("label_errors"), Findings):
        is_number = signals.dataset.schema.task == "regression"
        suspected |= (_suspected_targets if is_number else _suspected_labels)(
            signals, held_out
        )
    return suspected


def _suspected_targets(signals: Signals, held_out: Dataset) -> NDArray[np.bool_]:
    model = signals["model"] or built_in_model("auto", signals.dataset)
    known = target_calibration(signals["targets"], signals["predictions"])
    rows = held_out.labelled
    suspected = np.zeros(len(held_out), dtype=bool)
    predicted = train(model, signals.dataset, signals.seed).predict(held_out.rows(rows))
    targets = held_out.given[rows].astype(np.float64)
    suspected[rows] = target_errors(targets, predicted, calibration=known)
    return suspected


def _suspected_labels(signals: Signals, held_out: Dataset) -> NDArray[np.bool_]:
    classes = signals["classes"]
    codes = pd.Index(classes).get_indexer(pd.Index(held_out.given))
    known = np.flatnonzero(codes >= 0)
    suspected = np.zeros(len(held_out), dtype=bool)
    if not len(known):
        return suspected
    trained = train(signals["signal_model"].model, signals.dataset, signals.seed)
    pred_probs = trained.predict_proba(held_out.rows(known))
    assert pred_probs is not None  # signal models are chosen by their probabilities
    suspected[known] = held_out_label_errors(
        signals["labels"], signals["pred_probs"], codes[known], pred_probs
    )
    return suspected
