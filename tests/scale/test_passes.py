"""Passes over chunks: the same bits as in memory, few chunks at a time, in row order."""

import threading
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.algorithms.estimation import finished
from tilth.algorithms.labels import label_errors
from tilth.algorithms.labels.inputs import checked_examples
from tilth.algorithms.labels.selection import selection_steps
from tilth.scale.chunks import cut_into_chunks
from tilth.scale.passes import each_chunk, one_pass


def chunks_of(labels, pred_probs, size):
    return cut_into_chunks(
        len(labels),
        size,
        lambda start, stop: partial(
            checked_examples, labels[start:stop], pred_probs[start:stop], first_row=start
        ),
    )


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 200),
    st.sampled_from([1, 2, 5]),
    st.integers(1, 90),
)
def test_label_errors_in_chunks_are_those_in_memory(seed, n, n_workers, size):
    rng = np.random.default_rng(seed)
    pred_probs = rng.dirichlet(np.full(3, 0.4), n).astype("f2")
    labels = np.where(rng.random(n) < 0.8, pred_probs.argmax(axis=1), rng.integers(0, 3, n))
    chunks = chunks_of(labels, pred_probs, size)
    steps = selection_steps("both", 3, pred_probs.dtype)
    flag = finished(steps, lambda step: one_pass(step, chunks, n_workers=n_workers))
    flagged = list(each_chunk(lambda _, rows: flag(rows), chunks, n_workers=n_workers))
    np.testing.assert_array_equal(
        np.concatenate(flagged), label_errors(labels, pred_probs, method="both")
    )


@pytest.mark.parametrize("n_workers", [1, 3])
def test_results_come_in_row_order_and_chunks_are_not_loaded_ahead(n_workers):
    loaded, taken, lock = [], [], threading.Lock()

    def load(start):
        with lock:
            loaded.append(start)
            assert len(loaded) - len(taken) <= n_workers + 1
        return start

    chunks = cut_into_chunks(100, 7, lambda start, stop: partial(load, start))
    rows = []
    for result in each_chunk(
        lambda chunk, _: chunk.start, chunks, n_workers=n_workers, on_rows=rows.append
    ):
        with lock:
            taken.append(result)
    assert taken == list(range(0, 100, 7))
    assert sum(rows) == 100


@pytest.mark.parametrize("n_workers", [1, 3])
def test_an_error_in_a_chunk_is_the_error_of_the_pass(n_workers):
    labels, pred_probs = np.zeros(50, int), np.full((50, 2), 0.5)
    pred_probs[33, 1] = np.nan
    chunks = chunks_of(labels, pred_probs, 10)
    with pytest.raises(ValueError, match="row 33 is not"):
        list(each_chunk(lambda *_: None, chunks, n_workers=n_workers))


def test_no_rows_are_one_empty_chunk():
    assert [(c.start, c.stop) for c in cut_into_chunks(0, 10, lambda *_: list)] == [(0, 0)]
