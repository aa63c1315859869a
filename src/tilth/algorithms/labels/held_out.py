"""New labels judged by what known ones taught."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tilth.algorithms.labels.calibration import error_probabilities, noise_calibration
from tilth.algorithms.labels.inputs import checked_labels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def held_out_label_errors(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    new_labels: NDArray[np.integer],
    new_pred_probs: NDArray[np.floating],
) -> NDArray[np.bool_]:
    """Judge new labels with the calibration, noise and cut of known ones; nothing is refitted.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each known example, coded 0 .. n_classes - 1.
    pred_probs : float array of shape (n_examples, n_classes)
        Their out-of-sample class probabilities.
    new_labels : int array of shape (n_new,)
        Given class of each new example, in the same codes.
    new_pred_probs : float array of shape (n_new, n_classes)
        Probabilities of the new examples by a model trained on known ones only.

    Returns
    -------
    bool array of shape (n_new,)
        True where the new label is called an error.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 50)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
    >>> labels[0] = 1  # one wrong label
    >>> new = np.array([[0.9, 0.1], [0.2, 0.8]])
    >>> held_out_label_errors(labels, pred_probs, np.array([1, 1]), new)
    array([ True, False])
    """
    new_labels, new_pred_probs = checked_labels(new_labels, new_pred_probs, prefix="new_")
    known = noise_calibration(labels, pred_probs)
    return error_probabilities(new_labels, new_pred_probs, calibration=known) >= known.cut
