"""Cross-fitting: each fold is predicted by a model trained on the other folds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from joblib import Parallel, delayed, effective_n_jobs

from tilth.data.identity import row_hashes
from tilth.errors import UnavailableError
from tilth.models.calm import calm
from tilth.models.defaults import BuiltIn
from tilth.models.heads import fit_head
from tilth.models.train import feature_names, train

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.models.encoders import Encoded
    from tilth.models.model import Model

# Seconds of work left from which running it side by side pays. Threads of short fits wait for the
# interpreter's lock (student grades: 2.0 s alone, 3.2 s on two threads); processes take 1 to 2 s to start.
_WORTH = {"threads": 2.0, "processes": 4.0}


def cross_fit(
    dataset: Dataset,
    model: Model,
    folds: NDArray[np.intp],
    *,
    features: Encoded | None,
    seed: int,
    n_jobs: int,
) -> Iterator[NDArray[np.float64]]:
    """Predict fold 0, 1, ... with a model trained on the labelled examples of all others.

    Parameters
    ----------
    dataset : Dataset
        With labels.
    model : Model
        What to train.
    folds : int array of shape (n_labelled,)
        The fold of each labelled example.
    features : Encoded or None
        All examples, for built-in models; any other model encodes for itself.
    seed : int
        The seed of the model, the same in every fold.
    n_jobs : int
        How many folds at once; the result is the same for any number.

    Yields
    ------
    float64 array of shape (n_in_fold, n_classes) or (n_in_fold,)
        Class probabilities, columns as ``dataset.classes``; for regression numbers.
    """
    # Trained on in an order of their own, so that the order of the file is no matter.
    order = canonical_order(dataset)
    parts = [
        (order[folds[order] != fold], np.flatnonzero(folds == fold))
        for fold in range(int(folds.max()) + 1)
    ]
    if isinstance(model.recipe, BuiltIn) and features is not None:
        task = BuiltInTask.of(dataset, model.recipe, features, seed)
        # Threads: over large data these methods leave the lock, and nothing is copied.
        yield from _run([partial(task, *part) for part in parts], n_jobs, "threads")
    else:
        jobs = [_ModelJob.of(dataset, model, part, seed) for part in parts]
        yield from _run(jobs, n_jobs, "processes")


def fold_units(dataset: Dataset) -> NDArray[np.uint64]:
    """Return one number per labelled example; those with equal numbers share a fold.

    Exact copies do, and the rows of one group where the schema names a group column.
    """
    rows = dataset.table.iloc[dataset.labelled]
    if dataset.schema.group is not None:
        return row_hashes(rows[[dataset.schema.group]])
    return _learned_content(dataset)


def canonical_order(dataset: Dataset) -> NDArray[np.intp]:
    """Return the labelled examples, by content: an order that does not depend on the file's."""
    content = _learned_content(dataset)
    labels = dataset.given[dataset.labelled] if _is_regression(dataset) else dataset.labels
    return np.lexsort((labels.astype(np.float64), content))


def _learned_content(dataset: Dataset) -> NDArray[np.uint64]:
    """Return one number per labelled example from what built-in models learn from."""
    columns = feature_names(dataset)
    return row_hashes(dataset.contents(columns).iloc[dataset.labelled])


def _is_regression(dataset: Dataset) -> bool:
    return dataset.schema.task == "regression"


@dataclass(frozen=True, eq=False)
class BuiltInTask:
    """Train a built-in method on some labelled examples and predict others.

    Encoded once, so that training again on other examples costs no encoding. Called with
    positions among ``dataset.labelled``: those to train on, those to predict.
    """

    recipe: BuiltIn
    encoded: Encoded
    targets: NDArray[Any]
    weights: NDArray[np.float64] | None
    n_classes: int
    seed: int

    @classmethod
    def of(
        cls, dataset: Dataset, recipe: BuiltIn, features: Encoded, seed: int
    ) -> BuiltInTask:
        """Return the task for `dataset`, whose `features` signal is at hand."""
        rows = dataset.labelled
        encoded = features if len(rows) == len(dataset) else features.rows(rows)
        if recipe.method == "boosted-trees":
            encoded.trees()  # the directions of text are found once, from all examples
        given = dataset.given[rows]
        targets = given.astype(np.float64) if _is_regression(dataset) else dataset.labels
        weights = None if dataset.weights is None else dataset.weights[rows]
        return cls(recipe, encoded, targets, weights, len(dataset.classes), seed)

    def __call__(
        self, inside: NDArray[np.intp], outside: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """Return class probabilities, or numbers, of the examples `outside`."""
        with calm():
            head = fit_head(
                self.recipe.method,
                self.encoded.rows(inside),
                self.targets[inside],
                task=self.recipe.task,
                seed=self.seed,
                weights=None if self.weights is None else self.weights[inside],
            )
            if self.recipe.task == "regression":
                return head.predict(self.encoded.rows(outside))
            return head.predict_proba(self.encoded.rows(outside), self.n_classes)


@dataclass(frozen=True, eq=False)
class _ModelJob:
    """Train somebody's model on one part and predict the other; travels to a worker."""

    model: Model
    inside: Dataset
    outside: Dataset
    classes: NDArray[Any]
    seed: int

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        model: Model,
        part: tuple[NDArray[Any], NDArray[Any]],
        seed: int,
    ) -> _ModelJob:
        inside, outside = (dataset.rows(dataset.labelled[rows]) for rows in part)
        return cls(model, inside, outside, dataset.classes, seed)

    def __call__(self) -> NDArray[np.float64]:
        trained = train(self.model, self.inside, self.seed)
        if trained.classes is None:
            return trained.predict(self.outside)
        found = trained.predict_proba(self.outside)
        if found is None:
            raise UnavailableError(
                f"needs predict_proba, which the model {self.model.name} lacks"
            )
        result = np.zeros((len(found), len(self.classes)))
        result[:, pd.Index(self.classes).get_indexer(pd.Index(trained.classes))] = found
        return result


def _run(
    jobs: Sequence[Callable[[], NDArray[np.float64]]],
    n_jobs: int,
    prefer: Literal["threads", "processes"],
) -> Iterator[NDArray[np.float64]]:
    """Run the first job here, the others too if that was quick, else side by side."""
    start = time.perf_counter()
    yield jobs[0]()
    left = (time.perf_counter() - start) * (len(jobs) - 1)
    if left < _WORTH[prefer] or effective_n_jobs(n_jobs) == 1:
        for job in jobs[1:]:
            yield job()
    else:
        run = Parallel(n_jobs=n_jobs, prefer=prefer, return_as="generator")
        yield from run(delayed(job)() for job in jobs[1:])
