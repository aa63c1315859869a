"""Passes over chunks: fold them into an estimate, or map each one; memory stays bounded."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tilth.algorithms.estimation import Estimation
    from tilth.scale.chunks import Chunk

Rows = TypeVar("Rows")
Result = TypeVar("Result")


def one_pass(
    estimation: Estimation[Rows, Any],
    chunks: Sequence[Chunk[Rows]],
    *,
    n_workers: int = 1,
    on_rows: Callable[[int], None] | None = None,
) -> Any:
    """Finish an estimation over chunks.

    Parameters
    ----------
    estimation : Estimation
        What is estimated.
    chunks : sequence of Chunk
        All rows.
    n_workers : int, default 1
        Threads; each holds one chunk and one state. The kernels free the interpreter lock.
    on_rows : callable (n_rows), optional
        Told how many more rows are done, after each chunk.

    Returns
    -------
    object
        What the estimation finishes with: the same bits however rows are cut into chunks,
        and for any number of workers.

    Notes
    -----
    Memory: `n_workers` chunks and states.

    Examples
    --------
    >>> from functools import partial
    >>> import numpy as np
    >>> from tilth.algorithms.labels.class_means import ClassMeans
    >>> from tilth.algorithms.labels.inputs import checked_examples
    >>> from tilth.scale.chunks import cut_into_chunks
    >>> labels, pred_probs = np.array([0, 0, 1]), np.array([[0.5, 0.5], [1, 0], [0.3, 0.7]])
    >>> def loader(start, stop):
    ...     return partial(checked_examples, labels[start:stop], pred_probs[start:stop])
    >>> means = ClassMeans(2, pred_probs.dtype)
    >>> one_pass(means, cut_into_chunks(3, 2, loader))
    array([0.75, 0.7 ])
    """
    state = estimation.start()
    if n_workers <= 1:
        for chunk in chunks:
            state = estimation.update(state, chunk.load())
            if on_rows is not None:
                on_rows(chunk.stop - chunk.start)
        return estimation.finish(state)

    def updated(_: Chunk[Rows], rows: Rows) -> Any:
        return estimation.update(estimation.start(), rows)

    for part in each_chunk(updated, chunks, n_workers=n_workers, on_rows=on_rows):
        state = estimation.merge(state, part)
    return estimation.finish(state)


def each_chunk(
    function: Callable[[Chunk[Rows], Rows], Result],
    chunks: Sequence[Chunk[Rows]],
    *,
    n_workers: int = 1,
    on_rows: Callable[[int], None] | None = None,
) -> Iterator[Result]:
    """Yield the result of each chunk, in row order.

    Parameters
    ----------
    function : callable (chunk, rows) -> result
        Called once for each chunk.
    chunks : sequence of Chunk
        All rows.
    n_workers : int, default 1
        Threads.
    on_rows : callable (n_rows), optional
        Told how many more rows are done, after each chunk.

    Yields
    ------
    object
        Results. No more chunks are loaded ahead of what is taken than there are workers.

    Examples
    --------
    >>> import numpy as np
    >>> from functools import partial
    >>> from tilth.scale.chunks import cut_into_chunks
    >>> rows = np.arange(5)
    >>> chunks = cut_into_chunks(5, 2, lambda a, b: partial(rows.__getitem__, slice(a, b)))
    >>> list(each_chunk(lambda chunk, rows: (chunk.start, int(rows.sum())), chunks))
    [(0, 1), (2, 5), (4, 4)]
    """

    def called(chunk: Chunk[Rows]) -> Result:
        return function(chunk, chunk.load())

    def told(chunk: Chunk[Rows], result: Result) -> Result:
        if on_rows is not None:
            on_rows(chunk.stop - chunk.start)
        return result

    if n_workers <= 1:
        for chunk in chunks:
            yield told(chunk, called(chunk))
        return
    with ThreadPoolExecutor(n_workers) as pool:
        waiting = deque((chunk, pool.submit(called, chunk)) for chunk in chunks[:n_workers])
        for chunk in chunks[n_workers:]:
            done, future = waiting.popleft()
            yield told(done, future.result())
            waiting.append((chunk, pool.submit(called, chunk)))
        for done, future in waiting:
            yield told(done, future.result())
