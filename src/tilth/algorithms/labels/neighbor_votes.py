"""Labels against those of the nearest neighbors: no model, no training, embeddings alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tilth.algorithms.labels.noise_model import even_noise
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_START = 0.2  # rate of noise the search begins from
_STEPS = 300
_STILL = 1e-7  # change of the noise at which the search ends
_PRIOR = 1.0  # pseudo-counts of right labels in each class


def neighbor_agreement(
    labels: NDArray[np.integer], neighbors: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Score how well each given label agrees with the labels of the nearest neighbors.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    neighbors : int array of shape (n_examples, k)
        Rows of the nearest other examples, nearest first, by any embedding that did not see
        the labels (`tilth.algorithms.neighbors.nearest_neighbors`).

    Returns
    -------
    float array of shape (n_examples,)
        In [0, 1]: cosine between the given label and the histogram of the neighbors' labels; 1
        where all agree, 0 where none has the given class.

    Raises
    ------
    InvalidInputError
        If `labels` are no codes, or a neighbor is no row or the example itself.

    Notes
    -----
    O(n_examples * k); memory O(n_examples * n_classes).

    References
    ----------
    Zhu, Dong & Liu (2022), "Detecting corrupted labels without training a model to predict",
    ICML, section 3.2.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.array([0, 0, 0, 1])
    >>> neighbors = np.array([[1, 2], [0, 2], [0, 1], [0, 1]])
    >>> neighbor_agreement(labels, neighbors)
    array([1., 1., 1., 0.])
    """
    labels, neighbors = _checked(labels, neighbors)
    n_examples, k = neighbors.shape
    n_classes = int(labels.max()) + 1 if n_examples else 1
    votes = np.zeros((n_examples, n_classes))
    for column in range(k):
        votes[np.arange(n_examples), labels[neighbors[:, column]]] += 1.0
    given = votes[np.arange(n_examples), labels]
    return np.asarray(given / np.maximum(np.sqrt((votes**2).sum(axis=1)), 1.0))


def neighbor_noise_matrix(
    labels: NDArray[np.integer],
    neighbors: NDArray[np.integer],
    *,
    n_classes: int | None = None,
) -> NDArray[np.float64]:
    """Estimate P(given class | true class) from how labels of close neighbors agree.

    Parameters
    ----------
    labels : int array of shape (n_examples,)
        Given class of each example, coded 0 .. n_classes - 1.
    neighbors : int array of shape (n_examples, k)
        Rows of the nearest other examples, nearest first; the first two are used.
    n_classes : int, optional
        None: the largest label plus one.

    Returns
    -------
    float array of shape (n_classes, n_classes)
        Rows are true classes and sum to 1.

    Raises
    ------
    InvalidInputError
        As for `neighbor_agreement`, or if `k` is less than 2.

    Notes
    -----
    An example and its two nearest neighbors are held to be of one true class, and their labels to
    be three copies of it made independently. Priors and noise that make the observed triples
    likeliest are found by expectation maximisation, from mostly right labels on. Neighbors of other
    classes are counted as noise: the estimate is an upper one where classes mix in the
    embedding. O(n_classes**2) per triple that occurs and step; no randomness.

    References
    ----------
    Zhu, Song & Liu (2021), "Clusterability as an alternative to anchor points when learning with
    noisy labels", ICML, sections 3 and 4, for the triples; Dawid & Skene (1979), "Maximum
    likelihood estimation of observer error-rates", for the fit in place of moments.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.repeat([0, 1], 300)
    >>> labels[::10] = 1 - labels[::10]  # every tenth is wrong
    >>> row = np.arange(600)
    >>> neighbors = np.stack([row // 300 * 300 + (row + step) % 300 for step in (7, 13)], axis=1)
    >>> neighbor_noise_matrix(labels, neighbors).round(1)
    array([[0.9, 0.1],
           [0.1, 0.9]])
    """
    labels, neighbors = _checked(labels, neighbors)
    if neighbors.shape[1] < 2:
        raise InvalidInputError(
            "`neighbors` must hold two neighbors or more of each example, got "
            f"{neighbors.shape[1]}."
        )
    known = int(labels.max()) + 1 if len(labels) else 1
    n_classes = known if n_classes is None else n_classes
    if n_classes < known:
        raise InvalidInputError(
            f"`n_classes` must be at least {known}, one more than the largest label, got "
            f"{n_classes}."
        )
    if n_classes < 2 or not len(labels):
        return np.eye(n_classes)
    triples = np.column_stack([labels, labels[neighbors[:, 0]], labels[neighbors[:, 1]]])
    triples, count = np.unique(triples, axis=0, return_counts=True)
    return _likeliest(triples, count.astype(np.float64), n_classes)


def _likeliest(
    triples: NDArray[np.int64], count: NDArray[np.float64], n_classes: int
) -> NDArray[np.float64]:
    noise = even_noise(n_classes, _START)
    prior = np.full(n_classes, 1.0 / n_classes)
    for _ in range(_STEPS):
        of_class = prior * noise.T[triples].prod(axis=1)
        of_class *= (count / np.maximum(of_class.sum(axis=1), np.finfo(np.float64).tiny))[
            :, None
        ]
        prior = of_class.sum(axis=0) / count.sum()
        copies = _PRIOR * np.eye(n_classes)
        for place in range(3):
            np.add.at(copies.T, triples[:, place], of_class)
        found = copies / copies.sum(axis=1, keepdims=True)
        moved = float(np.abs(found - noise).max())
        noise = found
        if moved < _STILL:
            break
    return np.asarray(noise)


def _checked(
    labels: NDArray[np.integer], neighbors: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    labels, neighbors = np.asarray(labels), np.asarray(neighbors)
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or (labels < 0).any():
        raise InvalidInputError(
            "`labels` must be class codes from 0 in one dimension, got "
            f"{labels.dtype} of shape {labels.shape}. Encode named classes with np.unique(labels, "
            "return_inverse=True)."
        )
    fits = neighbors.ndim == 2 and len(neighbors) == len(labels) and neighbors.shape[1]
    if not fits or neighbors.dtype.kind not in "iu":
        raise InvalidInputError(
            f"`neighbors` must be rows of shape ({len(labels)}, k), got {neighbors.dtype} of "
            f"shape {neighbors.shape}."
        )
    wrong = (neighbors < 0) | (neighbors >= len(labels))
    wrong |= neighbors == np.arange(len(labels))[:, None]
    if wrong.any():
        row = int(np.flatnonzero(wrong.any(axis=1))[0])
        raise InvalidInputError(
            f"`neighbors` must be rows of other examples, 0 .. {len(labels) - 1}, got "
            f"{neighbors[row].tolist()} in row {row}. Leave each example out of its own "
            "neighbors."
        )
    return labels.astype(np.int64), neighbors.astype(np.int64)
