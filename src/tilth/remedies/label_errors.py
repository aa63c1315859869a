"""Act on label errors: leave the examples out, or give them the label suggested."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.edits.edit import Edit, Reason
from tilth.remedies.remedy import Remedy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.checks.check import Findings

_KEPT = 5  # examples each class keeps (authors' code of Northcutt et al. 2021, JAIR 70)


def drop_label_errors(
    findings: Findings, example_id: NDArray[Any], *, share: float = 1.0
) -> list[Edit]:
    """Leave out the flagged examples, or the `share` of them that is surest to be wrong.

    Every class keeps its five best examples. Numeric labels have no classes.
    """
    chosen = _chosen(findings.table, share)
    if chosen.empty:
        return []
    targets = pd.DataFrame(
        {"example_id": example_id[chosen["key"].to_numpy(dtype=np.intp)]}
    )
    text = f"the label of {len(chosen):,} examples is probably wrong ({_line(share)})"
    return [Edit("drop", targets, Reason("label_errors", "drop_label_errors", text))]


def relabel_label_errors(
    findings: Findings, example_id: NDArray[Any], *, share: float = 1.0
) -> list[Edit]:
    """Give the flagged examples the most probable other label, or the `share` surest of them.

    Every class keeps its five best examples. Numeric labels are left as they are: a
    prediction is no measurement.
    """
    if _is_numeric(findings.table):
        return []
    chosen = _chosen(findings.table, share)
    if chosen.empty:
        return []
    targets = pd.DataFrame(
        {
            "example_id": example_id[chosen["key"].to_numpy(dtype=np.intp)],
            "before": chosen["given"].to_numpy(dtype=object),
            "after": chosen["suggested"].to_numpy(dtype=object),
        }
    )
    text = f"{len(chosen):,} examples get the label their inputs speak for ({_line(share)})"
    return [Edit("relabel", targets, Reason("label_errors", "relabel_label_errors", text))]


def _chosen(table: pd.DataFrame, share: float) -> pd.DataFrame:
    """Return what the cut takes, in order of key, less the five best of each class."""
    # Best first; of equals the earliest example stays.
    ranked = table.sort_values(["quality", "key"], ascending=[False, True], kind="stable")
    flagged = ranked[ranked["is_issue"].to_numpy(dtype=bool)]
    taken = flagged.tail(math.ceil(share * len(flagged)))
    if not _is_numeric(table):
        rank = ranked.groupby("given", sort=False).cumcount()
        taken = taken[(rank.loc[taken.index] >= _KEPT).to_numpy()]
    return taken.sort_values("key")


def _is_numeric(table: pd.DataFrame) -> bool:
    """Whether labels are quantities: class names are objects, whatever they look like."""
    return table["given"].dtype.kind == "f"


def _line(share: float) -> str:
    return (
        "the calibrated cut" if share == 1.0 else f"the surest {share:.0%} of the flagged"
    )


# The calibrated cut and a more careful one: which is better depends on what the model can
# stand, and the inner trial decides. Our own.
_CUTS: tuple[dict[str, float], ...] = (
    {},
    {"share": 0.5},
)

REMEDIES = (
    Remedy("drop_label_errors", "label_errors", drop_label_errors, cuts=_CUTS),
    Remedy("relabel_label_errors", "label_errors", relabel_label_errors, cuts=_CUTS),
)
