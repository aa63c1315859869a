"""Out-of-sample class probabilities: each from models that never saw the example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tilth.errors import UnavailableError
from tilth.signals.cross_fit import cross_fit, fold_units
from tilth.signals.features import features as all_features
from tilth.signals.folds import stratified_folds
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.models.encoders import Encoded
    from tilth.models.model import Model

Progress = Callable[[str, int, int], None]

_FEW_CLASSES = 20  # our own: up to here there may be as many classes as examples


@dataclass(frozen=True, eq=False)
class SignalModel:
    """The model that describes the examples, and how it was chosen.

    Attributes
    ----------
    name : str
        What people call it.
    model : Model
        The recipe.
    log_losses : mapping of str to float
        Out-of-fold log loss on the given labels of every candidate tried, best first.
    n_folds : int
        How many folds `pred_probs` uses.
    n_compared : int
        How many examples the candidates were compared on.
    left_out : mapping of str to str
        Candidates that were left out, and why.
    version_id, pred_probs : str, array, optional
        The out-of-fold probabilities, if they were made for all of that dataset.
    """

    name: str
    model: Model
    log_losses: Mapping[str, float] = field(default_factory=dict)
    n_folds: int = 5
    n_compared: int = 0
    left_out: Mapping[str, str] = field(default_factory=dict)
    version_id: str = ""
    pred_probs: NDArray[np.float64] | None = field(default=None, repr=False)


def pred_probs(  # noqa: PLR0917 - positional parameters are signals
    dataset: Dataset,
    features: Encoded,
    signal_model: SignalModel,
    n_jobs: int,
    progress: Progress | None,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return out-of-sample class probabilities of the labelled examples."""
    if (
        signal_model.pred_probs is not None
        and signal_model.version_id == dataset.version_id
    ):
        return signal_model.pred_probs
    return cross_val_pred_probs(
        dataset,
        signal_model.model,
        n_folds=signal_model.n_folds,
        rng=rng,
        n_jobs=n_jobs,
        progress=progress,
        features=features,
    )


def cross_val_pred_probs(
    dataset: Dataset,
    model: Model,
    *,
    n_folds: int = 5,
    rng: np.random.Generator,
    n_jobs: int = 1,
    progress: Progress | None = None,
    features: Encoded | None = None,
) -> NDArray[np.float64]:
    """Predict each labelled example with a model that trained on the other folds.

    Parameters
    ----------
    dataset : Dataset
        With class labels. Exact copies, and the rows of one group where the schema names a
        group column, are in one fold.
    model : Model
        With class probabilities.
    n_folds : int, default 5
        Fewer where there are fewer distinct examples.
    rng : Generator
        Decides the folds and the seed of the model.
    n_jobs : int, default 1
        How many folds at once; the result is the same for any number.
    progress : callable, optional
        Called as ``progress("pred_probs", done, n_folds)``.
    features : Encoded, optional
        The dataset's `features` signal, if it is at hand: built-in models then encode nothing.

    Returns
    -------
    float64 array of shape (n_labelled, n_classes)
        Rows sum to 1, in the order of ``dataset.labelled``; columns as ``dataset.classes``. A
        class a model never saw, because its only example was held out, has probability 0.

    Raises
    ------
    UnavailableError
        If there are not two classes and two distinct examples, most classes have one
        example, or the model has no probabilities.
    ModelError
        If the model fails.

    Examples
    --------
    >>> from tilth.data.read import read
    >>> from tilth.models.model import load_model
    >>> data = read({"x": list(range(40)), "y": ["low"] * 20 + ["high"] * 20}, label="y")
    >>> model = load_model("logistic", data)
    >>> probs = cross_val_pred_probs(data, model, rng=np.random.default_rng(0))
    >>> probs.shape, data.classes[probs[0].argmax()]
    ((40, 2), 'low')
    """
    n_classes = len(dataset.classes)
    if dataset.schema.learned_as != "classification" or n_classes < 2:
        raise UnavailableError(f"needs at least two classes, got {n_classes}")
    if n_classes > max(_FEW_CLASSES, len(dataset.labelled) / 2):
        raise UnavailableError(
            f"needs several examples per class, got {n_classes:,} classes for "
            f"{len(dataset.labelled):,} labelled examples"
        )
    units = fold_units(dataset)
    n_folds = min(n_folds, len(np.unique(units)))
    if n_folds < 2:
        raise UnavailableError("needs at least two different examples")
    seed = int(rng.integers(2**31))
    folds = stratified_folds(dataset.labels, units, n_folds=n_folds, rng=rng)
    if features is None and model.is_built_in:
        features = all_features(dataset)
    result = np.zeros((len(folds), n_classes))
    predicted = cross_fit(
        dataset, model, folds, features=features, seed=seed, n_jobs=n_jobs
    )
    for fold, probabilities in enumerate(predicted):
        result[folds == fold] = probabilities
        if progress is not None:
            progress("pred_probs", fold + 1, n_folds)
    return result


SIGNAL = Signal(
    "pred_probs",
    pred_probs,
    pack=lambda value: {"pred_probs": value},
    unpack=lambda arrays: arrays["pred_probs"],
)
