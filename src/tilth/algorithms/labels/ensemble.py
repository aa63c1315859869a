"""Several models as one: what they say together of each example."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tilth.algorithms.labels.calibration import calibrated_probabilities
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_STEPS = 200
_SMALLEST = 1e-12  # a mixture that is as good as nothing is no logarithm of 0


def ensemble_pred_probs(
    labels: NDArray[np.integer], pred_probs: Sequence[NDArray[np.floating]]
) -> NDArray[np.float64]:
    """Mix the probabilities of several models, each with the weight its foresight deserves.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1; some may be wrong.
    pred_probs : sequence of float arrays of shape (n_examples, n_classes)
        Out-of-sample class probabilities, one array for each model.

    Returns
    -------
    float array of shape (n_examples, n_classes)
        For any function that takes `pred_probs`; rows sum to 1.

    Raises
    ------
    InvalidInputError
        If there is no model, or their shapes differ.

    Notes
    -----
    Each model is calibrated to the given labels; the weights are those of `ensemble_weights`.
    Label errors cost every model alike, so no truth is needed. Found wrong labels about as
    well as the best single model, or better, without knowing which that is
    (benchmarks/label_cut.py). O(n_models * n_examples * n_classes).

    References
    ----------
    Genest & Zidek (1986), "Combining probability distributions", Statistical Science 1,
    section 3, for linear pools.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 50)
    >>> knows = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
    >>> guesses = np.full((100, 2), 0.5)
    >>> ensemble_pred_probs(labels, [knows, guesses])[0].round(2)
    array([1., 0.])
    """
    calibrated = _calibrated(labels, pred_probs)
    weights = _weights(np.asarray(labels), calibrated)
    return np.asarray(np.tensordot(weights, np.stack(calibrated), axes=1))


def ensemble_weights(
    labels: NDArray[np.integer], pred_probs: Sequence[NDArray[np.floating]]
) -> NDArray[np.float64]:
    """Say how far each of several models is to be believed, from the given labels alone.

    Parameters
    ----------
    labels, pred_probs
        As for `ensemble_pred_probs`.

    Returns
    -------
    float array of shape (n_models,)
        At least 0, with sum 1: the mixture of calibrated models that foretells the given
        labels best, by likelihood.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 50)
    >>> knows = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
    >>> ensemble_weights(labels, [knows, np.full((100, 2), 0.5)]).round(2)
    array([1., 0.])
    """
    return _weights(np.asarray(labels), _calibrated(labels, pred_probs))


def _calibrated(
    labels: NDArray[np.integer], pred_probs: Sequence[NDArray[np.floating]]
) -> list[NDArray[np.float64]]:
    shapes = [np.shape(each) for each in pred_probs]
    if not shapes or len(set(shapes)) > 1:
        raise InvalidInputError(
            "`pred_probs` must hold one array for each model, all of the shape (n_examples, "
            f"n_classes), got {shapes or 'none'}. Put rows and classes of all models in one "
            "order."
        )
    return [calibrated_probabilities(labels, each) for each in pred_probs]


def _weights(
    labels: NDArray[np.integer], calibrated: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    rows = np.arange(len(labels))
    given = np.stack([np.maximum(each[rows, labels], _SMALLEST) for each in calibrated])
    weights = np.full(len(given), 1.0 / len(given))
    if not len(labels):
        return weights
    for _ in range(_STEPS):  # expectation maximisation: a concave problem
        weights = np.asarray((weights[:, None] * given / (weights @ given)).mean(axis=1))
    return weights
