"""Labels called wrong, chunk by chunk, and what the flags of all chunks say together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np
import pandas as pd

from tilth.algorithms.labels.error_probability import (
    UNIT,
    error_sums,
    p_error,
    p_right_by_doubt,
)
from tilth.algorithms.labels.expected import believed
from tilth.algorithms.labels.inputs import Examples
from tilth.algorithms.labels.scan import blocks
from tilth.algorithms.labels.suggested import suggested
from tilth.checks.check import Estimate
from tilth.checks.chosen_cut import BEST, cut_said
from tilth.checks.label_facts import most_confused, noise_facts, overlap_facts
from tilth.checks.stored_findings import StoredFindings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from tilth.algorithms.labels.calibration import NoiseCalibration
    from tilth.data.findings_file import Append
    from tilth.data.label_files import LabelFiles
    from tilth.scale.chunks import Chunk

_HELD = 10_000  # worst rows kept at hand; -o writes all
_ROWS = 1 << 17  # doubted rows read back at once
_SHOWN = ("row", "quality", "given", "suggested", "p_given", "p_suggested")


class Answer(NamedTuple):
    """What was asked of some rows.

    Attributes
    ----------
    counts : int array
        How often each P(error) comes, see `error_sums`.
    in_units : int array of shape (n_classes, 3)
        Their sums by given class in whole units, doubted in the middle, least and most.
    sizes : int array of shape (n_classes,)
        Rows of each given class.
    doubted : structured array of shape (n_doubted,)
        The rows that may be flagged, wherever the cut will be.
    """

    counts: NDArray[np.int64]
    in_units: NDArray[np.int64]
    sizes: NDArray[np.int64]
    doubted: NDArray[np.void]


def ask(chunk: Chunk[Examples], rows: Examples, *, calibration: NoiseCalibration) -> Answer:
    """Return P(error) of some rows as counts, and the rows that may be flagged."""
    each_right = p_right_by_doubt(rows, calibration, ("middle", "low", "high"))
    right, *ends = each_right
    at = np.flatnonzero(p_error(right) >= calibration.cut)
    found = Examples(rows.labels[at], rows.pred_probs.take(at, axis=0))
    given, instead = found.labels, suggested(found, calibration)
    doubted = np.empty(len(at), dtype=_kind(right.dtype))
    doubted["row"] = chunk.start + at
    doubted["quality"] = right[at]
    doubted["given"], doubted["suggested"] = given, instead
    doubted["p_given"] = found.own(slice(None))
    doubted["p_suggested"] = found.pred_probs[np.arange(len(at)), instead]
    doubted["low"], doubted["high"] = (1 - end[at] for end in ends)
    sizes = np.bincount(rows.labels, minlength=rows.n_classes)
    return Answer(*error_sums(rows, each_right), sizes, doubted)


def _kind(dtype: np.dtype[np.floating]) -> np.dtype[np.void]:
    codes = dict.fromkeys(("given", "suggested"), np.int32)
    shares = dict.fromkeys(("quality", "p_given", "p_suggested", "low", "high"), dtype)
    return np.dtype(list({"row": np.int64, **codes, **shares}.items()))


def _in_units(values: NDArray[np.floating]) -> int:
    total = 0
    for part in blocks(len(values), 1):
        total += int(np.rint(values[part].astype(np.float64) * UNIT).sum())
    return total


class Flagged:
    """Doubted rows on disk until the cut is known, then what the flagged ones say.

    A class, because a file is open and what is held is added to.
    """

    def __init__(self, files: LabelFiles, spool: BinaryIO) -> None:
        self._files, self._spool = files, spool
        self._dtype = _kind(np.dtype(np.float64))
        self._counts, self._n_doubted = np.zeros(1, dtype=np.int64), 0
        self._in_units = np.zeros((files.n_classes, 3), dtype=np.int64)
        self._sizes = np.zeros(files.n_classes, dtype=np.int64)
        self._sums = [0, 0, 0]
        self._pairs = np.zeros(files.n_classes**2, dtype=np.int64)
        self._n = 0

    def add(self, answer: Answer) -> None:
        """Add what was asked of the next chunk."""
        answer.doubted.tofile(self._spool)
        self._dtype = answer.doubted.dtype
        self._n_doubted += len(answer.doubted)
        self._counts = self._counts + answer.counts
        self._in_units = self._in_units + answer.in_units
        self._sizes = self._sizes + answer.sizes

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each P(error) came."""
        return self._counts

    def findings(
        self,
        calibration: NoiseCalibration,
        looked_at: Examples,
        path: Path | None,
        append: Append | None,
    ) -> StoredFindings:
        """Return what is flagged; `append` gets all of it in row order, for the file `path`.

        Overlaps of classes are those of the rows that the calibration looked at.
        """
        worst = np.empty(0, dtype=self._dtype)
        for flagged in self._above(calibration.cut):
            self._count(flagged)
            if append is not None:
                append({name: flagged[name] for name in _SHOWN})
            worst = _worst(flagged, worst)
        classes = self._files.classes
        precision = None
        if self._n:
            value, low, high = (total / UNIT / self._n for total in self._sums)
            precision = Estimate(value, low * believed(calibration), high)
        pairs = self._pairs.reshape(len(classes), len(classes))
        return StoredFindings(
            unit="example",
            table=_table(worst, classes),
            cut=f"P(label wrong) of {cut_said(calibration.cut, BEST)}",
            expected_precision=precision,
            facts={
                **noise_facts(self._sizes, self._wrong(calibration), classes),
                **overlap_facts(looked_at.labels, looked_at.pred_probs, classes),
                "confused_pairs": most_confused(pairs, classes),
            },
            n_flagged=self._n,
            path=path,
        )

    def _wrong(self, calibration: NoiseCalibration) -> NDArray[np.float64]:
        """Return which share of each class is wrong, as `class_health` does."""
        wrong = self._in_units / UNIT / np.maximum(self._sizes, 1)[:, None]
        wrong[:, 1] *= believed(calibration)
        return wrong

    def _above(self, cut: float) -> Iterator[NDArray[np.void]]:
        """Yield the flagged rows, some at a time; once at least."""
        self._spool.seek(0)
        for start in range(0, max(self._n_doubted, 1), _ROWS):
            n = min(_ROWS, self._n_doubted - start)
            doubted = np.fromfile(self._spool, self._dtype, n)
            yield doubted[p_error(doubted["quality"]) >= cut]

    def _count(self, flagged: NDArray[np.void]) -> None:
        self._n += len(flagged)
        values = (p_error(flagged["quality"]), flagged["low"], flagged["high"])
        self._sums = [
            total + _in_units(v) for total, v in zip(self._sums, values, strict=True)
        ]
        pair = flagged["given"].astype(np.int64) * self._files.n_classes
        pair += flagged["suggested"]
        self._pairs += np.bincount(pair, minlength=len(self._pairs))


def _worst(flagged: NDArray[np.void], held: NDArray[np.void]) -> NDArray[np.void]:
    """Return the worst of the rows held and some later ones; of equals the first ones."""
    if len(held) == _HELD:
        flagged = flagged[flagged["quality"] < held["quality"][-1]]
    both = np.concatenate([held, flagged])
    return both[np.argsort(both["quality"], kind="stable")[:_HELD]]


def _table(held: NDArray[np.void], classes: NDArray[Any]) -> pd.DataFrame:
    errors = p_error(held["quality"])
    return pd.DataFrame(
        {
            "key": held["row"],
            "quality": 1.0 - errors,
            "is_issue": np.ones(len(held), dtype=bool),
            "given": classes[held["given"]],
            "suggested": classes[held["suggested"]],
            "p_error": errors,
            "p_given": held["p_given"].astype(np.float64),
            "p_suggested": held["p_suggested"].astype(np.float64),
        }
    )
