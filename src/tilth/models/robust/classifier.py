"""The estimator all noise-robust methods share: scikit-learn outside, torch inside."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin

from tilth.errors import InvalidInputError
from tilth.models.robust.inputs import InputScale
from tilth.models.robust.networks import new_network
from tilth.models.robust.run import Outcome, Rule, Task, probabilities, train
from tilth.models.robust.schedule import Schedule

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import NDArray
    from torch import Tensor

Epoch = Literal["best", "last"]


class RobustClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier around a torch module; subclasses say how it learns.

    Parameters
    ----------
    module : torch.nn.Module or callable, optional
        A module is an architecture: every fit trains a copy with new weights, drawn by
        `random_state`. A function that returns a module (it may take `input_shape` and
        `n_classes`) is called, and the weights it comes with are kept: for networks trained
        before. None: a small network that fits the inputs.
    schedule : Schedule, optional
        Length, steps and validation; None: the defaults.
    device : str, optional
        As torch names it; None: the first accelerator if there is one, else the CPU.
    random_state : int, default 0
        Decides every random choice: the same bits again on the same CPU, the same up to
        rounding on an accelerator.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
    networks_ : list of Module
        Whose mean probability predicts.
    last_networks_ : list of Module
        As they were after the last epoch.
    best_epoch_ : int
    history_ : list of dict
        ``loss`` and ``validation`` accuracy (on noisy labels) of each epoch.
    dynamics_ : TrainingDynamics or None
        One column per example of `trained_rows_`.
    trained_rows_ : int array
        Rows of `X` that were trained on; the rest chose the epoch.

    Notes
    -----
    `X` may be features (n_examples, n_features), images (n_examples, channels, height,
    width), a list of Pillow images, a DataFrame of any columns, an array of strings, a
    sparse matrix or a tensor. Images of type uint8 are scaled per channel, tables and texts
    are encoded; other arrays are standardised where the network is ours and left alone where
    it is yours. All of it is kept on the device.
    """

    def __init__(
        self,
        module: Any = None,
        *,
        schedule: Schedule | None = None,
        device: str | None = None,
        random_state: int = 0,
    ) -> None:
        self.module = module
        self.schedule = schedule
        self.device = device
        self.random_state = random_state

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: NDArray[np.floating] | None = None,
        *,
        validation: tuple[Any, Any] | None = None,
    ) -> Self:
        """Learn from examples and their given labels, some of which may be wrong.

        Parameters
        ----------
        X : inputs of n_examples
        y : array of shape (n_examples,)
            Labels of any kind; at least two classes.
        sample_weight : float array of shape (n_examples,), optional
        validation : (X, y), optional
            Examples that choose the epoch; None: a part of these, as `schedule` says.

        Raises
        ------
        InvalidInputError
            If the lengths differ, there is one class only, or inputs are not numbers.
        """
        self._keep(self._trained(self.prepared(X, y, sample_weight, validation=validation)))
        return self

    def prepared(
        self,
        X: Any,
        y: Any,
        sample_weight: NDArray[np.floating] | None = None,
        *,
        validation: tuple[Any, Any] | None = None,
    ) -> Task:
        """Return what `fit` trains on: encoded, checked and split, but not trained."""
        schedule = self.schedule or Schedule()
        self.classes_, codes = _coded(y)
        self._scale, inputs = InputScale.fitted(X, as_given=self.module is not None)
        if len(inputs) != len(codes):
            raise InvalidInputError(
                f"`y` must have one label per example, got {len(codes)} labels for "
                f"{len(inputs)} examples."
            )
        self.n_features_in_ = int(inputs.shape[1]) if inputs.dim() > 1 else 1
        weights = _checked_weights(sample_weight, len(codes))
        rows = np.arange(len(codes))
        held: tuple[Tensor, Tensor] | None = None
        if validation is not None:
            held = self._scale.tensor(validation[0]), self._known(validation[1])
        else:
            rng = np.random.default_rng(self.random_state)
            rows, chosen = split_off(codes, schedule.validation, rng)
            if len(chosen):
                held = inputs[chosen], torch.from_numpy(codes[chosen])
        self.trained_rows_ = rows
        shape, n_classes = tuple(inputs.shape[1:]), len(self.classes_)
        return Task(
            inputs=inputs[rows],
            labels=torch.from_numpy(codes[rows]),
            weights=weights[rows],
            n_classes=n_classes,
            validation=held,
            scale=self._scale,
            network=partial(new_network, self.module, shape, n_classes),
            schedule=schedule,
            device=self.device or _best_device(),
            seed=self.random_state,
        )

    def predict_proba(self, X: Any, *, epoch: Epoch = "best") -> NDArray[np.float64]:
        """Return class probabilities, one column per class of `classes_`.

        Parameters
        ----------
        X : inputs of the kind trained on
        epoch : {"best", "last"}, default "best"
            As validation chose, or as training ended.
        """
        inputs = self._scale.tensor(X)
        networks = self.networks_ if epoch == "best" else self.last_networks_
        found = [probabilities(network, self._scale, inputs) for network in networks]
        return np.asarray(np.mean(found, axis=0))

    def predict(self, X: Any, *, epoch: Epoch = "best") -> NDArray[Any]:
        """Return the most probable label of each example, as given in training."""
        return np.asarray(self.classes_[self.predict_proba(X, epoch=epoch).argmax(axis=1)])

    def _rule(self, task: Task) -> Rule:
        """Return how this method learns; it may train other networks first."""
        raise NotImplementedError

    def _trained(self, task: Task) -> Outcome:
        return train(task, self._rule(task))

    def _known(self, y: Any) -> Tensor:
        """Return codes of labels, -1 for those that training did not have."""
        names = {name: code for code, name in enumerate(self.classes_.tolist())}
        found = [names.get(label, -1) for label in np.asarray(y).tolist()]
        return torch.tensor(found, dtype=torch.int64)

    def _keep(self, outcome: Outcome) -> None:
        self.networks_ = outcome.best
        self.last_networks_ = outcome.last
        self.best_epoch_ = outcome.best_epoch
        self.history_ = outcome.history
        self.dynamics_ = outcome.dynamics


