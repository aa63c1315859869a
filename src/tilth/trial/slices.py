"""Where a difference comes from: readable parts of the test, losers first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.display.numbers import number
from tilth.trial.bootstrap import paired_difference
from tilth.trial.metrics import metric_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset

    Mask = NDArray[np.bool_]

MIN_EXAMPLES = 20  # below this an interval over slices says nothing (our own)
MAX_VALUES = 20  # classes or values of a column shown, the most frequent first (our own)
COLUMNS = ["slice", "n", "metric", "before", "after", "difference", "low", "high"]


def no_slices() -> pd.DataFrame:
    """Return the table of a proof that compared nothing."""
    return pd.DataFrame(columns=COLUMNS)


def slice_table(
    test: Dataset, before: Sequence[NDArray[Any]], after: Sequence[NDArray[Any]]
) -> pd.DataFrame:
    """Compare the arms on readable parts of the test.

    Parameters
    ----------
    test : Dataset
        The rows compared on, as given.
    before, after : sequences over seeds of arrays of shape (n_examples,)
        Predictions of either arm.

    Returns
    -------
    DataFrame
        Columns ``slice`` (what the rows have in common), ``n``, ``metric`` (accuracy, or
        mae for regression: what means the same in a part as in the whole), ``before``,
        ``after``, ``difference`` (positive is better) and ``low``, ``high``. The intervals
        hold for all slices at once (Bonferroni), so on data with nothing wrong a false
        loser comes up in at most 5 % of tables. The worst difference comes first.
    """
    metric = metric_named("mae" if test.schema.task == "regression" else "accuracy")
    parts = [(name, mask) for name, mask in _parts(test) if mask.sum() >= MIN_EXAMPLES]
    if not parts:
        return no_slices()
    given = test.given
    scores = [
        np.array([metric.contributions(given, predicted) for predicted in arm])
        for arm in (before, after)
    ]
    discordant = 1.0 if metric.task == "classification" else 0.0
    rows = []
    for name, mask in parts:
        old, new = (arm[:, mask] for arm in scores)
        found = paired_difference(new - old, tests=len(parts), discordant=discordant)
        sizes = (metric.sign * float(old.mean()), metric.sign * float(new.mean()))
        rows.append(
            (name, int(mask.sum()), metric.name, *sizes, found.value, found.low, found.high)
        )
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values(["difference", "slice"], kind="stable", ignore_index=True)


def _parts(test: Dataset) -> Iterator[tuple[str, Mask]]:
    label = test.schema.label
    if test.schema.task == "regression":
        yield from _thirds(f"{label}", test.given.astype(np.float64))
    else:
        yield from _values(f"{label}", pd.Series(test.given))
    hidden = {test.schema.id, label}
    for name in test.table.columns:
        column = test.table[name]
        if name in test.schema.text:
            filled = column.astype(object).where(column.notna(), "")
            yield from _thirds(
                f"words in {name}",
                np.array([len(str(words).split()) for words in filled], dtype=np.float64),
            )
        elif name not in hidden and not _is_number(column):
            yield from _values(str(name), column)


def _values(name: str, column: pd.Series) -> Iterator[tuple[str, Mask]]:
    """One part per value, where there are few; one where it is missing."""
    missing = column.isna().to_numpy()
    words = column.astype(object).where(~missing, "").map(str).to_numpy(dtype=object)
    counts = pd.Series(words[~missing]).value_counts()
    if len(counts) > len(words) / 2 or len(counts) + missing.any() < 2:
        return
    for value in sorted(counts.index[:MAX_VALUES]):
        yield f"{name} = {value}", ~missing & (words == value)
    if missing.any():
        yield f"{name} is missing", missing


def _thirds(name: str, values: NDArray[np.float64]) -> Iterator[tuple[str, Mask]]:
    low, high = np.quantile(values, [1 / 3, 2 / 3], method="lower")  # values that occur
    if low == high:
        return
    yield f"{name} up to {number(low)}", values <= low
    yield (
        f"{name} above {number(low)}, up to {number(high)}",
        (values > low) & (values <= high),
    )
    yield f"{name} above {number(high)}", values > high


def _is_number(column: pd.Series) -> bool:
    """Whether a column is numeric; a column of True and False is a category."""
    return bool(
        pd.api.types.is_numeric_dtype(column.dtype)
        and not pd.api.types.is_bool_dtype(column.dtype)
    ) or pd.api.types.is_datetime64_any_dtype(column.dtype)
