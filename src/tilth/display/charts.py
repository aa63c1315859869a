"""Where marks stand in small charts: numbers in, places in per cent out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MARGIN = 0.06  # of the range is left free on either side
_SHADES = 6  # shades of a heat map that can be told apart


@dataclass(frozen=True)
class Axis:
    """A line of numbers from the left edge of a chart to the right one."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Return where a value stands, in per cent of the width; outside is at the edge.

        Examples
        --------
        >>> Axis(0.0, 2.0, ()).at(0.5)
        25.0
        """
        place = 100 * (value - self.low) / (self.high - self.low)
        return round(min(max(place, 0.0), 100.0), 2)


def axis(values: Iterable[float | None], *, n_ticks: int = 4) -> Axis:
    """Return an axis that holds all finite values, with round numbers as ticks.

    Examples
    --------
    >>> axis([0.0, 0.183, 0.236]).ticks
    (0.0, 0.1, 0.2)
    """
    known = [v for v in values if v is not None and math.isfinite(v)] or [0.0]
    low, high = min(known), max(known)
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-9):
        low, high = low - 0.5, high + 0.5
    margin = _MARGIN * (high - low)
    low, high = low - margin, high + margin
    step = _round_step((high - low) / n_ticks)
    first = math.ceil(low / step)
    ticks = [round(i * step, 10) for i in range(first, math.floor(high / step) + 1)]
    return Axis(low, high, tuple(tick + 0.0 for tick in ticks))


def shade(share: float) -> int:
    """Return the shade of a heat map for a share in [0, 1]: 0 none, then 1 to 6.

    Examples
    --------
    >>> shade(0.0), shade(0.01), shade(1.0)
    (0, 1, 6)
    """
    if not share > 0:
        return 0
    return min(_SHADES, 1 + int(share * _SHADES))


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= step * (1 - 1e-9))
