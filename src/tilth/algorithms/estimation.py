"""Estimates over all rows, written so that chunks, order and workers do not change a bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

Rows = TypeVar("Rows", contravariant=True)  # noqa: PLC0105 - the plain word reads better
State = TypeVar("State")
Result = TypeVar("Result")


class Estimation(Protocol[Rows, State]):
    """An estimate that runs in steps: over an array, over chunks, or on many machines.

    A state holds whole numbers, fixed-point sums, extremes or key-sorted content, never a sum
    of floats, so that `merge` is associative and commutative to the bit and
    ``finish(update(start(), everything))`` equals any other way to cut the same rows.
    """

    def start(self) -> State:
        """Return the state of no rows."""

    def update(self, state: State, rows: Rows) -> State:
        """Return the state with some more rows; the one given is not changed."""

    def merge(self, state: State, other: State) -> State:
        """Return the state of the rows of both."""

    def finish(self, state: State) -> Any:
        """Return the estimate."""


def finished(
    steps: Generator[Estimation[Rows, Any], Any, Result],
    run: Callable[[Estimation[Rows, Any]], Any],
) -> Result:
    """Run a method of several passes: `run` finishes each estimation the method asks for.

    Parameters
    ----------
    steps : generator
        Yields estimations and is sent their results; what it returns is the result.
    run : callable (estimation) -> result
        One pass over the rows, wherever they are.

    Returns
    -------
    object
        What `steps` returns.

    Examples
    --------
    >>> class Total:
    ...     def start(self):
    ...         return 0
    ...     def update(self, state, rows):
    ...         return state + sum(rows)
    ...     def merge(self, state, other):
    ...         return state + other
    ...     def finish(self, state):
    ...         return state
    >>> def twice():
    ...     return 2 * (yield Total())
    >>> finished(twice(), lambda estimation: in_memory(estimation, [1, 2, 3]))
    12
    """
    answer = None
    while True:
        try:
            answer = run(steps.send(answer))
        except StopIteration as stop:
            result: Result = stop.value
            return result


def in_memory(estimation: Estimation[Rows, Any], rows: Rows) -> Any:
    """Finish an estimation over rows that are at hand.

    Examples
    --------
    >>> class Most:
    ...     def start(self):
    ...         return 0
    ...     def update(self, state, rows):
    ...         return max(state, *rows)
    ...     def finish(self, state):
    ...         return state
    >>> in_memory(Most(), [3, 5, 2])
    5
    """
    return estimation.finish(estimation.update(estimation.start(), rows))
