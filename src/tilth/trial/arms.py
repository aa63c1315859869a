"""Two arms trained alike: the same model and seeds on either training set."""

from __future__ import annotations

import pickle  # noqa: TID251 - only its error, which says that a model cannot travel
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from tilth.models.train import model_inputs, train

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.models.model import Model, TextAs

    Progress = Callable[[str, int, int], None]
    Arm = tuple[Dataset, Dataset]

STAGE = "proof"


def predict_arms(
    model: Model,
    arms: Sequence[Arm],
    seeds: Sequence[int],
    *,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> list[list[NDArray[Any]]]:
    """Train `model` once per arm and seed, and return its predictions.

    Parameters
    ----------
    model : Model
        The judge.
    arms : sequence of (training, test) datasets
        The first is the baseline: how it hands its inputs over holds for all.
    seeds : sequence of int
        Two or more. Where the first two predict the same in every arm the model is
        deterministic, and no other is trained.
    n_jobs : int
        How many models are trained at once, each in a process of its own; a model that
        cannot travel to another process is trained here, one after the other.
    progress : callable (stage, done, total), optional

    Returns
    -------
    list over arms of lists over seeds
        Predictions for the arm's test rows; one per arm for a deterministic model.

    Raises
    ------
    ModelError
        If the model fails on either arm.
    """
    total = len(arms) * len(seeds)
    found: list[NDArray[Any]] = []
    for part in (seeds[:2], seeds[2:]):
        tasks = [(*arm, seed) for seed in part for arm in arms]
        for predicted in predict_each(model, tasks, arms[0][0], n_jobs):
            found.append(predicted)
            if progress is not None:
                progress(STAGE, len(found), total)
        if all(np.array_equal(found[i], found[i + len(arms)]) for i in range(len(arms))):
            if progress is not None and len(found) < total:
                progress(STAGE, total, total)
            return [[found[i]] for i in range(len(arms))]
    return [found[i :: len(arms)] for i in range(len(arms))]


def predict_each(
    model: Model,
    tasks: Sequence[tuple[Dataset, Dataset, int]],
    baseline: Dataset,
    n_jobs: int,
) -> Iterator[NDArray[Any]]:
    """Train on each (training, test, seed) and yield its predictions, in order.

    How `baseline` hands its inputs over holds for all.
    """
    text_as = _handed_over(model, baseline)
    done = 0
    try:
        run = Parallel(n_jobs=n_jobs, return_as="generator")
        for predicted in run(
            delayed(_train_and_predict)(model, task, text_as) for task in tasks
        ):
            done += 1
            yield predicted
    except pickle.PicklingError:
        for task in tasks[done:]:
            yield _train_and_predict(model, task, text_as)


def _handed_over(model: Model, dataset: Dataset) -> TextAs | None:
    """How the baseline's inputs reach the model: the other arm's must reach it alike.

    Without this an edit that drops the last other column beside a text would hand the
    model an array of strings in one arm and a frame in the other.
    """
    if model.is_built_in:
        return None
    inputs = model_inputs(model, dataset.rows(np.array([0])))
    return "frame" if isinstance(inputs, pd.DataFrame) else "array"


def _train_and_predict(
    model: Model, task: tuple[Dataset, Dataset, int], text_as: TextAs | None
) -> NDArray[Any]:
    training, test, seed = task
    return train(model, training, seed, text_as=text_as).predict(test)
