"""What a verdict means, in a sentence."""

from __future__ import annotations

from tilth.display.numbers import number

_MEANING = {
    "BETTER": "the interval lies above 0",
    "WORSE": "the interval lies below 0",
    "NO DIFFERENCE": "the interval holds 0",
    "UNPROVEN": "the held-out labels cannot decide it",
    "INVALID": "the comparison cannot be trusted",
}

STYLES = {"BETTER": "bold green", "WORSE": "bold red", "INVALID": "bold red"}
"""How a terminal shows a verdict beside its word; the others are plain bold."""


def meaning(verdict: str, smallest_detectable: float | None = None) -> str:
    """Say why the verdict is what it is.

    Examples
    --------
    >>> meaning("NO DIFFERENCE", 0.021)
    'the interval holds 0; this test could have shown a difference of 0.021 or more'
    """
    sentence = _MEANING.get(verdict, "")
    if verdict == "NO DIFFERENCE" and smallest_detectable is not None:
        size = number(smallest_detectable)
        sentence += f"; this test could have shown a difference of {size} or more"
    return sentence


def shows_gain(verdict: str) -> bool:
    """Whether scores may be printed as a result: never for INVALID and UNPROVEN."""
    return verdict not in ("INVALID", "UNPROVEN")
