"""The neighbor graph: which examples are nearest to which, and how far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from tilth.algorithms.neighbors import nearest_neighbors
from tilth.errors import UnavailableError
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.signals.signals import Arrays

N_NEIGHBORS = 10


def knn_graph(embeddings: NDArray[np.floating]) -> csr_array[Any]:
    """Return the distances to the 10 nearest other examples, exact.

    Shape (n_examples, n_examples), 10 stored entries a row (fewer in tiny datasets),
    nearest first; an explicit 0 is a copy.
    """
    n_rows = len(embeddings)
    k = min(N_NEIGHBORS, n_rows - 1)
    if k < 1:
        raise UnavailableError("needs at least two examples")
    distances, indices = nearest_neighbors(embeddings, k=k)
    return _graph(distances.ravel(), indices.ravel(), n_rows)


def _graph(data: NDArray[Any], indices: NDArray[Any], n_rows: int) -> csr_array[Any]:
    starts = np.arange(0, len(data) + 1, len(data) // n_rows)
    return csr_array((data, indices, starts), shape=(n_rows, n_rows))


def _pack(graph: csr_array[Any]) -> Arrays:
    return {
        "data": graph.data,
        "indices": graph.indices,
        "n_rows": np.array(graph.shape[0]),
    }


def _unpack(arrays: Arrays) -> csr_array[Any]:
    return _graph(arrays["data"], arrays["indices"], int(arrays["n_rows"]))


SIGNAL = Signal("knn_graph", knn_graph, pack=_pack, unpack=_unpack)
