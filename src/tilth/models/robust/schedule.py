"""How long and how fast a network is trained: the same record for every method."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Schedule:
    """The training of one network, whatever the method.

    Attributes
    ----------
    n_epochs : int, default 30
        Passes over the training examples.
    batch_size : int, optional
        Examples of one step; None: a fiftieth of the training examples, 16 to 128.
    optimizer : {"adamw", "sgd"}, default "adamw"
        ``sgd`` has Nesterov momentum of 0.9.
    lr : float, default 0.002
        The largest step size: reached by a straight line over the first tenth of the
        training, then lowered to 0 along a cosine.
    weight_decay : float, default 0.01
        As the optimizer takes it.
    validation : float, default 0.1
        Share of the training examples, with their noisy labels, that is not trained on but
        chooses the epoch. 0: the last epoch is taken.
    augment : callable (inputs, generator) -> inputs, optional
        Changes a batch at random, on the device; `crop_and_flip` is one for images.
    mixed_precision : bool, optional
        Multiply in bfloat16; None: on accelerators only.
    dynamics : bool, default True
        Ask the network about every training example after each epoch.

    Raises
    ------
    InvalidInputError
        If a number is out of range.
    """

    n_epochs: int = 30
    batch_size: int | None = None
    optimizer: Literal["adamw", "sgd"] = "adamw"
    lr: float = 0.002
    weight_decay: float = 0.01
    validation: float = 0.1
    augment: Callable[[Any, Any], Any] | None = None
    mixed_precision: bool | None = None
    dynamics: bool = True

    def __post_init__(self) -> None:
        wanted = (
            ("n_epochs", "1 or more", self.n_epochs >= 1),
            ("batch_size", "2 or more", self.batch_size is None or self.batch_size >= 2),
            ("optimizer", "adamw or sgd", self.optimizer in {"adamw", "sgd"}),
            ("lr", "above 0", self.lr > 0),
            ("weight_decay", "0 or more", self.weight_decay >= 0),
            ("validation", "at least 0 and below 1", 0 <= self.validation < 1),
        )
        for name, range_, holds in wanted:
            if not holds:
                raise InvalidInputError(
                    f"`{name}` must be {range_}, got {getattr(self, name)}."
                )

    def batch_size_for(self, n_examples: int) -> int:
        """Return the batch size for a training set of this size."""
        if self.batch_size is not None:
            return self.batch_size
        return min(max(n_examples // 50, 16), 128)

    def lr_at(self, progress: float) -> float:
        """Return the step size after this part of the training, in [0, 1].

        Examples
        --------
        >>> schedule = Schedule(lr=1.0)
        >>> [round(schedule.lr_at(p), 3) for p in (0.05, 0.1, 0.55, 1.0)]
        [0.5, 1.0, 0.5, 0.0]
        """
        warm = 0.1
        if progress < warm:
            return self.lr * max(progress, 1e-3) / warm
        return self.lr * 0.5 * (1 + math.cos(math.pi * (progress - warm) / (1 - warm)))
