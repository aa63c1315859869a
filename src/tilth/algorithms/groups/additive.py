"""Class probabilities from an additive model that can leave any family of features out."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import log_softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csc_array, csr_array

_N_FOLDS = 3
_MAX_TRAIN = 6_000  # our own: weights of some hundred yes/no features are settled by then
_UNSEEN = -20.0  # our own: log odds of a class no training example has
_STRENGTH = 0.3  # our own: sklearn's C for yes/no features, a little below its default


class AdditiveProbs:
    """Out-of-fold probabilities of an additive model (a class: it keeps its fit).

    A logistic regression on yes/no features cannot learn that labels are noise where some
    feature holds: at most it moves the class shares there. Our own use of it.

    Parameters
    ----------
    design : bool csc_array of shape (n_examples, n_features)
    family : int array of shape (n_features,)
        Features of one number leave together.
    labels : int array of shape (n_examples,)
        Given classes.
    n_classes : int

    Notes
    -----
    3 folds, dealt by a generator with a fixed seed; each fit sees at most 6,000 examples.

    Examples
    --------
    >>> from scipy.sparse import csc_array
    >>> design = csc_array(np.repeat([[1, 0, 1], [0, 1, 1]], 50, axis=0).astype(bool))
    >>> probs = AdditiveProbs(design, np.array([0, 0, 1]), np.repeat([0, 1], 50), 2)
    >>> bool(probs.without(1)[0, 0] > 0.8), probs.refitted_without(0)[0].round(1)
    (True, array([0.5, 0.5]))
    """

    def __init__(
        self,
        design: csc_array,
        family: NDArray[np.integer],
        labels: NDArray[np.integer],
        n_classes: int,
    ) -> None:
        self._design = design.tocsr().astype(np.float64)
        self._family, self._labels, self._n_classes = family, labels, n_classes
        self._fold = np.random.default_rng(0).permutation(len(labels)) % _N_FOLDS
        self._weights = [self._fitted(k, self._design) for k in range(_N_FOLDS)]

    def without(self, family: int) -> NDArray[np.float64]:
        """Return probabilities with the terms of a family left out, quickly.

        The other terms stay as they were, which is wrong where they stood in for the family.
        """
        kept = (self._family != family)[:, None]
        return self._probs(
            self._design, [(weights * kept, bias) for weights, bias in self._weights]
        )

    def refitted_without(self, family: int) -> NDArray[np.float64]:
        """Return probabilities of a model that never saw a family of features."""
        design = self._design.tocsc()[:, np.flatnonzero(self._family != family)].tocsr()
        return self._probs(design, [self._fitted(k, design) for k in range(_N_FOLDS)])

    def _probs(
        self,
        design: csr_array,
        models: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
    ) -> NDArray[np.float64]:
        logits = np.zeros((design.shape[0], self._n_classes))
        for k, (weights, bias) in enumerate(models):
            rows = np.flatnonzero(self._fold == k)
            logits[rows] = design[rows] @ weights + bias
        probs: NDArray[np.float64] = np.exp(log_softmax(logits, axis=1))
        return probs

    def _fitted(
        self, k: int, design: csr_array
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rows = np.flatnonzero(self._fold != k)
        rows = rows[:: max(1, -(-len(rows) // _MAX_TRAIN))]
        return _softmax_fit(design[rows], self._labels[rows], self._n_classes, _STRENGTH)


def calibrated(
    features: NDArray[np.floating],
    labels: NDArray[np.integer],
    rows: NDArray[np.integer],
    *,
    n_classes: int,
) -> NDArray[np.float64]:
    """Return class probabilities from a few features, fitted on some examples only.

    Parameters
    ----------
    features : float array of shape (n_examples, n_features)
        Log probabilities or scores of other models.
    labels : int array of shape (n_examples,)
        Given classes.
    rows : int array
        The examples to fit on.
    n_classes : int

    Returns
    -------
    float array of shape (n_examples, n_classes)

    Examples
    --------
    >>> scores = np.repeat([[0.0], [1.0]], 100, axis=0)
    >>> labels = np.repeat([0, 1, 0, 1], [90, 10, 10, 90])
    >>> calibrated(scores, labels, np.arange(200), n_classes=2)[[0, 199]].round(1)
    array([[0.9, 0.1],
           [0.1, 0.9]])
    """
    rows = rows[:: max(1, -(-len(rows) // _MAX_TRAIN))]
    weights, bias = _softmax_fit(features[rows], labels[rows], n_classes, 1.0)
    probs: NDArray[np.float64] = np.exp(log_softmax(features @ weights + bias, axis=1))
    return probs


def _softmax_fit(
    design: Any, labels: NDArray[np.integer], n_classes: int, strength: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weights and biases of a multinomial logistic regression over all classes."""
    weights = np.zeros((design.shape[1], n_classes))
    bias = np.full(n_classes, _UNSEEN)
    present = np.unique(labels)
    if len(present) == 1 or design.shape[1] == 0:
        bias[present] = np.log(np.bincount(labels)[present])
        return weights, bias
    from sklearn.exceptions import ConvergenceWarning  # slow to import
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, tol=1e-3, max_iter=60)
    with warnings.catch_warnings():
        # what it reaches in 60 steps is close enough to compare groups
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(design, labels)
    if len(present) == 2:
        weights[:, present[1]] = model.coef_[0]
        bias[present] = 0.0, model.intercept_[0]
    else:
        weights[:, present], bias[present] = model.coef_.T, model.intercept_
    return weights, bias
