"""Which labels to call errors: the published rules and ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from tilth.algorithms.labels.calibration import calibrated_label_errors
from tilth.algorithms.labels.confident_joint import (
    confident_classes,
    confident_joint,
    most_probable,
    whole_rows,
)
from tilth.algorithms.labels.inputs import checked_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

Selection = Literal[
    "argmax",
    "confident_joint",
    "prune_by_class",
    "prune_by_noise_rate",
    "both",
    "calibrated",
]
_KEPT = 5  # examples each class keeps (authors' code of Northcutt et al. 2021)


def label_errors(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    *,
    method: Selection = "calibrated",
) -> NDArray[np.bool_]:
    """Select the examples whose given label is probably wrong.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Out-of-sample class probabilities: row ``i`` must come from a model that did
        not train on example ``i``.
    method : str, default "calibrated"
        ``argmax``: another class is most probable. ``confident_joint``: the members of the
        confident joint off its diagonal. ``prune_by_class``: in each class as many of the
        least probable as the joint says. ``prune_by_noise_rate``: the same for each pair of
        classes by margin. ``both``: flagged by both. These three never flag a label the
        model agrees with. ``calibrated``: ours, see `calibrated_label_errors`.

    Returns
    -------
    bool array of shape (n_examples,)
        True where the label is called an error.

    Raises
    ------
    InvalidInputError
        If the lengths differ, or a label has no column in `pred_probs`.

    References
    ----------
    Northcutt, Jiang & Chuang (2021), "Confident Learning", JAIR 70, section 3.2; with
    float16 probabilities the results equal the authors' published masks.

    Examples
    --------
    >>> import numpy as np
    >>> pred_probs = np.array([[0.8, 0.2], [0.2, 0.8], [0.9, 0.1], [0.1, 0.9]])
    >>> label_errors(np.array([0, 1, 1, 1]), pred_probs, method="confident_joint")
    array([False, False,  True, False])
    """
    labels, pred_probs = checked_labels(labels, pred_probs)
    if method == "calibrated":
        return calibrated_label_errors(labels, pred_probs)
    disagrees: NDArray[np.bool_] = most_probable(pred_probs) != labels
    if method == "argmax":
        return disagrees
    if method == "confident_joint":
        found = confident_classes(labels, pred_probs)
        members: NDArray[np.bool_] = (found >= 0) & (found != labels)
        return members
    counts = _prune_counts(confident_joint(labels, pred_probs))
    flagged = disagrees
    if method != "prune_by_noise_rate":
        flagged = flagged & _least_probable(labels, pred_probs, counts)
    if method != "prune_by_class":
        flagged = flagged & _largest_margins(labels, pred_probs, counts)
    return flagged


def _prune_counts(joint: NDArray[np.int64]) -> NDArray[np.int64]:
    """Take what a class needs to keep five evenly from its nonzero errors."""
    kept = np.maximum(joint.diagonal(), _KEPT)
    n_pairs = np.maximum(np.count_nonzero(joint, axis=1) - 1, 1)
    counts = np.maximum(joint - ((kept - joint.diagonal()) / n_pairs)[:, None], 0.0)
    np.fill_diagonal(counts, kept)
    return whole_rows(counts.T).T


def _least_probable(
    labels: NDArray[np.int64], pred_probs: NDArray[np.floating], counts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    flagged = np.zeros(len(labels), dtype=bool)
    for k in range(pred_probs.shape[1]):
        members = np.flatnonzero(labels == k)
        n_errors = len(members) - counts[k, k]
        if len(members) > _KEPT and n_errors > 0:
            values = pred_probs[members, k]
            flagged[members] = values < np.partition(values, n_errors)[n_errors]
    return flagged


def _largest_margins(
    labels: NDArray[np.int64], pred_probs: NDArray[np.floating], counts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    flagged = np.zeros(len(labels), dtype=bool)
    n_given = np.bincount(labels, minlength=pred_probs.shape[1])
    for k, j in zip(*np.nonzero(counts), strict=True):
        # The authors ask whether the true class has more than five examples, so do we.
        if k == j or n_given[j] <= _KEPT:
            continue
        members = np.flatnonzero(labels == k)
        p = pred_probs[members].astype(np.float32)
        margin = p[:, j] - p[:, k]
        n_errors = min(int(counts[k, j]), len(members))
        cut = np.partition(margin, len(members) - n_errors)[len(members) - n_errors]
        flagged[members] |= margin >= cut
    return flagged
