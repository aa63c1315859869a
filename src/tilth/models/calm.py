"""One thread per library and no warnings while somebody's model runs; safe under threads."""

from __future__ import annotations

import threading
import warnings
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Shared:
    """What all threads share: the first one in sets it, the last one out puts it back.

    `warnings` filters and BLAS thread counts belong to the process; were each thread to save
    and restore them for itself, the last to leave would restore what another one had set.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before = ExitStack()

    def enter(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._before.enter_context(warnings.catch_warnings())
                self._before.enter_context(threadpool_limits(1, user_api="blas"))
                warnings.simplefilter("ignore")
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._before.close()


_shared = _Shared()


@contextmanager
def calm() -> Iterator[None]:
    """One thread per numerical library and no warnings, in this block.

    Folds run side by side, and one thread each gives the same bits for any number of
    them. Warnings are for the user's data; a model that did not converge is told by its
    scores.
    """
    _shared.enter()
    try:
        with threadpool_limits(1, user_api="openmp"):  # belongs to the thread
            yield
    finally:
        _shared.leave()
