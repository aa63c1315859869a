"""The model behind P(error): calibrated probabilities, a noise matrix, and its inverse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.optimize import minimize

from tilth.algorithms.labels.confident_joint import confident_joint

if TYPE_CHECKING:
    from numpy.typing import NDArray

Doubt = Literal["low", "middle", "high"]

_SMALLEST = 1e-6  # float16 probabilities round to 0 below 6e-8; our own
_RIDGE = 1e-3  # keeps a class with few examples near the others; our own
_FITTED_ON = 20_000  # rows; more do not move the n_classes + 1 parameters; our own
_PRIOR = 1000.0  # examples a class needs to be believed half on its own; our own
_EM_STEPS = 5  # our own
# How the doubt is split between label noise on hard examples and the model's ignorance:
# (exponent that sharpens the posterior, share of ambiguous examples held to be wrong). The
# middle was chosen on the human label errors of three sets (CIFAR-10N, roman numerals), the
# ends hold the truth on them. Our own.
_DOUBT: dict[Doubt, tuple[float, float]] = {
    "low": (1.0, 0.0),
    "middle": (1.5, 0.3),
    "high": (3.0, 0.3),
}


def log_probabilities(pred_probs: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return natural logarithms, finite."""
    logs: NDArray[np.float64] = np.log(np.maximum(pred_probs.astype(np.float64), _SMALLEST))
    return logs


def recalibrated(
    log_probs: NDArray[np.float64], scale: float, bias: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return softmax(scale * log p + bias)."""
    scores = scale * log_probs + bias
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def fitted_scale_and_bias(
    labels: NDArray[np.int64], log_probs: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Fit scale and bias by log loss on the given labels, with a light ridge towards 1 and 0."""
    n_classes = log_probs.shape[1]
    if len(labels) > _FITTED_ON:
        # Every so-manieth row by class and score: the same rows in any row order.
        order = np.lexsort((log_probs[np.arange(len(labels)), labels], labels))
        rows = order[np.linspace(0, len(order) - 1, _FITTED_ON).astype(np.int64)]
        labels, log_probs = labels[rows], log_probs[rows]
    if n_classes < 2 or not len(labels):
        return 1.0, np.zeros(n_classes)
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
    """Estimate P(given | true), each class drawn towards what all classes share."""
    n_classes = calibrated.shape[1]
    if n_classes < 2:
        return np.ones((n_classes, n_classes))
    joint = confident_joint(labels, calibrated).T.astype(
        np.float64
    )  # true rows, given columns
    size = joint.sum(axis=1)
    rows = joint + np.eye(n_classes)
    rows /= rows.sum(axis=1, keepdims=True)
    rate = 1.0 - joint.trace() / max(joint.sum(), 1.0)
    shared = np.full((n_classes, n_classes), rate / (n_classes - 1))
    np.fill_diagonal(shared, 1.0 - rate)
    weight = (_PRIOR / (size + _PRIOR))[:, None]
    noise: NDArray[np.float64] = (1.0 - weight) * rows + weight * shared
    return noise


def without_noise(
    calibrated: NDArray[np.float64], noise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Estimate P(true class) from P(given class) by expectation maximisation."""
    posterior: NDArray[np.float64] = calibrated
    for _ in range(_EM_STEPS):
        explained = posterior @ noise
        posterior = posterior * ((calibrated / np.maximum(explained, 1e-300)) @ noise.T)
        posterior /= posterior.sum(axis=1, keepdims=True)
    return posterior


def label_error(
    posterior: NDArray[np.float64],
    labels: NDArray[np.int64],
    noise: NDArray[np.float64],
    doubt: Doubt,
) -> NDArray[np.float64]:
    """Return P(error) of each given label; `doubt` picks how ambiguity is read."""
    exponent, ambiguous = _DOUBT[doubt]
    sharp = posterior**exponent
    sharp /= sharp.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    kept = np.minimum(sharp[rows, labels], posterior[rows, labels])
    # The probability of each given label: row by row only in its own column.
    explained = np.einsum("ik,ik->i", posterior, noise.T[labels])
    error: NDArray[np.float64] = 1.0 - noise[labels, labels] * kept / np.maximum(
        explained, 1e-300
    )
    np.clip(error, 0.0, 1.0, out=error)
    error += ambiguous * (1.0 - error) * (1.0 - sharp.max(axis=1))
    return error
