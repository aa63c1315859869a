"""Ids for new examples."""

from __future__ import annotations

import itertools
import numbers
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def free_ids(wanted: Iterable[Any], taken: set[Any]) -> list[Any]:
    """Return for each wanted id itself, or one of the kind in `taken` that is new there.

    The returned ids are added to `taken`.

    Examples
    --------
    >>> free_ids([3, 2, "a"], {1, 2})
    [3, 4, 5]
    >>> free_ids(["c", "a", 1], {"a", "b"})
    ['c', 'a-2', '1']
    """
    counted = bool(taken) and all(isinstance(i, numbers.Integral) for i in taken)
    following = itertools.count(max(taken) + 1) if counted else None
    free = []
    for one in wanted:
        if following is None:
            new = _free_name(one, taken)
        elif isinstance(one, numbers.Integral) and one not in taken:
            new = one
        else:
            new = next(i for i in following if i not in taken)
        taken.add(new)
        free.append(new)
    return free


def _free_name(wanted: Any, taken: set[Any]) -> Any:
    name = str(wanted) if isinstance(wanted, numbers.Integral) and taken else wanted
    if name not in taken:
        return name
    return next(new for n in itertools.count(2) if (new := f"{wanted}-{n}") not in taken)
