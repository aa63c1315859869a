"""Main directions of wide matrices: what principal components and latent semantics rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def main_directions(matrix: Any, n_directions: int) -> NDArray[np.float32]:
    """Return the `n_directions` right singular vectors, as columns; zeros where there are fewer.

    The random start is over columns, so the order of the rows does not matter.
    """
    from sklearn.utils.extmath import randomized_svd

    rank = min(n_directions, *matrix.shape)
    _, _, rows = randomized_svd(matrix, rank, n_iter=2, random_state=0, transpose=False)
    found = np.zeros((matrix.shape[1], n_directions), dtype=np.float32)
    found[:, :rank] = rows.T
    return found
