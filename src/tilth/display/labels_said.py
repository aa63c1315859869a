"""What the check on label errors says of all labels together, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilth.display.numbers import share
from tilth.display.terminal import clipped

if TYPE_CHECKING:
    from collections.abc import Mapping

# From nearly none to more than half of the flags: such an interval says nothing.
_NONE, _MOST = 0.1, 0.5
_SEEN = (
    0.001  # share of labels that must be wrong at least, for their number to say something
)
_STANDS_OUT = 1.5  # times the rate of all labels, of a class that is named
_FEWEST = 5  # wrong labels expected in a class that is named
_NAMED, _WIDTH = 3, 24


def is_told(precision: Mapping[str, float]) -> bool:
    """Say whether an interval of expected precision tells right flags from wrong ones.

    Examples
    --------
    >>> is_told({"value": 0.6, "low": 0.3, "high": 0.8})
    True
    >>> is_told({"value": 0.4, "low": 0.0, "high": 0.9})  # from none to most of them
    False
    """
    return precision["low"] >= _NONE or precision["high"] <= _MOST


def precision_said(precision: Mapping[str, float]) -> str:
    """Say how many flags are expected to be right, or that it cannot be told.

    Examples
    --------
    >>> precision_said({"value": 0.91, "low": 0.86, "high": 0.95})
    'Of these flags 91.0 % are expected to be right; 86.0 % to 95.0 % are plausible.'
    >>> precision_said({"value": 0.4, "low": 0.0, "high": 0.9})
    'How many of these flags are right cannot be told from a model alone: 0.0 % to 90.0 % are plausible. Check a few by hand.'
    """
    value, low, high = (share(precision[name]) for name in ("value", "low", "high"))
    plausible = f"{low} to {high} are plausible."
    if is_told(precision):
        return f"Of these flags {value} are expected to be right; {plausible}"
    told = "How many of these flags are right cannot be told from a model alone"
    return f"{told}: {plausible} Check a few by hand."


def facts_said(facts: Mapping[str, Any]) -> list[str]:
    """Say what the facts of the check on label errors tell of all labels; only what they tell.

    Parameters
    ----------
    facts : mapping
        Of the check's document.

    Returns
    -------
    list of str
        Up to three sentences: how many labels are wrong, which classes are wrong most often,
        which ones are hardly told apart.

    Examples
    --------
    >>> facts_said(
    ...     {"estimated_noise_rate": 0.08, "noise_rate_low": 0.05, "noise_rate_high": 0.12}
    ... )
    ['about 8.0 % of all labels are wrong (5.0 % to 12.0 %)']
    """
    if facts.get("noise_rate_low") is None:
        return []
    said = []
    if facts["noise_rate_low"] >= _SEEN:
        rate, low, high = (
            share(facts[name])
            for name in ("estimated_noise_rate", "noise_rate_low", "noise_rate_high")
        )
        said.append(f"about {rate} of all labels are wrong ({low} to {high})")
        worst = [
            f"{_name(c['class'])} ({share(c['noise_rate'])})"
            for c in facts.get("class_health", ())
            if c["noise_rate"] >= _STANDS_OUT * facts["estimated_noise_rate"]
            and c["noise_rate"] * c["n"] >= _FEWEST
        ]
        if worst:
            said.append(f"most often wrong: {', '.join(worst[:_NAMED])}")
    pairs = [
        f"{_name(pair['first'])} and {_name(pair['second'])}"
        for pair in facts.get("overlapping_classes", ())
    ]
    if pairs and len(facts.get("class_health", ())) > 2:
        more = f" and {len(pairs) - _NAMED} more" if len(pairs) > _NAMED else ""
        named = "; ".join(pairs[:_NAMED]) + more
        said.append(f"hardly told apart: {named} (merge them, or say what sets them apart)")
    return said


def _name(value: Any) -> str:
    return clipped(value, _WIDTH)
