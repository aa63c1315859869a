"""The built-in models: an encoder that takes any column, and a head that learns from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tilth.errors import ModelError
from tilth.models.encoders import Encoder
from tilth.models.heads import CLASSIFIERS, REGRESSORS, fit_head

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from tilth.models.encoders import Encoded
    from tilth.models.heads import Head

NAMES = ("auto", "logistic", "boosted-trees", "knn", "mlp")  # what --model takes

_Task = Literal["classification", "regression"]


@dataclass(frozen=True)
class BuiltIn:
    """The recipe of a built-in model; `text` and `image` name the columns of those."""

    wanted: str
    task: _Task
    text: tuple[str, ...] = ()
    image: str | None = None

    def __post_init__(self) -> None:
        known = REGRESSORS if self.task == "regression" else CLASSIFIERS
        if self.method not in known:
            raise ModelError(
                f"`model` must be one of {', '.join(n for n in NAMES if n in {'auto', *known})} for {self.task}, "
                f"got {self.wanted!r}. Choose one."
            )

    @property
    def method(self) -> str:
        """The head: as wanted, or the default for text and images, and for tables."""
        if self.wanted != "auto":
            return self.wanted
        if not (self.text or self.image):
            return "boosted-trees"
        return "ridge" if self.task == "regression" else "logistic"

    def __str__(self) -> str:
        """Return the method, task and text columns."""
        of_images = f" {self.image}" if self.image else ""
        return f"built-in {self.method} {self.task} {self.text}{of_images}"

    def fresh(self, seed: int) -> BuiltInEstimator:
        """Return an untrained estimator."""
        return BuiltInEstimator(self.method, self.task, self.text, seed)


class BuiltInEstimator:
    """Encoder and head behind `fit` and `predict` (a class because a fit is kept).

    Parameters
    ----------
    method : str
        A head of `tilth.models.heads`.
    task : {"classification", "regression"}
        What it predicts.
    text : tuple of str
        The columns that are free text.
    seed : int
        Decides every random choice.
    """

    def __init__(self, method: str, task: _Task, text: tuple[str, ...], seed: int) -> None:
        self.method = method
        self.task = task
        self.text = text
        self.seed = seed

    def fit(
        self,
        frame: pd.DataFrame,
        targets: NDArray[Any],
        sample_weight: NDArray[np.float64] | None = None,
    ) -> BuiltInEstimator:
        """Learn from `frame`, any columns but the label, and its labels or numbers."""
        self.encoder_, encoded = Encoder.fitted(frame, self.text)
        codes = targets
        if self.task == "classification":
            self.classes_, codes = np.unique(targets, return_inverse=True)
        self.head_: Head = fit_head(
            self.method,
            encoded,
            codes,
            task=self.task,
            seed=self.seed,
            weights=sample_weight,
        )
        return self

    def predict(self, frame: pd.DataFrame) -> NDArray[Any]:
        """Return a label or number per row."""
        if self.task == "regression":
            return self.head_.predict(self._encode(frame))
        return np.asarray(self.classes_[self.predict_proba(frame).argmax(axis=1)])

    def predict_proba(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return class probabilities, one column per class of `classes_`."""
        return self.head_.predict_proba(self._encode(frame), len(self.classes_))

    def _encode(self, frame: pd.DataFrame) -> Encoded:
        return self.encoder_.encode(frame)
