"""Whether what is learned in a group holds outside it, and the other way round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Predict = Callable[[NDArray[np.intp], NDArray[np.intp], int], NDArray[np.int64]]

_N_FOLDS = 3  # methods.md 20.4
_LEAST_KAPPA = 0.01  # our own: nothing is a share of less
_CLOSE = 0.75  # our own: two training sizes this close need no model each


def cohen_kappa(labels: NDArray[np.integer], predicted: NDArray[np.integer]) -> float:
    """Return agreement beyond what the class shares alone give; 0 where there is only one class.

    References
    ----------
    Cohen (1960), "A coefficient of agreement for nominal scales".

    Examples
    --------
    >>> cohen_kappa(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]))
    0.5
    """
    if len(labels) == 0:
        return 0.0
    n_classes = int(max(labels.max(), predicted.max())) + 1
    shares = [
        np.bincount(c[c >= 0], minlength=n_classes) / len(labels)
        for c in (labels, predicted)
    ]
    chance = float(shares[0] @ shares[1])
    agreement = float(np.mean(labels == predicted))
    return 0.0 if chance >= 1.0 else (agreement - chance) / (1.0 - chance)


def mcnemar_z(better: NDArray[np.bool_], worse: NDArray[np.bool_]) -> float:
    """Return how surely the first of two models is right more often, on the same examples.

    Parameters
    ----------
    better, worse : bool arrays of shape (n_examples,)
        Where each model is right.

    Returns
    -------
    float
        Standard normal if both are equally good; positive if the first is better.

    References
    ----------
    McNemar (1947), "Note on the sampling error of the difference between correlated
    proportions".

    Examples
    --------
    >>> mcnemar_z(np.array([True] * 9 + [False]), np.array([False] * 9 + [True]))
    2.5298221281347035
    """
    won, lost = int(np.sum(better & ~worse)), int(np.sum(worse & ~better))
    return (won - lost) / float(np.sqrt(won + lost)) if won + lost else 0.0


@dataclass(frozen=True)
class Transfer:
    """How a group and the rest teach each other; kappas as shares of the rest's own.

    Attributes
    ----------
    base : float
        Kappa of models trained on part of the rest, on the held-out rest.
    tau : float
        Trained on the group, tested on the rest: 1 sound, 0 nothing to learn, negative
        inverted.
    own : float
        Trained on the group, tested on the held-out group.
    agree, agree_error : float
        Trained on the rest, tested on the group; and its standard error, were it 0.
    harm_z : float
        McNemar z of the held-out rest, trained without the group against with it; NaN
        where it was not asked for.
    core_predicted : int array of shape (n_examples,)
        Class predicted for each example by a model trained on the rest without it.
    """

    base: float
    tau: float
    own: float
    agree: float
    agree_error: float
    harm_z: float
    core_predicted: NDArray[np.int64]


def transfer(
    in_group: NDArray[np.bool_],
    labels: NDArray[np.integer],
    predict: Predict,
    *,
    max_rows: int = 2000,
    max_tau: float = np.inf,
    min_base: float = 0.0,
) -> Transfer:
    """Train in and outside a group and test on held-out parts of both, in 3 folds.

    Parameters
    ----------
    in_group : bool array of shape (n_examples,)
    labels : int array of shape (n_examples,)
        Given classes.
    predict : callable (train, test, seed) -> int array
        Trains a model on examples `train` and returns the classes of examples `test`.
    max_rows : int, default 2000
        Most examples to train on.
    max_tau, min_base : float
        Stop early, leaving `harm_z` NaN, where tau is above `max_tau` and the kappa it is a
        share of is at least `min_base`.

    Returns
    -------
    Transfer

    Notes
    -----
    Up to 12 trainings. Examples are drawn by a generator with a fixed seed.

    Examples
    --------
    >>> x = np.arange(300) % 4
    >>> in_group = np.arange(300) < 100
    >>> labels = (x > 1) ^ in_group  # the group has it the wrong way round
    >>> def predict(train, test, seed):  # each value of x by its own examples
    ...     ones, n = (np.bincount(x[train], w, 4) for w in (labels[train], None))
    ...     return (ones > n / 2).astype(np.int64)[x[test]]
    >>> found = transfer(in_group, labels.astype(np.int64), predict)
    >>> round(found.tau, 1), round(found.own, 1)
    (-1.0, 1.0)
    """
    rng = np.random.default_rng(0)
    fold = _folds(in_group, labels, rng)
    n = len(labels)
    from_group, from_rest, without, both = (
        np.full(n, -1, dtype=np.int64) for _ in range(4)
    )
    parts = [_parts(in_group, fold != k, max_rows, rng) for k in range(_N_FOLDS)]
    for k, part in enumerate(parts):
        test = np.flatnonzero(fold == k)
        from_group[test] = predict(part.group, test, k)
        from_rest[test] = predict(part.matched, test, k)
    rest = ~in_group
    base = cohen_kappa(labels[rest], from_rest[rest])
    scale = max(base, _LEAST_KAPPA)
    tau = cohen_kappa(labels[rest], from_group[rest]) / scale
    own = cohen_kappa(labels[in_group], from_group[in_group]) / scale
    harm_z = float("nan")
    if tau > max_tau and base >= min_base:
        without = from_rest
    else:
        for k, part in enumerate(parts):
            test = np.flatnonzero(fold == k)
            is_known = part.rest is part.matched
            without[test] = from_rest[test] if is_known else predict(part.rest, test, k)
            held_out = test[rest[test]]
            both[held_out] = predict(np.r_[part.rest, part.added], held_out, k)
        harm_z = mcnemar_z(without[rest] == labels[rest], both[rest] == labels[rest])
    whole = max(cohen_kappa(labels[rest], without[rest]), _LEAST_KAPPA)
    agree = cohen_kappa(labels[in_group], without[in_group]) / whole
    error = 1.0 / (np.sqrt(max(in_group.sum(), 1)) * whole)
    return Transfer(base, tau, own, agree, float(error), harm_z, without)


@dataclass(frozen=True)
class Contradiction:
    """What a model that never saw a group of one label says of it.

    Attributes
    ----------
    base : float
        Kappa of the model on the held-out rest.
    noise_rate : float
        Share of the group expected to be of other classes, going by the predictions.
    ratio, ratio_error : float
        Share of the group predicted to be of other classes, by the same share of the rest;
        1 where the group is like the rest but for its labels; and its standard error.
    z : float
        How far the labels of other classes expected in the group are from those given.
    harm_z : float
        McNemar z of the held-out rest, trained without the group against with it.
    core_predicted : int array of shape (n_examples,)
        Predicted class of the group and the held-out rest; -1 elsewhere.
    """

    base: float
    noise_rate: float
    ratio: float
    ratio_error: float
    z: float
    harm_z: float
    core_predicted: NDArray[np.int64]


def contradiction(
    in_group: NDArray[np.bool_],
    labels: NDArray[np.integer],
    predict: Predict,
    *,
    max_rows: int = 2000,
) -> Contradiction:
    """Train outside a group of one label and see whether the group was to be expected.

    Parameters
    ----------
    in_group : bool array of shape (n_examples,)
        Nearly all of its examples have the same given class.
    labels : int array of shape (n_examples,)
        Given classes.
    predict : callable (train, test, seed) -> int array
        Trains a model on examples `train` and returns the classes of examples `test`.
    max_rows : int, default 2000
        Most examples to train on.

    Returns
    -------
    Contradiction

    Notes
    -----
    Two trainings. Our own: a group that owes its one class to its inputs is predicted to be
    of that class; one that owes it to its labelling looks like all other examples.

    Examples
    --------
    >>> x = np.arange(300) % 4
    >>> in_group = np.arange(300) < 100
    >>> labels = np.where(in_group, 1, x > 1)  # the group has one label, whatever x is
    >>> def predict(train, test, seed):  # each value of x by its own examples
    ...     ones, n = (np.bincount(x[train], w, 4) for w in (labels[train], None))
    ...     return (ones > n / 2).astype(np.int64)[x[test]]
    >>> round(contradiction(in_group, labels, predict).noise_rate, 1)
    0.5
    """
    trains = _folds(in_group, labels, np.random.default_rng(0)) > 0
    part = _parts(in_group, trains, max_rows, np.random.default_rng(1))
    group, held_out = np.flatnonzero(in_group), np.flatnonzero(~in_group & ~trains)
    test = np.r_[group, held_out]
    predicted = np.full(len(labels), -1, dtype=np.int64)
    predicted[test] = predict(part.rest, test, 0)
    both = predict(np.r_[part.rest, part.added], held_out, 0)
    constant = int(np.bincount(labels[group]).argmax())
    p_group = float(np.mean(predicted[group] != constant))
    p_rest = max(float(np.mean(predicted[held_out] != constant)), 1e-9)
    error = np.sqrt(p_group * (1 - p_group) / len(group)) / p_rest
    is_other = labels[held_out] != constant
    chance = np.empty(len(group))  # of another class than the constant one, by prediction
    for value in np.unique(predicted[group]):
        alike = predicted[held_out] == value
        chance[predicted[group] == value] = (is_other[alike].sum() + 1) / (alike.sum() + 2)
    given_other = float(np.sum(labels[group] != constant))
    return Contradiction(
        base=cohen_kappa(labels[held_out], predicted[held_out]),
        noise_rate=float(chance.mean()),
        ratio=p_group / p_rest,
        ratio_error=float(error),
        z=float((chance.sum() - given_other) / np.sqrt((chance * (1 - chance)).sum())),
        harm_z=mcnemar_z(predicted[held_out] == labels[held_out], both == labels[held_out]),
        core_predicted=predicted,
    )


@dataclass(frozen=True, eq=False)
class _Part:
    group: NDArray[np.intp]
    matched: NDArray[np.intp]
    rest: NDArray[np.intp]
    added: NDArray[np.intp]


def _parts(
    in_group: NDArray[np.bool_],
    trains: NDArray[np.bool_],
    max_rows: int,
    rng: np.random.Generator,
) -> _Part:
    group = rng.permutation(np.flatnonzero(in_group & trains))
    rest = rng.permutation(np.flatnonzero(~in_group & trains))
    n_matched = min(len(group), len(rest), max_rows)
    n_rest = min(len(rest), max_rows)
    n_added = min(len(group), -(-n_rest * len(group) // max(len(rest), 1)))
    whole = np.sort(rest[:n_rest])
    matched = whole if n_matched >= _CLOSE * n_rest else np.sort(rest[:n_matched])
    return _Part(np.sort(group[:n_matched]), matched, whole, np.sort(group[:n_added]))


def _folds(
    in_group: NDArray[np.bool_], labels: NDArray[np.integer], rng: np.random.Generator
) -> NDArray[np.intp]:
    """Deal the examples of each class, in and outside the group, over the folds."""
    fold = np.zeros(len(labels), dtype=np.intp)
    for value in np.unique(labels):
        for inside in (True, False):
            rows = rng.permutation(np.flatnonzero((labels == value) & (in_group == inside)))
            fold[rows] = (np.arange(len(rows)) + rng.integers(_N_FOLDS)) % _N_FOLDS
    return fold
