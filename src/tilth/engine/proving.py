"""Prove one dataset against another, from whatever the user has in hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from tilth.data.read import read_like
from tilth.engine.as_command import Asked, command_of
from tilth.models.model import load_model
from tilth.trial.metrics import default_metric
from tilth.trial.prove import prove as prove_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit
    from tilth.models.model import TextAs
    from tilth.trial.proof import Proof

    Source = Dataset | str | Path | pd.DataFrame


def prove(  # noqa: PLR0913 - each option is one the command line has, and all have a default
    before: Dataset,
    after: Dataset,
    *,
    test: Source,
    model: object = None,
    metric: str | None = None,
    transforms: Sequence[Edit] = (),
    text_as: TextAs | None = None,
    against_robust: bool = False,
    control: Literal["shuffled"] | None = None,
    seed: int = 0,
    n_jobs: int = 2,
    progress: Callable[[str, int, int], None] | None = None,
) -> Proof:
    """Train the same model on two versions of a dataset and compare it on untouched examples.

    Parameters
    ----------
    before, after : Dataset
        The two training sets.
    test : Dataset or anything `tilth.read` takes
        Examples neither version was edited with.
    model : str or estimator, optional
        As in `improve`; None: the built-in model.
    metric : str, optional
        Default accuracy, or r2 for regression.
    transforms : sequence of Edit
        Column edits of `after` that test rows must go through as well.
    text_as : {"frame", "array"}, optional
        How the model gets its inputs.
    against_robust : bool, default False
        Show beside the edited data what the best noise-robust method reaches on the unedited
        data: trained on the same columns, chosen on noisy labels held out of them, asked the
        same test rows. Needs the extra `torch`.
    control : {"shuffled"}, optional
        Compare the versions again with their training labels in random order: a gain must
        vanish.
    seed : int
    n_jobs : int
        How many models are trained at once.
    progress : callable (stage, done, total), optional

    Returns
    -------
    Proof
        The verdict with its paired difference and interval.

    Examples
    --------
    >>> import numpy as np
    >>> import tilth
    >>> from sklearn.linear_model import LogisticRegression
    >>> x = np.random.default_rng(0).normal(size=300)
    >>> label = np.where(x > 0, "high", "low")
    >>> test = {"x": x[150:], "label": label[150:]}
    >>> after = tilth.read({"x": x[:150], "label": label[:150]}, label="label")
    >>> wrong = np.where(x[:150] > -1, "high", "low")  # before: another line was drawn
    >>> before = tilth.read({"x": x[:150], "label": wrong}, label="label")
    >>> tilth.prove(before, after, test=test, model=LogisticRegression(), n_jobs=1).verdict
    'BETTER'
    """
    fitting = read_like(test, before)
    proof = prove_versions(
        before,
        after,
        fitting,
        model=load_model(model, before, text_as=text_as),
        metric=metric or default_metric(before.schema.learned_as),
        transforms=tuple(transforms),
        against_robust=against_robust,
        control=control,
        seed=seed,
        n_jobs=n_jobs,
        progress=progress,
    )
    asked = Asked(model, metric, fitting.source, text_as, seed)
    return replace(proof, next_command=command_of(proof.next_step, before, asked))
