"""What a remedy is: findings and signals in, edits out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tilth.edits.edit import Edit


@dataclass(frozen=True)
class Remedy:
    """A way to act on the findings of one check.

    `run` takes `findings` first, then signals by name, then keyword-only options, and
    returns a list of Edits (none: nothing to do).

    Attributes
    ----------
    per_unit : (option, column), optional
        The remedy acts on one unit at a time: `option` takes a value of the findings'
        `column` (``("key", "key")`` for a group's rule, ``("column", "column")``).
    cuts : tuple of option sets
        What the search tries, the default first; ``({},)`` is the remedy as it stands.
    is_finishing : bool
        It balances what the other edits leave, so it is applied after all of them.
    """

    name: str
    check: str
    run: Callable[..., list[Edit]]
    per_unit: tuple[str, str] | None = None
    cuts: tuple[Mapping[str, Any], ...] = ({},)
    is_finishing: bool = False
