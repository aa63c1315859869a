"""Audit labels and probabilities that need not fit into memory: label checks, chunk by chunk."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from tilth.algorithms.estimation import finished
from tilth.algorithms.labels.calibration import calibration_steps, with_cut
from tilth.checks import CHECKS
from tilth.checks.check import Findings, NotApplicable
from tilth.checks.class_imbalance import imbalance_of
from tilth.checks.label_errors import CANNOT_TELL
from tilth.data.findings_file import findings_file
from tilth.engine.first_look import first_look, seen
from tilth.engine.flagged_labels import Flagged, ask
from tilth.errors import InvalidInputError
from tilth.scale.chunks import cut_into_chunks
from tilth.scale.passes import each_chunk, one_pass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from tilth.algorithms.estimation import Estimation
    from tilth.algorithms.labels.calibration import NoiseCalibration
    from tilth.algorithms.labels.inputs import Examples
    from tilth.checks.check import Outcome
    from tilth.data.label_files import LabelFiles
    from tilth.engine.first_look import Look, Seen
    from tilth.scale.chunks import Chunk

    Progress = Callable[[str, int, int], None]
    OnOutcome = Callable[[str, Outcome], None]
    Learned = tuple[NoiseCalibration, Examples]

Part = TypeVar("Part")

_VALUES = 1 << 22  # of a chunk: 16 MB of float32; no result depends on it
_ALONE = "labels and probabilities alone were given; give the data as SOURCE to ask it"


@dataclass(frozen=True, eq=False)
class LabelAudit:
    """What the checks said of labels and probabilities.

    ``audit["label_errors"]`` is the table of what a check flagged, worst first; where that
    is too much for memory, read the file it was written to piece by piece.
    """

    files: LabelFiles
    outcomes: Mapping[str, Outcome]
    facts: Mapping[str, Any]
    seconds: float

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return what the check `name` flagged, worst first."""
        outcome = self.outcomes.get(name)
        if not isinstance(outcome, Findings):
            asked = ", ".join(
                n for n, o in self.outcomes.items() if isinstance(o, Findings)
            )
            raise InvalidInputError(
                f"`name` must be a check that looked at the labels, got {name!r}. "
                f"Choose one of {asked}."
            )
        return outcome.issues


def audit_label_files(
    files: LabelFiles,
    *,
    select: Collection[str] | None = None,
    out: Path | None = None,
    n_workers: int = 1,
    progress: Progress | None = None,
    on_outcome: OnOutcome | None = None,
) -> LabelAudit:
    """Find wrong labels in files of any size, with bounded memory.

    Parameters
    ----------
    files : LabelFiles
        From `tilth.data.label_files.open_label_files`.
    select : collection of str, optional
        Run only these checks.
    out : Path, optional
        Parquet file to write every flagged row to, in row order. None: only the worst
        10,000 are kept.
    n_workers : int, default 1
        Threads, each with a chunk of its own.
    progress : callable (stage, done, total), optional
    on_outcome : callable (name, outcome), optional
        Called as each check ends.

    Returns
    -------
    LabelAudit
        The same to the bit as of arrays in memory, and for any number of workers.

    Raises
    ------
    InvalidInputError
        If a row holds no probabilities, or they look in-sample.
    OutputError
        If `out` cannot be written.

    Notes
    -----
    Three passes over the files: one looks at every row, one draws the sample that the
    calibration is fitted to, one asks every label. Memory: `n_workers` chunks of 4 million
    values; doubted rows wait in a temporary file until the cut is known, 40 bytes each.
    """
    began = time.perf_counter()
    work = _Work(files, n_workers, progress or (lambda *_: None))
    checks = [c for c in CHECKS if not c.preview and (select is None or c.name in select)]
    asks = any(check.name == "label_errors" for check in checks)
    look, learned = _learned(files, work) if asks else (_first(work, None)[0], None)
    files = replace(files, sizes=look.sizes, version_id=look.version_id)
    outcomes: dict[str, Outcome] = {}
    for check in checks:
        if check.name == "label_errors":
            outcome: Outcome = _label_errors(files, work, learned, out)
        elif check.name == "class_imbalance":
            outcome = imbalance_of(look.sizes, files.classes)
        else:
            outcome = NotApplicable(_ALONE)
        outcomes[check.name] = outcome
        if on_outcome is not None:
            on_outcome(check.name, outcome)
    facts = {
        "out_of_sample_accuracy": look.n_agree / max(len(files), 1),
        "signal_model": "given pred_probs",
    }
    return LabelAudit(files, outcomes, facts, time.perf_counter() - began)


