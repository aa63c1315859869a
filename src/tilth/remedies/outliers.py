"""Act on outliers: leave them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.edits.edit import Edit, Reason
from tilth.remedies.remedy import Remedy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.checks.check import Findings


def drop_outliers(
    findings: Findings, example_id: NDArray[Any], *, min_severity: float = 1.0
) -> list[Edit]:
    """Leave out examples farther out than `min_severity` times the cut of the check."""
    table = findings.table
    rows = np.sort(
        table.loc[table["severity"] > min_severity, "key"].to_numpy(dtype=np.intp)
    )
    if not len(rows):
        return []
    times = "" if min_severity == 1 else f"{min_severity:g} times "
    text = f"{len(rows):,} examples lie beyond {times}the cut for outliers"
    reason = Reason("outliers", "drop_outliers", text)
    return [Edit("drop", pd.DataFrame({"example_id": example_id[rows]}), reason)]


# The cut, and a bolder one for data where less far already harms the model. Our own.
REMEDIES = (
    Remedy("drop_outliers", "outliers", drop_outliers, cuts=({}, {"min_severity": 0.8})),
)
