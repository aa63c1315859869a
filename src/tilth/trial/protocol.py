"""Which test rows two arms may be compared on, and when none may be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.checks.test_leakage import leaked_rows
from tilth.data.identity import row_hashes
from tilth.display.numbers import count, share
from tilth.edits.apply import apply_transforms
from tilth.errors import InvalidInputError
from tilth.trial.next_step import NOTHING, NextStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit

MIN_SHARE = 0.8  # design of the proof: fewer test rows than this share, or
MIN_ROWS = 100  # than this number, are another test than the one that was given

_LARGER_TEST = NextStep(
    f"Give a test with {MIN_ROWS} rows or more that have a label and repeat no training row."
)
MORE_DATA = NextStep(
    f"Give a test of its own with --test, {MIN_ROWS} labelled rows or more, or more data: a "
    "fifth of them is held out as the test."
)
OTHER_ROWS = NextStep(
    "Give a test of other examples: rows a model was trained on tell nothing of new ones.",
    "audit",
    {"select": "test_leakage"},
)
_FEWER_REPEATS = NextStep(
    "Take out the examples that repeat another one, or give a test of its own with --test.",
    "audit",
    {"select": "exact_duplicates,near_duplicates"},
)
_WITHOUT_THE_TEST = NextStep(
    "Make the edits again from training data alone, or give another test."
)


@dataclass(frozen=True, eq=False)
class Ground:
    """What the arms are compared on.

    Attributes
    ----------
    rows : int array
        Positions in the test as given that both arms answer, ordered by content, so that
        the order of the file changes nothing.
    before, after : Dataset
        Those rows as either arm sees them.
    n_left_out : int
        Test rows not among them.
    notes : tuple of str
        What was left out or adjusted, one sentence each.
    invalid : str
        Why no comparison can be trusted; empty where it can.
    next_step : NextStep
        What to do about that.
    """

    rows: NDArray[np.intp]
    before: Dataset
    after: Dataset
    n_left_out: int
    notes: tuple[str, ...]
    invalid: str = ""
    next_step: NextStep = NOTHING


def same_roles(before: Dataset, other: Dataset, name: str) -> Dataset:
    """Return `other` with the roles of `before`: a small test may be guessed otherwise.

    Raises
    ------
    InvalidInputError
        If `other` lacks the label column.
    """
    label = before.schema.label
    columns = list(other.table.columns)
    if label not in columns:
        raise InvalidInputError(
            f"`{name}` must have the label column {label!r} of `before`, got the columns "
            f"{', '.join(map(str, columns))}. Rename it there."
        )
    return replace(other, schema=before.schema.on(columns))


def refuse_identical(before: Dataset, after: Dataset) -> None:
    """Refuse to compare a dataset with itself, in whatever order of rows.

    Raises
    ------
    InvalidInputError
        If both hold the same examples, labels and weights.
    """
    if len(before) == len(after) and np.array_equal(_contents(before), _contents(after)):
        raise InvalidInputError(
            f"`before` and `after` must differ, got the same {count(len(before), 'example')} "
            f"with the same labels in {before.source} and {after.source}. "
            "Give the dataset as it was before the edits, and as it is after them."
        )


def common_ground(
    before: Dataset,
    after: Dataset,
    test: Dataset,
    transforms: Sequence[Edit],
    *,
    held_out: bool = False,
) -> Ground:
    """Leave out test rows without a label and those that repeat a training row.

    Parameters
    ----------
    before, after : Dataset
        The training sets.
    test : Dataset
        As given.
    transforms : sequence of Edit
        Column edits that test rows go through in the `after` arm.
    held_out : bool, default False
        The test was set aside from the data themselves: the advice is another.

    Returns
    -------
    Ground
        `invalid` where too few rows remain, or where an example added to `after` repeats
        a remaining one. Copies of examples of `before` were added from training data, and
        what they repeat is left out already.

    Raises
    ------
    InvalidInputError
        If the test lacks a column, shares no class with the training data, or holds
        labels that are no numbers in regression.
    """
    notes: list[str] = []
    for_before = _with_columns(test, before, notes, "before")
    for_after = _with_columns(apply_transforms(test, transforms), after, notes, "after")
    labelled = np.zeros(len(test), dtype=bool)
    labelled[test.labelled] = True
    leaked = np.zeros(len(test), dtype=bool)
    leaked[leaked_rows(before, for_before)["test_position"].to_numpy(dtype=np.intp)] = True
    leaked &= labelled
    rows = np.flatnonzero(labelled & ~leaked)
    rows = rows[np.argsort(test.row_hash[rows], kind="stable")]
    notes += _left_out_notes(int((~labelled).sum()), int(leaked.sum()))
    invalid, step = _too_few(
        len(rows), int(labelled.sum()), int(leaked.sum()), held_out=held_out
    )
    if not invalid:
        _check_labels(before, test.rows(rows))
        notes += _unknown_classes(before, after, test.given[rows])
        invalid = _repeated_by_added(before, after, for_after.rows(rows), transforms)
        step = _WITHOUT_THE_TEST if invalid else NOTHING
    return Ground(
        rows,
        for_before.rows(rows),
        for_after.rows(rows),
        len(test) - len(rows),
        tuple(notes),
        invalid,
        step,
    )


def _contents(dataset: Dataset) -> NDArray[Any]:
    """Return what each example is and weighs, whatever the order of rows."""
    weights = np.ones(len(dataset)) if dataset.weights is None else dataset.weights
    order = np.lexsort((weights, dataset.row_hash))
    return np.column_stack([dataset.row_hash[order], weights[order].view(np.uint64)])


def _with_columns(test: Dataset, training: Dataset, notes: list[str], arm: str) -> Dataset:
    """Return the test with exactly the columns of `training`, in its order."""
    wanted, there = list(training.table.columns), list(test.table.columns)
    missing = [column for column in wanted if column not in there]
    if missing:
        raise InvalidInputError(
            f"`test` must have every column of `{arm}`, got none called "
            f"{', '.join(map(repr, missing))}; it has {', '.join(map(str, there))}. "
            "Give the transform that made it, so that test rows get it too, or add it to the test."
        )
    extra = [column for column in there if column not in wanted]
    if extra:
        named = ", ".join(map(repr, extra))
        notes.append(
            f"The test loses {named} in the arm '{arm}', which has no such column."
        )
    return replace(test, table=test.table[wanted], schema=test.schema.on(wanted))


def _left_out_notes(unlabelled: int, leaked: int) -> list[str]:
    notes = []
    if unlabelled:
        notes.append(f"{count(unlabelled, 'test row')} without a label left out.")
    if leaked:
        notes.append(
            f"{count(leaked, 'test row')} that repeat{'s' if leaked == 1 else ''} or nearly "
            f"repeat{'s' if leaked == 1 else ''} a training row left out on both sides."
        )
    return notes


def _too_few(
    n_rows: int, n_labelled: int, n_leaked: int, *, held_out: bool
) -> tuple[str, NextStep]:
    """Return why too few test rows remain, and what to do; empty where enough do."""
    if n_rows < MIN_SHARE * n_labelled:
        why = (
            f"{count(n_leaked)} of {count(n_labelled, 'labelled test row')} "
            f"({share(n_leaked / n_labelled)}) repeat training rows; at least "
            f"{MIN_SHARE:.0%} must be left to compare on."
        )
        return why, _FEWER_REPEATS if held_out else OTHER_ROWS
    if n_rows < MIN_ROWS:
        why = f"{count(n_rows, 'test row')} can be compared on; a proof needs at least {MIN_ROWS}."
        return why, MORE_DATA if held_out else _LARGER_TEST
    return "", NOTHING


def _check_labels(before: Dataset, test: Dataset) -> None:
    if before.schema.task == "regression":
        numbers = pd.to_numeric(pd.Series(test.given), errors="coerce").to_numpy(np.float64)
        if not np.isfinite(numbers).all():
            wrong = test.given[~np.isfinite(numbers)][0]
            raise InvalidInputError(
                f"Labels of `test` must be finite numbers, as in `before`, got {wrong!r}. Drop such rows."
            )
    elif not set(test.classes.tolist()) & set(before.classes.tolist()):
        shown = ", ".join(map(repr, test.classes[:5].tolist()))
        known = ", ".join(map(repr, before.classes[:5].tolist()))
        raise InvalidInputError(
            f"`test` must share classes with `before`, got the labels {shown} where training "
            f"has {known}. Give a test with labels written alike."
        )


def _unknown_classes(before: Dataset, after: Dataset, given: NDArray[Any]) -> list[str]:
    """Say which test rows no model of an arm can get right."""
    if before.schema.task == "regression":
        return []
    labels = given.tolist()
    no_before, no_after = (
        set(labels) - set(arm.classes.tolist()) for arm in (before, after)
    )
    notes = []
    for classes, where in (
        (
            no_before & no_after,
            "that neither training set has count as errors on both sides",
        ),
        (no_before - no_after, "that only `after` has count as errors in the arm 'before'"),
        (no_after - no_before, "that `after` lost count as errors in the arm 'after'"),
    ):
        if classes:
            rows = count(sum(label in classes for label in labels), "test row")
            named = ", ".join(sorted(map(repr, classes))[:5])
            notes.append(f"{rows} of {count(len(classes), 'class')} {where} ({named}).")
    return notes


def _repeated_by_added(
    before: Dataset, after: Dataset, test: Dataset, transforms: Sequence[Edit]
) -> str:
    """Say how many rows of `after` that `before` does not have repeat a test row."""
    columns = [c for c in after.inputs.columns if c != after.schema.id]
    known = apply_transforms(before, transforms)
    shared = [column for column in columns if column in known.table]
    carried = np.isin(
        row_hashes(after.contents(columns)), row_hashes(known.contents(shared))
    )
    if carried.all():
        return ""
    # all of `after`, not the new rows alone: what counts as near depends on how dense data are
    closest = leaked_rows(after, test)["train_position"].to_numpy(dtype=np.intp)
    repeated = int((~carried[closest]).sum())
    if not repeated:
        return ""
    return (
        f"{count(repeated, 'test row')} {'is' if repeated == 1 else 'are'} repeated or nearly "
        "repeated by training examples that were added or changed: the edits saw the test."
    )
