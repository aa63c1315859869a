"""The P(error) or quality from which labels are flagged: where it is best, or as the user asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tilth.algorithms.labels import count_cut, precision_cut
from tilth.display.numbers import share

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray


BEST = "which has the best expected F1"


def chosen_cut(
    p_error: NDArray[np.floating],
    best: float,
    *,
    min_p_error: float | None,
    precision: float | None,
    count: int | None,
    at_precision: Callable[[float], float] | None = None,
) -> tuple[float, str]:
    """Return the cut, and where it lies and why; at most one of the three ways to ask is given.

    `at_precision` finds the cut of a precision; None: flags are as often right as the mean
    of their P(error) says.

    Examples
    --------
    >>> import numpy as np
    >>> p_error = np.array([0.9, 0.8, 0.1, 0.0])
    >>> none = {"min_p_error": None, "precision": None, "count": None}
    >>> chosen_cut(p_error, 0.5, **none)
    (0.5, 'at least 0.5, which has the best expected F1')
    >>> chosen_cut(p_error, 0.5, **none | {"precision": 0.6})
    (0.1, 'at least 0.1, from which 60.0 % of the flags are expected to be right, as asked')
    >>> chosen_cut(p_error, 0.5, **none | {"count": 1})
    (0.9, 'at least 0.9, which flags the 1 most doubtful and their equals, as asked')
    """
    if min_p_error is not None:
        return min_p_error, cut_said(min_p_error, "as asked")
    if precision is not None:
        asked = share(precision)
        if at_precision is None:
            cut = precision_cut(p_error, precision)
        else:
            cut = at_precision(precision)
        why = f"from which {asked} of the flags are expected to be right, as asked"
        return cut, cut_said(cut, why)
    if count is not None:
        cut = count_cut(p_error, count)
        return cut, cut_said(cut, most_doubtful(count))
    return best, cut_said(best, BEST)


def cut_said(cut: float, why: str) -> str:
    """Say where a cut lies; an infinite one is reached by nothing."""
    return f"at least {cut:.3g}, {why}" if math.isfinite(cut) else f"more than any, {why}"


def chosen_quality(
    quality: NDArray[np.floating],
    best: float,
    why: str,
    *,
    max_quality: float | None,
    count: int | None,
) -> tuple[float, str]:
    """Return the quality up to which units are flagged, where it lies and why; `why` tells the best.

    Examples
    --------
    >>> import numpy as np
    >>> quality = np.array([0.9, 0.2, 0.1])
    >>> chosen_quality(quality, 0.1, "which is best", max_quality=None, count=None)
    (0.1, 'at most 0.10, which is best')
    >>> chosen_quality(quality, 0.1, "which is best", max_quality=None, count=2)
    (0.2, 'at most 0.20, which flags the 2 most doubtful and their equals, as asked')
    """
    cut = best
    if max_quality is not None:
        cut, why = max_quality, "as asked"
    elif count is not None:
        cut, why = count_quality(quality, count), most_doubtful(count)
    return cut, f"at most {max(cut, 0.0):.2f}, {why}"


def count_quality(quality: NDArray[np.floating], count: int) -> float:
    """Return the quality of the `count`-th worst; below every one for a count of 0."""
    return -count_cut(-quality, count)


def most_doubtful(count: int) -> str:
    """Say what a count that was asked for flags."""
    return f"which flags the {count:,} most doubtful and their equals, as asked"