def split_off(
    codes: NDArray[np.int64], share: float, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows that stay and those held out: this share of each class, rounded.

    Nothing is held out where that would be fewer than ten examples.
    """
    order = rng.permutation(len(codes))
    held = np.zeros(len(codes), dtype=bool)
    for k in np.unique(codes):
        members = order[codes[order] == k]
        held[members[: min(round(share * len(members)), len(members) - 1)]] = True
    if held.sum() < 10:
        held[:] = False
    return np.flatnonzero(~held), np.flatnonzero(held)


def _coded(y: Any) -> tuple[NDArray[Any], NDArray[np.int64]]:
    labels = np.asarray(y)
    if labels.ndim != 1:
        raise InvalidInputError(
            f"`y` must be one label per example, got shape {labels.shape}."
        )
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise InvalidInputError(
            f"`y` must hold two classes or more, got {len(classes)} in {len(labels)} labels."
        )
    return classes, codes.astype(np.int64)


def _checked_weights(weights: NDArray[np.floating] | None, n: int) -> Tensor:
    if weights is None:
        return torch.ones(n)
    given = np.asarray(weights, dtype=np.float64)
    if given.shape != (n,) or not np.isfinite(given).all() or (given < 0).any():
        raise InvalidInputError(
            f"`sample_weight` must be {n} numbers of 0 or more, got shape {given.shape}."
        )
    if not given.any():
        raise InvalidInputError("`sample_weight` must not be 0 for every example.")
    return torch.from_numpy((given / given.mean()).astype(np.float32))


def _best_device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"
