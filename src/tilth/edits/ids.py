"""Ids for new examples."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def free_ids(wanted: Iterable[Any], taken: set[Any]) -> list[Any]:
    """Return for each wanted id itself, or one of the kind in `taken` that is new there.

    Numbers go on after the largest, names get a number of their own. The returned ids are
    added to `taken`.

    Examples
    --------
    >>> free_ids([3, 2, "a"], {1, 2})
    [3, 4, 5]
    >>> free_ids([81.5, 81.5], {80.5, 81.5})
    [82.0, 83.0]
    >>> free_ids(["c", "a", "a", 1], {"a", "b"})
    ['c', 'a-2', 'a-3', '1']
    """
    is_whole = bool(taken) and all(isinstance(i, Integral) for i in taken)
    if is_whole or (taken and all(isinstance(i, Real) for i in taken)):
        return _free_numbers(wanted, taken, kind=int if is_whole else float)
    free = []
    next_of: dict[str, Iterator[int]] = defaultdict(lambda: itertools.count(2))
    for one in wanted:
        name = new = str(one) if isinstance(one, Real) and taken else one
        while new in taken:
            new = f"{name}-{next(next_of[name])}"
        taken.add(new)
        free.append(new)
    return free


def _free_numbers(
    wanted: Iterable[Any], taken: set[Any], *, kind: type[int] | type[float]
) -> list[Any]:
    following = map(kind, itertools.count(math.floor(max(taken)) + 1))
    free = []
    for one in wanted:
        is_alike = isinstance(one, Integral if kind is int else Real)
        new = kind(one) if is_alike else None
        if new is None or new in taken:
            new = next(i for i in following if i not in taken)
        taken.add(new)
        free.append(new)
    return free
