"""Ids for new examples."""

from __future__ import annotations

import itertools
import numbers
from typing import Any


def free_id(wanted: Any, taken: set[Any]) -> Any:
    """Return `wanted`, or an id like it that is not in `taken`, and put it there.

    Examples
    --------
    >>> free_id(3, {1, 2}), free_id(2, {1, 2}), free_id("a", {"a", "b"})
    (3, 3, 'a-2')
    """
    free = wanted
    if wanted in taken and isinstance(wanted, numbers.Integral):
        free = max(i for i in taken if isinstance(i, numbers.Integral)) + 1
    elif wanted in taken:
        free = next(
            name for n in itertools.count(2) if (name := f"{wanted}-{n}") not in taken
        )
    taken.add(free)
    return free
