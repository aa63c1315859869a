import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import tilth
from tilth.checks.check import Findings
from tilth.edits.edit import Edit, Reason, no_targets
from tilth.engine.inner_trial import (
    Arm,
    Inner,
    InnerTrials,
    compare,
    touched_ids,
    transforms_of,
)
from tilth.engine.race import Proposal, Race, contenders, needed_z, run_race, winner
from tilth.engine.recipe import Recipe, in_order
from tilth.engine.search import why_broken
from tilth.errors import ConflictError, ModelError
from tilth.models.model import load_model
from tilth.remedies.remedy import Remedy
from tilth.signals import PROVIDERS
from tilth.signals.signals import Signals
from tilth.trial.metrics import metric_named


def arm(values):
    values = np.array(values, dtype=float)
    fold = np.arange(len(values)) % 2
    return Arm(values, fold, float(np.nanmean(values)), float(np.nanmean(values)))


def inner(difference, z):
    return Inner(0.0, difference, difference, z, 10, 0.0, difference)


def proposal(n_touched, *, finishing=False):
    remedy = Remedy("r", "label_errors", list, is_finishing=finishing)
    findings = Findings(
        "column", pd.DataFrame({"key": [], "quality": [], "is_issue": []}), ""
    )
    targets = pd.DataFrame({"example_id": np.arange(n_touched)})
    edits = (Edit("drop", targets, Reason("c", "r", "t")),) if n_touched else ()
    return Proposal(Recipe(remedy, findings, np.arange(0)), edits)


def test_two_arms_are_compared_row_by_row_with_a_paired_z():
    # gains 1, 0, 0, 1 over rows: mean .5, sd .577; both trainings gain .5, so rows decide
    found = compare([arm([0, 0, 1, 0])], [arm([1, 0, 1, 1])])
    assert found.difference == pytest.approx(0.5)
    assert found.z == pytest.approx(0.5 / (np.std([1, 0, 0, 1], ddof=1) / 2))
    assert found.n_rows == 4


def test_trainings_that_disagree_widen_the_error_beyond_that_of_rows():
    # even rows gain 1, odd rows 0: over two trainings the error is .5, over rows only .17
    found = compare([arm([0] * 10)], [arm([1, 0] * 5)])
    assert found.z == pytest.approx(1.0)


def test_rows_unknown_in_any_repeat_are_left_out_of_a_comparison():
    found = compare([arm([0, np.nan, 1]), arm([0, 1, 1])], [arm([1, 1, 1]), arm([1, 1, 1])])
    assert found.n_rows == 2


def test_identical_arms_have_no_z():
    assert compare([arm([0, 1])], [arm([0, 1])]).z == 0.0


def test_the_bar_rises_with_the_number_of_candidates_and_falls_for_refinements():
    assert needed_z(1, is_first=True) == needed_z(5, is_first=True) == 2.5
    assert needed_z(20, is_first=True) > 2.5
    assert needed_z(20, is_first=False) == 1.5


def test_the_simplest_candidate_within_one_standard_error_of_the_best_wins():
    rng = np.random.default_rng(0)
    base = np.zeros(400)
    good = (rng.random(400) < 0.3).astype(float)
    nearly = good.copy()
    nearly[np.flatnonzero(good)[:2]] = 0.0
    nearly[np.flatnonzero(good == 0)[0]] = 1.0  # two lost, one won: z = .6
    race = Race(2.5, [arm(base)], {0: [arm(good)], 1: [arm(nearly)], 2: [arm(good * 0)]})
    proposals = [proposal(50), proposal(3), proposal(1)]
    assert winner(race, proposals) == 1  # almost as good, far fewer examples
    assert winner(Race(99.0, race.unchanged, race.arms), proposals) is None


def test_equal_candidates_go_to_the_remedy_listed_first():
    good = np.r_[np.ones(50), np.zeros(50)]
    race = Race(2.5, [arm(np.zeros(100))], {0: [arm(good)], 1: [arm(good)]})
    assert winner(race, [proposal(0), proposal(0)]) == 0


def test_a_candidate_that_broke_the_model_cannot_win():
    good = np.r_[np.ones(50), np.zeros(50)]
    race = Race(1.0, [arm(np.zeros(100))], {0: [arm(good)]}, {0: ModelError("no")})
    assert winner(race, [proposal(1)]) is None


def test_contenders_are_those_within_reach_of_the_best_and_of_the_bar():
    inners = {
        0: inner(0.10, 5.0),
        1: inner(0.09, 4.0),
        2: inner(0.01, 4.0),
        3: inner(0.02, 0.1),
    }
    assert contenders(inners, [0, 1, 2, 3], 2.5) == [0, 1]


