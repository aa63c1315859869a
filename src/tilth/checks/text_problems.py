"""Text problems: texts that hold markup or encoding debris, nothing, or something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.algorithms.markup import markup_spans
from tilth.algorithms.text import calibrated_cut, debris_spans, robust_z
from tilth.checks.check import Check, Findings, NotApplicable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.signals.text_stats import TextStats

EMPTY = "empty"
DEBRIS = "encoding debris"
MARKUP = "markup"
SCRIPT = "unlike the rest in script"
LENGTH = "unlike the rest in length"
_WORST_FIRST = (EMPTY, DEBRIS, MARKUP, SCRIPT, LENGTH)

_SAME_SCRIPT = 0.9  # our own: below it there is no "rest" to be unlike
_MIN_ROWS = 20  # our own: fewer texts are no rest either
_EXCERPT = 80  # characters; one line on a screen


def find_text_problems(
    text: NDArray[Any], text_stats: TextStats, *, expected_false_alarms: float = 0.5
) -> Findings | NotApplicable:
    """Flag texts by what they look like; no model, nothing of what they say.

    Length and script are compared with the other texts.

    Parameters
    ----------
    text, text_stats
        Signals.
    expected_false_alarms : float, default 0.5
        Lengths that may be flagged by chance in the whole dataset.
    """
    if len(text) == 0:
        return NotApplicable("there is no text")
    z, length_cut = _length_z(text_stats, expected_false_alarms)
    found = {
        EMPTY: text_stats.empty,
        DEBRIS: text_stats.debris > 0,
        MARKUP: text_stats.markup > 0,
        SCRIPT: _is_other_script(text_stats),
        LENGTH: np.abs(z) > length_cut,
    }
    penalties = {
        EMPTY: np.zeros(len(text)),
        DEBRIS: 0.5 / (1.0 + text_stats.debris),
        MARKUP: 0.5 * (1.0 - np.clip(text_stats.markup_share, 0.0, 1.0)),
        SCRIPT: np.full(len(text), 0.25),
        LENGTH: 0.5 * length_cut / np.maximum(np.abs(z), length_cut),
    }
    quality = np.ones(len(text))
    for problem, mask in found.items():
        quality = np.where(mask, np.minimum(quality, penalties[problem]), quality)
    flagged = np.any(list(found.values()), axis=0)
    problems, excerpts = _described(text, flagged, found)
    return Findings(
        unit="example",
        table=pd.DataFrame(
            {
                "key": np.arange(len(text)),
                "quality": quality,
                "is_issue": flagged,
                "problem": problems,
                "excerpt": excerpts,
                "n_chars": text_stats.n_chars,
                "n_markup": text_stats.markup,
                "n_debris": text_stats.debris,
                "script": text_stats.script,
            }
        ),
        cut=(
            "markup, debris and empty texts: any; length: robust |z| of its logarithm above "
            f"{length_cut:.1f}, which {expected_false_alarms:g} normal lengths would exceed; "
            f"script: another one than {_SAME_SCRIPT:.0%} of the texts or more"
        ),
        facts={
            f"n_{problem.replace(' ', '_')}": int(mask.sum())
            for problem, mask in found.items()
        },
    )


def _length_z(stats: TextStats, expected: float) -> tuple[NDArray[np.float64], float]:
    z = np.zeros(len(stats.n_chars))
    written = ~stats.empty
    if written.sum() >= _MIN_ROWS:
        z[written] = robust_z(np.log(stats.n_chars[written]))
    return z, calibrated_cut(int(written.sum()), expected=expected)


def _is_other_script(stats: TextStats) -> NDArray[np.bool_]:
    """Return which texts are of another script than nearly all, or have no letter at all."""
    written = ~stats.empty
    scripts, counts = np.unique(stats.script[written].astype(str), return_counts=True)
    if written.sum() < _MIN_ROWS or counts.max() < _SAME_SCRIPT * written.sum():
        return np.zeros(len(written), dtype=bool)
    return np.asarray(written & (stats.script != scripts[counts.argmax()]))


def _described(
    text: NDArray[Any], flagged: NDArray[np.bool_], found: dict[str, NDArray[np.bool_]]
) -> tuple[NDArray[Any], NDArray[Any]]:
    problems = np.full(len(text), "", dtype=object)
    excerpts = np.full(len(text), "", dtype=object)
    for row in np.flatnonzero(flagged):
        own = [problem for problem in _WORST_FIRST if found[problem][row]]
        problems[row] = "; ".join(own)
        excerpts[row] = _excerpt(text[row], own)
    return problems, excerpts


def _excerpt(text: str, problems: list[str]) -> str:
    """Return one line of the text, around its first debris or markup."""
    spans = debris_spans(text) if DEBRIS in problems else []
    if not spans and MARKUP in problems:
        spans = markup_spans(text)
    start = max(0, spans[0][0] - _EXCERPT // 3) if spans else 0
    piece = " ".join(text[start : start + _EXCERPT].split())
    before = "…" if start else ""
    after = "…" if start + _EXCERPT < len(text) else ""
    return f"{before}{piece}{after}"


CHECK = Check(
    name="text_problems",
    question="Which texts hold markup, encoding debris, nothing, or are unlike the rest?",
    run=find_text_problems,
)
