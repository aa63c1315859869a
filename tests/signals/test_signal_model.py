"""The model that describes the examples is the one whose predictions fit."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.errors import UnavailableError
from tilth.models.model import load_model
from tilth.signals import PROVIDERS
from tilth.signals.features import features
from tilth.signals.signal_model import log_loss, zoo
from tilth.signals.signals import Signals

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "dcai_lab"


def signals(data, model=None, progress=None):
    context = {"model": model, "n_jobs": 1, "progress": progress, "test": None}
    return Signals(data, PROVIDERS, context=context)


class Oracle(ClassifierMixin, BaseEstimator):
    """Reads the label off a column that no rule connects with it."""

    def fit(self, X, y):
        self.classes_ = np.unique(np.asarray(y, dtype=object))
        return self

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def predict_proba(self, X):
        hidden = np.modf(X["x"].to_numpy() * 1_000)[0].round(1) >= 0.5
        return np.column_stack([~hidden, hidden]) * 0.98 + 0.01


@pytest.fixture
def riddle():
    rng = np.random.default_rng(0)
    hidden = rng.integers(0, 2, 80)
    x = (rng.integers(0, 1_000, 80) + 0.5 * hidden) / 1_000
    frame = pd.DataFrame({"x": x, "label": np.array(["a", "b"], dtype=object)[hidden]})
    return Dataset(frame, Schema("classification", "label"), np.arange(80))


def test_candidates_are_compared_and_the_best_makes_the_probabilities(table):
    all_signals = signals(table)
    chosen = all_signals["signal_model"]
    assert chosen.name == min(chosen.log_losses, key=chosen.log_losses.get)
    assert list(chosen.log_losses) == sorted(chosen.log_losses, key=chosen.log_losses.get)
    assert {"logistic", "boosted-trees", "mlp", "rbf-svc"} <= set(chosen.log_losses)
    assert chosen.n_compared == 88
    found = all_signals["pred_probs"]
    assert log_loss(table.labels, found) == pytest.approx(chosen.log_losses[chosen.name])


def test_the_users_model_is_chosen_where_it_is_best(riddle):
    chosen = signals(riddle, load_model(Oracle(), riddle))["signal_model"]
    assert chosen.name == "Oracle"
    assert (
        signals(riddle, load_model(DummyClassifier(), riddle))["signal_model"].name
        != "DummyClassifier"
    )


def test_a_users_model_without_probabilities_or_broken_is_noted(table):
    broken = signals(table, load_model(LogisticRegression(), table))["signal_model"]
    assert "could not convert string" in next(iter(broken.left_out.values()))
    assert broken.name != "LogisticRegression"


def test_a_users_model_that_is_too_slow_is_noted(riddle, monkeypatch):
    monkeypatch.setattr("tilth.signals.signal_model._MAX_SECONDS", 0)
    chosen = signals(riddle, load_model(Oracle(), riddle))["signal_model"]
    assert chosen.left_out == {"Oracle": "left out: it takes more than 0 s per fold"}
    assert chosen.name != "Oracle"


def test_text_and_large_data_get_other_candidates(text, table):
    assert zoo(text, features(text)) == (
        "logistic",
        "firm-logistic",
        "complement-naive-bayes",
    )
    assert "rbf-svc" in zoo(table, features(table))
    large = Dataset(
        pd.concat([table.table] * 700, ignore_index=True), table.schema, np.arange(90 * 700)
    )
    assert set(zoo(large, features(large))) == {
        "boosted-trees",
        "logistic",
        "quadratic-logistic",
    }
    classes = table.table.assign(label=np.arange(90) // 2)
    many = Dataset(classes, table.schema, table.example_id)
    assert not {"rbf-svc"} & set(zoo(many, features(many)))
    weighted = Dataset(table.table, table.schema, table.example_id, np.ones(90))
    assert "knn" not in zoo(weighted, features(weighted))


def test_large_data_are_compared_on_a_part(table, monkeypatch):
    monkeypatch.setattr("tilth.signals.signal_model._MAX_COMPARED", 50)
    chosen = signals(table)["signal_model"]
    assert chosen.n_compared == 50
    assert chosen.pred_probs is None
    assert signals(table)["pred_probs"].shape == (88, 3)


def test_progress_and_repeatability(text):
    told = []
    first = signals(text, progress=lambda *step: told.append(step))["signal_model"]
    assert [step for step in told if step[0] == "signal_model"][-1] == (
        "signal_model",
        3,
        3,
    )
    assert signals(text)["signal_model"].log_losses == first.log_losses


def test_what_no_candidate_can_do_is_said_once(table):
    alone = Dataset(table.table.assign(label="a"), table.schema, table.example_id)
    with pytest.raises(UnavailableError, match=r"^needs at least two classes, got 1$"):
        signals(alone)["pred_probs"]


@pytest.mark.shared
@pytest.mark.skipif(
    not SHARED.exists(), reason="the real datasets are not beside the project"
)
def test_student_grades_are_described_by_a_model_that_sees_through_the_noise():
    grades = pd.read_csv(SHARED / "label_errors" / "student-grades.csv")
    training, _ = train_test_split(grades, test_size=0.25, random_state=0)
    frame = training[
        ["exam_1", "exam_2", "exam_3", "notes", "noisy_letter_grade"]
    ].reset_index(drop=True)
    data = Dataset(
        frame, Schema("classification", "noisy_letter_grade"), np.arange(len(frame))
    )
    found = signals(data)["pred_probs"].argmax(axis=1)
    assert (data.classes[found] == training["letter_grade"].to_numpy(object)).mean() > 0.95
