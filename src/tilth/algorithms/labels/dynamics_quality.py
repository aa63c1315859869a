"""Label quality from one recorded training run: no folds, no second model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.algorithms.labels.training_dynamics import TrainingDynamics

DynamicsMethod = Literal["area_under_margin", "data_map", "forgetting"]


def dynamics_quality(
    dynamics: TrainingDynamics, *, method: DynamicsMethod = "area_under_margin"
) -> NDArray[np.float64]:
    """Score how willingly a network learned each given label.

    Parameters
    ----------
    dynamics : TrainingDynamics
        What the network said of each training example after every epoch. Record few epochs: one
        that has learned everything by heart agrees with every label.
    method : {"area_under_margin", "data_map", "forgetting"}
        ``area_under_margin`` is the mean margin m over epochs, as (1 + m / (1 + abs(m))) / 2;
        ``data_map`` is the mean probability of the given class (its confidence);
        ``forgetting`` is the share of epochs in which the label was learned and stayed so: one
        minus (epochs it was not known or had just been forgotten) / n_epochs.

    Returns
    -------
    float array of shape (n_examples,)
        In [0, 1]; 1 was learned at once, 0 against its neighbors or never.

    Raises
    ------
    InvalidInputError
        If no epoch was recorded.

    Notes
    -----
    O(n_epochs * n_examples).

    References
    ----------
    Pleiss, Zhang, Elenberg & Weinberger (2020), "Identifying mislabeled data using the area under
    the margin ranking", NeurIPS, section 3; Swayamdipta et al. (2020), "Dataset cartography",
    EMNLP, section 2; Toneva et al. (2019), "An empirical study of example forgetting", ICLR,
    section 3, whose count of forgetting events is joined here with the time to learn.

    Examples
    --------
    >>> import numpy as np
    >>> from tilth.algorithms.labels import TrainingDynamics
    >>> logits = np.array([[[2.0, 1.0], [0.0, 3.0]], [[4.0, 1.0], [1.0, 2.0]]])
    >>> run = TrainingDynamics.from_logits(logits, np.array([0, 0]))
    >>> dynamics_quality(run).round(2)
    array([0.83, 0.17])
    """
    if not dynamics.n_epochs:
        raise InvalidInputError(
            "`dynamics` must hold one epoch or more, got none. Record a training run first."
        )
    if method == "area_under_margin":
        margin = dynamics.margin.mean(axis=0, dtype=np.float64)
        return np.asarray((1.0 + margin / (1.0 + np.abs(margin))) / 2.0)
    if method == "data_map":
        return np.asarray(dynamics.p_given.mean(axis=0, dtype=np.float64))
    known = np.asarray(dynamics.is_correct, dtype=bool)
    forgotten = (known[:-1] & ~known[1:]).sum(axis=0)
    lost = np.minimum((~known).sum(axis=0) + forgotten, len(known))
    return np.asarray(1.0 - lost / len(known), dtype=np.float64)
