"""The model-centric counterfactual: robust training on the data as they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tilth.errors import InvalidInputError
from tilth.models.calm import calm
from tilth.models.encoders import Encoder
from tilth.models.train import feature_columns
from tilth.trial.answers import Answers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.trial.proof import Scores

    Progress = Callable[[str, int, int], None]
    Arm = tuple[Dataset, Dataset]

STAGE = "robust training"


@dataclass(frozen=True)
class AgainstRobust:
    """What noise-robust training reaches on the data as they were, beside edited data.

    Attributes
    ----------
    method : str
        The best of the robust methods on noisy labels held out of the training data.
    validation : dict of str to float
        Accuracy of each method there.
    robust : Scores
        That method on the unedited data, in the metric's own unit, on the same test rows.
    plain_before, plain_after : Scores
        The same network trained plainly on the unedited and on the edited data.
    difference : float
        Edited data with the user's model minus robust training on unedited data; positive
        means that editing is better.
    interval : (float, float)
        95 % interval of that difference.
    """

    method: str
    validation: dict[str, float]
    robust: Scores
    plain_before: Scores
    plain_after: Scores
    difference: float
    interval: tuple[float, float]

    def to_document(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "method": self.method,
            "validation": [
                {"method": name, "accuracy": float(score)}
                for name, score in self.validation.items()
            ],
            "robust": self.robust.to_document(),
            "plain_before": self.plain_before.to_document(),
            "plain_after": self.plain_after.to_document(),
            "difference": self.difference,
            "interval": list(self.interval),
        }


def refuse_numbers(task: str) -> None:
    """Refuse data without classes: robust losses are about wrong classes.

    Raises
    ------
    InvalidInputError
        If the task is no classification.
    """
    if task != "classification":
        raise InvalidInputError(
            f"`against_robust` must be asked of data with class labels, got {task}: the robust "
            "methods are about wrong classes. Leave it out."
        )


def against_robust(
    before: Arm,
    after: Arm,
    answers: Answers,
    seeds: Sequence[int],
    *,
    rng_seed: int,
    progress: Progress | None = None,
) -> AgainstRobust:
    """Train the best robust method on unedited data and compare edited data with it.

    Parameters
    ----------
    before, after : (training, test) datasets
        The arms of the proof, test rows as either arm sees them.
    answers : Answers
        What the user's model said in either arm.
    seeds : sequence of int
        One training of the method for each.
    rng_seed : int
        Of the bootstrap.
    progress : callable (stage, done, total), optional

    Returns
    -------
    AgainstRobust

    Notes
    -----
    The methods learn from the columns built-in models see, as the built-in encoder makes
    numbers of them, through a network of two hidden layers. One is chosen by its accuracy on
    a fifth of the training rows, whose labels are as noisy as the rest; the test chooses
    nothing. Fourteen networks are trained to choose (four for the noise, two for
    Co-Teaching), and three or four for each seed.
    """
    from tilth.models.robust.choice import METHODS, SCHEDULE, best_robust_method
    from tilth.models.robust.loss_methods import PlainTraining

    done, total = 0, len(METHODS) + 3 * len(seeds)

    def told() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(STAGE, done, total)

    def said(method: Any, arm: _Encoded) -> list[NDArray[Any]]:
        found = []
        for seed in seeds:
            fitted = method.set_params(random_state=seed).fit(arm.X, arm.codes, arm.weights)
            found.append(arm.classes[fitted.predict(arm.X_test)])
            told()
        return found

    unedited, edited = _encoded(before), _encoded(after)
    with calm():
        chosen = best_robust_method(
            unedited.X,
            unedited.codes,
            unedited.weights,
            random_state=seeds[0],
            progress=told,
        )
        robust = said(chosen.method, unedited)
        plain = [said(PlainTraining(schedule=SCHEDULE), arm) for arm in (unedited, edited)]
    theirs = Answers(
        answers.metric, answers.given, robust, _repeated(answers.after, len(seeds))
    )
    found = theirs.difference(rng_seed)
    return AgainstRobust(
        chosen.name,
        chosen.validation,
        answers.scores(robust),
        answers.scores(plain[0]),
        answers.scores(plain[1]),
        found.value,
        (found.low, found.high),
    )


@dataclass(frozen=True, eq=False)
class _Encoded:
    """An arm as numbers: training rows with class codes and weights, test rows."""

    X: Any
    codes: NDArray[np.int64]
    classes: NDArray[Any]
    weights: NDArray[np.float64] | None
    X_test: Any


def _encoded(arm: Arm) -> _Encoded:
    training, test = arm
    rows = training.rows(training.labelled)
    text = [name for name in rows.schema.text if name in rows.inputs.columns]
    encoder, encoded = Encoder.fitted(feature_columns(rows), text)
    X_test = encoder.encode(feature_columns(test)).linear()
    return _Encoded(encoded.linear(), rows.labels, rows.classes, rows.weights, X_test)


def _repeated(predictions: Sequence[NDArray[Any]], n: int) -> list[NDArray[Any]]:
    """Return a prediction per seed; a deterministic model said the same each time."""
    return [predictions[i % len(predictions)] for i in range(n)]
