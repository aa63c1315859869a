"""What learns from encoded examples: the methods the built-in models choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tilth.errors import ModelError
from tilth.models.encoders import dense
from tilth.models.rbf_svc import CalibratedSVC

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tilth.models.encoders import Encoded

View = Literal["linear", "dense", "trees"]
_Task = Literal["classification", "regression"]

CLASSIFIERS: dict[str, View] = {
    "logistic": "linear",
    "firm-logistic": "linear",
    "complement-naive-bayes": "linear",
    "quadratic-logistic": "dense",
    "kernel-logistic": "dense",
    "boosted-trees": "trees",
    "extra-trees": "dense",
    "rbf-svc": "dense",
    "mlp": "linear",
    "smooth-mlp": "linear",
    "knn": "linear",
}
REGRESSORS: dict[str, View] = {
    "boosted-trees": "trees",
    "ridge": "linear",
    "knn": "linear",
    "mlp": "linear",
}
_NEIGHBORS = 15  # our own: between the 10 of the neighbor graph and sqrt(n) of small tables
_LANDMARKS = (
    1_000  # examples that stand for all in a kernel; more gain nothing at 5,000 images
)
_MANY_CLASSES = 10
_FULL_BATCH = (
    20_000  # rows up to which a network is trained on all at once: 2 s, no step size
)

# How strongly coefficients are held back. Which one fits depends on the number of classes and
# on noise, so both are tried: with 20 % of labels wrong, 1 is best for two classes of reviews
# and 10 for 77 intents; 3 for the smooth rule behind student grades, 30 for noisy measurements.
_LOGISTIC_C = {"logistic": 1.0, "firm-logistic": 10.0, "quadratic-logistic": 1.0}
_MLP_ALPHA = {"mlp": 3.0, "smooth-mlp": 30.0}


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
        regressor = _regressor(method, encoded, seed)
        regressor.fit(_training_view(encoded, view), targets.astype(np.float64), **extra)
        return Head(method, view, regressor)
    codes, counts = np.unique(targets, return_counts=True)
    prior = counts / counts.sum()
    if len(codes) == 1:
        return Head(method, view, None, codes, prior)
    estimator = _classifier(method, encoded, seed, counts)
    local = np.searchsorted(codes, targets)
    estimator.fit(_training_view(encoded, view), local, **extra)
    return Head(method, view, estimator, codes, prior)


def view_of(encoded: Encoded, view: View) -> Any:
    """Return the numbers a head wants."""
    if view == "trees":
        return encoded.trees()
    matrix = encoded.linear()
    return dense(matrix) if view == "dense" else matrix


def _training_view(encoded: Encoded, view: View) -> Any:
    matrix = view_of(encoded, view)
    if (
        view == "trees"
    ):  # a column without a single value breaks the binning of boosted trees
        matrix[:, np.isnan(matrix).all(axis=0)] = 0.0
    return matrix


def _weight_keyword(method: str, weights: NDArray[np.float64]) -> dict[str, Any]:
    if method == "knn":
        raise ModelError(
            "The built-in model knn cannot train on example weights. Choose another --model, or "
            "an edit that does not weight examples."
        )
    is_pipeline = method in {"quadratic-logistic", "kernel-logistic"}
    return {"logisticregression__" * is_pipeline + "sample_weight": weights}


def _classifier(method: str, encoded: Encoded, seed: int, counts: NDArray[np.intp]) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
    from sklearn.naive_bayes import ComplementNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier

    n_rows, n_classes = encoded.n_rows, len(counts)
    # A tenth is held out to know when to stop; scikit-learn wants two examples of each class.
    stops = counts.min() >= 2 and n_rows >= 10 * n_classes
    if method == "quadratic-logistic":
        return _quadratic()
    if method == "kernel-logistic":
        return _kernel(n_rows, seed)
    if method in _LOGISTIC_C:
        return _logistic(_LOGISTIC_C[method], n_classes, seed)
    if method in _MLP_ALPHA:
        return MLPClassifier(**_network(_MLP_ALPHA[method], n_rows, seed, stops=stops))
    made: dict[str, Callable[[], Any]] = {
        "boosted-trees": lambda: HistGradientBoostingClassifier(
            **_boosting(encoded, seed, stops=stops),
            max_iter=max(10, min(100 if stops else 50, 2_000 // n_classes)),
        ),
        "extra-trees": lambda: ExtraTreesClassifier(
            100, min_samples_leaf=max(3, n_rows // 5_000), random_state=seed
        ),
        "complement-naive-bayes": ComplementNB,
        "knn": lambda: KNeighborsClassifier(min(_NEIGHBORS, n_rows), weights="distance"),
        "rbf-svc": lambda: CalibratedSVC(seed=seed),
    }
    return made[method]()


def _regressor(method: str, encoded: Encoded, seed: int) -> Any:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import Ridge
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.neural_network import MLPRegressor
    from sklearn.preprocessing import StandardScaler

    if method == "boosted-trees":
        return HistGradientBoostingRegressor(
            **_boosting(encoded, seed, stops=True), max_iter=100
        )
    if method == "ridge":
        return Ridge(1.0)
    if method == "knn":
        return KNeighborsRegressor(min(_NEIGHBORS, encoded.n_rows), weights="distance")
    network = MLPRegressor(**_network(_MLP_ALPHA["mlp"], encoded.n_rows, seed, stops=True))
    return TransformedTargetRegressor(network, transformer=StandardScaler())


def _logistic(c: float, n_classes: int, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    if n_classes > _MANY_CLASSES:
        # SAGA stops by the change of the coefficients, and is 5 times as fast at 77 classes.
        # lbfgs stops by the gradient, which is small from the start when classes are many.
        return LogisticRegression(
            C=c, solver="saga", max_iter=100, tol=1e-2, random_state=seed
        )
    return LogisticRegression(C=c, max_iter=300)


def _network(alpha: float, n_rows: int, seed: int, *, stops: bool) -> dict[str, Any]:
    common = {"hidden_layer_sizes": (32,), "alpha": alpha, "random_state": seed}
    if n_rows <= _FULL_BATCH:
        return common | {"solver": "lbfgs", "max_iter": 100}
    if not stops:
        return common | {"max_iter": 15}
    return common | {"early_stopping": True, "n_iter_no_change": 3, "max_iter": 50}


def _boosting(encoded: Encoded, seed: int, *, stops: bool) -> dict[str, Any]:
    # Smaller, slower-learning trees than scikit-learn's defaults: with wrong labels about, the
    # defaults are sure of what they memorised (student grades: log loss 1.39, these 1.08).
    return {
        "learning_rate": 0.1,
        "max_leaf_nodes": 15,
        "l2_regularization": 1.0,
        "early_stopping": stops and encoded.n_rows >= 500,
        "n_iter_no_change": 5,
        "categorical_features": encoded.categorical if encoded.columns else None,
        "random_state": seed,
    }


def _kernel(n_rows: int, seed: int) -> Any:
    from sklearn.kernel_approximation import Nystroem
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    # Images have a total variance of about 1, so that a width of 1 sees who is near. A support
    # vector machine is as good and its probabilities are worse (benchmarks/images.py).
    landmarks = Nystroem(gamma=1.0, n_components=min(_LANDMARKS, n_rows), random_state=seed)
    return make_pipeline(landmarks, LogisticRegression(C=10.0, max_iter=300))


def _quadratic() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    products = PolynomialFeatures(2, include_bias=False)
    learner = LogisticRegression(
        C=_LOGISTIC_C["quadratic-logistic"], max_iter=300, tol=1e-3
    )
    return make_pipeline(products, StandardScaler(), learner)
