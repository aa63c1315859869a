"""What is kept between runs, and what must be computed again."""

import numpy as np
import pytest

from tilth.signals import signals as module
from tilth.signals.signals import Signal, Signals


@pytest.fixture
def chain():
    """A costly signal made from another one."""
    return {
        "points": Signal("points", lambda table: table["x"].to_numpy()),
        "squares": Signal(
            "squares",
            lambda points: points**2,
            pack=lambda value: {"squares": value},
            unpack=lambda arrays: arrays["squares"],
        ),
    }


def test_what_is_computed_from_given_arrays_is_not_kept(table, chain):
    cache = {}
    given = Signals(table, chain, context={"points": np.full(90, -7.0)}, cache=cache)
    assert given["squares"].tolist() == [49.0] * 90
    own = Signals(table, chain, cache=cache)["squares"]
    np.testing.assert_array_equal(own, table.table["x"] ** 2)
    again = Signals(table, chain, context={"points": np.full(90, -7.0)}, cache=cache)
    assert again["squares"].tolist() == [49.0] * 90


def test_what_is_kept_is_found_again(table, chain):
    cache = {}
    first = Signals(table, chain, cache=cache)["squares"]
    del chain["points"]  # nothing to compute it from
    np.testing.assert_array_equal(Signals(table, chain, cache=cache)["squares"], first)


def test_arrays_of_another_release_do_not_answer(table, chain, monkeypatch):
    cache = {}
    monkeypatch.setattr(module, "code", lambda: "the release before")
    Signals(table, chain, cache=cache)["squares"]
    monkeypatch.undo()
    chain["points"] = Signal("points", lambda table: table["x"].to_numpy() * 2)
    now = Signals(table, chain, cache=cache)["squares"]
    np.testing.assert_array_equal(now, (table.table["x"] * 2) ** 2)
