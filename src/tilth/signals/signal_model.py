"""Which model describes the examples best: the one whose out-of-fold predictions fit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from tilth.errors import ModelError, TilthError, UnavailableError
from tilth.models.defaults import BuiltIn
from tilth.models.model import Model
from tilth.signals.cross_fit import canonical_order
from tilth.signals.pred_probs import SignalModel, cross_val_pred_probs
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.models.encoders import Encoded
    from tilth.signals.pred_probs import Progress

_MAX_COMPARED = (
    5_000  # examples candidates are compared on; log loss is then known to about .02
)
# Examples up to which a method is tried, so that all of them together take seconds.
_MOST = {
    "rbf-svc": 1_500,
    "mlp": 20_000,
    "smooth-mlp": 20_000,
    "knn": 20_000,
    "extra-trees": 50_000,
}
_MOST_IMAGES = 20_000  # up to which a kernel is tried on images: a minute
# Classes up to which: these train one model per class, or per pair of classes.
_MOST_CLASSES = {
    "boosted-trees": 50,
    "quadratic-logistic": 50,
    "extra-trees": 100,
    "rbf-svc": 30,
}
# scikit-learn before 1.7 weights no network.
_WITHOUT_WEIGHTS = ("knn", "mlp", "smooth-mlp")
_MAX_QUADRATIC = 40  # columns, that is 860 products, up to which products are tried
_MAX_SECONDS = (
    60  # per fold of the user's model: slower ones judge, but describe no examples
)
_SURE = 1e-6  # probabilities are clipped here: one sure mistake must not decide alone


def signal_model(  # noqa: PLR0917 - positional parameters are signals
    dataset: Dataset,
    features: Encoded,
    model: Model | None,
    n_jobs: int,
    progress: Progress | None,
    rng: np.random.Generator,
) -> SignalModel:
    """Choose the candidate with the lowest out-of-fold log loss on the given labels.

    Candidates are the built-in methods fit for the size and kind of the data, and the
    user's model if it has class probabilities.

    References
    ----------
    Our own; on noisy labels the log loss ranks models as their accuracy against the true
    labels does (docs/why).
    """
    part, encoded = _compared_part(dataset, features, rng)
    candidates = {name: _built_in(name, dataset) for name in zoo(dataset, features)}
    if model is not None:
        candidates.setdefault(model.name, model)
    seed = int(rng.integers(2**31))  # the same folds for all
    found: dict[str, NDArray[np.float64]] = {}
    failures: dict[str, TilthError] = {}
    for done, (name, candidate) in enumerate(candidates.items()):
        try:
            found[name] = cross_val_pred_probs(
                part,
                candidate,
                rng=np.random.default_rng(seed),
                n_jobs=n_jobs,
                features=encoded,
                progress=None if candidate.is_built_in else _patience(),
            )
        except (ModelError, UnavailableError) as reason:
            failures[name] = reason
        if progress is not None:
            progress("signal_model", done + 1, len(candidates))
    if not found:
        raise UnavailableError(str(next(iter(failures.values()))))
    losses = {
        name: log_loss(part.labels, probabilities) for name, probabilities in found.items()
    }
    best = min(losses, key=lambda name: losses[name])
    whole = part is dataset
    return SignalModel(
        name=best,
        model=candidates[best],
        log_losses=dict(sorted(losses.items(), key=lambda item: item[1])),
        n_folds=_n_folds(dataset),
        n_compared=len(part.labels),
        left_out={name: str(reason) for name, reason in failures.items()},
        version_id=dataset.version_id if whole else "",
        pred_probs=found[best] if whole else None,
    )


def _patience() -> Progress:
    """Return a listener that gives up on a model whose folds take too long."""
    start = time.perf_counter()

    def stop_if_slow(_stage: str, done: int, _total: int) -> None:
        if time.perf_counter() - start > _MAX_SECONDS * done:
            raise UnavailableError(
                f"left out: it takes more than {_MAX_SECONDS} s per fold"
            )

    return stop_if_slow


def zoo(dataset: Dataset, features: Encoded) -> tuple[str, ...]:
    """Return the built-in methods worth trying on these examples."""
    if features.has_text:
        also = "boosted-trees" if len(features.columns) > 1 else "complement-naive-bayes"
        return ("logistic", "firm-logistic", also)
    if features.has_images:
        few = len(dataset.labelled) <= _MOST_IMAGES
        more = ["kernel-logistic"] * few + ["boosted-trees"] * (len(features.columns) > 1)
        return ("logistic", *more)
    names = ["boosted-trees", "logistic", *_MOST]
    if features.linear_width <= _MAX_QUADRATIC:
        names.append("quadratic-logistic")
    n_rows, n_classes = len(dataset.labelled), len(dataset.classes)
    weighted = dataset.weights is not None
    return tuple(
        name
        for name in names
        if n_rows <= _MOST.get(name, n_rows)
        and n_classes <= _MOST_CLASSES.get(name, n_classes)
        and not (weighted and name in _WITHOUT_WEIGHTS)
    )


def log_loss(labels: NDArray[np.integer], pred_probs: NDArray[np.float64]) -> float:
    """Return the mean of -log p(given label); lower is better.

    Examples
    --------
    >>> round(log_loss(np.array([0, 1]), np.array([[0.5, 0.5], [0.5, 0.5]])), 3)
    0.693
    """
    own = pred_probs[np.arange(len(labels)), labels]
    return float(-np.log(np.clip(own, _SURE, 1.0)).mean())


def _built_in(name: str, dataset: Dataset) -> Model:
    return Model(
        name, BuiltIn(name, "classification", dataset.schema.text, dataset.schema.image)
    )


def _compared_part(
    dataset: Dataset, features: Encoded, rng: np.random.Generator
) -> tuple[Dataset, Encoded]:
    if len(dataset.labelled) <= _MAX_COMPARED:
        return dataset, features
    order = canonical_order(dataset)
    rows = np.sort(dataset.labelled[rng.choice(order, _MAX_COMPARED, replace=False)])
    return dataset.rows(rows), features.rows(rows)


def _n_folds(dataset: Dataset) -> int:
    # Our own: with this many examples two thirds teach as much as four fifths do.
    return 3 if len(dataset.labelled) > 50_000 else 5


SIGNAL = Signal("signal_model", signal_model)
