"""Label quality: how well each given label agrees with the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from tilth.algorithms.labels.calibration import error_probabilities
from tilth.algorithms.labels.inputs import checked_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

QualityMethod = Literal[
    "self_confidence", "normalized_margin", "confidence_weighted_entropy", "auto"
]
_ENOUGH = 50  # examples; with fewer hidden_classes.py sets none aside


def label_quality(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    *,
    method: QualityMethod = "self_confidence",
) -> NDArray[np.float64]:
    """Score how likely each given label is to be right.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities: row ``i`` must come from a model that did
        not train on example ``i``. Rows sum to 1.
    method : {"self_confidence", "normalized_margin", "confidence_weighted_entropy", "auto"}
        ``self_confidence`` is the probability of the given class; ``normalized_margin`` is
        that probability minus the best other class, rescaled to [0, 1];
        ``confidence_weighted_entropy`` compares minus its logarithm with the entropy of the
        row: e / (e - log p), both in nats over log n_classes; ``auto`` is one minus P(error)
        (`error_probabilities`), which found class noise far better and errors of people as
        well as the best of the others on benchmarks/label_cut.py, or the self-confidence
        where there are fewer than 50 examples to learn the noise from.

    Returns
    -------
    float array of shape (n_examples,)
        In [0, 1]; 1 means the model agrees, 0 means the label is probably wrong.

    Raises
    ------
    InvalidInputError
        If the lengths differ, or a label has no column in `pred_probs`.

    Notes
    -----
    Time O(n_examples * n_classes), ``auto`` some fits of thousands of rows more; no
    randomness.

    References
    ----------
    Northcutt, Jiang & Chuang (2021), "Confident Learning", JAIR 70, section 3;
    Kuan & Mueller (2022), "Model-agnostic label quality scoring to detect real-world label
    errors", section 3, for the entropy score (here as a share, so that 1 is best).

    Examples
    --------
    >>> import numpy as np
    >>> pred_probs = np.array([[0.9, 0.1], [0.8, 0.2]])
    >>> label_quality(np.array([0, 1]), pred_probs)
    array([0.9, 0.2])
    """
    labels, pred_probs = checked_labels(labels, pred_probs)
    if method == "auto" and len(labels) >= _ENOUGH:
        return 1.0 - error_probabilities(labels, pred_probs)
    given = pred_probs[np.arange(len(labels)), labels].astype(np.float64)
    if method in {"self_confidence", "auto"}:
        return np.clip(given, 0.0, 1.0)
    if method == "normalized_margin":
        return np.clip((given - best_other(labels, pred_probs) + 1.0) / 2.0, 0.0, 1.0)
    p = pred_probs.astype(np.float64)
    tiny = np.finfo(np.float64).tiny
    entropy = -(p * np.log(np.maximum(p, tiny))).sum(axis=1)
    surprise = -np.log(np.clip(given, tiny, 1.0))
    total = entropy + surprise
    quality: NDArray[np.float64] = np.ones_like(total)
    np.divide(entropy, total, out=quality, where=total > 0)
    return quality


def best_other(
    labels: NDArray[np.int64], pred_probs: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return the largest probability of a class other than the given one; 0 if there is none."""
    best = np.zeros(len(labels))
    for column in range(pred_probs.shape[1]):  # the argmax over a short axis is slow
        values = np.where(labels == column, 0.0, pred_probs[:, column])
        np.maximum(best, values, out=best)
    return best
