"""Act on label errors: leave the examples out, or give them the label suggested."""

from __future__ import annotations

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
    findings: Findings, example_id: NDArray[Any], *, min_p_error: float | None = None
) -> list[Edit]:
    """Leave out examples whose P(error) reaches `min_p_error`; None: the flagged ones.

    Every class keeps its five best examples. Numeric labels have no classes.
    """
    chosen = _chosen(findings.table, min_p_error)
    if chosen.empty:
        return []
    targets = pd.DataFrame(
        {"example_id": example_id[chosen["key"].to_numpy(dtype=np.intp)]}
    )
    text = f"the label of {len(chosen):,} examples is probably wrong ({_line(min_p_error)})"
    return [Edit("drop", targets, Reason("label_errors", "drop_label_errors", text))]


def relabel_label_errors(
    findings: Findings, example_id: NDArray[Any], *, min_p_error: float | None = None
) -> list[Edit]:
    """Give examples whose P(error) reaches `min_p_error` the most probable other label.

    None: the flagged ones. Every class keeps its five best examples. Numeric labels are left
    as they are: a prediction is no measurement.
    """
    if _is_numeric(findings.table):
        return []
    chosen = _chosen(findings.table, min_p_error)
    if chosen.empty:
        return []
    targets = pd.DataFrame(
        {
            "example_id": example_id[chosen["key"].to_numpy(dtype=np.intp)],
            "before": chosen["given"].to_numpy(dtype=object),
            "after": chosen["suggested"].to_numpy(dtype=object),
        }
    )
    text = (
        f"{len(chosen):,} examples get the label their inputs speak for "
        f"({_line(min_p_error)})"
    )
    return [Edit("relabel", targets, Reason("label_errors", "relabel_label_errors", text))]


def _chosen(table: pd.DataFrame, min_p_error: float | None) -> pd.DataFrame:
    """Return what the cut takes, in order of key, less the five best of each class."""
    taken = table["is_issue"] if min_p_error is None else table["p_error"] >= min_p_error
    if _is_numeric(table):
        return table[taken.to_numpy(dtype=bool)].sort_values("key")
    # Best first; of equals the earliest example stays.
    ranked = table.sort_values(["quality", "key"], ascending=[False, True], kind="stable")
    rank = ranked.groupby("given", sort=False).cumcount().reindex(table.index)
    return table[taken.to_numpy(dtype=bool) & (rank >= _KEPT).to_numpy()].sort_values("key")


def _is_numeric(table: pd.DataFrame) -> bool:
    """Whether labels are quantities: class names are objects, whatever they look like."""
    return table["given"].dtype.kind == "f"


def _line(min_p_error: float | None) -> str:
    return (
        "the calibrated cut"
        if min_p_error is None
        else f"P(error) of at least {min_p_error:g}"
    )


# The calibrated cut and a more careful one: which is better depends on what the model can
# stand, and the inner trial decides. Our own.
_CUTS: tuple[dict[str, float], ...] = (
    {},
    {"min_p_error": 0.7},
)

REMEDIES = (
    Remedy("drop_label_errors", "label_errors", drop_label_errors, cuts=_CUTS),
    Remedy("relabel_label_errors", "label_errors", relabel_label_errors, cuts=_CUTS),
)
