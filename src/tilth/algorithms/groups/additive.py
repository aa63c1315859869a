"""Class probabilities from an additive model that can leave any family of features out."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csc_array

_N_FOLDS = 3
_MAX_TRAIN = 6_000  # our own: weights of some hundred yes/no features are settled by then
_STRENGTH = 0.3  # our own: sklearn's C for yes/no features, a little below its default


class AdditiveProbs:
    """Out-of-fold probabilities, with or without a family of features (a class: it keeps its fit)."""

    def __init__(
        self,
        design: csc_array,
        family: NDArray[np.integer],
        labels: NDArray[np.integer],
        n_classes: int,
    ) -> None:
        self._design = design.tocsr().astype(np.float64)
        self._family, self._n_classes = family, n_classes
        self._fold = np.random.default_rng(0).permutation(len(labels)) % _N_FOLDS
        self._weights = [self._fitted(k, labels) for k in range(_N_FOLDS)]

    def without(self, family: int | None) -> NDArray[np.float64]:
        """Return probabilities of shape (n_examples, n_classes); a family's own terms left out."""
        kept = self._family != (-1 if family is None else family)
        n_classes = self._weights[0][0].shape[1]
        logits = np.zeros((self._design.shape[0], n_classes))
        for k, (weights, bias) in enumerate(self._weights):
            rows = np.flatnonzero(self._fold == k)
            logits[rows] = self._design[rows] @ (weights * kept[:, None]) + bias
        probs: NDArray[np.float64] = np.exp(log_softmax(logits, axis=1))
        return probs

    def _fitted(
        self, k: int, labels: NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rows = np.flatnonzero(self._fold != k)
        rows = rows[:: max(1, -(-len(rows) // _MAX_TRAIN))]
        n_classes = self._n_classes
        weights = np.zeros((self._design.shape[1], n_classes))
        bias = np.full(n_classes, -20.0)
        present = np.unique(labels[rows])
        if len(present) == 1:
            bias[present] = 0.0
            return weights, bias
        model = LogisticRegression(C=_STRENGTH, tol=1e-3, max_iter=60)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", ConvergenceWarning
            )  # close enough to rank groups
            model.fit(self._design[rows], labels[rows])
        if len(present) == 2:
            weights[:, present[1]], bias[present] = (
                model.coef_[0],
                [0.0, model.intercept_[0]],
            )
        else:
            weights[:, present], bias[present] = model.coef_.T, model.intercept_
        return weights, bias
