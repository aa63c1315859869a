"""Examples set aside before anything looks at the data, and labels a person gave some of them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.checks.test_leakage import leaked_rows
from tilth.data.learnable import check_learnable
from tilth.data.nearest import nearest
from tilth.data.splits import split
from tilth.edits.cells import show
from tilth.edits.ids import free_ids
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit

HELD_OUT_SHARE = 0.2
_SHOWN = 12  # classes listed in an error; our own: about two lines of a terminal


def set_aside(data: Dataset, seed: int) -> tuple[Dataset, Dataset]:
    """Return the training part and the stratified fifth that is held out of it."""
    rng = np.random.default_rng([seed, 1])
    training, held_out = split(data, test_share=HELD_OUT_SHARE, rng=rng)
    return data.rows(training), data.rows(held_out)


def marked_test(data: Dataset) -> NDArray[np.bool_]:
    """Mark the rows whose split column says ``test``; none where there is none, or all do."""
    if data.schema.split is None:
        return np.zeros(len(data), dtype=bool)
    said = data.table[data.schema.split].astype(str).str.strip().str.lower()
    return np.asarray(said == "test", dtype=bool) & bool((said != "test").any())


def without_split(data: Dataset) -> Dataset:
    """Take the split column out: it says what a row is for, not what it is."""
    table = data.table.drop(columns=[str(data.schema.split)])
    return replace(data, table=table, schema=replace(data.schema, split=None))


def with_free_ids(edits: Sequence[Edit], data: Dataset) -> tuple[Edit, ...]:
    """Return edits of the training rows of `data` whose new examples take no id of the rest."""
    taken = set(data.example_id.tolist())
    renamed: dict[Any, Any] = {}
    free = []
    for edit in edits:
        targets = edit.targets.drop(columns="position", errors="ignore")
        if edit.op == "add_examples":
            ids = targets["example_id"].tolist()
            renamed |= zip(ids, free_ids(ids, taken), strict=True)
        for column in {"example_id", "copy_of"} & {*targets}:
            named = [renamed.get(i, i) for i in targets[column].tolist()]
            targets = targets.assign(**{column: named})
        free.append(replace(edit, targets=targets))
    return tuple(free)


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
        If there are fewer than `n` such examples, or no model of ours learns such labels.

    Examples
    --------
    >>> from tilth.data.read import read
    >>> data = read({"x": list(range(100)), "y": ["a", "b"] * 50}, label="y")
    >>> sample = audit_sample(data, 3)
    >>> len(sample), bool(sample.table["y"].isna().all())
    (3, True)
    """
    check_learnable(data, "--audit-sample")
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


def trusted(held_out: Dataset, answers: pd.Series, classes: NDArray[Any]) -> Dataset:
    """Return the held-out examples a person labelled, with the person's labels.

    Parameters
    ----------
    held_out : Dataset
    answers : Series of labels, indexed by example id
        As the labels are given or as a file spells them, ids too. Missing answers are left
        out.
    classes : array
        Every class of the data, some of which may not be held out; not used for numbers.

    Raises
    ------
    InvalidInputError
        If an answer is for an example that is not held out, is one of two for an example, or
        is no class (no number), or if there is none.
    """
    answers = answers.dropna()
    if answers.empty:
        raise InvalidInputError(
            "`answers` must hold labels, got none. Fill in the empty label column."
        )
    where = _positions(held_out, answers.index)
    kept = held_out.rows(where)
    label = str(held_out.schema.label)
    told = list(zip(answers, kept.example_id, strict=True))
    if held_out.schema.learned_as == "regression":
        column = pd.Series([_number(answer, example) for answer, example in told])
    else:
        known = [{c: c for c in classes}, {str(c): c for c in classes}, _loosely(classes)]
        named = [_class_named(answer, known, example) for answer, example in told]
        column = pd.Series(named, dtype=kept.table[label].dtype)
    return replace(kept, table=kept.table.assign(**{label: column}))


def _positions(held_out: Dataset, ids: pd.Index) -> NDArray[np.intp]:
    """Return the row of each id, given as it is or as a file spells it."""
    where = pd.Index(held_out.example_id).get_indexer(ids)
    row_of = {str(example): row for row, example in enumerate(held_out.example_id)}
    where = np.array(
        [
            row if row >= 0 else row_of.get(str(example), -1)
            for row, example in zip(where, ids, strict=True)
        ]
    )
    if (where < 0).any():
        stranger = ids.tolist()[int(np.argmax(where < 0))]
        raise InvalidInputError(
            f"`answers` must be for held-out examples, got one for {show(stranger)}. "
            "Draw the sample from the same data with the same seed."
        )
    repeated = pd.Index(where).duplicated()
    if repeated.any():
        twice = ids.tolist()[int(np.argmax(repeated))]
        raise InvalidInputError(
            f"`answers` must be one per example, got two for {show(twice)}. Remove one."
        )
    return where


def _class_named(answer: Any, known: Sequence[dict[Any, Any]], example: Any) -> Any:
    """Return the class that an answer names: by its value, its text, or its text roughly."""
    for spelling, classes in zip((answer, str(answer), _rough(answer)), known, strict=True):
        if spelling in classes:
            return classes[spelling]
    names = list(known[1])
    near = nearest(str(answer), names)
    hint = (
        f"Did you mean {near}?" if near else f"Write one of: {', '.join(names[:_SHOWN])}."
    )
    raise InvalidInputError(
        f"`answers` must be classes of the data, got {show(answer)} for the example "
        f"{show(example)}. {hint}"
    )


def _loosely(classes: NDArray[Any]) -> dict[str, Any]:
    """Return the classes by their rough text, where that tells them apart."""
    rough = [_rough(c) for c in classes]
    return {
        word: c for word, c in zip(rough, classes, strict=True) if rough.count(word) == 1
    }


def _rough(value: Any) -> str:
    """Return what a spreadsheet leaves of a word: 1 may be 1.0 there, and true TRUE."""
    word = str(value).strip().casefold()
    try:
        return repr(float(word))
    except ValueError:
        return word


def _number(answer: Any, example: Any) -> float:
    try:
        value = float(answer)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise InvalidInputError(
            f"`answers` must be numbers, as the labels are, got {show(answer)} for the example "
            f"{show(example)}. Write it with digits and a decimal point."
        )
    return value
