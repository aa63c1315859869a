"""Which labels to call errors: the published rules and ours."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tilth.algorithms.estimation import finished, in_memory
from tilth.algorithms.labels.calibration import calibrated_flags
from tilth.algorithms.labels.confident_joint import ConfidentCounts, joint_steps
from tilth.algorithms.labels.inputs import checked_examples
from tilth.algorithms.labels.pruning import (
    above_margin_cuts,
    below_class_cuts,
    class_cuts,
    margin_cuts,
    prune_counts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from numpy.typing import NDArray

    from tilth.algorithms.estimation import Estimation
    from tilth.algorithms.labels.inputs import Examples

    Flagging = Callable[[Examples], NDArray[np.bool_]]

Pruning = Literal[
    "argmax", "confident_joint", "prune_by_class", "prune_by_noise_rate", "both"
]
Selection = Pruning | Literal["calibrated"]


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
    rows = checked_examples(labels, pred_probs)
    if method == "calibrated":
        return calibrated_flags(rows)
    steps = selection_steps(method, rows.n_classes, rows.pred_probs.dtype)
    return finished(steps, lambda step: in_memory(step, rows))(rows)


def selection_steps(
    method: Pruning, n_classes: int, dtype: np.dtype[np.floating]
) -> Generator[Estimation[Examples, Any], Any, Flagging]:
    """Find where a rule cuts; return a function that flags examples, of any chunk.

    Parameters
    ----------
    method : str
        One of the published rules, see `label_errors`.
    n_classes : int
        Columns of the probabilities.
    dtype : numpy dtype
        Of the probabilities.

    Yields
    ------
    Estimation
        One pass over all rows each; `finished` runs them.

    Returns
    -------
    callable (rows) -> bool array
        Can be pickled.
    """
    if method == "argmax":
        return _doubted
    counting, joint, sizes = yield from joint_steps(n_classes, dtype)
    if method == "confident_joint":
        return partial(_off_diagonal, counting=counting)
    counts = prune_counts(joint, sizes)
    flaggings: list[Flagging] = []
    if method != "prune_by_noise_rate":
        found = yield from class_cuts(counts, sizes, dtype)
        flaggings.append(partial(below_class_cuts, found=found))
    if method != "prune_by_class":
        pairs, bars = yield from margin_cuts(counts, sizes, dtype)
        flaggings.append(partial(above_margin_cuts, pairs=pairs, bars=bars))
    return partial(_flagged_by_all, flaggings=flaggings)


def _doubted(rows: Examples) -> NDArray[np.bool_]:
    doubted: NDArray[np.bool_] = rows.winners != rows.labels
    return doubted


def _off_diagonal(rows: Examples, *, counting: ConfidentCounts) -> NDArray[np.bool_]:
    found = counting.classes(rows)
    members: NDArray[np.bool_] = (found < rows.n_classes) & (found != rows.labels)
    return members


def _flagged_by_all(rows: Examples, *, flaggings: list[Flagging]) -> NDArray[np.bool_]:
    flagged: NDArray[np.bool_] = np.logical_and.reduce([flag(rows) for flag in flaggings])
    return flagged
