"""What the screen says of the model behind findings where a label is not one class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.algorithms.labels import share_found
from tilth.models import token_model
from tilth.models.model import built_in_model

if TYPE_CHECKING:
    from tilth.signals.masks import MaskProbs, Masks
    from tilth.signals.signals import Signals


def task_facts(signals: Signals) -> dict[str, Any]:
    """Return how well predictions agree with the given labels, and whose they are."""
    match signals.dataset.schema.task:
        case "regression":
            targets, residuals = signals["targets"], signals["residuals"]
            r2 = 1.0 - float(np.mean(residuals**2) / np.var(targets))
            return {"out_of_sample_r2": r2, "signal_model": _model(signals, "predictions")}
        case "multilabel":
            said = signals["multilabel_probs"] >= 0.5
            right = float(np.mean(said == signals["label_matrix"]))
            return {
                "out_of_sample_class_accuracy": right,
                "signal_model": _model(signals, "multilabel_probs"),
            }
        case "tokens":
            said = signals["tag_probs"].argmax(axis=1)
            right = float(np.mean(said == signals["tags"]))
            given = signals.is_given("tag_probs")
            return {
                "out_of_sample_accuracy": right,
                "signal_model": "given pred_probs" if given else token_model.NAME,
            }
        case "masks":
            right = _pixels_agreed(signals["given_masks"], signals["mask_probs"])
            return {"out_of_sample_accuracy": right, "signal_model": "given pred_probs"}
        case "boxes" if signals["predicted_boxes"] is not None:
            seen = share_found(signals["given_boxes"].boxes, signals["predicted_boxes"])
            return {"out_of_sample_recall": seen, "signal_model": "given predictions"}
        case _:
            return {}


def _pixels_agreed(masks: Masks, mask_probs: MaskProbs) -> float:
    """Return the share of pixels whose given class is the most probable one."""
    n_right, n = 0, 0
    for i in range(len(masks)):
        probs = mask_probs.probs(i)
        if probs is not None:
            mask = masks.codes(i)
            n_right += int(np.sum(probs.argmax(axis=0) == mask))
            n += int(np.sum(mask >= 0))
    return n_right / max(n, 1)


def _model(signals: Signals, name: str) -> str:
    if signals.is_given(name):
        return f"given {'predictions' if name == 'predictions' else 'pred_probs'}"
    model = signals["model"]
    return built_in_model("auto", signals.dataset).name if model is None else model.name