def test_touched_examples_are_those_row_edits_name_and_transforms_are_columns():
    reason = Reason("c", "r", "t")
    drop = Edit("drop", pd.DataFrame({"example_id": [1, 2]}), reason)
    column = Edit("drop_column", no_targets(), reason, column="x")
    copies = Edit("add_examples", pd.DataFrame({"example_id": [9]}), reason)
    assert touched_ids([drop, column, copies]) == {1, 2}
    assert transforms_of([drop, column, copies]) == (column,)


def test_finishing_recipes_go_last_and_keep_their_order():
    a, b, c = (proposal(0, finishing=f).recipe for f in (True, False, False))
    assert in_order([a, b, c]) == [b, c, a]


class Fussy:
    """A model that refuses training sets without row 'a' of the marker column."""

    def fit(self, X, y):
        if "marker" not in X:
            raise ValueError("marker is needed")
        self.most = pd.Series(y).mode()[0]

    def predict(self, X):
        return np.full(len(X), self.most)


def test_a_candidate_that_breaks_the_users_model_is_rejected_and_said():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=600), "marker": 1.0})
    frame["label"] = np.where(frame["x"] + rng.normal(size=600) > 0, "a", "b")
    found = tilth.improve(tilth.read(frame, label="label"), model=Fussy(), n_jobs=1)
    broken = [c for c in found.candidates if "marker is needed" in c["why"]]
    assert broken
    assert all(c["why"].startswith("the model broke on it: ") for c in broken)
    assert not any(c["accepted"] for c in broken)
    assert found.dataset.table.equals(frame)


def test_edits_that_cannot_be_made_in_a_fold_are_not_said_to_break_the_model():
    def misfit(findings, dataset):
        if len(dataset) < len(frame):
            raise ConflictError("the edits do not fit")
        targets = pd.DataFrame({"example_id": dataset.example_id[:1]})
        return [Edit("drop", targets, Reason("c", "r", "t"))]

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=80), "y": ["a", "b"] * 40})
    signals = Signals(tilth.read(frame, label="y"), PROVIDERS, context={"n_jobs": 1})
    column = Findings(
        "column", pd.DataFrame({"key": ["x"], "quality": 0.0, "is_issue": True}), ""
    )
    recipe = Recipe(Remedy("r", "column_problems", misfit), column, np.arange(80))
    judge = load_model(LogisticRegression(), signals.dataset)
    trials = InnerTrials(signals, judge, metric_named("accuracy", "classification"))
    proposals = [Proposal(recipe, tuple(recipe.edits(signals)))]
    race = run_race(trials, proposals, np.zeros(80, bool), needed=2.5)
    assert isinstance(race.broken[0], ConflictError)
    assert why_broken(race.broken[0]) == "cannot be applied: the edits do not fit"


class SlowTrials:
    """Trials whose arms take as long as they are told."""

    def __init__(self, clock):
        self.clock = clock

    def arms(self, recipes, *, repeat, apart, progress=None):
        self.clock[0] += 10.0 * len(recipes)
        return [arm(np.r_[np.ones(50), np.zeros(50)] * (r is not None)) for r in recipes]


def test_what_the_budget_does_not_reach_is_left_out_and_known(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("tilth.engine.race.time.monotonic", lambda: clock[0])
    proposals = [proposal(n) for n in range(5)]
    race = run_race(
        SlowTrials(clock), proposals, np.zeros(100, bool), needed=2.5, deadline=35.0
    )
    assert race.left_out == {2, 3, 4}
    assert set(race.arms) == {0, 1}


def test_a_bad_group_that_costs_nothing_outside_is_dropped_when_nothing_else_gains():
    table = pd.DataFrame({"key": ["g"], "quality": [0.0], "is_issue": [True]})
    group = Findings("group", table, "")
    recipe = Recipe(Remedy("drop", "label_patterns", list), group, np.arange(0))
    drop = Edit("drop", pd.DataFrame({"example_id": [1]}), Reason("c", "r", "t"))
    bad_group = Proposal(recipe, (drop,))
    flat = arm(np.zeros(100))
    worse = arm(-np.r_[np.ones(50), np.zeros(50)])
    assert winner(Race(2.5, [flat], {0: [flat], 1: [flat]}), [proposal(1), bad_group]) == 1
    assert winner(Race(2.5, [flat], {0: [worse]}), [bad_group]) is None
