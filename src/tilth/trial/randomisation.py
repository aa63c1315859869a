"""The randomisation test: how much a model can memorise, and so what its fit is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tilth.errors import InvalidInputError
from tilth.models.model import load_model
from tilth.models.train import train
from tilth.trial.metrics import metric_named
from tilth.trial.shuffled_labels import with_shuffled_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tilth.data.dataset import Dataset
    from tilth.models.train import Trained


@dataclass(frozen=True)
class Randomisation:
    """How a model fits labels of which more and more are random.

    Attributes
    ----------
    shares : tuple of float
        Share of the training labels that changed places.
    train_accuracy : tuple of float
        Agreement with those labels after training on them.
    test_accuracy : tuple of float
        Agreement with the true labels of other examples; NaN without a test.
    largest_class : float
        Accuracy of always saying the largest class.
    """

    shares: tuple[float, ...]
    train_accuracy: tuple[float, ...]
    test_accuracy: tuple[float, ...]
    largest_class: float

    @property
    def memorisation_index(self) -> float:
        """Fit of entirely random labels, in [0, 1].

        0: no better than always saying the largest class; 1: every label learned by heart.
        Near 1, a perfect fit of the training data says nothing of their labels.
        """
        if self.largest_class >= 1:
            return 0.0
        reached = self.train_accuracy[self.shares.index(1.0)]
        index = (reached - self.largest_class) / (1 - self.largest_class)
        return float(np.clip(index, 0.0, 1.0))


def randomisation_test(
    dataset: Dataset,
    *,
    model: object = None,
    test: Dataset | None = None,
    shares: Sequence[float] = (0.0, 0.25, 0.5, 0.75, 1.0),
    seed: int = 0,
) -> Randomisation:
    """Train a model on labels of which ever more are random, and see what it fits.

    Parameters
    ----------
    dataset : Dataset
        Training data with class labels.
    model : str, estimator, factory or Model, optional
        As `tilth.models.model.load_model` takes it.
    test : Dataset, optional
        Other examples, whose labels stay.
    shares : sequence of float
        How much of the labels is shuffled, in [0, 1]; 1 must be among them.
    seed : int, default 0

    Returns
    -------
    Randomisation

    Raises
    ------
    InvalidInputError
        If the labels are no classes, or 1 is not among the shares.

    Notes
    -----
    One training for each share.

    References
    ----------
    Zhang et al. (2017), "Understanding deep learning requires rethinking generalization",
    section 2; the index is our own.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from tilth.data.dataset import Dataset
    >>> from tilth.data.schema import Schema
    >>> frame = pd.DataFrame({"x": np.arange(60.0), "y": np.arange(60) // 30})
    >>> data = Dataset(frame, Schema("classification", label="y"), np.arange(60))
    >>> randomisation_test(data, model="logistic", shares=(1.0,)).memorisation_index < 0.5
    True
    """
    if dataset.schema.learned_as != "classification":
        raise InvalidInputError(
            f"`dataset` must have class labels, got the task {dataset.schema.task}."
        )
    if 1.0 not in shares or not all(0 <= share <= 1 for share in shares):
        raise InvalidInputError(
            f"`shares` must lie in [0, 1] and hold 1, got {tuple(shares)}."
        )
    loaded = load_model(model, dataset)
    on_train, on_test = [], []
    for share in shares:
        shuffled = with_shuffled_labels(dataset, seed, share)
        trained = train(loaded, shuffled, seed)
        on_train.append(_accuracy(trained, shuffled))
        on_test.append(float("nan") if test is None else _accuracy(trained, test))
    counts = np.bincount(dataset.labels)
    return Randomisation(
        tuple(shares), tuple(on_train), tuple(on_test), float(counts.max() / counts.sum())
    )


def _accuracy(trained: Trained, dataset: Dataset) -> float:
    rows = dataset.rows(dataset.labelled)
    return metric_named("accuracy").score(rows.given, trained.predict(rows))
