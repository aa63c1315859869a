"""What may help after a proof: a sentence, and the command that goes on where one does."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tilth.display.numbers import count, number

if TYPE_CHECKING:
    from collections.abc import Mapping

# Our own: a hundredth of what a test can show asks for 10,000 times its rows.
_NOTHING_SEEN = 0.01
_CLEARLY_BELOW = 0.5  # our own: half of what a test can show


@dataclass(frozen=True)
class NextStep:
    """What may help next.

    Attributes
    ----------
    advice : str
        In a sentence or two; empty where nothing needs doing.
    command : str
        The tilth command that goes on; empty where none does.
    options : mapping of str to str
        What it is given beside the options of the command that led here.
    """

    advice: str = ""
    command: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


NOTHING = NextStep()
LABEL_SOME = NextStep(
    "Have a person label some of the held-out rows: the proof then rests on their labels.",
    "improve",
    {"audit-sample": "100"},
)


def larger_test(gain: float, high: float, smallest_detectable: float, n_test: int) -> str:
    """Say what a larger test could show, where this one showed no difference.

    Empty where a number is not finite: then nothing is known.

    Parameters
    ----------
    gain, high : float
        What was seen, and the upper end of its interval.
    smallest_detectable : float
        The smallest gain this test would have shown; it shrinks with the root of its rows.
    n_test : int

    Examples
    --------
    >>> larger_test(0.01, 0.03, 0.03, 300)
    'If the gain seen here, 0.010, is real, a test of about 2,700 rows like these would show it.'
    >>> larger_test(-0.01, 0.01, 0.03, 300)
    'A larger test would hardly turn this into a gain: one above 0.010 is ruled out.'
    >>> larger_test(0.0, 0.02, 0.03, 300)
    'No gain is seen here, but one of up to 0.020 is not ruled out: a larger test could tell.'
    """
    numbers = (gain, high, smallest_detectable)
    if not all(map(math.isfinite, numbers)) or smallest_detectable <= 0:
        return ""
    if gain <= _NOTHING_SEEN * smallest_detectable:
        if high > _CLEARLY_BELOW * smallest_detectable:
            return (
                f"No gain is seen here, but one of up to {number(high)} is not ruled out: a "
                "larger test could tell."
            )
        return (
            "A larger test would hardly turn this into a gain: one above "
            f"{number(max(high, 0.0))} is ruled out."
        )
    rows = count(rows_needed(gain, smallest_detectable, n_test), "row")
    return (
        f"If the gain seen here, {number(gain)}, is real, a test of about {rows} like "
        "these would show it."
    )


def rows_needed(gain: float, smallest_detectable: float, n_test: int) -> int:
    """Return about how many test rows show a gain, rounded up to two digits.

    Examples
    --------
    >>> rows_needed(0.0185, smallest_detectable=0.1, n_test=100)
    3000
    """
    n_needed = n_test * (smallest_detectable / gain) ** 2
    digit = int(10 ** max(math.floor(math.log10(n_needed)) - 1, 0))
    return math.ceil(n_needed / digit) * digit
