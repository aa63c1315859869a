"""Probabilities as what they say of given labels, and what is left once class noise is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize

from tilth.algorithms.labels.confident_joint import confident_joint

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Numbers here and in hidden_classes.py were chosen by leaving one set out at a time,
# benchmarks/label_cut.py: human errors, published class noise and planted noise of three
# kinds, on images, texts and tables, from strong to weak models.
_SMALLEST = 1e-15  # a probability below it is read as it
_SMALLEST_HALF = 1e-6  # the same of float16, which rounds to 0 below 6e-8
_ZEROS = 0.01  # share of exact zeros from which a model is held to count, not to weigh
_RIDGE = 1e-3  # keeps a class with few examples near the others
_PRIOR = 20.0  # examples a class needs to be believed half on its own
_SURE = 2.0  # standard errors by which probabilities must foretell labels to doubt any
EM_STEPS = 5
UNDONE_TO = 1e-6  # probabilities are not undone to less


def smallest_said(pred_probs: NDArray[np.floating]) -> float:
    """Return the probability below which zero is meant: what a model that counts cannot say.

    Neighbours and forests say 0 where none of twenty votes is for a class; that is not one in
    a million, but less than their smallest vote.
    """
    smallest = _SMALLEST_HALF if pred_probs.dtype == np.float16 else _SMALLEST
    is_zero = pred_probs <= 0
    if is_zero.mean() <= _ZEROS or is_zero.all():
        return smallest
    return max(float(np.quantile(pred_probs[~is_zero], 0.01)) / 2.0, smallest)


def foretells(labels: NDArray[np.int64], pred_probs: NDArray[np.floating]) -> bool:
    """Whether the given class gets more than a class drawn at random would get, surely.

    A model that learned nothing disagrees with most labels, which says nothing of them.
    """
    n, n_classes = pred_probs.shape
    shares = np.bincount(labels, minlength=n_classes) / n
    lead = pred_probs[np.arange(n), labels] - pred_probs @ shares
    return bool(lead.mean() > _SURE * lead.std() / np.sqrt(n))


def log_probabilities(
    pred_probs: NDArray[np.floating], smallest: float
) -> NDArray[np.float64]:
    """Return natural logarithms, finite."""
    logs: NDArray[np.float64] = np.maximum(pred_probs, smallest, dtype=np.float64)
    return np.log(logs, out=logs)


def recalibrated(
    log_probs: NDArray[np.float64], scale: float, bias: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return softmax(scale * log p + bias)."""
    scores = scale * log_probs
    scores += bias
    return softmax(scores)


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn each row of scores into probabilities, in place."""
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def fitted_scale_and_bias(
    labels: NDArray[np.int64], log_probs: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Fit scale and bias by log loss on the given labels, with a light ridge towards 1 and 0."""
    n_classes = log_probs.shape[1]
    share = np.bincount(labels, minlength=n_classes) / len(labels)
    cross = float(log_probs[np.arange(len(labels)), labels].mean())

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scale, bias = parameters[0], parameters[1:]
        scores = scale * log_probs + bias
        top = scores.max(axis=1)
        scores -= top[:, None]
        np.exp(scores, out=scores)
        total = scores.sum(axis=1)
        scores /= total[:, None]
        value = float((np.log(total) + top).mean()) - scale * cross - float(share @ bias)
        slope = float(np.vdot(scores, log_probs)) / len(labels) - cross
        gradient = np.concatenate([[slope], scores.mean(axis=0) - share])
        away = parameters - start
        return value + _RIDGE * float(away @ away), gradient + 2 * _RIDGE * away

    start = np.concatenate([[1.0], np.zeros(n_classes)])
    bounds: list[Any] = [(0.05, 20.0), *[(None, None)] * n_classes]  # a scale is positive
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return float(found.x[0]), np.asarray(found.x[1:], dtype=np.float64)


def shrunk_noise(
    labels: NDArray[np.int64], calibrated: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Guess P(given | true) by the confident joint, each class drawn towards what all share.

    A guess to start from: a weak model's own mistakes are in it.
    """
    n_classes = calibrated.shape[1]
    joint = confident_joint(labels, calibrated).T.astype(np.float64)  # true rows
    size = joint.sum(axis=1)
    rows = joint + np.eye(n_classes)
    rows /= rows.sum(axis=1, keepdims=True)
    rate = 1.0 - joint.trace() / max(joint.sum(), 1.0)
    weight = (_PRIOR / (size + _PRIOR))[:, None]
    noise: NDArray[np.float64] = (1.0 - weight) * rows + weight * even_noise(
        n_classes, rate
    )
    return noise


def even_noise(n_classes: int, rate: float) -> NDArray[np.float64]:
    """Return P(given | true) where every class is wrong equally often, and evenly."""
    noise = np.full((n_classes, n_classes), rate / (n_classes - 1))
    np.fill_diagonal(noise, 1.0 - rate)
    return noise


def without_noise(
    calibrated: NDArray[np.float64], noise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Estimate P(true class) from P(given class) by expectation maximisation."""
    posterior: NDArray[np.float64] = calibrated
    for _ in range(EM_STEPS):
        explained = posterior @ noise
        posterior = posterior * ((calibrated / np.maximum(explained, 1e-300)) @ noise.T)
        posterior /= posterior.sum(axis=1, keepdims=True)
    return posterior
