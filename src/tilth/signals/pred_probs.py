"""Out-of-sample class probabilities: each from models that never saw the example."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed, effective_n_jobs

from tilth.data.identity import row_hashes
from tilth.errors import UnavailableError
from tilth.models.calm import calm
from tilth.models.defaults import BuiltIn
from tilth.models.heads import fit_head
from tilth.models.train import feature_columns, train
from tilth.signals.features import features as features_of
from tilth.signals.folds import stratified_folds
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.models.encoders import Encoded
    from tilth.models.model import Model
    from tilth.models.train import Trained

Progress = Callable[[str, int, int], None]

_WORTH_WORKERS = 4.0  # seconds of work from which starting processes (1 to 2 s) pays


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
    notes : tuple of str
        Candidates that were left out, and why.
    version_id, pred_probs : str, array, optional
        The out-of-fold probabilities, if they were made for all of that dataset.
    """

    name: str
    model: Model
    log_losses: Mapping[str, float] = field(default_factory=dict)
    n_folds: int = 5
    n_compared: int = 0
    notes: tuple[str, ...] = ()
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
    if signal_model.pred_probs is not None and signal_model.version_id == dataset.version_id:
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
        If there are not two classes and two distinct examples, or the model has no
        probabilities.
    ModelError
        If the model fails.
    """
    folds, seed = _folds(dataset, n_folds, rng)
    if isinstance(model.recipe, BuiltIn):
        features = features_of(dataset) if features is None else features
        jobs = _built_in_jobs(dataset, model.recipe, features, folds, seed)
        predicted = _in_threads(jobs, n_jobs)
    else:
        jobs = _model_jobs(dataset, model, folds, seed)
        predicted = _in_processes(jobs, n_jobs)
    result = np.zeros((len(folds), len(dataset.classes)))
    n_done = int(folds.max()) + 1
    for fold, probabilities in enumerate(predicted):
        if probabilities is None:
            raise UnavailableError(f"needs predict_proba, which the model {model.name} lacks")
        result[folds == fold] = probabilities
        if progress is not None:
            progress("pred_probs", fold + 1, n_done)
    return result


def fit_signal_model(signal_model: SignalModel, dataset: Dataset, *, seed: int = 0) -> Trained:
    """Train the signal model on all labelled examples, to predict held-out ones."""
    return train(signal_model.model, dataset, seed)


def _folds(
    dataset: Dataset, n_folds: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], int]:
    """Return the fold of each labelled example, and a seed for the models."""
    if dataset.schema.task != "classification" or len(dataset.classes) < 2:
        raise UnavailableError(f"needs at least two classes, got {len(dataset.classes)}")
    units = fold_units(dataset)
    n_folds = min(n_folds, len(np.unique(units)))
    if n_folds < 2:
        raise UnavailableError("needs at least two different examples")
    seed = int(rng.integers(2**31))
    return stratified_folds(dataset.labels, units, n_folds=n_folds, rng=rng), seed


def fold_units(dataset: Dataset) -> NDArray[np.uint64]:
    """Return one number per labelled example; those with equal numbers share a fold."""
    rows = dataset.table.iloc[dataset.labelled]
    if dataset.schema.group is not None:
        return row_hashes(rows[[dataset.schema.group]])
    return row_hashes(feature_columns(dataset).iloc[dataset.labelled])


def canonical_order(dataset: Dataset) -> NDArray[np.intp]:
    """Return the labelled examples in an order that does not depend on the file's."""
    content = row_hashes(feature_columns(dataset).iloc[dataset.labelled])
    return np.lexsort((dataset.labels, content))


def _built_in_jobs(
    dataset: Dataset, recipe: BuiltIn, features: Encoded, folds: NDArray[np.intp], seed: int
) -> list[Callable[[], NDArray[np.float64]]]:
    """Return one job per fold; trained rows in canonical order, so that row order is no matter."""
    order = canonical_order(dataset)
    labelled = features.rows(dataset.labelled)
    if recipe.method == "boosted-trees":
        labelled.trees()  # text directions are found once, on all rows

    def job(fold: int) -> NDArray[np.float64]:
        inside = order[folds[order] != fold]
        weights = None if dataset.weights is None else dataset.weights[dataset.labelled][inside]
        with calm():
            head = fit_head(
                recipe.method,
                labelled.rows(inside),
                dataset.labels[inside],
                task="classification",
                seed=seed,
                weights=weights,
            )
            return head.predict_proba(labelled.rows(folds == fold), len(dataset.classes))

    return [lambda fold=fold: job(fold) for fold in range(int(folds.max()) + 1)]  # type: ignore[misc]


def _model_jobs(
    dataset: Dataset, model: Model, folds: NDArray[np.intp], seed: int
) -> list[Callable[[], NDArray[np.float64] | None]]:
    order = canonical_order(dataset)
    jobs = []
    for fold in range(int(folds.max()) + 1):
        inside = dataset.rows(dataset.labelled[order[folds[order] != fold]])
        outside = dataset.rows(dataset.labelled[folds == fold])
        jobs.append(_ModelJob(model, inside, outside, dataset.classes, seed))
    return jobs


@dataclass(frozen=True, eq=False)
class _ModelJob:
    """Train the user's model on one part and predict the other; travels to a worker."""

    model: Model
    inside: Dataset
    outside: Dataset
    classes: NDArray[Any]
    seed: int

    def __call__(self) -> NDArray[np.float64] | None:
        trained = train(self.model, self.inside, self.seed)
        found = trained.predict_proba(self.outside)
        if found is None or trained.classes is None:
            return None
        result = np.zeros((len(found), len(self.classes)))
        columns = pd.Index(self.classes).get_indexer(pd.Index(trained.classes))
        result[:, columns] = found
        return result


def _in_threads(jobs: Iterable[Callable[[], Any]], n_jobs: int) -> Iterator[Any]:
    """Run built-in models: they leave the interpreter lock, and processes cost seconds to start."""
    run = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")
    yield from run(delayed(job)() for job in jobs)


def _in_processes(jobs: list[Callable[[], Any]], n_jobs: int) -> Iterator[Any]:
    """Run somebody's model: here while that is quick, in processes where it is not."""
    start = time.perf_counter()
    yield jobs[0]()
    left = (time.perf_counter() - start) * (len(jobs) - 1)
    if left < _WORTH_WORKERS or effective_n_jobs(n_jobs) == 1:
        for job in jobs[1:]:
            yield job()
    else:
        yield from Parallel(n_jobs=n_jobs, return_as="generator")(delayed(job)() for job in jobs[1:])


SIGNAL = Signal(
    "pred_probs",
    pred_probs,
    pack=lambda value: {"pred_probs": value},
    unpack=lambda arrays: arrays["pred_probs"],
)
