"""Examples set aside before anything looks at the data, and labels a person gave some of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.checks.test_leakage import leaked_rows
from tilth.data.splits import split
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit

HELD_OUT_SHARE = 0.2


def set_aside(data: Dataset, seed: int) -> tuple[Dataset, Dataset]:
    """Return the training part and the stratified fifth that is held out of it."""
    rng = np.random.default_rng([seed, 1])
    training, held_out = split(data, test_share=HELD_OUT_SHARE, rng=rng)
    return data.rows(training), data.rows(held_out)


def marked_test(data: Dataset) -> NDArray[np.bool_]:
    """Mark the rows whose split column says ``test``; none where no such column was named."""
    if data.schema.split is None:
        return np.zeros(len(data), dtype=bool)
    said = data.table[data.schema.split].astype(str).str.strip().str.lower()
    return np.asarray(said == "test", dtype=bool)


def without_split(data: Dataset) -> Dataset:
    """Take the split column out: it says what a row is for, not what it is."""
    table = data.table.drop(columns=[str(data.schema.split)])
    return replace(data, table=table, schema=replace(data.schema, split=None))


def with_free_ids(edit: Edit, data: Dataset) -> Edit:
    """Return an edit of the training rows of `data` whose new examples take no id of the rest."""
    if edit.op != "add_examples" or not pd.api.types.is_integer_dtype(
        data.example_id.dtype
    ):
        return edit
    targets = edit.targets.drop(columns=["position"], errors="ignore")
    first = int(data.example_id.max()) + 1
    ids = np.arange(first, first + len(targets), dtype=data.example_id.dtype)
    return replace(edit, targets=targets.assign(example_id=ids))


def audit_sample(data: Dataset, n: int, *, seed: int = 0) -> Dataset:
    """Draw held-out examples for a person to label, blind: their given labels are taken out.

    Parameters
    ----------
    data : Dataset
        With a label.
    n : int
        How many; drawn at random from the held-out examples that repeat no training example.
    seed : int
        The seed `improve` will be called with: it decides what is held out.

    Returns
    -------
    Dataset
        In random order, with an empty label column.

    Raises
    ------
    InvalidInputError
        If there are fewer than `n` such examples.

    Examples
    --------
    >>> from tilth.data.read import read
    >>> data = read({"x": list(range(100)), "y": ["a", "b"] * 50}, label="y")
    >>> sample = audit_sample(data, 3)
    >>> len(sample), bool(sample.table["y"].isna().all())
    (3, True)
    """
    training, held_out = set_aside(data, seed)
    repeated = leaked_rows(training, held_out)["test_position"].to_numpy(dtype=np.intp)
    free = np.setdiff1d(np.arange(len(held_out)), repeated)
    if len(free) < n:
        raise InvalidInputError(
            f"`n` must be at most the {len(free)} held-out examples that repeat no other, got {n}. Ask "
            f"for {len(free)}."
        )
    rng = np.random.default_rng([seed, 2])
    sample = held_out.rows(rng.choice(free, size=n, replace=False))
    label = sample.schema.label
    return replace(sample, table=sample.table.assign(**{str(label): None}))


def trusted(held_out: Dataset, answers: pd.Series) -> Dataset:
    """Return the held-out examples a person labelled, with the person's labels.

    Parameters
    ----------
    held_out : Dataset
    answers : Series of labels, indexed by example id
        Missing answers are left out.

    Raises
    ------
    InvalidInputError
        If an answer is for an example that is not held out, or there is none.
    """
    answers = answers.dropna()
    if answers.empty:
        raise InvalidInputError(
            "`answers` must hold labels, got none. Fill in the empty label column."
        )
    where = pd.Index(held_out.example_id).get_indexer(pd.Index(answers.index))
    if (where < 0).any():
        stranger = answers.index[int(np.argmax(where < 0))]
        raise InvalidInputError(
            f"`answers` must be for held-out examples, got one for {stranger!r}. "
            "Draw the sample from the same data with the same seed."
        )
    label = str(held_out.schema.label)
    kept = held_out.rows(where)
    column = _like(answers, kept.table[label])
    return replace(kept, table=kept.table.assign(**{label: column}))


def _like(answers: pd.Series, given: pd.Series) -> Any:
    """Return the answers in the type of the given labels, as a person's file may spell them."""
    values = answers.reset_index(drop=True)
    if pd.api.types.is_numeric_dtype(given.dtype):
        return pd.to_numeric(values).astype(given.dtype)
    return values.map(str).astype(given.dtype)
