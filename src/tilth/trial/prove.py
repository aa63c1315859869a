"""Prove that one dataset trains a better model than another, or say why that is not shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from tilth.data.learnable import check_learnable
from tilth.display.numbers import count, number
from tilth.errors import InvalidInputError
from tilth.models.model import load_model
from tilth.trial.against_robust import against_robust as robust_counterfactual
from tilth.trial.against_robust import refuse_numbers
from tilth.trial.answers import (
    Answers,
    disagreement,
    few_rows_said,
    in_words,
    with_and_without,
)
from tilth.trial.arms import predict_arms
from tilth.trial.bootstrap import Difference, detectable_at_worst
from tilth.trial.control import shuffled_control
from tilth.trial.fingerprint import test_fingerprint
from tilth.trial.metrics import default_metric, metric_named
from tilth.trial.next_step import LABEL_SOME, NOTHING, NextStep, larger_test
from tilth.trial.proof import Proof, Suspected, Verdict, shown
from tilth.trial.protocol import (
    Ground,
    common_ground,
    refuse_identical,
    same_roles,
)
from tilth.trial.slices import no_slices, slice_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit
    from tilth.trial.metrics import Metric

    Progress = Callable[[str, int, int], None]

_TOUCHED = "the test is not the one that was recorded: a row or a label was changed since."
_AS_RECORDED = NextStep(
    "Compare on the test as it was, or on a new one that no edit has seen."
)


@dataclass(frozen=True, eq=False)
class _Trial:
    """One comparison: who is compared on what, before anything was trained."""

    before: Dataset
    after: Dataset
    test: Dataset
    metric: Metric
    ground: Ground
    fingerprint: str
    suspected: NDArray[np.bool_] | None
    held_out: bool
    seed: int


def prove(  # noqa: PLR0913 - each option is one line of the protocol, and all have a default
    before: Dataset,
    after: Dataset,
    test: Dataset,
    *,
    model: object = None,
    metric: str | None = None,
    transforms: Sequence[Edit] = (),
    n_seeds: int = 5,
    seed: int = 0,
    suspects: NDArray[np.bool_] | None = None,
    held_out: bool = False,
    unchanged: bool = False,
    expected_fingerprint: str | None = None,
    against_robust: bool = False,
    control: Literal["shuffled"] | None = None,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> Proof:
    """Train the same model on both datasets and compare it on untouched test examples.

    Parameters
    ----------
    before, after : Dataset
        Training data without and with the edits.
    test : Dataset
        Examples that chose nothing and that no edit touched. Rows without a label and rows
        that repeat, or nearly repeat, a row of `before` are left out on both sides.
    model : str, estimator, factory or Model, optional
        The judge, as `tilth.models.model.load_model` takes it; it trains both arms.
    metric : str, optional
        Default accuracy, or r2 for regression.
    transforms : sequence of Edit
        Column edits that made `after`: test rows go through them in that arm. A column
        that `after` simply lacks is taken from the test as well.
    n_seeds : int, default 5
        How often either arm is trained; twice if seeds change nothing.
    seed : int, default 0
        The first of the seeds, and the seed of the resampling.
    suspects : bool array of shape (n_test_examples,), optional
        Test rows whose label some check doubts, never looking at either arm.
    held_out : bool, default False
        The test was set aside from the data themselves, so it shares their faults; see
        Notes.
    unchanged : bool, default False
        No edit was found: `after` is `before`. Only one arm is trained, and the verdict is
        NO DIFFERENCE. Without it a dataset compared with itself is refused.
    expected_fingerprint : str, optional
        Fingerprint the test had when it was recorded.
    against_robust : bool, default False
        Also train the best noise-robust method on `before`, which needs the extra `torch`;
        see `tilth.trial.against_robust`.
    control : {"shuffled"}, optional
        Also compare both arms with their training labels shuffled; see
        `tilth.trial.control`.
    n_jobs : int, default 1
        How many models are trained at once.
    progress : callable (stage, done, total), optional

    Returns
    -------
    Proof

    Raises
    ------
    InvalidInputError
        If `before` and `after` are the same, the metric does not fit the task, or the test
        lacks a column.
    ModelError
        If the model cannot be trained on either side.

    Notes
    -----
    BETTER and WORSE need the 95 % interval of `tilth.trial.bootstrap.paired_bootstrap` on
    one side of 0. INVALID, before anything is trained: the test changed since it was
    recorded, has fewer than 100 rows or 80 % of its labelled rows left, or examples added
    to `after` repeat a test row.

    On held-out rows the interval is taken twice, on all of them and on those no check
    suspects, and the verdict stands where both show the same sign: both above 0, both
    below, or neither. A sign counts only as far as its interval shows it, as chance alone
    gives two differences of nothing the same sign half of the time. Otherwise, or with
    fewer than 100 unsuspected rows, the verdict is UNPROVEN.
    """
    if n_seeds < 2:
        raise InvalidInputError(
            f"`n_seeds` must be 2 or more, got {n_seeds}: one training cannot show its luck. Use 5."
        )
    check_learnable(before, "prove")
    learned_as = before.schema.learned_as
    if against_robust:
        refuse_numbers(learned_as)
    measure = metric_named(metric or default_metric(learned_as), learned_as)
    after, test = same_roles(before, after, "after"), same_roles(before, test, "test")
    if not (unchanged or transforms):
        refuse_identical(before, after)
    trial = _Trial(
        before,
        after,
        test,
        measure,
        common_ground(before, after, test, transforms, held_out=held_out),
        test_fingerprint(test),
        _checked_suspects(suspects, len(test), held_out=held_out),
        held_out,
        seed,
    )
    if expected_fingerprint not in {None, trial.fingerprint}:
        return _without_gain(trial, "INVALID", _TOUCHED, step=_AS_RECORDED)
    if trial.ground.invalid:
        return _invalid(trial)
    arms = [(before, trial.ground.before), (after, trial.ground.after)]
    seeds = tuple(range(seed, seed + n_seeds))
    judge = load_model(model, before)
    predictions = predict_arms(
        judge, arms[:1] if unchanged else arms, seeds, n_jobs=n_jobs, progress=progress
    )
    answers = Answers(measure, trial.ground.before.given, predictions[0], predictions[-1])
    if unchanged:
        return _nothing_changed(trial, answers, seeds)
    proof = _judged(trial, answers, seeds)
    if against_robust and proof.after is not None:
        robust = robust_counterfactual(
            arms[0], arms[1], answers, seeds, rng_seed=seed, progress=progress
        )
        proof = replace(proof, against_robust=robust)
    if control is not None and proof.after is not None:
        found = shuffled_control(
            judge, arms, measure, seeds, n_jobs=n_jobs, progress=progress
        )
        proof = replace(proof, control=found)
    return proof


def refused(
    before: Dataset, test: Dataset, *, metric: str | None = None, held_out: bool = False
) -> Proof | None:
    """Return the INVALID proof that every edit of `before` would end in, whatever it does.

    Parameters
    ----------
    before : Dataset
        Training data without edits.
    test : Dataset
        As `prove` takes it.
    metric : str, optional
        Default accuracy, or r2 for regression.
    held_out : bool, default False
        The test was set aside from the data themselves.

    Returns
    -------
    Proof or None
        None: edits can be compared on `test`.

    Notes
    -----
    Nothing is trained. It is asked before edits are sought, which takes minutes.
    """
    learned_as = before.schema.learned_as
    measure = metric_named(metric or default_metric(learned_as), learned_as)
    test = same_roles(before, test, "test")
    ground = common_ground(before, before, test, (), held_out=held_out)
    if not ground.invalid:
        return None
    fingerprint = test_fingerprint(test)
    return _invalid(
        _Trial(before, before, test, measure, ground, fingerprint, None, held_out, 0)
    )


def _checked_suspects(
    suspects: NDArray[np.bool_] | None, n_test: int, *, held_out: bool
) -> NDArray[np.bool_] | None:
    if suspects is None:
        return np.zeros(n_test, dtype=bool) if held_out else None
    suspects = np.asarray(suspects)
    if suspects.dtype != bool or suspects.shape != (n_test,):
        raise InvalidInputError(
            f"`suspects` must be one True or False per test row ({n_test}), got "
            f"{suspects.dtype} of shape {suspects.shape}. Make it with np.zeros(n, dtype=bool)."
        )
    return suspects


def _invalid(trial: _Trial) -> Proof:
    ground = trial.ground
    return _without_gain(trial, "INVALID", ground.invalid, step=ground.next_step)


def _judged(trial: _Trial, answers: Answers, seeds: tuple[int, ...]) -> Proof:
    """Return the proof of two arms that were trained."""
    found = answers.difference(trial.seed)
    suspected = None
    if trial.suspected is not None:
        marked = trial.suspected[trial.ground.rows]
        suspected = with_and_without(answers, found, marked, trial.seed)
    deterministic = len(answers.before) == 1
    doubt = disagreement(suspected, trial.metric) if suspected and trial.held_out else ""
    if doubt:
        bare = _without_gain(trial, "UNPROVEN", doubt, step=LABEL_SOME)
        return replace(
            bare,
            seeds=seeds[: len(answers.before)],
            deterministic=deterministic,
            suspects=suspected,
        )
    why = in_words(answers, found)
    if trial.held_out:
        why += (
            " These rows were held out of the data; those no check suspects show the same."
        )
    proof = _with_scores(trial, answers, found, seeds, why=why, suspects=suspected)
    if proof.verdict != "NO DIFFERENCE" or answers.agree:
        return proof  # of arms that answer alike no test tells more
    said = larger_test(found.value, found.high, found.smallest_detectable, proof.n_test)
    return replace(proof, next_step=NextStep(said))


def _nothing_changed(trial: _Trial, answers: Answers, seeds: tuple[int, ...]) -> Proof:
    smallest = detectable_at_worst(trial.metric, answers.given, answers.before[0])
    found = Difference(0.0, 0.0, 0.0, 0.0, smallest)
    why = (
        f"nothing was changed, as no edit helped on training data: {trial.metric.name} stays "
        f"{number(answers.scores(answers.before).mean)} on "
        f"{count(len(answers.given), 'untouched test example')}; this test shows any gain of "
        f"{number(smallest)} or more."
    )
    return _with_scores(trial, answers, found, seeds, why=why)


def _with_scores(
    trial: _Trial,
    answers: Answers,
    found: Difference,
    seeds: tuple[int, ...],
    *,
    why: str,
    suspects: Suspected | None = None,
) -> Proof:
    test = trial.test.rows(trial.ground.rows)
    deterministic = len(answers.before) == 1
    bare = _without_gain(trial, shown(found), why)
    notes = bare.notes
    if deterministic:
        notes += (
            "Deterministic model: seeds change nothing, only examples were resampled.",
        )
    few = few_rows_said(answers)
    notes += (few,) if few else ()
    return replace(
        bare,
        before=answers.scores(answers.before),
        after=answers.scores(answers.after),
        difference=found.value,
        interval=(found.low, found.high),
        smallest_detectable=found.smallest_detectable,
        seeds=seeds[: len(answers.before)],
        deterministic=deterministic,
        notes=notes,
        slices=slice_table(test, answers.before, answers.after),
        suspects=suspects,
    )


def _without_gain(
    trial: _Trial, verdict: Verdict, why: str, *, step: NextStep = NOTHING
) -> Proof:
    return Proof(
        verdict=verdict,
        why=why[0].upper() + why[1:],
        metric=trial.metric.name,
        before=None,
        after=None,
        difference=None,
        interval=None,
        smallest_detectable=None,
        n_train_before=len(trial.before.labelled),
        n_train_after=len(trial.after.labelled),
        n_test=len(trial.ground.rows),
        n_test_left_out=trial.ground.n_left_out,
        seeds=(),
        deterministic=False,
        test_fingerprint=trial.fingerprint,
        next_command="",
        notes=trial.ground.notes,
        slices=no_slices(),
        suspects=None,
        next_step=step,
    )
