"""What a remedy is: findings and signals in, edits out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tilth.edits.edit import Edit


@dataclass(frozen=True)
class Remedy:
    """A way to act on the findings of one check.

    `run` takes `findings` first, then signals by name, then keyword-only options, and
    returns a list of Edits (none: nothing to do). It is pure; `n_issues` never changes.
    """

    name: str
    check: str
    run: Callable[..., list[Edit]]
