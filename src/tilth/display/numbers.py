"""Numbers as people read them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_DECIMALS = 6  # our own: a column that was computed has no decimals of its own

_IRREGULAR = {"class": "classes"}


def count(n: int, noun: str = "") -> str:
    """Write how many, with the noun in its number.

    Examples
    --------
    >>> count(2648, "row"), count(1, "class"), count(0, "class")
    ('2,648 rows', '1 class', '0 classes')
    """
    if not noun:
        return f"{n:,}"
    return f"{n:,} {noun if n == 1 else _IRREGULAR.get(noun, noun + 's')}"


def share(value: float) -> str:
    """Write a share in per cent; the smallest ones are not rounded to nothing.

    Examples
    --------
    >>> share(0.4), share(0.00004), share(1.0)
    ('40.0 %', '< 0.1 %', '100.0 %')
    """
    if 0 < value < 0.0005:
        return "< 0.1 %"
    if 0.9995 <= value < 1:
        return "> 99.9 %"
    return f"{100 * value:.1f} %"


def number(value: float, digits: int = 3) -> str:
    """Write a score or a measured number: three decimals, or four significant digits.

    Examples
    --------
    >>> number(0.7641), number(12345.678), number(float("nan")), number(3)
    ('0.764', '12,350', 'none', '3')
    """
    if math.isnan(value):
        return "none"
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) < 10:
        small = f"{value:.{digits}f}"
        return small if float(small) else f"{value:.1e}"
    return f"{float(f'{value:.4g}'):,.10g}"


def score(value: float) -> str:
    """Write a score to three decimals.

    Examples
    --------
    >>> score(0.97), score(1.0), score(-120.0)
    ('0.970', '1.000', '-120.000')
    """
    return "none" if math.isnan(value) else f"{value:.3f}"


def signed(value: float) -> str:
    """Write a difference of scores with its sign.

    Examples
    --------
    >>> signed(0.2058), signed(-0.0001), signed(0.0)
    ('+0.206', '-0.000', '+0.000')
    """
    return "none" if math.isnan(value) else f"{value:+.3f}"


def interval(low: float, high: float) -> str:
    """Write the interval of a difference.

    Examples
    --------
    >>> interval(0.184, 0.229)
    '[+0.184, +0.229]'
    """
    return f"[{signed(low)}, {signed(high)}]"


def duration(seconds: float) -> str:
    """Write how long it took.

    Examples
    --------
    >>> duration(0.42), duration(41.2), duration(192.0), duration(7260.0)
    ('0.4 s', '41 s', '3 min 12 s', '2 h 1 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def decimals_of(values: Iterable[Any]) -> int | None:
    """Return how many decimals numbers are written with; None for more than six.

    Examples
    --------
    >>> decimals_of([1, 2.5, 3.25, None, float("nan")]), decimals_of([1.0, 20.0])
    (2, 0)
    >>> decimals_of([0.1 + 0.2]), decimals_of([2.4e-7])
    (None, None)
    """
    most = 0
    for value in values:
        if value is None or not math.isfinite(real := float(value)):
            continue
        while round(real, most) != real:
            most += 1
            if most > _MOST_DECIMALS:
                return None
    return most
