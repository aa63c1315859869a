"""What is said may help after a search that applied nothing, by what it showed."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.engine.inner_trial import Inner
from tilth.engine.next_step import step_after
from tilth.engine.search import OUT_OF_TIME, Stack, Tried
from tilth.models.model import load_model
from tilth.trial.next_step import LABEL_SOME, NextStep, larger_test

DATA = Dataset(
    pd.DataFrame({"x": [1.0, 2.0], "label": ["a", "b"]}),
    Schema("classification", label="label"),
    pd.RangeIndex(2).to_numpy(),
)
BUILT_IN = load_model("knn", DATA)


def tried(difference=0.01, z=1.0, why="no sure gain"):
    inner = None if z is None else Inner(0.5, 0.5 + difference, difference, z, 90, 0.5, 0.5)
    return Tried(({"remedy": "drop_outliers"},), inner, accepted=False, why=why)


def step(*candidates, verdict="NO DIFFERENCE", edits=(), judge=BUILT_IN, advice=""):
    proof = SimpleNamespace(
        verdict=verdict, next_step=NextStep(advice), smallest_detectable=0.04, n_test=100
    )
    return step_after(proof, Stack((), edits, DATA, candidates), judge, 600.0)


def test_candidates_the_time_did_not_reach_ask_for_more_of_it():
    said = step(tried(), tried(z=None, why=OUT_OF_TIME))
    assert said.advice == "1 candidate of 2 could not be tried in time: give more of it."
    assert (said.command, dict(said.options)) == ("improve", {"budget": "20m"})


def test_where_no_check_found_anything_no_command_is_named():
    said = step()
    assert said.advice.startswith("No check found anything to edit")
    assert said.command == ""


def test_the_closest_edit_says_how_much_more_data_could_tell():
    said = step(tried(0.02, 1.0), tried(0.01, 0.5))
    assert (
        "The closest of 2 edits, drop_outliers, gained 0.020 on training data"
        in said.advice
    )
    assert "times as many examples could tell" in said.advice
    assert "rows" not in said.advice  # no edit was compared on the test
    assert "times" not in step(tried(0.02, 0.1)).advice  # that many nobody has


def test_edits_that_gained_nothing_are_said_so():
    said = step(tried(-0.02, -1.0))
    assert said.advice.startswith("The one edit tried gained nothing on training data.")
    both = step(tried(-0.02, -1.0), tried(0.0, 0.0))
    assert both.advice.startswith("None of 2 edits gained anything on training data.")


@pytest.mark.parametrize(
    ("judge", "other"), [("knn", "boosted-trees"), ("boosted-trees", "logistic")]
)
def test_a_built_in_model_leads_to_another_one(judge, other):
    said = step(tried(), judge=load_model(judge, DATA))
    assert dict(said.options) == {"model": other}
    assert f"another one than {judge}" in said.advice


def test_a_model_of_the_user_s_own_is_not_talked_out_of():
    class Own:
        def fit(self, X, y):
            return self

        predict = fit

    assert step(tried(), judge=load_model(Own(), DATA)).command == ""


def test_edits_that_the_test_did_not_confirm_say_what_a_larger_one_could_show():
    said = step(tried(), edits=("an edit",), advice="A test of about 900 rows.")
    assert said.advice.startswith("A test of about 900 rows. Your own model")
    lost = step(tried(), verdict="WORSE", edits=("an edit",))
    assert lost.advice.startswith("The edits gained on training data and lost on the test")


def test_other_verdicts_keep_their_own_step():
    proof = SimpleNamespace(verdict="UNPROVEN", next_step=LABEL_SOME)
    assert step_after(proof, Stack((), ("an edit",), DATA), BUILT_IN, 60.0) is LABEL_SOME


def test_twice_the_gain_needs_a_quarter_of_the_rows():
    assert "about 400 rows" in larger_test(0.05, 0.12, 0.1, 100)
    assert "about 1,600 rows" in larger_test(0.025, 0.12, 0.1, 100)
    assert "about 3,000 rows" in larger_test(0.0185, 0.12, 0.1, 100)  # 2,922, rounded up


@pytest.mark.parametrize(("gain", "high", "is_ruled_out"), [(0, 0.07, 0), (-0.04, 0.03, 1)])
def test_a_gain_is_ruled_out_only_well_below_what_the_test_could_show(
    gain, high, is_ruled_out
):
    said = larger_test(gain, high, 0.1, 100)
    assert ("would hardly" in said) == bool(is_ruled_out)
    assert ("is not ruled out" in said) != bool(is_ruled_out)


@pytest.mark.parametrize("of", [(np.nan, 0.1, 0.1), (0.0, np.inf, 0.1), (0.0, 0.0, 0.0)])
def test_of_numbers_that_say_nothing_nothing_is_said(of):
    assert larger_test(*of, 100) == ""
