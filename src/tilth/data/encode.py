"""Class names to class codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def encode_labels(values: ArrayLike) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return class codes for labels, and the classes they count into.

    Parameters
    ----------
    values : array-like of shape (n_examples,)
        Labels of any comparable kind: text, whole numbers, booleans.

    Returns
    -------
    codes : int array of shape (n_examples,)
        In 0 .. n_classes - 1.
    classes : object array of shape (n_classes,)
        The distinct labels, sorted; by type and then text where types are mixed.

    Raises
    ------
    InvalidInputError
        If `values` is not one-dimensional, or one is missing.

    Examples
    --------
    >>> codes, classes = encode_labels(["good", "bad", "good"])
    >>> codes, classes
    (array([1, 0, 1]), array(['bad', 'good'], dtype=object))
    """
    given = (
        values if isinstance(values, pd.Series) else pd.Series(_flat(values), dtype=object)
    )
    codes, found = pd.factorize(given)
    if (codes < 0).any():
        raise InvalidInputError(
            f"`values` must have no missing labels, got one in row {int(np.argmin(codes))}. "
            "Leave such rows out."
        )
    classes = np.array(found, dtype=object)
    try:
        order = sorted(range(len(classes)), key=classes.__getitem__)
    except TypeError:
        order = sorted(range(len(classes)), key=lambda i: _by_type(classes[i]))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[codes], classes[order]


def _flat(values: ArrayLike) -> NDArray[Any]:
    array = np.asarray(values, dtype=object)
    if array.ndim != 1:
        raise InvalidInputError(
            f"`values` must be one-dimensional, got shape {array.shape}. Give one label per "
            "example."
        )
    return array


def _by_type(value: Any) -> tuple[str, str]:
    return type(value).__name__, str(value)
