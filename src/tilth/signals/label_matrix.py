"""Several classes per example: which each was given, and how probable each is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tilth.data.elements.cells import lists_of
from tilth.errors import UnavailableError
from tilth.models.model import built_in_model
from tilth.signals.pred_probs import cross_val_pred_probs
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.models.encoders import Encoded
    from tilth.models.model import Model
    from tilth.signals.pred_probs import Progress


def label_matrix(dataset: Dataset) -> NDArray[np.bool_]:
    """Return for each labelled example and class whether the example was given the class."""
    if dataset.schema.task != "multilabel":
        raise UnavailableError(
            f"needs several classes per example; the task is {dataset.schema.task}"
        )
    place = {name: i for i, name in enumerate(dataset.classes)}
    found = lists_of(dataset.table[dataset.schema.label].iloc[dataset.labelled])
    matrix = np.zeros((len(found), len(place)), dtype=bool)
    for row, classes in enumerate(found):
        matrix[row, [place[name] for name in classes or ()]] = True
    return matrix


def multilabel_probs(  # noqa: PLR0917 - positional parameters are signals
    dataset: Dataset,
    label_matrix: NDArray[np.bool_],
    features: Encoded,
    model: Model | None,
    n_jobs: int,
    progress: Progress | None,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return out-of-sample probabilities of each class, one model per class against the rest."""
    n_classes = label_matrix.shape[1]
    seed = int(rng.integers(2**31))  # the same folds for classes given alike
    result = np.zeros(label_matrix.shape)
    for column in range(n_classes):
        given = label_matrix[:, column]
        if len(np.unique(given)) < 2:
            result[:, column] = given.mean()
            continue
        against_rest = _against_rest(dataset, given)
        chosen = built_in_model("auto", against_rest) if model is None else model
        found = cross_val_pred_probs(
            against_rest,
            chosen,
            rng=np.random.default_rng(seed),
            n_jobs=n_jobs,
            features=features,
        )
        result[:, column] = found[:, 1]
        if progress is not None:
            progress("multilabel_probs", column + 1, n_classes)
    return result


def _against_rest(dataset: Dataset, given: NDArray[np.bool_]) -> Dataset:
    """Return the dataset with one class as its label: whether the example has it."""
    label = str(dataset.schema.label)
    marks = np.full(len(dataset), None, dtype=object)
    marks[dataset.labelled] = given
    table = dataset.table.assign(**{label: pd.array(marks, dtype="boolean")})
    schema = replace(dataset.schema, task="classification", classes=())
    return replace(dataset, table=table, schema=schema)


SIGNALS = (
    Signal("label_matrix", label_matrix),
    Signal(
        "multilabel_probs",
        multilabel_probs,
        pack=lambda value: {"pred_probs": value},
        unpack=lambda arrays: arrays["pred_probs"],
    ),
)
