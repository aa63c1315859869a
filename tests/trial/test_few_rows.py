"""That a score of squares is ruled by a few rows is said."""

import numpy as np
import pytest

from tilth.trial.answers import Answers, few_rows_said
from tilth.trial.metrics import metric_named


def answers(far, metric="r2", n=200):
    given = np.zeros(n)
    given[:2] = far
    off = np.ones(n)  # every answer is 1 too high
    return Answers(metric_named(metric), given, [off], [off])


@pytest.mark.parametrize("arm", ["before", "after"])
def test_the_arm_whose_error_few_rows_make_is_named(arm):
    alike, far = np.ones(200), np.ones(200)
    far[:2] = 100.0
    arms = {"before": [alike], "after": [alike]} | {arm: [far]}
    told = Answers(metric_named("rmse"), np.zeros(200), **arms)
    assert f"make 99.0 % of the squared error in the arm '{arm}', so rmse" in few_rows_said(
        told
    )


@pytest.mark.parametrize("metric", ["r2", "rmse"])
def test_a_hundredth_of_the_rows_with_most_of_the_squared_error_is_said(metric):
    # two rows of 200: 2 * 99 ** 2 = 19,602 of 19,800
    assert few_rows_said(answers(100.0, metric)) == (
        "2 of 200 test rows make 99.0 % of the squared error, so "
        f"{metric} is ruled by them; mae weighs every row alike."
    )


def test_rows_that_all_weigh_alike_are_not_spoken_of():
    assert few_rows_said(answers(0.0)) == ""
    assert few_rows_said(answers(100.0, "mae")) == ""


def test_less_than_a_hundredth_of_few_rows_is_no_row():
    assert few_rows_said(answers(100.0, n=99)) == ""


def test_answers_that_are_all_right_have_no_error_to_share():
    right = np.arange(200.0)
    assert few_rows_said(Answers(metric_named("r2"), right, [right], [right])) == ""
