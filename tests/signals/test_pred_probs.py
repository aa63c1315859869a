"""Every prediction comes from a model that never saw the example."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.errors import ModelError, UnavailableError
from tilth.models.model import built_in_model, load_model
from tilth.signals.pred_probs import (
    SIGNAL,
    SignalModel,
    cross_val_pred_probs,
)


class Memory(ClassifierMixin, BaseEstimator):
    """Sure of the label of a row it has seen, undecided about any other."""

    def fit(self, X, y):
        self.classes_ = np.unique(np.asarray(y, dtype=object))
        self.known_ = dict(zip(map(tuple, X.to_numpy().tolist()), y.tolist(), strict=True))
        return self

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def predict_proba(self, X):
        unsure = np.full(len(self.classes_), 1 / len(self.classes_))
        rows = map(tuple, X.to_numpy().tolist())
        return np.array(
            [
                (self.classes_ == self.known_[r]) * 1.0 if r in self.known_ else unsure
                for r in rows
            ]
        )


def out_of_sample(data, model, seed=0, **options):
    return cross_val_pred_probs(data, model, rng=np.random.default_rng(seed), **options)


def dataset(columns, **roles):
    frame = pd.DataFrame(columns)
    return Dataset(
        frame, Schema("classification", label="y", **roles), np.arange(len(frame))
    )


def test_a_model_that_memorises_knows_nothing(table):
    found = out_of_sample(table, load_model(Memory(), table))
    np.testing.assert_allclose(found, 1 / 3)


def test_exact_copies_give_nothing_away():
    x = np.repeat(np.arange(20.0), 2)
    data = dataset(
        {"id": np.arange(40), "x": x, "y": np.where(x % 2 == 0, "a", "b")}, id="id"
    )

    class IdBlind(Memory):
        def fit(self, X, y):
            return super().fit(X[["x"]], y)

        def predict_proba(self, X):
            return super().predict_proba(X[["x"]])

    np.testing.assert_allclose(out_of_sample(data, load_model(IdBlind(), data)), 0.5)


def test_groups_stay_together():
    group = np.arange(60) % 6
    data = dataset(
        {"g": group, "x": np.arange(60.0), "y": np.where(group < 3, "a", "b")}, group="g"
    )

    class Groups(Memory):
        def fit(self, X, y):
            return super().fit(X[["g"]], y)

        def predict_proba(self, X):
            return super().predict_proba(X[["g"]])

    np.testing.assert_allclose(
        out_of_sample(data, load_model(Groups(), data), n_folds=3), 0.5
    )


@pytest.mark.parametrize("method", ["logistic", "boosted-trees", "rbf-svc", "mlp"])
def test_rows_are_probabilities_of_the_labelled_examples_in_order(table, method):
    found = out_of_sample(table, built_in_model(method, table))
    assert found.shape == (88, 3)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (found.argmax(axis=1) == table.labels).mean() > 0.8


@pytest.mark.parametrize("method", ["logistic", "boosted-trees", "mlp"])
def test_row_order_and_class_names_change_nothing(table, method):
    first = out_of_sample(table, built_in_model(method, table))
    order = np.random.default_rng(1).permutation(90)
    shuffled = table.rows(order)
    again = out_of_sample(shuffled, built_in_model(method, shuffled))
    back = np.searchsorted(table.labelled, order[shuffled.labelled])
    np.testing.assert_allclose(again, first[back], atol=1e-9)
    renamed = Dataset(
        table.table.assign(label=table.table["label"].map({"a": "z", "b": "y", "c": "x"})),
        table.schema,
        table.example_id,
    )
    again = out_of_sample(renamed, built_in_model(method, renamed))
    np.testing.assert_allclose(again[:, ::-1], first, atol=0.02)


@pytest.mark.parametrize("method", ["boosted-trees", "logistic"])
def test_any_number_of_workers_gives_the_same(table, method, monkeypatch):
    from tilth.signals import cross_fit

    alone = out_of_sample(table, built_in_model(method, table), n_jobs=1)
    monkeypatch.setattr(cross_fit, "_WORTH", {"threads": 0.0, "processes": 0.0})
    np.testing.assert_array_equal(
        out_of_sample(table, built_in_model(method, table), n_jobs=2), alone
    )


def test_a_users_model_gives_the_same_in_processes(table, monkeypatch):
    from tilth.signals import cross_fit

    data = Dataset(table.table.drop(columns="kind"), table.schema, table.example_id)
    model = load_model(LogisticRegression(), data)
    alone = out_of_sample(data, model, n_jobs=1)
    monkeypatch.setattr(cross_fit, "_WORTH", {"threads": 0.0, "processes": 0.0})
    np.testing.assert_array_equal(out_of_sample(data, model, n_jobs=2), alone)


def test_the_only_example_of_a_class_gets_none_of_it():
    data = dataset(
        {
            "x": np.r_[np.zeros(10), np.ones(10), 5.0],
            "y": ["a"] * 10 + ["b"] * 10 + ["lone"],
            "z": np.arange(21),
        }
    )
    for model in ("logistic", LogisticRegression()):
        found = out_of_sample(data, load_model(model, data))
        assert found[20, 2] == 0
        assert found[:20, 2].max() > 0
        np.testing.assert_allclose(found.sum(axis=1), 1)


def test_fewer_examples_than_folds_are_no_trouble():
    data = dataset({"x": [1.0, 2.0, 3.0], "y": ["a", "b", "a"]})
    assert out_of_sample(data, load_model("logistic", data)).shape == (3, 2)


def test_progress_is_told(table):
    told = []
    out_of_sample(
        table, built_in_model("logistic", table), progress=lambda *step: told.append(step)
    )
    assert told == [("pred_probs", i, 5) for i in range(1, 6)]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": [1, 2], "y": ["a", "a"]}, "needs at least two classes, got 1"),
        ({"x": [1, 1], "y": ["a", "b"]}, "needs at least two different examples"),
        ({"y": ["a", "b"]}, "needs at least two different examples"),
        (
            {"x": range(30), "y": range(30)},
            "needs several examples per class, got 30 classes for 30 labelled examples",
        ),
    ],
)
def test_what_cannot_be_had_is_told(columns, message):
    data = dataset(columns)
    with pytest.raises(UnavailableError, match=message):
        out_of_sample(data, built_in_model("logistic", data))


def test_a_model_without_probabilities_is_told(table):
    data = Dataset(table.table.drop(columns="kind"), table.schema, table.example_id)
    with pytest.raises(UnavailableError, match="which the model LinearSVC lacks"):
        out_of_sample(data, load_model(LinearSVC(), data))


def test_a_crash_of_the_model_is_a_model_error(table):
    with pytest.raises(ModelError, match="could not convert string to float"):
        out_of_sample(table, load_model(LogisticRegression(), table))


def test_the_probabilities_of_the_choice_are_used_again_only_for_the_same_data(table):
    known = np.full((88, 3), 1 / 3)
    chosen = SignalModel(
        "logistic",
        built_in_model("logistic", table),
        version_id=table.version_id,
        pred_probs=known,
    )
    arguments = (None, chosen, 1, None, np.random.default_rng(0))
    assert SIGNAL.compute(table, *arguments) is known
    part = table.rows(np.arange(60))
    assert SIGNAL.compute(part, *arguments).shape == (58, 3)
    assert SIGNAL.unpack(SIGNAL.pack(known)) is known
