"""Which edits help, judged on training data alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Parallel, delayed

from tilth.data.splits import folds
from tilth.edits.apply import apply_transforms
from tilth.edits.edit import COLUMN_OPS
from tilth.engine.recipe import apply_recipes, in_order, signals_of
from tilth.errors import TilthError
from tilth.models.train import train

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit
    from tilth.engine.recipe import Recipe
    from tilth.models.model import Model
    from tilth.signals.signals import Signals
    from tilth.trial.metrics import Metric

    Progress = Callable[[str, int, int], None]

N_FOLDS = 4  # methods section 20.5: 4 folds, twice, separates useful from useless
ROW_OPS = ("drop", "relabel", "set_cell")


@dataclass(frozen=True, eq=False)
class Arm:
    """What the training parts of one repeat earned.

    Attributes
    ----------
    contributions : float array of shape (n_examples,)
        The metric on each validation row, NaN where unknown.
    fold : int array of shape (n_examples,)
        The training that predicted each row.
    score, score_all_rows : float
        The metric without and with the rows set apart.
    """

    contributions: NDArray[np.float64]
    fold: NDArray[np.intp]
    score: float
    score_all_rows: float


@dataclass(frozen=True)
class Inner:
    """A candidate against the state before it, on validation rows that no edit touches.

    Scores are in the unit of the metric; `difference` and `z`, its ratio to the standard
    error, are positive where `after` is better. The scores on all rows are recorded beside.
    """

    before: float
    after: float
    difference: float
    z: float
    n_rows: int
    before_all_rows: float
    after_all_rows: float


@dataclass(frozen=True, eq=False)
class Fold:
    """One training part with its signals in the current state, and its validation part."""

    signals: Signals
    transforms: tuple[Edit, ...]
    validation: Dataset
    validation_rows: NDArray[np.intp]


class InnerTrials:
    """Cross-fitted trials on one training set (a class because folds cost more to rebuild than to keep).

    Folds remember the state: the accepted recipes applied to their own training part, but
    for those that finish, which every arm applies last.
    """

    def __init__(self, signals: Signals, model: Model, metric: Metric) -> None:
        self.dataset = signals.dataset
        self._start = signals
        self._model, self._metric, self._seed = model, metric, signals.seed
        self._n_jobs = int(signals["n_jobs"])
        self._repeats: list[list[Fold]] = []
        self._accepted: list[Recipe] = []

    def accept(self, recipe: Recipe) -> None:
        """Move every fold to the state after `recipe`."""
        self._accepted.append(recipe)
        if not recipe.remedy.is_finishing:
            self._repeats = [
                [_advanced(fold, [recipe]) for fold in parts] for parts in self._repeats
            ]

    def validated(self) -> NDArray[np.intp]:
        """Return the rows that can be scored: labelled, and not only ever trained on."""
        return np.sort(np.concatenate([fold.validation_rows for fold in self._repeat(0)]))

    def arms(
        self,
        recipes: Sequence[Recipe | None],
        *,
        repeat: int,
        apart: NDArray[np.bool_],
        progress: Progress | None = None,
    ) -> list[Arm | TilthError]:
        """Train one arm per recipe in every fold of one repeat; None is the current state.

        Parameters
        ----------
        recipes : sequence of Recipe or None
        repeat : int
            Which random partition into folds.
        apart : bool array of shape (n_examples,)
            Rows that some candidate or accepted edit touches: scored apart.

        Returns
        -------
        list of Arm, or of TilthError where there is none: a ModelError where the user's model
        broke, another where the edits cannot be made.
        """
        folds_here = self._repeat(repeat)
        tasks = [
            (i, fold, recipe) for fold in folds_here for i, recipe in enumerate(recipes)
        ]
        predictions = np.full((len(recipes), len(self.dataset)), None, dtype=object)
        broken: dict[int, TilthError] = {}
        runs = Parallel(n_jobs=self._n_jobs, return_as="generator")(
            delayed(_fit_predict)(
                self._model, self._prepared(fold, recipe), self._seed + repeat
            )
            for _, fold, recipe in tasks
        )
        for done, ((i, fold, _), predicted) in enumerate(
            zip(tasks, runs, strict=True), start=1
        ):
            if isinstance(predicted, TilthError):
                broken[i] = predicted
            else:
                predictions[i, fold.validation_rows] = predicted
            if progress is not None:
                progress("trying edits on training data", done, len(tasks))
        parts = [fold.validation_rows for fold in folds_here]
        return [
            broken.get(i) or self._arm(parts, predictions[i], apart)
            for i in range(len(recipes))
        ]

    def _prepared(
        self, fold: Fold, recipe: Recipe | None
    ) -> tuple[Dataset, Dataset] | TilthError:
        """Return what one arm trains on and is scored on, or why it cannot be made."""
        finishing = [r for r in self._accepted if r.remedy.is_finishing]
        try:
            arm = _advanced(fold, in_order([*finishing, *([recipe] if recipe else [])]))
            return arm.signals.dataset, apply_transforms(fold.validation, arm.transforms)
        except TilthError as error:
            return error

    def _repeat(self, repeat: int) -> list[Fold]:
        while len(self._repeats) <= repeat:
            self._repeats.append(self._folds(len(self._repeats)))
        return self._repeats[repeat]

    def _folds(self, repeat: int) -> list[Fold]:
        rng = np.random.default_rng([self._seed, repeat])
        made = []
        labelled = self.dataset.rows(self.dataset.labelled)
        for train_rows, validation_rows in folds(labelled, N_FOLDS, rng):
            part = labelled.rows(train_rows)
            fold = Fold(
                signals_of(part, self._start),
                (),
                labelled.rows(validation_rows),
                self.dataset.labelled[validation_rows],
            )
            made.append(
                _advanced(fold, [r for r in self._accepted if not r.remedy.is_finishing])
            )
        return made

    def _arm(
        self,
        parts: list[NDArray[np.intp]],
        predicted: NDArray[Any],
        apart: NDArray[np.bool_],
    ) -> Arm:
        """Score the rows that were validated; others (time order) stay unknown."""
        rows = np.sort(np.concatenate(parts))
        given = self.dataset.given
        scored = rows[~apart[rows]]
        contributions = np.full(len(self.dataset), np.nan)
        contributions[scored] = self._metric.contributions(given[scored], predicted[scored])
        all_rows = self._metric.contributions(given[rows], predicted[rows])
        fold = np.zeros(len(self.dataset), dtype=np.intp)
        for i, part in enumerate(parts):
            fold[part] = i
        sign = self._metric.sign  # contributions are turned so that more is better
        score = sign * float(np.nanmean(contributions))
        return Arm(contributions, fold, score, sign * float(np.mean(all_rows)))


def compare(before: Sequence[Arm], after: Sequence[Arm]) -> Inner:
    """Compare two arms over the same repeats.

    Rows and trainings both have luck. The standard error is the larger of that over rows,
    each averaged over its repeats, and that over trainings, each averaged over its rows.
    """
    gains = np.array(
        [b.contributions - a.contributions for a, b in zip(before, after, strict=True)]
    )
    by_row = np.mean(gains, axis=0)
    known = np.isfinite(by_row)
    by_training = [
        gain[known & (arm.fold == fold)].mean()
        for gain, arm in zip(gains, before, strict=True)
        for fold in np.unique(arm.fold[known])
    ]
    difference = float(by_row[known].mean()) if known.any() else 0.0
    error = max(_standard_error(by_row[known]), _standard_error(np.array(by_training)))
    return Inner(
        before=float(np.mean([arm.score for arm in before])),
        after=float(np.mean([arm.score for arm in after])),
        difference=difference,
        z=difference / error if error > 0 else 0.0,
        n_rows=int(known.sum()),
        before_all_rows=float(np.mean([arm.score_all_rows for arm in before])),
        after_all_rows=float(np.mean([arm.score_all_rows for arm in after])),
    )


def _standard_error(values: NDArray[np.float64]) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def touched_ids(edits: Sequence[Edit]) -> set[Any]:
    """Return the examples that row edits remove or change."""
    return {i for edit in edits if edit.op in ROW_OPS for i in edit.targets["example_id"]}


def transforms_of(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Return the column edits: what test and future rows go through as well."""
    return tuple(edit for edit in edits if edit.op in COLUMN_OPS)


def _advanced(fold: Fold, recipes: Sequence[Recipe]) -> Fold:
    signals, edits = apply_recipes(recipes, fold.signals)
    transforms = fold.transforms + transforms_of(edits)
    return Fold(signals, transforms, fold.validation, fold.validation_rows)


def _fit_predict(
    model: Model, arm: tuple[Dataset, Dataset] | TilthError, seed: int
) -> NDArray[Any] | TilthError:
    if isinstance(arm, TilthError):
        return arm
    training, validation = arm
    try:
        return train(model, training, seed).predict(validation)
    except TilthError as error:
        return error
