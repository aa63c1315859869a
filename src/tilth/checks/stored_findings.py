"""Findings that are too many for memory: in a Parquet file, behind the same accessor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tilth.checks.check import Findings

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class StoredFindings(Findings):
    """What a check found of so many examples that only the worst are held.

    Attributes
    ----------
    n_flagged : int
        How many are flagged in all; `table` holds the worst of them.
    path : Path, optional
        Parquet file with all of them, in row order; None: the others were not kept.
    """

    n_flagged: int = 0
    path: Path | None = None

    @property
    def issues(self) -> pd.DataFrame:
        """The flagged rows, worst first, read from the file; the worst alone without one."""
        if self.path is None or self.n_flagged == len(self.table):
            return super().issues
        import pandas as pd

        table = pd.read_parquet(self.path).rename(columns={"row": "key"})
        shares = table.columns[table.dtypes == "float32"]
        table = table.astype(dict.fromkeys(shares, "float64"))
        table.insert(2, "is_issue", value=True)
        table.insert(5, "p_error", 1.0 - table["quality"])
        return table.sort_values(["quality", "key"], kind="stable", ignore_index=True)

    def worst(self, limit: int | None = None) -> pd.DataFrame:
        """Return the worst of the flagged rows; None: all that are held."""
        held = super().issues
        return held if limit is None else held.head(limit)

    @property
    def n_issues(self) -> int:
        """How many rows are flagged."""
        return self.n_flagged
