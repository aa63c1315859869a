"""The shuffled-label control: without information in the labels a gain must vanish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tilth.trial.answers import Answers
from tilth.trial.arms import STAGE, predict_each
from tilth.trial.randomisation import randomisation_test
from tilth.trial.shuffled_labels import with_shuffled_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.models.model import Model
    from tilth.trial.metrics import Metric

    Progress = Callable[[str, int, int], None]
    Arm = tuple[Dataset, Dataset]


@dataclass(frozen=True)
class Control:
    """The difference between two arms whose training labels were shuffled.

    Attributes
    ----------
    difference : float
        After minus before, positive meaning better.
    interval : (float, float)
        Its 95 % interval.
    memorisation : float or None
        How much of entirely random labels the model learned by heart, in [0, 1]
        (`Randomisation.memorisation_index`, on the data before); None without classes.
    """

    difference: float
    interval: tuple[float, float]
    memorisation: float | None = None

    @property
    def vanishes(self) -> bool:
        """Whether the interval holds 0, as it must where a gain comes from the labels."""
        return self.interval[0] <= 0 <= self.interval[1]

    def to_document(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "kind": "shuffled",
            "difference": self.difference,
            "interval": list(self.interval),
            "vanishes": self.vanishes,
            "memorisation": self.memorisation,
        }


def shuffled_control(
    model: Model,
    arms: Sequence[Arm],
    metric: Metric,
    seeds: Sequence[int],
    *,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> Control:
    """Repeat a proof with the training labels of either arm in random order.

    Parameters
    ----------
    model : Model
        The judge.
    arms : two (training, test) datasets
        Before and after, test rows as either arm sees them.
    metric : Metric
    seeds : sequence of int
        As in the proof; each also decides an order of the labels.
    n_jobs : int
    progress : callable (stage, done, total), optional

    Returns
    -------
    Control

    Notes
    -----
    Labels are permuted among the labelled examples of an arm, so inputs and class shares
    stay what they are and nothing else does. Every seed has an order of its own, also for
    a deterministic model: what one order happens to teach is luck, and the interval has to
    cover it. A difference that survives does not come from
    what the labels say: class shares differ, the model sees something it should not, or the
    test is too small for its interval. For class labels one more model is trained, for its
    fit of random labels.

    References
    ----------
    Zhang et al. (2017), "Understanding deep learning requires rethinking generalization",
    section 2.1, for labels without information.
    """
    tasks = [
        (with_shuffled_labels(training, seed), test, seed)
        for seed in seeds
        for training, test in arms
    ]
    found: list[NDArray[Any]] = []
    for predicted in predict_each(model, tasks, arms[0][0], n_jobs):
        found.append(predicted)
        if progress is not None:
            progress(STAGE, len(found), len(tasks))
    answers = Answers(metric, arms[0][1].given, found[::2], found[1::2])
    change = answers.difference(seeds[0])
    memorisation = None
    if arms[0][0].schema.learned_as == "classification":
        fit = randomisation_test(arms[0][0], model=model, shares=(1.0,), seed=seeds[0])
        memorisation = fit.memorisation_index
    return Control(change.value, (change.low, change.high), memorisation)
