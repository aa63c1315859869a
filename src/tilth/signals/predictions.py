"""Out-of-sample predictions of numeric labels, and how far off they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tilth.errors import UnavailableError
from tilth.models.model import built_in_model
from tilth.signals.cross_fit import cross_fit, fold_units
from tilth.signals.folds import stratified_folds
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.models.encoders import Encoded
    from tilth.models.model import Model
    from tilth.signals.pred_probs import Progress

_N_STRATA = (
    10  # bins of equal count, so that each fold has its share of large and small numbers
)


def predictions(  # noqa: PLR0917 - positional parameters are signals
    dataset: Dataset,
    features: Encoded,
    targets: NDArray[np.float64],
    model: Model | None,
    n_jobs: int,
    progress: Progress | None,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Predict each labelled example's number with a model that trained on the other folds.

    The user's model where there is one, else the built-in one of the modality.
    """
    units = fold_units(dataset)
    n_folds = min(5, len(np.unique(units)))
    if n_folds < 2:
        raise UnavailableError("needs at least two different examples")
    rank = np.argsort(np.lexsort((units, targets)))
    seed = int(rng.integers(2**31))
    folds = stratified_folds(rank * _N_STRATA // len(rank), units, n_folds=n_folds, rng=rng)
    model = built_in_model("auto", dataset) if model is None else model
    result = np.empty(len(folds))
    predicted = cross_fit(
        dataset, model, folds, features=features, seed=seed, n_jobs=n_jobs
    )
    for fold, found in enumerate(predicted):
        result[folds == fold] = found
        if progress is not None:
            progress("predictions", fold + 1, n_folds)
    return result


def residuals(
    targets: NDArray[np.float64], predictions: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return given minus predicted number of the labelled examples."""
    return targets - predictions


SIGNAL = Signal(
    "predictions",
    predictions,
    pack=lambda value: {"predictions": value},
    unpack=lambda arrays: arrays["predictions"],
)
RESIDUALS = Signal("residuals", residuals)
