"""Where the user moves the line of a check: options by check and name, checked before anything runs."""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING

from tilth.checks import CHECKS
from tilth.data.nearest import nearest
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from tilth.data.schema import Task

Options = dict[str, dict[str, float]]

_SHARES = (
    "min_p_error",
    "precision",
    "max_quality",
    "min_similarity",
    "min_skill",
    "min_share",
    "max_share",
)
_ONE_CUT = (
    "min_p_error",
    "precision",
    "count",
    "max_quality",
)  # each alone says where it lies

# Where qualities are no probabilities of an error.
_UNTOLD = (
    "Its scores cannot tell how many flags are right: ask for a count, as --set {}.count=100, and "
    "check some at random (tilth.algorithms.labels.audit_sample)."
)


def checked_options(given: Mapping[str, Mapping[str, object]], task: Task) -> Options:
    """Return the options of checks as their functions take them.

    Parameters
    ----------
    given : mapping of str to mapping of str to number
        By name of the check, then of its option.
    task : str
        What the labels are: it decides which function answers a check's question.

    Raises
    ------
    InvalidInputError
        If there is no such check or option, or the value is no number it can take.

    Examples
    --------
    >>> checked_options({"class_imbalance": {"min_examples": 10}}, "classification")
    {'class_imbalance': {'min_examples': 10}}
    """
    checks = {check.name: check for check in CHECKS}
    checked: Options = {}
    for name, values in given.items():
        if name not in checks:
            raise InvalidInputError(
                f"`options` (--set) must name checks, got {name!r}; checks are "
                f"{', '.join(checks)}. {_hint(name, list(checks))}"
            )
        known = options_of(checks[name].run_for(task))
        for option, value in values.items():
            if option not in known:
                hint = _hint(option, list(known))
                if option == "precision" and "count" in known:
                    hint = _UNTOLD.format(name)
                raise InvalidInputError(
                    f"`options` (--set) must name options of {name}, got {option!r}; for the task {task} "
                    f"it has {', '.join(known) or 'none'}. {hint}"
                )
            number = _number(f"{name}.{option}", value, known[option])
            checked.setdefault(name, {})[option] = number
        both = [option for option in _ONE_CUT if option in values]
        if len(both) > 1:
            raise InvalidInputError(
                f"`options` (--set) must move the cut of {name} in one way, got {' and '.join(both)}. "
                "Give one of them."
            )
    return checked


def options_of(run: Callable[..., Any]) -> dict[str, float | None]:
    """Return the options of a check, its keyword-only parameters, with their defaults."""
    return {
        p.name: p.default
        for p in inspect.signature(run).parameters.values()
        if p.kind is inspect.Parameter.KEYWORD_ONLY
    }


def _hint(word: str, known: list[str]) -> str:
    close = nearest(word, known)
    return f"Did you mean {close}?" if close else "Its page says more: tilth explain CHECK."


def _number(said: str, value: object, default: float | None) -> float:
    """Return a value as the option takes it: shares up to 1, whole numbers where the default is one."""
    option = said.partition(".")[2]
    is_whole = option == "count" or isinstance(default, int)
    what = "a whole number from 0 on" if is_whole else "a number above 0"
    if option in _SHARES:
        what = "a number from 0 to 1"
    if option == "precision":
        what = "a number above 0 and at most 1"
    ok = isinstance(value, int | float) and not isinstance(value, bool)
    number = float(value) if ok else math.nan  # type: ignore[arg-type]
    ok = math.isfinite(number) and (number >= 0 if is_whole else number > 0)
    if option in _SHARES:
        ok = 0 <= number <= 1 and (number > 0 or option != "precision")
    if not ok or (is_whole and number != int(number)):
        raise InvalidInputError(
            f"`{said}` must be {what}, got {value!r}. Its default is {default}."
        )
    return int(number) if is_whole else number
