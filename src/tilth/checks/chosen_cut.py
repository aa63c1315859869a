"""The P(error) from which labels are flagged: where it is best, or as the user asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tilth.algorithms.labels import count_cut, precision_cut
from tilth.display.numbers import share

if TYPE_CHECKING:
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
) -> tuple[float, str]:
    """Return the cut, and where it lies and why; at most one of the last three is given.

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
        cut, asked = precision_cut(p_error, precision), share(precision)
        why = f"from which {asked} of the flags are expected to be right, as asked"
        return cut, cut_said(cut, why)
    if count is not None:
        cut = count_cut(p_error, count)
        why = f"which flags the {count:,} most doubtful and their equals, as asked"
        return cut, cut_said(cut, why)
    return best, cut_said(best, BEST)


def cut_said(cut: float, why: str) -> str:
    """Say where a cut lies; an infinite one is reached by nothing."""
    return f"at least {cut:.3g}, {why}" if math.isfinite(cut) else f"more than any, {why}"
