"""The judge: trains the model on some rows and predicts others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.models.defaults import BuiltIn
from tilth.models.train import handed_over, train
from tilth.signals.cross_fit import BuiltInTask
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.models.encoders import Encoded
    from tilth.models.model import Model
    from tilth.signals.pred_probs import SignalModel

Judge = Callable[..., "NDArray[np.int64]"]


def judge(
    dataset: Dataset, model: Model | None, signal_model: SignalModel, features: Encoded
) -> Judge:
    """Return a function that trains on some dataset rows and predicts class codes of others.

    The user's model judges where there is one, else the model that made the signals.
    """
    chosen = signal_model.model if model is None else model
    if isinstance(chosen.recipe, BuiltIn):
        return _built_in(dataset, chosen.recipe, features)
    text_as = handed_over(dataset)

    def predicted_codes(
        train_positions: NDArray[np.intp], test_positions: NDArray[np.intp], seed: int = 0
    ) -> NDArray[Any]:
        fitted = train(chosen, dataset.rows(train_positions), seed, text_as=text_as)
        predicted = fitted.predict(dataset.rows(test_positions))
        return np.asarray(pd.Index(dataset.classes).get_indexer(pd.Index(predicted)))

    return predicted_codes


def _built_in(dataset: Dataset, recipe: BuiltIn, features: Encoded) -> Judge:
    """Train on rows encoded once: what a judge is asked most often is to train again."""

    def predicted_codes(
        train_positions: NDArray[np.intp], test_positions: NDArray[np.intp], seed: int = 0
    ) -> NDArray[np.int64]:
        task = BuiltInTask.of(dataset, recipe, features, seed)
        inside, outside = (
            np.searchsorted(dataset.labelled, rows)
            for rows in (train_positions, test_positions)
        )
        return np.asarray(task(inside, outside).argmax(axis=1))

    return predicted_codes


SIGNAL = Signal("judge", judge)
