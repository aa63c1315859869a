"""Metrics by name: of one prediction, of many resamples at once, and example by example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import sparse

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Metric:
    """A metric as a function of means over examples.

    Every metric here is `value` of the column means of `statistics`: a matrix with one row
    per example. So the metric of a resample costs one product of its counts with that
    matrix, and the contribution of an example is read off the gradient.

    Attributes
    ----------
    name : str
        The word in the command line and in JSON.
    task : {"classification", "regression"}
        What it is for.
    sign : int
        1 where higher is better, -1 where lower is better (mae, rmse). Scores are in the
        metric's own unit; differences and contributions are times `sign`, so that
        positive always means better.
    statistics : callable (given, predicted) -> matrix of shape (n_examples, n_statistics)
        Labels as they are; sparse where there may be many classes.
    value : callable (means of shape (..., n_statistics)) -> array of shape (...)
        The metric from the column means.
    gradient : callable (means of shape (n_statistics,)) -> the same shape
        Of `value`.
    """

    name: str
    task: Literal["classification", "regression"]
    sign: int
    statistics: Callable[[NDArray[Any], NDArray[Any]], Any]
    value: Callable[[Floats], Floats]
    gradient: Callable[[Floats], Floats]

    def score(self, given: NDArray[Any], predicted: NDArray[Any]) -> float:
        """Return the metric, in its own unit.

        Examples
        --------
        >>> metric_named("accuracy").score(np.array(["a", "b"]), np.array(["a", "a"]))
        0.5
        """
        return float(self.value(_means(self.statistics(given, predicted))))

    def contributions(self, given: NDArray[Any], predicted: NDArray[Any]) -> Floats:
        """Return one number per example whose mean is the metric, times `sign`.

        For accuracy and mae these are the plain hits and errors. The other metrics are
        linearised at the observed value, so that the spread of contributions over examples
        is the sampling spread of the metric, and paired differences of contributions carry
        a z-test.

        References
        ----------
        Efron (1982), "The Jackknife, the Bootstrap and Other Resampling Plans", chapter 6
        (the infinitesimal jackknife).

        Examples
        --------
        >>> metric_named("mae").contributions(np.array([1.0, 2.0]), np.array([1.5, 2.0]))
        array([-0.5, -0. ])
        """
        statistics = self.statistics(given, predicted)
        means = _means(statistics)
        gradient = self.gradient(means)
        linear = np.asarray(statistics @ gradient) - float(means @ gradient)
        return np.asarray(self.sign * (float(self.value(means)) + linear))


def metric_named(name: str, task: str | None = None) -> Metric:
    """Return the metric called `name`.

    Parameters
    ----------
    name : str
        One of accuracy, balanced_accuracy, f1_macro, r2, mae, rmse.
    task : str, optional
        Refuse a metric that is for another task.

    Raises
    ------
    InvalidInputError
        If there is no such metric, or it is for another task.
    """
    metric = METRICS.get(name)
    if metric is None:
        raise InvalidInputError(
            f"`metric` must be one of {', '.join(METRICS)}, got {name!r}. Choose one."
        )
    if task is not None and metric.task != task:
        fitting = ", ".join(m.name for m in METRICS.values() if m.task == task)
        raise InvalidInputError(
            f"`metric` must fit the task {task} ({fitting or 'none does'}), got {name!r}, "
            f"which is for {metric.task}. Choose one that fits."
        )
    return metric


def default_metric(task: str) -> str:
    """Return the metric used where none is named.

    Raises
    ------
    InvalidInputError
        If the task has no label to predict.

    Examples
    --------
    >>> default_metric("classification"), default_metric("regression")
    ('accuracy', 'r2')
    """
    found = {"classification": "accuracy", "regression": "r2"}.get(task)
    if found is None:
        raise InvalidInputError(
            f"A proof needs a label to predict, got data with task {task!r}. "
            "Name the label column with --label."
        )
    return found


def _means(statistics: Any) -> Floats:
    return np.asarray(statistics.mean(axis=0), dtype=np.float64).ravel()


def _hits(given: NDArray[Any], predicted: NDArray[Any]) -> Floats:
    return _agreement(given, predicted).reshape(-1, 1)


def _agreement(given: NDArray[Any], predicted: NDArray[Any]) -> Floats:
    same = given.astype(object) == predicted.astype(object)
    return np.asarray(same, dtype=np.float64)


def _recalls(given: NDArray[Any], predicted: NDArray[Any]) -> Any:
    """Per class that occurs in `given`: hits, then given labels."""
    codes, _ = pd.factorize(given.astype(object))
    n_classes = int(codes.max()) + 1
    shape = (len(codes), 2 * n_classes)
    there = _ones(codes + n_classes, shape)
    return there + _ones(codes, shape, _agreement(given, predicted))


def _f1_parts(given: NDArray[Any], predicted: NDArray[Any]) -> Any:
    """Per class given or predicted: twice the hits, then labels given plus predicted."""
    both = np.concatenate([given.astype(object), predicted.astype(object)])
    codes, classes = pd.factorize(both)
    given_codes, predicted_codes = codes[: len(given)], codes[len(given) :]
    shape = (len(given), 2 * len(classes))
    hits = 2.0 * (given_codes == predicted_codes)
    return (
        _ones(given_codes, shape, hits)
        + _ones(given_codes + len(classes), shape)
        + _ones(predicted_codes + len(classes), shape)
    )


def _ones(
    columns: NDArray[Any], shape: tuple[int, int], values: Floats | None = None
) -> Any:
    """One number per row, in the column named for it."""
    values = np.ones(shape[0]) if values is None else values
    return sparse.csr_array((values, (np.arange(shape[0]), columns)), shape=shape)


def _mean_of_ratios(means: Floats) -> Floats:
    """Mean of the first half over the second half, where the second half is not 0."""
    over, under = np.split(means, 2, axis=-1)
    there = under > 0
    ratios = np.divide(over, under, out=np.zeros_like(over), where=there)
    return np.asarray(ratios.sum(axis=-1) / there.sum(axis=-1))


def _ratios_gradient(means: Floats) -> Floats:
    over, under = np.split(means, 2)
    return np.concatenate([1 / under, -over / under**2]) / len(under)


def _first(means: Floats) -> Floats:
    return means[..., 0]


def _one(means: Floats) -> Floats:
    return np.ones_like(means)


def _absolute_errors(given: NDArray[Any], predicted: NDArray[Any]) -> Floats:
    return np.abs(_errors(given, predicted)).reshape(-1, 1)


def _squared_errors(given: NDArray[Any], predicted: NDArray[Any]) -> Floats:
    return (_errors(given, predicted) ** 2).reshape(-1, 1)


def _variance_parts(given: NDArray[Any], predicted: NDArray[Any]) -> Floats:
    """Squared errors, labels, squared labels; centred so that the variance keeps its digits."""
    centred = given.astype(np.float64) - given.astype(np.float64).mean()
    return np.column_stack([_errors(given, predicted) ** 2, centred, centred**2])


def _errors(given: NDArray[Any], predicted: NDArray[Any]) -> Floats:
    return predicted.astype(np.float64) - given.astype(np.float64)


def _r2(means: Floats) -> Floats:
    """1 minus squared error over variance; 0 where all labels are the same, as scikit-learn has it."""
    variance = means[..., 2] - means[..., 1] ** 2
    constant = variance <= 1e-12 * means[..., 2]
    explained = 1 - means[..., 0] / np.where(constant, 1.0, variance)
    perfect = means[..., 0] == 0
    return np.asarray(np.where(constant, np.where(perfect, 1.0, 0.0), explained))


def _r2_gradient(means: Floats) -> Floats:
    variance = means[2] - means[1] ** 2
    if variance <= 1e-12 * means[2]:
        return np.zeros(3)
    slope = means[0] / variance**2
    return np.array([-1 / variance, -2 * means[1] * slope, slope])


def _root(means: Floats) -> Floats:
    return np.asarray(np.sqrt(means[..., 0]))


def _root_gradient(means: Floats) -> Floats:
    return np.array([0.5 / np.sqrt(means[0]) if means[0] > 0 else 0.0])


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "classification", 1, _hits, _first, _one),
        # of the classes that occur in the test
        Metric(
            "balanced_accuracy",
            "classification",
            1,
            _recalls,
            _mean_of_ratios,
            _ratios_gradient,
        ),
        # of the classes given or predicted, as scikit-learn has it
        Metric(
            "f1_macro", "classification", 1, _f1_parts, _mean_of_ratios, _ratios_gradient
        ),
        Metric("r2", "regression", 1, _variance_parts, _r2, _r2_gradient),
        Metric("mae", "regression", -1, _absolute_errors, _first, _one),
        Metric("rmse", "regression", -1, _squared_errors, _root, _root_gradient),
    )
}
