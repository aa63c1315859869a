"""From pairs to groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray


def clusters(i: NDArray[np.integer], j: NDArray[np.integer], n: int) -> NDArray[np.int64]:
    """Return which group each example is in, where pairs connect, directly or through others.

    Parameters
    ----------
    i, j : int arrays of shape (n_pairs,)
        Examples 0 .. n - 1 that belong together.
    n : int
        How many examples there are.

    Returns
    -------
    int array of shape (n,)
        Group of each example, numbered by first appearance; an example in no pair is a
        group of its own.

    Examples
    --------
    >>> import numpy as np
    >>> clusters(np.array([3, 1]), np.array([1, 0]), 5)
    array([0, 0, 1, 0, 2])
    """
    graph = coo_array((np.ones(len(i), dtype=bool), (i, j)), shape=(n, n))
    _, group = connected_components(graph, directed=False)
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    numbered: NDArray[np.int64] = rank[inverse]
    return numbered
