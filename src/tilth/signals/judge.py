"""The judge: trains the model on some rows and predicts others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from tilth.models.train import train
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.models.model import Model
    from tilth.signals.pred_probs import SignalModel

    Judge = Callable[..., NDArray[np.int64]]


def judge(dataset: Dataset, model: Model | None, signal_model: SignalModel) -> Judge:
    """Return a function that trains on some dataset rows and predicts class codes of others.

    The user's model judges where there is one, else the model that made the signals.
    """
    trained_model = signal_model.model if model is None else model

    def predicted_codes(
        train_positions: NDArray[np.intp], test_positions: NDArray[np.intp], seed: int = 0
    ) -> NDArray[np.int64]:
        fitted = train(trained_model, dataset.rows(train_positions), seed)
        predicted = fitted.predict(dataset.rows(test_positions))
        return pd.Index(dataset.classes).get_indexer(pd.Index(predicted))

    return predicted_codes


SIGNAL = Signal("judge", judge)
