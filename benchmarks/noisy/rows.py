"""The rows of the table: how each one trains, and the settings validation chooses among."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tilth.algorithms.labels import (
    confident_joint,
    label_errors,
    noise_matrix,
    suggested_labels,
)
from tilth.algorithms.labels.calibration import error_probabilities
from tilth.models import robust

if TYPE_CHECKING:
    from collections.abc import Callable

    from noisy.protocol import Material, Setup
    from numpy.typing import NDArray

Family = Literal["reference", "data", "own", "model", "beside", "both"]
Setting = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained row: the classifier, labels trained on (-1: left out), what it cost.

    `n_trainings` counts networks trained for the full number of steps, those for
    probabilities of its own included and published ones not.
    """

    classifier: robust.RobustClassifier
    labels: NDArray[np.int64]
    n_trainings: float


@dataclass(frozen=True)
class Row:
    """One row: its family, its settings, how it is trained under one of them."""

    name: str
    family: Family
    settings: tuple[Setting, ...]
    fit: Callable[[Setup, Material, Setting], Fitted]


def trained(
    setup: Setup,
    data: Material,
    labels: NDArray[np.int64],
    *,
    weights: NDArray[np.float64] | None = None,
    method: type[robust.RobustClassifier] = robust.PlainTraining,
    **options: Any,
) -> robust.RobustClassifier:
    """Train on the examples whose label is not -1, in as many steps as all would take."""
    kept = labels >= 0
    model = method(
        setup.module,
        schedule=setup.schedule_for(int(kept.sum()), len(labels)),
        device=setup.device,
        random_state=data.seed,
        **options,
    )
    per_example = None if weights is None else weights[labels[kept]]
    return model.fit(
        data.inputs[kept], labels[kept], per_example, validation=data.validation
    )


