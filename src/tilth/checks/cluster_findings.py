"""Groups of examples as findings: what every check on duplicates reports about one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset

_EXCERPT = 80  # characters of a text shown to recognise it; our own


def cluster_tables(
    dataset: Dataset,
    position: NDArray[np.intp],
    group: NDArray[np.integer],
    *,
    sign: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Describe groups of examples: one row per group, and their members.

    Parameters
    ----------
    dataset : Dataset
    position, group : arrays of shape (n_members,)
        Rows of `dataset`, and which group each belongs to.
    sign : str
        What stands between two examples in a key.

    Returns
    -------
    table : DataFrame
        ``key`` (its first examples), ``n_examples``, ``conflicting`` (the labels given
        differ), ``labels`` ("good 3, bad 1"), and ``excerpt`` of the first text, if any; in
        order of the first member, indexed by group.
    members : DataFrame
        ``key`` and ``position``.
    """
    order = np.lexsort((position, group))
    position, group = np.asarray(position)[order], np.asarray(group)[order]
    codes, starts = np.unique(group, return_index=True)
    parts = np.split(position, starts[1:]) if len(codes) else []
    by_first = np.argsort([part[0] for part in parts], kind="stable")
    parts, codes = [parts[c] for c in by_first], codes[by_first]
    names = [_name(dataset, part, sign) for part in parts]
    labels = [_label_counts(dataset, part) for part in parts]
    table = pd.DataFrame(
        {
            "key": np.array(names, dtype=object),
            "n_examples": np.array([len(part) for part in parts], dtype=np.int64),
            "conflicting": np.array([len(counts) > 1 for counts in labels], dtype=bool),
            "labels": np.array([_words(counts) for counts in labels], dtype=object),
        },
        index=pd.Index(codes),
    )
    if dataset.schema.text:
        excerpts = [_excerpt(dataset, part[0]) for part in parts]
        table["excerpt"] = np.array(excerpts, dtype=object)
    members = pd.DataFrame(
        {
            "key": np.repeat(np.array(names, dtype=object), table["n_examples"]),
            "position": np.concatenate(parts) if parts else np.empty(0, dtype=np.int64),
        }
    )
    return table, members


def cluster_facts(table: pd.DataFrame, n: int) -> dict[str, Any]:
    """Return how many examples repeat another one, and how many groups disagree on the label."""
    flagged = table[table["is_issue"]]
    n_extra = int((flagged["n_examples"] - 1).sum())
    return {
        "n_clusters": len(flagged),
        "n_examples_in_clusters": int(flagged["n_examples"].sum()),
        "n_extra": n_extra,
        "share_extra": n_extra / max(n, 1),
        "n_conflicting": int(flagged["conflicting"].sum()),
    }


def blank_rows(dataset: Dataset, columns: list[Any]) -> NDArray[np.bool_]:
    """Mark examples with nothing in `columns`: all missing or only white space."""
    if dataset.schema.image in columns:
        return np.zeros(len(dataset), dtype=bool)
    blank = np.ones(len(dataset), dtype=bool)
    for name in columns:
        values = dataset.table[name]
        empty = values.isna().to_numpy(dtype=bool, copy=True)
        if (
            not pd.api.types.is_numeric_dtype(values.dtype)
            and values.dtype.kind not in "mM"
        ):
            some = np.flatnonzero(blank & ~empty)
            empty[some] = [not str(value).strip() for value in values.iloc[some]]
        blank &= empty
    return blank


def copies_by_chance(
    dataset: Dataset, columns: list[Any], positions: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Count how often chance would make the rows at `positions`, were columns independent.

    The number of rows times the product of the shares of each value; 0 where there is text or
    an image, and for a single column, which says nothing about chance.
    """
    schema = dataset.schema
    if len(columns) < 2 or any(name in columns for name in (*schema.text, schema.image)):
        return np.zeros(len(positions))
    table = dataset.table[columns]
    expected = np.full(len(positions), float(len(table)))
    for name in table:
        codes, _ = pd.factorize(table[name], use_na_sentinel=False)
        share = np.bincount(codes) / len(table)
        expected *= share[codes[positions]]
    return expected


def _name(dataset: Dataset, positions: NDArray[np.intp], sign: str) -> str:
    ids = [str(example_id) for example_id in dataset.example_id[positions[:2]]]
    more = len(positions) - len(ids)
    return f" {sign} ".join(ids) + (f" (+{more})" if more else "")


def _label_counts(dataset: Dataset, positions: NDArray[np.intp]) -> dict[Any, int]:
    counts: dict[Any, int] = {}
    for label in dataset.given[positions]:
        if label is not None:
            counts[label] = counts.get(label, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], str(item[0]))))


def _words(counts: dict[Any, int]) -> str:
    return ", ".join(f"{label} {n}" for label, n in counts.items())


def _excerpt(dataset: Dataset, position: int) -> str:
    text = " ".join(str(dataset.table[dataset.schema.text[0]].iloc[position]).split())
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"
