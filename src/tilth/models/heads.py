"""What learns from encoded examples: the methods the built-in models choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tilth.errors import ModelError
from tilth.models.encoders import dense
from tilth.models.rbf_svc import CalibratedSVC

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.models.encoders import Encoded

View = Literal["linear", "dense", "trees"]
_Task = Literal["classification", "regression"]

CLASSIFIERS: dict[str, View] = {
    "logistic": "linear",
    "boosted-trees": "trees",
    "knn": "linear",
    "mlp": "linear",
    "quadratic-logistic": "dense",
    "extra-trees": "dense",
    "rbf-svc": "dense",
}
REGRESSORS: dict[str, View] = {
    "boosted-trees": "trees",
    "ridge": "linear",
    "knn": "linear",
    "mlp": "linear",
}
_NEIGHBORS = 15  # our own: between the 10 of the neighbor graph and sqrt(n) of small tables


@dataclass(frozen=True)
class Head:
    """A trained method; `codes` are the classes it saw, None for regression."""

    method: str
    view: View
    estimator: Any
    codes: NDArray[np.intp] | None = None
    prior: NDArray[np.float64] | None = None

    def predict(self, encoded: Encoded) -> NDArray[np.float64]:
        """Return a number per row."""
        matrix = view_of(encoded, self.view)
        return np.asarray(self.estimator.predict(matrix), dtype=np.float64)

    def predict_proba(self, encoded: Encoded, n_classes: int) -> NDArray[np.float64]:
        """Return class probabilities, 0 for classes not seen in training."""
        if self.codes is None or self.prior is None:
            raise ModelError(
                f"{self.method} was trained on numbers; it has no class probabilities."
            )
        result = np.zeros((encoded.n_rows, n_classes))
        if self.estimator is None:
            result[:, self.codes] = 1.0
            return result
        found = self.estimator.predict_proba(view_of(encoded, self.view)).astype(np.float64)
        if self.method == "knn":  # Laplace: 15 neighbors cannot tell 0 from 1 in 15
            found = (_NEIGHBORS * found + self.prior) / (_NEIGHBORS + 1)
        result[:, self.codes] = found / found.sum(axis=1, keepdims=True)
        return result


def fit_head(
    method: str,
    encoded: Encoded,
    targets: NDArray[Any],
    *,
    task: _Task,
    seed: int,
    weights: NDArray[np.float64] | None = None,
) -> Head:
    """Train `method` on encoded examples and their class codes or numbers."""
    view = (REGRESSORS if task == "regression" else CLASSIFIERS)[method]
    extra = {} if weights is None else _weight_keyword(method, weights)
    if task == "regression":
        numbers = targets.astype(np.float64)
        matrix = view_of(encoded, view)
        return Head(
            method, view, _regressor(method, encoded, seed).fit(matrix, numbers, **extra)
        )
    codes, counts = np.unique(targets, return_counts=True)
    prior = counts / counts.sum()
    if len(codes) == 1:
        return Head(method, view, None, codes, prior)
    estimator = _classifier(method, encoded, seed)
    local = np.searchsorted(codes, targets)
    estimator.fit(view_of(encoded, view), local, **extra)
    return Head(method, view, estimator, codes, prior)


def view_of(encoded: Encoded, view: View) -> Any:
    """Return the numbers a head wants."""
    if view == "trees":
        return encoded.trees()
    matrix = encoded.linear()
    return dense(matrix) if view == "dense" else matrix


def _weight_keyword(method: str, weights: NDArray[np.float64]) -> dict[str, Any]:
    if method == "knn":
        raise ModelError(
            "The built-in model knn cannot train on example weights. Choose another --model, or "
            "an edit that does not weight examples."
        )
    name = (
        "logisticregression__sample_weight"
        if method == "quadratic-logistic"
        else "sample_weight"
    )
    return {name: weights}


def _classifier(method: str, encoded: Encoded, seed: int) -> Any:  # noqa: PLR0911 - one line each
    from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier

    n_rows = encoded.n_rows
    if method == "logistic":
        return LogisticRegression(C=1.0, max_iter=300, tol=1e-3)
    if method == "quadratic-logistic":
        return _quadratic()
    if method == "boosted-trees":
        return HistGradientBoostingClassifier(**_boosting(encoded, seed))
    if method == "extra-trees":
        leaf = max(3, n_rows // 5_000)
        return ExtraTreesClassifier(100, min_samples_leaf=leaf, random_state=seed)
    if method == "knn":
        return KNeighborsClassifier(min(_NEIGHBORS, n_rows), weights="distance")
    if method == "mlp":
        return MLPClassifier(
            (64,), early_stopping=n_rows >= 1_000, max_iter=200, random_state=seed
        )
    return CalibratedSVC(seed=seed)


def _regressor(method: str, encoded: Encoded, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import Ridge
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.neural_network import MLPRegressor

    if method == "boosted-trees":
        return HistGradientBoostingRegressor(**_boosting(encoded, seed))
    if method == "ridge":
        return Ridge(1.0)
    if method == "knn":
        return KNeighborsRegressor(min(_NEIGHBORS, encoded.n_rows), weights="distance")
    return MLPRegressor(
        (64,), early_stopping=encoded.n_rows >= 1_000, max_iter=200, random_state=seed
    )


def _boosting(encoded: Encoded, seed: int) -> dict[str, Any]:
    # Smaller, slower-learning trees than scikit-learn's defaults: with wrong labels about, the
    # defaults are sure of what they memorised (student grades: log loss 1.39, these 1.08).
    return {
        "learning_rate": 0.1,
        "max_iter": 100,
        "max_leaf_nodes": 15,
        "l2_regularization": 1.0,
        "early_stopping": encoded.n_rows >= 500,
        "n_iter_no_change": 5,
        "categorical_features": encoded.categorical if encoded.columns else None,
        "random_state": seed,
    }


def _quadratic() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    return make_pipeline(
        PolynomialFeatures(2, include_bias=False),
        StandardScaler(),
        LogisticRegression(C=1.0, max_iter=300, tol=1e-3),
    )
