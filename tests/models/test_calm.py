"""Warnings and threads are put back, whoever leaves last."""

import threading
import warnings

import pytest
from threadpoolctl import threadpool_info

from tilth.models.calm import calm


def test_overlapping_threads_leave_the_filters_as_they_were():
    before = list(warnings.filters)
    first_in, second_in, first_out = threading.Event(), threading.Event(), threading.Event()

    def first():
        with calm():
            first_in.set()
            second_in.wait(5)
        first_out.set()

    def second():
        first_in.wait(5)
        with calm():
            second_in.set()
            first_out.wait(5)
            warnings.warn("unheard", stacklevel=1)

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


def test_one_thread_per_library_inside():
    import sklearn.ensemble  # noqa: F401 - loads an OpenMP library

    with calm():
        assert {pool["num_threads"] for pool in threadpool_info()} <= {1}


def test_errors_pass_through():
    before = list(warnings.filters)
    with pytest.raises(ValueError, match="told"), calm():
        raise ValueError("told")
    assert list(warnings.filters) == before
