"""Find what is wrong, search for edits that help, and prove them on untouched examples."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tilth.checks import CHECKS
from tilth.data.learnable import check_learnable
from tilth.data.read import read_like
from tilth.display.numbers import count
from tilth.edits.apply import apply_edits
from tilth.edits.patch import make_patch
from tilth.engine.as_command import Asked, command_of
from tilth.engine.audit import Audit, examine, facts_of
from tilth.engine.held_out import (
    marked_test,
    set_aside,
    trusted,
    with_free_ids,
    without_split,
)
from tilth.engine.inner_trial import transforms_of
from tilth.engine.next_step import step_after
from tilth.engine.recipe import apply_recipes, signals_of
from tilth.engine.search import Stack, search
from tilth.engine.suspects import suspected_rows
from tilth.errors import InvalidInputError
from tilth.models.model import load_model
from tilth.models.train import handed_over
from tilth.signals import PROVIDERS
from tilth.signals.signals import Signals
from tilth.trial.metrics import default_metric, metric_named
from tilth.trial.next_step import NextStep
from tilth.trial.proof import as_it_was
from tilth.trial.protocol import MIN_ROWS, MORE_DATA, OTHER_ROWS
from tilth.trial.prove import prove, refused

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from pathlib import Path

    import pandas as pd

    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit
    from tilth.edits.patch import Patch
    from tilth.engine.search import Tried
    from tilth.models.model import TextAs
    from tilth.signals.signals import Arrays
    from tilth.trial.proof import Proof

    Source = Dataset | str | Path | pd.DataFrame
    Progress = Callable[[str, int, int], None]
    OnEvent = Callable[[str], None]

_BUDGET = 600.0  # seconds: the command line's as well
_MORE_ANSWERS = NextStep(
    f"Label {MIN_ROWS} held-out rows or more; --audit-sample draws them."
)


@dataclass(frozen=True, eq=False)
class Improvement:
    """The better dataset with its proof; the dataset as it was where nothing was proven.

    `rejected` is the proof of edits that only the inner trials liked: they were not applied.
    """

    proof: Proof
    rejected: Proof | None
    patch: Patch
    dataset: Dataset
    edits: tuple[Edit, ...]
    tried: tuple[Tried, ...]
    audit: Audit
    seconds: float

    @property
    def n_examples(self) -> int:
        """How many examples were given, of which the checks may have seen a part."""
        return self.patch.n_examples

    @property
    def candidates(self) -> list[dict[str, Any]]:
        """Every candidate tried, with its numbers, ready for JSON."""
        return [tried.to_document() for tried in self.tried]

    def __repr__(self) -> str:
        """Return it at a glance."""
        tried = count(len(self.tried), "candidate")
        edits = ", ".join(edit.in_words for edit in self.edits) or "nothing applied"
        return f"Improvement({self.proof.in_short}, {edits}, {tried} tried)"

    def _repr_html_(self) -> str:
        # heavy, and needed in notebooks alone
        from tilth.display.headlines import proof_headline
        from tilth.display.notebook import notebook_html

        proof = self.proof.to_document()
        shown = {
            "proof": proof,
            "edits": [{"op": edit.op, "reason": edit.reason.text} for edit in self.edits],
            "n_candidates": len(self.tried),
            "n_kept": sum(tried.accepted for tried in self.tried),
            "seconds": self.seconds,
        }
        return notebook_html("improvement", proof_headline(proof), shown)


def improve(  # noqa: PLR0913 - each option is one the command line has, and all have a default
    data: Dataset,
    *,
    test: Source | None = None,
    audited: pd.Series | None = None,
    model: object = None,
    metric: str | None = None,
    budget: float = _BUDGET,
    text_as: TextAs | None = None,
    seed: int = 0,
    cache: MutableMapping[str, Arrays] | None = None,
    n_jobs: int = 2,
    progress: Progress | None = None,
    on_event: OnEvent | None = None,
) -> Improvement:
    """Make a better version of a dataset and prove it with your own model.

    Parameters
    ----------
    data : Dataset
        What `tilth.read` returns; it needs a label.
    test : Dataset or anything `tilth.read` takes, optional
        Examples nobody touches: they choose nothing and are edited by nothing. None: the
        rows marked ``test`` in the split column if the data have one, else a stratified
        fifth is set aside before any check runs.
    audited : Series of labels, indexed by example id, optional
        What a person answered on the examples of `audit_sample`: without a test the proof
        rests on them, as the other held-out labels share the faults of the data.
    model : str or estimator, optional
        The judge, trained alike on both sides: a built-in name, ``package.module:attribute``,
        ``file.py:attribute``, an estimator or a factory. None: the built-in model.
    metric : str, optional
        Default accuracy, or r2 for regression.
    budget : float
        Seconds for the search, above 0.
    text_as : {"frame", "array"}, optional
        How the model gets its inputs; see `tilth.models`.
    seed : int
        Decides folds and seeds of the trials.
    cache : mapping, optional
        Where costly arrays are kept between runs.
    n_jobs : int
        How many models are trained at once.
    progress : callable (stage, done, total), optional
    on_event : callable (sentence), optional
        Told of each edit the inner trials accept.

    Returns
    -------
    Improvement
        `dataset` is `data` itself, and `edits` empty, unless the verdict is BETTER. Where
        no edit could be compared on the test, it is INVALID at once: nothing is tried, and
        no check is asked.

    Raises
    ------
    InvalidInputError
        If the data have no label, the metric does not fit the task, or `budget` is no
        number of seconds.
    ModelError
        If the model cannot be trained on the data as they are.

    Examples
    --------
    >>> import numpy as np
    >>> import tilth
    >>> from sklearn.linear_model import LinearRegression
    >>> rng = np.random.default_rng(0)
    >>> x = rng.uniform(1, 9, size=400)
    >>> y = 2 * x + rng.normal(size=400)
    >>> test = {"x": x[250:].copy(), "y": y[250:]}
    >>> x[:250:12] *= 100  # a decimal point got lost
    >>> data = tilth.read({"x": x[:250], "y": y[:250]}, label="y")
    >>> better = tilth.improve(data, test=test, model=LinearRegression(), n_jobs=1)
    >>> better.proof.verdict, len(better.dataset)
    ('BETTER', 229)
    """
    start = time.perf_counter()
    _check(data, budget)
    is_given = test is not None
    training, test, is_held_out = _parts(data, test, audited, seed)
    asked = Asked(
        model, metric, test.source if is_given else None, text_as, seed,
        budget=None if budget == _BUDGET else budget, is_answered=audited is not None,
    )  # fmt: skip
    # Fixed by the data as given: an edit that drops a column must not change how text arrives.
    judge = load_model(model, training, text_as=text_as or handed_over(training))
    measure = metric_named(
        metric or default_metric(data.schema.learned_as), data.schema.learned_as
    )
    is_part = is_held_out or audited is not None  # of rows set aside, labelled anew or not
    unfit = refused(training, test, metric=measure.name, held_out=is_part)
    if unfit is not None:
        proof = _with_step(unfit, _step_before(unfit, asked), data, asked)
        return _nothing_tried(data, training, proof, time.perf_counter() - start)
    context = {"test": test, "model": judge, "n_jobs": n_jobs, "progress": progress}
    signals = Signals(training, PROVIDERS, context=context, cache=cache, seed=seed)
    found = _audit_of(signals, progress)
    limits: dict[str, Any] = {"budget": budget, "progress": progress, "on_event": on_event}
    stack = search(signals, found.outcomes, judge, measure, **limits)
    tried = prove(
        training,
        stack.dataset,
        test,
        model=judge,
        metric=measure.name,
        transforms=transforms_of(stack.edits),
        seed=seed,
        suspects=suspected_rows(signals, found.outcomes, test),
        held_out=is_held_out,
        n_jobs=n_jobs,
        progress=progress,
        unchanged=not stack.edits,
    )
    tried = _with_step(tried, step_after(tried, stack, judge, budget), data, asked)
    dataset, edits = _kept(data, signals, stack, tried)
    proof = _said_of(data, signals, edits, tried)
    return Improvement(
        proof=proof,
        patch=make_patch(data, edits),
        dataset=dataset,
        edits=edits,
        rejected=tried if stack.edits and not edits else None,
        tried=_after_proof(stack, tried),
        audit=found,
        seconds=time.perf_counter() - start,
    )


def _with_step(proof: Proof, step: NextStep, data: Dataset, asked: Asked) -> Proof:
    """Return the proof with what may help next, and the command that goes on with `data`."""
    return replace(proof, next_step=step, next_command=command_of(step, data, asked))


def _step_before(unfit: Proof, asked: Asked) -> NextStep:
    """Return what may help where nothing can be proven, by where the test came from."""
    step = unfit.next_step
    if asked.is_answered and step == MORE_DATA:
        return _MORE_ANSWERS
    if step == OTHER_ROWS and asked.test is None:
        return NextStep(step.advice)  # test_leakage looks at a test of its own alone
    return step


def _nothing_tried(
    data: Dataset, training: Dataset, proof: Proof, seconds: float
) -> Improvement:
    """Return the data as they are: no edit could be proven, so none is sought."""
    return Improvement(
        proof=proof,
        patch=make_patch(data, ()),
        dataset=data,
        edits=(),
        rejected=None,
        tried=(),
        audit=Audit(training, {}),
        seconds=seconds,
    )


def _check(data: Dataset, budget: object) -> None:
    check_learnable(data, "improve")
    if not isinstance(budget, int | float) or not budget > 0:
        raise InvalidInputError(
            f"`budget` must be seconds above 0, got {budget!r}. Use 600 for ten minutes."
        )


def _parts(
    data: Dataset, test: Source | None, audited: pd.Series | None, seed: int
) -> tuple[Dataset, Dataset, bool]:
    """Return training part, test part, and whether the test shares the faults of the data."""
    if test is not None:
        return data, _fitting(read_like(test, data), data), False
    marked = marked_test(data)
    if marked.any():
        plain = without_split(data)
        return plain.rows(~marked), plain.rows(marked), False
    training, held_out = set_aside(data, seed)
    if audited is not None:
        return training, trusted(held_out, audited, data.classes), False
    return training, held_out, True


def _fitting(test: Dataset, training: Dataset) -> Dataset:
    """Refuse before the search what the proof could not use after it."""
    missing = [str(c) for c in training.inputs.columns if c not in test.inputs.columns]
    if missing:
        raise InvalidInputError(
            f"The test must have every column of {training.source}, got none called {missing[0]!r} "
            f"in {test.source}. Add it there, or take it out of the training data."
        )
    return test


def _audit_of(signals: Signals, progress: Progress | None) -> Audit:
    """Ask every check of the training part."""
    began = time.perf_counter()
    checks = [check for check in CHECKS if not check.preview]
    outcomes = examine(signals, checks, progress=progress)
    facts = facts_of(signals, outcomes)
    return Audit(signals.dataset, outcomes, facts, time.perf_counter() - began)


def _kept(
    data: Dataset, signals: Signals, stack: Stack, proof: Proof
) -> tuple[Dataset, tuple[Edit, ...]]:
    """Return what is proven: nothing, or the edits on all the data the user gave.

    Where a part was held out the recipe runs again on the whole source. Test rows of a split
    column are left as they are but for the column transforms.
    """
    if proof.verdict != "BETTER":
        return data, ()
    if signals.dataset is data:
        return stack.dataset, stack.edits
    if marked_test(data).any():
        edits = with_free_ids(stack.edits, data)
        return apply_edits(data, edits), edits
    whole, again = apply_recipes(stack.recipes, signals_of(data, signals))
    return whole.dataset, tuple(again)


def _said_of(
    data: Dataset, signals: Signals, edits: tuple[Edit, ...], tried: Proof
) -> Proof:
    """Return the proof of what is kept; it says where that was made by running again."""
    if not edits:
        return as_it_was(tried)
    if signals.dataset is data or marked_test(data).any():
        return tried
    note = (
        f"The proof measured the recipe as run on {len(signals.dataset):,} examples; to make the "
        f"output it was run again on all {len(data):,}."
    )
    return replace(tried, notes=(*tried.notes, note))


def _after_proof(stack: Stack, proof: Proof) -> tuple[Tried, ...]:
    """Say of candidates that only the inner trials liked that the proof did not."""
    if proof.verdict == "BETTER":
        return stack.tried
    return tuple(
        replace(
            tried,
            accepted=False,
            why=f"{tried.why}; the proof on the test says {proof.verdict}",
        )
        if tried.accepted
        else tried
        for tried in stack.tried
    )
