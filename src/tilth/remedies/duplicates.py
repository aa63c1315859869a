"""Act on duplicates: keep one example of each group, or none where their labels disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from tilth.edits.edit import Edit, Reason
from tilth.remedies.remedy import Remedy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.checks.check import Findings

Keep = Literal["majority_label", "none_if_conflicting"]

_RULES: dict[Keep, str] = {
    "majority_label": "the first with the most frequent label of its group stays",
    "none_if_conflicting": "one of each group stays, none where labels disagree",
}


def drop_exact_duplicates(
    findings: Findings,
    example_id: NDArray[Any],
    given: NDArray[Any],
    *,
    keep: Keep = "majority_label",
) -> list[Edit]:
    """Drop all but one example of each group of exact duplicates.

    ``majority_label`` keeps the first that carries the most frequent label of the group (of
    equally frequent ones, the one that comes first); ``none_if_conflicting`` drops groups
    whose labels disagree altogether.
    """
    rows = _dropped(findings, given, keep)
    return _edits(example_id[rows], "exact_duplicates", "drop_exact_duplicates", keep)


def drop_near_duplicates(
    findings: Findings,
    example_id: NDArray[Any],
    given: NDArray[Any],
    *,
    keep: Keep = "majority_label",
) -> list[Edit]:
    """Drop all but one example of each group of near duplicates; `keep` as for exact ones."""
    rows = _dropped(findings, given, keep)
    return _edits(example_id[rows], "near_duplicates", "drop_near_duplicates", keep)


def _edits(ids: NDArray[Any], check: str, remedy: str, keep: Keep) -> list[Edit]:
    if not len(ids):
        return []
    reason = Reason(
        check, remedy, f"{len(ids):,} examples repeat another one; {_RULES[keep]}"
    )
    return [Edit("drop", pd.DataFrame({"example_id": ids}), reason)]


def _dropped(findings: Findings, given: NDArray[Any], keep: Keep) -> NDArray[np.intp]:
    if findings.members is None:
        return np.empty(0, dtype=np.intp)
    flagged = set(
        findings.table.loc[findings.table["is_issue"].to_numpy(dtype=bool), "key"]
    )
    members = findings.members[findings.members["key"].isin(flagged)]
    dropped: list[int] = []
    for _, positions in members.groupby("key", sort=False)["position"]:
        rows = sorted(positions)
        kept = _kept(rows, given, keep)
        dropped += [row for row in rows if row != kept]
    return np.array(sorted(dropped), dtype=np.intp)


def _kept(rows: list[int], given: NDArray[Any], keep: Keep) -> int | None:
    """Return the row that stays, None for no one; a lone row (the rest is gone) stays."""
    counts: dict[Any, int] = {}
    for row in rows:
        if given[row] is not None:
            counts[given[row]] = counts.get(given[row], 0) + 1
    if not counts or len(rows) < 2:
        return rows[0]
    if keep == "none_if_conflicting" and len(counts) > 1:
        return None
    most = max(counts.values())
    return next(row for row in rows if counts.get(given[row]) == most)


_CUTS: tuple[dict[str, str], ...] = ({}, {"keep": "none_if_conflicting"})

REMEDIES = (
    Remedy("drop_exact_duplicates", "exact_duplicates", drop_exact_duplicates, cuts=_CUTS),
    Remedy("drop_near_duplicates", "near_duplicates", drop_near_duplicates, cuts=_CUTS),
)
