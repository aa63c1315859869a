"""Columns that were transformed as a whole, without anyone saying how."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.display.numbers import count
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset

    Values = NDArray[np.float64]

# Our own: rows of another file of equal length correlate by chance with 1 / sqrt(n_rows),
# rows before and after a transform with nearly 1.
_SAME_ROWS = 0.9
# Our own: the median of 100 examples of one distribution moves by less in 99 % of draws.
_MOVED = 0.35
_STRETCHED = 1.6  # the same for their quartile range


def refuse_untold(
    before: "Dataset", after: "Dataset", told: Collection[str | None]
) -> None:
    """Refuse to compare where a column was changed throughout and no edit says how.

    Test rows could not go through what the column went through, and a model trained on
    scaled numbers would be asked about numbers that are not. Columns in `told` are named
    by an edit that is known.

    Raises
    ------
    InvalidInputError
        If a number column of both differs in most examples that both have; without ids
        and with another number of rows, if most of its values are new and distributed
        otherwise.
    """
    roles = {before.schema.label, before.schema.id, after.schema.id}
    for column in before.inputs.columns:
        if column in told or column in roles or column not in after.table.columns:
            continue
        old, new = before.table[column], after.table[column]
        if not (_is_number(old) and _is_number(new)):
            continue
        n_changed, n = _changed(before, after, _floats(old), _floats(new))
        if n_changed > n / 2:
            raise InvalidInputError(
                f"`after` must come with the transforms that made it: column {column} differs "
                f"in {count(n_changed)} of {count(n, 'row')} between {before.source} and "
                f"{after.source}, and no edit of it is known, so test rows cannot go through "
                "it. Give --patch FILE, or name versions."
            )


def _changed(
    before: "Dataset", after: "Dataset", old: "Values", new: "Values"
) -> tuple[int, int]:
    """Return in how many of how many rows a column differs; none where rows do not compare."""
    if before.schema.id is not None and before.schema.id == after.schema.id:
        there = pd.Index(before.example_id).get_indexer(pd.Index(after.example_id))
        return _differing(old[there[there >= 0]], new[there >= 0])
    if len(old) == len(new) and _in_step(old, new):
        return _differing(old, new)
    old, new = old[np.isfinite(old)], new[np.isfinite(new)]
    if not _is_distributed_otherwise(old, new):
        return 0, len(new)
    return int((~np.isin(new, old)).sum()), len(new)


def _differing(old: "Values", new: "Values") -> tuple[int, int]:
    both = np.isfinite(old) & np.isfinite(new)
    return int((old[both] != new[both]).sum()), int(both.sum())


def _in_step(old: "Values", new: "Values") -> bool:
    """Whether rows with large values before have large values after: they are the same rows."""
    both = np.isfinite(old) & np.isfinite(new)
    first, second = (
        pd.Series(values[both]).rank().to_numpy(dtype=np.float64) for values in (old, new)
    )
    if len(np.unique(first)) < 2 or len(np.unique(second)) < 2:
        return False
    return bool(np.corrcoef(first, second)[0, 1] > _SAME_ROWS)


def _is_distributed_otherwise(old: "Values", new: "Values") -> bool:
    # Whole numbers that stay whole are counters and times, which new examples have anew.
    if not len(old) or not len(new) or (new == np.floor(new)).all():
        return False
    low, middle, high = np.quantile(old, [0.25, 0.5, 0.75])
    new_low, new_middle, new_high = np.quantile(new, [0.25, 0.5, 0.75])
    spread, new_spread = high - low, new_high - new_low
    if abs(new_middle - middle) > _MOVED * spread:
        return True
    return bool(max(spread, new_spread) > _STRETCHED * min(spread, new_spread))


def _is_number(column: "pd.Series[Any]") -> bool:
    is_number = pd.api.types.is_numeric_dtype(column.dtype)
    return is_number and not pd.api.types.is_bool_dtype(column.dtype)


def _floats(column: "pd.Series[Any]") -> "Values":
    return column.to_numpy(dtype=np.float64, na_value=np.nan)