class _Work:
    """Passes over the rows, told of as they go (a class because the chunks are held)."""

    def __init__(self, files: LabelFiles, n_workers: int, progress: Progress) -> None:
        size = -(-_VALUES // max(files.n_classes, 1))
        self._chunks = cut_into_chunks(len(files), size, files.loader)
        self._n_rows, self._n_workers, self._progress = len(files), n_workers, progress

    def fold(self, estimation: Estimation[Examples, Any], stage: str) -> Any:
        """Finish an estimation."""
        told = self._told(stage)
        return one_pass(estimation, self._chunks, n_workers=self._n_workers, on_rows=told)

    def each(
        self, function: Callable[[Chunk[Examples], Examples], Part], stage: str
    ) -> Iterator[Part]:
        """Yield what a function makes of each chunk, in row order."""
        told = self._told(stage)
        return each_chunk(function, self._chunks, n_workers=self._n_workers, on_rows=told)

    def _told(self, stage: str) -> Callable[[int], None]:
        done = 0

        def on_rows(n_rows: int) -> None:
            nonlocal done
            done += n_rows
            self._progress(stage, done, self._n_rows)

        self._progress(stage, 0, self._n_rows)
        return on_rows


def _learned(files: LabelFiles, work: _Work) -> tuple[Look, Learned | None]:
    """Look at every row and learn from a sample; the first pass does both."""
    looks: list[Look] = []

    def run(step: Estimation[Examples, Any]) -> Any:
        if looks:
            return work.fold(step, "learning from a sample")
        look, answer = _first(work, step)
        looks.append(look)
        return answer

    learned = finished(calibration_steps(files.n_classes, files.pred_probs.dtype), run)
    return (looks[0], learned) if looks else (_first(work, None)[0], None)


def _first(work: _Work, step: Estimation[Examples, Any] | None) -> tuple[Look, Any]:
    """Look at every row, and finish an estimation on the way."""
    if step is None:
        return first_look(work.each(seen, "looking at every row")), None
    state = step.start()

    def looked(chunk: Chunk[Examples], rows: Examples) -> tuple[Seen, Any]:
        return seen(chunk, rows), step.update(step.start(), rows)

    def parts() -> Iterator[Seen]:
        nonlocal state
        for part, counted in work.each(looked, "looking at every row"):
            state = step.merge(state, counted)
            yield part

    return first_look(parts()), step.finish(state)


def _label_errors(
    files: LabelFiles, work: _Work, learned: Learned | None, out: Path | None
) -> Outcome:
    if learned is None:
        return NotApplicable("labels can only be wrong where there are two classes or more")
    calibration, looked_at = learned
    if np.isinf(calibration.cut):
        return NotApplicable(CANNOT_TELL)
    with tempfile.TemporaryFile() as spool:
        flagged = Flagged(files, spool)
        for answer in work.each(
            partial(ask, calibration=calibration), "asking every label"
        ):
            flagged.add(answer)
        calibration = with_cut(calibration, flagged.counts)
        if out is None:
            return flagged.findings(calibration, looked_at, None, None)
        with findings_file(out, files.classes) as append:
            return flagged.findings(calibration, looked_at, out, append)
