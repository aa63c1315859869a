"""What a model said of every training example after each epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class TrainingDynamics:
    """One training run as arrays of one row per epoch and one column per example.

    Every value is of the network at the end of that epoch, asked about the example as it is
    (no augmentation), and speaks of its given label.

    Attributes
    ----------
    p_given : float array of shape (n_epochs, n_examples)
        Probability of the given class, in [0, 1].
    margin : float array of shape (n_epochs, n_examples)
        Logit of the given class minus the largest other logit; negative where another
        class is preferred.
    is_correct : bool array of shape (n_epochs, n_examples)
        Whether the given class is the most probable one.

    Raises
    ------
    InvalidInputError
        If the three differ in shape, or are no matrices.
    """

    p_given: NDArray[np.floating]
    margin: NDArray[np.floating]
    is_correct: NDArray[np.bool_]

    def __post_init__(self) -> None:
        shapes = {np.shape(a) for a in (self.p_given, self.margin, self.is_correct)}
        if len(shapes) > 1 or len(next(iter(shapes))) != 2:
            raise InvalidInputError(
                "`p_given`, `margin` and `is_correct` must share the shape (n_epochs, "
                f"n_examples), got {', '.join(map(str, sorted(shapes)))}."
            )

    @classmethod
    def from_logits(
        cls, logits: NDArray[np.floating], labels: NDArray[np.integer]
    ) -> TrainingDynamics:
        """Return the dynamics of logits kept after each epoch.

        Parameters
        ----------
        logits : float array of shape (n_epochs, n_examples, n_classes)
            At least two classes; logarithms of probabilities will do as well.
        labels : int array of shape (n_examples,)
            Given class of each example, coded 0 .. n_classes - 1.

        Returns
        -------
        TrainingDynamics

        Examples
        --------
        >>> import numpy as np
        >>> logits = np.array([[[2.0, 1.0], [0.0, 3.0]]])
        >>> TrainingDynamics.from_logits(logits, np.array([0, 0])).margin
        array([[ 1., -3.]])
        """
        logits = np.asarray(logits)
        if logits.ndim != 3 or logits.shape[2] < 2 or logits.shape[1] != len(labels):
            raise InvalidInputError(
                "`logits` must have the shape (n_epochs, n_examples, n_classes) with two "
                f"classes or more, got {logits.shape} for {len(labels)} labels."
            )
        rows = np.arange(logits.shape[1])
        given = logits[:, rows, labels]
        others = logits.copy()
        others[:, rows, labels] = -np.inf
        margin = given - others.max(axis=2)
        top = logits.max(axis=2, keepdims=True)
        p_given = np.exp(given - top[..., 0]) / np.exp(logits - top).sum(axis=2)
        return cls(p_given, margin, logits.argmax(axis=2) == labels)

    @property
    def n_epochs(self) -> int:
        """How many epochs were recorded."""
        return len(self.p_given)

    @property
    def n_examples(self) -> int:
        """How many examples were trained on."""
        return int(self.p_given.shape[1])