def class_weights(
    labels: NDArray[np.int64], probs: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return true mass over mass kept for each class (Northcutt et al. 2021, section 3.2)."""
    joint = confident_joint(labels, probs).astype(np.float64)
    return joint.sum(axis=0) / np.maximum(joint.diagonal(), 1)


def removal(selection: str, *, own: bool = False) -> Callable[..., Fitted]:
    """Remove what a selection flags; train plainly on the rest, with class weights."""

    def fit(setup: Setup, data: Material, setting: Setting) -> Fitted:
        probs = data.own_probs if own else data.probs
        labels = without_errors(data, probs, selection)
        weights = class_weights(data.given, probs)
        model = trained(setup, data, labels, weights=weights)
        return Fitted(model, labels, 1 + 4 * own)

    return fit


def relabelling(selection: str, *, own: bool = False) -> Callable[..., Fitted]:
    """Give what a selection flags the label suggested for it; train plainly on all."""

    def fit(setup: Setup, data: Material, setting: Setting) -> Fitted:
        probs = data.own_probs if own else data.probs
        flagged = label_errors(data.given, probs, method=selection)
        others = suggested_labels(data.given, probs)
        labels = np.where(flagged, others, data.given)
        return Fitted(trained(setup, data, labels), labels, 1 + 4 * own)

    return fit


def without_errors(
    data: Material, probs: NDArray[np.floating], selection: str
) -> NDArray[np.int64]:
    """Return the given labels, -1 where the selection flags them; five of each class stay."""
    flagged = label_errors(data.given, probs, method=selection)
    p_error = error_probabilities(data.given, probs)
    for k in np.unique(data.given):
        members = np.flatnonzero(data.given == k)
        flagged[members[np.argsort(p_error[members], kind="stable")[:5]]] = False
    return np.where(flagged, -1, data.given)


def robust_training(
    method: type[robust.RobustClassifier], n_trainings: float = 1
) -> Callable[..., Fitted]:
    """Train a robust method on all labels as given."""

    def fit(setup: Setup, data: Material, setting: Setting) -> Fitted:
        options = {name: _meant(value, data) for name, value in setting.items()}
        model = trained(setup, data, data.given, method=method, **options)
        labels = data.given
        if isinstance(model, robust.INCV):
            labels = np.where(np.isin(np.arange(len(labels)), model.selected_), labels, -1)
        # A mentor that teaches itself: four folds for the noise, and a student to watch.
        more = 4 if setting.get("curriculum") == "data-driven" else 0
        return Fitted(model, labels, n_trainings + more)

    return fit


def edits_and_robust(selection: str) -> Callable[..., Fitted]:
    """Remove what a selection flags, and train a robust method on the rest."""

    def fit(setup: Setup, data: Material, setting: Setting) -> Fitted:
        options = {n: _meant(v, data) for n, v in setting.items() if n != "method"}
        method = getattr(robust, setting["method"])
        labels = without_errors(data, data.probs, selection)
        weights = class_weights(data.given, data.probs)
        model = trained(setup, data, labels, weights=weights, method=method, **options)
        return Fitted(model, labels, 2 if method is robust.CoTeaching else 1)

    return fit


def with_truth(*, removal_only: bool) -> Callable[..., Fitted]:
    """Train on the truth: what no method can expect to beat."""

    def fit(setup: Setup, data: Material, setting: Setting) -> Fitted:
        wrong = data.given != data.truth
        labels = np.where(wrong, -1, data.given) if removal_only else data.truth
        return Fitted(trained(setup, data, labels), labels, 1)

    return fit


def _meant(value: Any, data: Material) -> Any:
    """Fill in what is estimated from the data: the noise, as confident learning sees it."""
    match value:
        case "noise matrix":
            return data.noise
        case "own noise matrix":
            return noise_matrix(data.given, data.own_probs)
        case ("noise rate", factor):
            return float(np.clip(factor * data.noise_rate, 0.0, 0.9))
        case ("clean rate",):
            return float(np.clip(1 - data.noise_rate, 0.1, 1.0))
    return value


_NONE: tuple[Setting, ...] = ({},)
_RATE = ("noise rate", 1.0)
_HALF = ("noise rate", 0.5)  # what the published Co-Teaching on cleaned data was handed

ROWS: tuple[Row, ...] = (
    Row("true labels", "reference", _NONE, with_truth(removal_only=False)),
    Row(
        "exactly the wrong ones removed", "reference", _NONE, with_truth(removal_only=True)
    ),
    Row("argmax", "data", _NONE, removal("argmax")),
    Row("confident joint", "data", _NONE, removal("confident_joint")),
    Row("prune by class", "data", _NONE, removal("prune_by_class")),
    Row("prune by noise rate", "data", _NONE, removal("prune_by_noise_rate")),
    Row("both", "data", _NONE, removal("both")),
    Row("calibrated", "data", _NONE, removal("calibrated")),
    Row("prune by noise rate, relabel", "data", _NONE, relabelling("prune_by_noise_rate")),
    Row("calibrated, relabel", "data", _NONE, relabelling("calibrated")),
    Row("argmax, relabel", "data", _NONE, relabelling("argmax")),
    Row("calibrated, own", "own", _NONE, removal("calibrated", own=True)),
    Row("calibrated, own, relabel", "own", _NONE, relabelling("calibrated", own=True)),
    Row("prune by noise rate, own", "own", _NONE, removal("prune_by_noise_rate", own=True)),
    Row(
        "prune by noise rate, own, relabel",
        "own",
        _NONE,
        relabelling("prune_by_noise_rate", own=True),
    ),
    Row(
        "S-Model, own",
        "own",
        ({"noise_matrix": "own noise matrix"},),
        robust_training(robust.SModel, 5),
    ),
    Row(
        "INCV",
        "model",
        ({"discard": True}, {"discard": False}),
        robust_training(robust.INCV, 3),
    ),
    Row(
        "Mixup",
        "model",
        ({"alpha": 1.0}, {"alpha": 4.0}, {"alpha": 8.0}, {"alpha": 32.0}),
        robust_training(robust.Mixup),
    ),
    Row(
        "SCE",
        "model",
        (
            {"alpha": 0.1, "beta": 1.0},
            {"alpha": 0.5, "beta": 1.0},
            {"alpha": 1.0, "beta": 1.0},
            {"alpha": 6.0, "beta": 0.1},
        ),
        robust_training(robust.SymmetricCrossEntropy),
    ),
    Row(
        "MentorNet",
        "model",
        (
            {"percentile": ("clean rate",)},
            {"percentile": ("clean rate",), "slope": 0.0},
            {"percentile": 0.75},
            {"curriculum": "data-driven"},
        ),
        robust_training(robust.MentorNet),
    ),
    Row(
        "Co-Teaching",
        "model",
        (
            {"noise_rate": _RATE},
            {"noise_rate": _HALF},
            {"noise_rate": _RATE, "warm_epochs": 5},
            {"noise_rate": _HALF, "warm_epochs": 5},
        ),
        robust_training(robust.CoTeaching, 2),
    ),
    Row(
        "S-Model",
        "model",
        ({"noise_matrix": "noise matrix"},),
        robust_training(robust.SModel),
    ),
    Row(
        "Reed",
        "model",
        (
            {"mode": "hard", "trust": 0.8},
            {"mode": "hard", "trust": 0.5},
            {"mode": "soft", "trust": 0.95},
            {"mode": "soft", "trust": 0.5},
        ),
        robust_training(robust.ReedBootstrapping),
    ),
    Row("plain", "model", _NONE, robust_training(robust.PlainTraining)),
    Row(
        "forward correction",
        "beside",
        ({"noise_matrix": "noise matrix"},),
        robust_training(robust.ForwardCorrection),
    ),
    Row(
        "GCE",
        "beside",
        ({"q": 0.3}, {"q": 0.5}, {"q": 0.7}, {"q": 0.9}),
        robust_training(robust.GeneralizedCrossEntropy),
    ),
    Row(
        "ELR",
        "beside",
        (
            {"pull": 1.0},
            {"pull": 3.0},
            {"pull": 7.0},
            {"pull": 3.0, "momentum": 0.9},
        ),
        robust_training(robust.EarlyLearningRegularization),
    ),
    Row(
        "DivideMix",
        "beside",
        ({"guessed_weight": 0.0}, {"guessed_weight": 25.0}),
        robust_training(robust.DivideMix, 2),
    ),
    Row(
        "calibrated + robust training",
        "both",
        (
            {"method": "SymmetricCrossEntropy"},
            {"method": "Mixup", "alpha": 1.0},
            {"method": "EarlyLearningRegularization"},
            {"method": "GeneralizedCrossEntropy", "q": 0.5},
        ),
        edits_and_robust("calibrated"),
    ),
    Row(
        "both + Co-Teaching",
        "both",
        ({"method": "CoTeaching", "noise_rate": _HALF},),
        edits_and_robust("both"),
    ),
)
