"""Remedies for image problems: leave the images out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tilth.checks.image_problems import BLURRED, BROKEN, DARK, LIGHT, PLAIN
from tilth.edits.edit import Edit, Reason
from tilth.remedies.remedy import Remedy

if TYPE_CHECKING:
    from tilth.checks.check import Findings
    from tilth.data.dataset import Dataset

_CHECK = "image_problems"
_BEYOND_USE = (BROKEN, PLAIN)
_HARD_TO_SEE = (*_BEYOND_USE, DARK, LIGHT, BLURRED)


def drop_image_problems(
    findings: Findings, dataset: Dataset, *, problems: tuple[str, ...] = _BEYOND_USE
) -> list[Edit]:
    """Drop images that have one of `problems`: broken ones and those that show nothing."""
    issues = findings.issues
    of_row = issues["problem"].str.split("; ")
    chosen = np.array([any(p in problems for p in own) for own in of_row], dtype=bool)
    positions = np.sort(issues["key"].to_numpy(dtype=np.intp)[chosen])
    if len(positions) == 0:
        return []
    share = len(positions) / len(dataset)
    text = f"{len(positions):,} images are {' or '.join(problems)} ({share:.1%})"
    targets = pd.DataFrame({"example_id": dataset.example_id[positions]})
    return [Edit("drop", targets, Reason(_CHECK, "drop_image_problems", text))]


REMEDIES = (
    Remedy(
        "drop_image_problems",
        _CHECK,
        drop_image_problems,
        cuts=({}, {"problems": _HARD_TO_SEE}),
    ),
)
