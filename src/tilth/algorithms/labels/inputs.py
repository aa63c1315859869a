"""The door: labels and probabilities that fit together."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.algorithms.labels.accelerate import compiled
from tilth.algorithms.labels.scan import code_type, most_probable, scanned
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

_HAIR = 1e-3  # one step of float16 above 1: what rounding may add or take. Our own.
_SHORT = 256  # classes up to which rows read often are copied; benchmarks/label_speed.py


def checked_labels(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    *,
    prefix: str = "",
    first_row: int = 0,
) -> tuple[NDArray[np.int64], NDArray[np.floating]]:
    """Return both as arrays, or say what does not fit; `first_row` is where a chunk begins.

    Probabilities come back in the byte order of the machine, and none is negative.
    """
    labels, pred_probs = np.asarray(labels), np.asarray(pred_probs)
    names = f"`{prefix}labels`", f"`{prefix}pred_probs`"
    if pred_probs.ndim != 2 or not np.issubdtype(pred_probs.dtype, np.floating):
        raise InvalidInputError(
            f"{names[1]} must be floats of shape (n_examples, n_classes), got "
            f"{pred_probs.dtype} of shape {pred_probs.shape}."
        )
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise InvalidInputError(_no_codes(labels, *names))
    if len(labels) != len(pred_probs):
        raise InvalidInputError(
            f"{names[1]} must have one row per label, got {len(pred_probs)} rows for "
            f"{len(labels)} labels. Rows dropped by the model's own filter must be dropped "
            "from the labels too."
        )
    n_classes = pred_probs.shape[1]
    if len(labels) and not (labels.min() >= 0 and labels.max() < n_classes):
        row = int(np.flatnonzero((labels < 0) | (labels >= n_classes))[0])
        raise InvalidInputError(
            f"{names[0]} must be class codes 0..{n_classes - 1} (one per column of "
            f"{names[1]}), got {labels[row]} in row {first_row + row}."
        )
    kept = pred_probs.dtype.newbyteorder("=")
    if kept not in (np.float16, np.float32, np.float64):
        kept = np.dtype(np.float64)
    pred_probs = pred_probs.astype(kept, copy=False)
    if not _are_surely_probabilities(pred_probs):
        _refuse_others(pred_probs, names[1], first_row)
        pred_probs = np.maximum(pred_probs, 0) + kept.type(0)  # of -0.0 as well
    return labels.astype(np.int64, copy=False), pred_probs


def _no_codes(labels: NDArray[Any], name: str, columns: str) -> str:
    said = f"{name} must be class codes in one dimension, got {labels.dtype} of shape {labels.shape}."
    if labels.ndim != 1:
        return said
    if labels.dtype.kind == "b":
        return f"{said} Pass {name.strip('`')}.astype(int)."
    if labels.dtype.kind == "f":
        return f"{said} Drop the rows without a label, then pass {name.strip('`')}.astype(int)."
    return (
        f"{said} Encode named classes first: classes, codes = np.unique({name.strip('`')}, "
        f"return_inverse=True); column i of {columns} is then the probability of classes[i]."
    )


def _are_surely_probabilities(pred_probs: NDArray[np.floating]) -> bool:
    """Whether all lie in [0, 1], a hair above allowed, in one pass.

    Read as unsigned integers, floats from 0 to 1 keep their order, and all others (negative,
    infinite, NaN) are larger.
    """
    if not pred_probs.size:
        return True
    bits = f"u{pred_probs.dtype.itemsize}"
    highest = np.array(1.0 + _HAIR, dtype=pred_probs.dtype).view(bits)
    return bool(pred_probs.view(bits).max() <= highest)


def _refuse_others(pred_probs: NDArray[np.floating], name: str, first_row: int) -> None:
    """Raise unless the values merely lie a hair outside."""
    for start in range(0, len(pred_probs), 65_536):
        block = pred_probs[start : start + 65_536]
        fine = (block >= -_HAIR) & (block <= 1.0 + _HAIR)
        if fine.all():
            continue
        row = int(np.flatnonzero(~fine.all(axis=1))[0])
        value = block[row, int(np.flatnonzero(~fine[row])[0])]
        at = first_row + start + row
        if not np.isfinite(value):
            raise InvalidInputError(
                f"{name} must be finite, row {at} is not: it holds {value}. Drop such rows "
                "from the labels as well, or predict them again."
            )
        raise InvalidInputError(
            f"{name} must be probabilities in [0, 1], got {value:.6g} in row {at}. If these "
            "are scores of a model, turn them into probabilities (softmax) first."
        )


class Examples:
    """Labels and probabilities of some examples, checked.

    A class, because which class is most probable is asked by every step and costly to find.

    Attributes
    ----------
    labels : int array of shape (n_examples,)
        Codes.
    pred_probs : float array of shape (n_examples, n_classes)
        Probabilities.
    kept : dict
        What a step keeps for later ones.
    """

    def __init__(self, labels: NDArray[np.int64], pred_probs: NDArray[np.floating]) -> None:
        self.labels = labels
        self.pred_probs = pred_probs
        self.kept: dict[str, Any] = {}
        self._winners: NDArray[np.unsignedinteger] | None = None

    def own(self, rows: slice) -> NDArray[np.floating]:
        """Return the probabilities of the given classes of some rows."""
        labels, block = self.labels[rows], self.pred_probs[rows]
        first = np.arange(0, block.size, self.n_classes)
        return block.reshape(-1).take(first + labels)  # faster than two indices

    def confident(self, floor: NDArray[np.floating]) -> NDArray[np.unsignedinteger]:
        """Return the class each example confidently belongs to, n_classes for none."""
        self._winners, found = scanned(self.pred_probs, floor)
        return found

    @property
    def winners(self) -> NDArray[np.unsignedinteger]:
        """The most probable class of each example, the first of equals."""
        if self._winners is None:
            self._winners = most_probable(self.pred_probs)
        return self._winners

    @cached_property
    def doubted(self) -> NDArray[np.intp]:
        """The rows whose given label is not the most probable class."""
        return np.flatnonzero(self.winners != self.labels)

    @cached_property
    def doubted_alone(self) -> tuple[Examples, NDArray[np.intp]]:
        """Examples with the doubted rows, and which they are there: a copy if rows are short.

        They are few, are read again and again, and short rows far apart are slow to read.
        """
        if self.n_classes > _SHORT:
            return self, self.doubted
        labels = self.labels[self.doubted].astype(code_type(max(self.n_classes - 1, 0)))
        found = Examples(labels, self.pred_probs.take(self.doubted, 0))
        found.twins = self.twins
        kind = code_type(max(len(labels), 1 << 16))  # few kinds: each is compiled
        return found, np.arange(len(labels), dtype=kind)

    @cached_property
    def twins(self) -> ModuleType | None:
        """The compiled kernels, where they are worth loading for all rows."""
        return compiled(self.pred_probs.size)

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return int(self.pred_probs.shape[1])


def checked_examples(
    labels: NDArray[np.integer], pred_probs: NDArray[np.floating], *, first_row: int = 0
) -> Examples:
    """Return checked labels and probabilities as one record."""
    return Examples(*checked_labels(labels, pred_probs, first_row=first_row))
