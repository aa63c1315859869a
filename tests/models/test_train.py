"""What a model is given, what is asked of it, and what happens when it fails."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.errors import ModelError
from tilth.models.model import load_model
from tilth.models.train import train


class Spy(ClassifierMixin, BaseEstimator):
    """Keeps what it was given."""

    def fit(self, X, y, sample_weight=None):
        self.X_, self.y_, self.weight_ = X, y, sample_weight
        self.classes_ = np.array(sorted(set(y.tolist()), key=str), dtype=object)
        return self

    def predict(self, X):
        self.asked_ = X
        return np.repeat(self.classes_[:1], len(X))


def dataset(columns, label="label", task="classification", weights=None, **roles):
    frame = pd.DataFrame(columns)
    schema = Schema(task, label=label, **roles)
    weights = None if weights is None else np.array(weights, dtype=float)
    return Dataset(frame, schema, np.arange(len(frame)), weights)


def spied(data, **options):
    return train(load_model(Spy(), data), data, 0, **options).estimator


def test_a_table_is_handed_over_as_it_was_read():
    data = dataset(
        {"id": [7, 8], "b": ["u", None], "label": ["x", "y"], "a": [1, 2]},
        id="id",
        time="a",
    )
    spy = spied(data)
    pd.testing.assert_frame_equal(spy.X_, data.table[["id", "b", "a"]])


def test_one_text_column_is_handed_over_as_strings():
    data = dataset({"review": ["good", None], "label": ["x", "y"]}, text=("review",))
    spy = spied(data)
    assert isinstance(spy.X_, np.ndarray)
    assert spy.X_.dtype == object
    assert spy.X_.tolist() == ["good", ""]


def test_text_beside_another_column_stays_a_frame():
    data = dataset(
        {"review": ["good", "bad"], "n": [1, 2], "label": ["x", "y"]}, text=("review",)
    )
    assert list(spied(data).X_.columns) == ["review", "n"]
    assert spied(data, text_as="array").X_.tolist() == ["good", "bad"]


def test_text_as_overrides_and_holds_for_prediction_too():
    data = dataset({"review": ["good", "bad"], "label": ["x", "y"]}, text=("review",))
    trained = train(load_model(Spy(), data, text_as="frame"), data, 0)
    trained.predict(data)
    assert isinstance(trained.estimator.X_, pd.DataFrame)
    assert isinstance(trained.estimator.asked_, pd.DataFrame)
    with pytest.raises(ModelError, match="needs exactly one text column, got 2: a, b"):
        spied(dataset({"a": [1, 2], "b": [1, 2], "label": ["x", "y"]}), text_as="array")


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ([3, 1, 3], "i"),
        (["a", "b", "a"], "O"),
        ([True, False, True], "b"),
        ([1, "a", 1], "O"),
    ],
)
def test_labels_arrive_as_given(given, kind):
    for column in (pd.Series(given), pd.Series(given, dtype="category")):
        spy = spied(dataset({"x": [1, 2, 3], "label": column}))
        assert type(spy.y_) is np.ndarray
        assert spy.y_.dtype.kind == kind
        assert spy.y_.tolist() == given


def test_nullable_whole_numbers_stay_whole():
    spy = spied(dataset({"x": [1, 2, 3], "label": pd.Series([3, None, 1], dtype="Int64")}))
    assert spy.y_.tolist() == [3, 1]
    assert spy.y_.dtype.kind == "i"


def test_examples_without_label_are_left_out_of_training_only():
    data = dataset({"x": [1.0, 2.0, 3.0], "label": ["b", None, "a"]})
    trained = train(load_model(Spy(), data), data, 0)
    assert trained.estimator.X_["x"].tolist() == [1.0, 3.0]
    assert trained.predict(data).tolist() == ["a", "a", "a"]
    with pytest.raises(ModelError, match="no example has a label"):
        spied(dataset({"x": [1.0], "label": [None]}))


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        make_pipeline(StandardScaler(), LogisticRegression()),
        GridSearchCV(
            make_pipeline(StandardScaler(), LogisticRegression()),
            {"logisticregression__C": [1.0]},
            cv=2,
        ),
        "logistic",
        "boosted-trees",
    ],
)
def test_weights_are_passed_on(estimator):
    columns = {"x": [0.0, 0.0, 1.0, 1.0] * 20, "label": ["a", "b", "a", "b"] * 20}
    even, uneven = dataset(columns), dataset(columns, weights=[9, 1, 1, 9] * 20)
    model = load_model(estimator, even)
    assert train(model, uneven, 0).predict(uneven).tolist()[:4] == ["a", "a", "b", "b"]
    np.testing.assert_allclose(train(model, even, 0).predict_proba(even), 0.5, atol=1e-6)


@pytest.mark.parametrize(
    "estimator", [KNeighborsClassifier(1), make_pipeline(KNeighborsClassifier(1)), "knn"]
)
def test_a_model_that_cannot_weight_is_told(estimator):
    data = dataset({"x": [0.0, 1.0], "label": ["a", "b"]}, weights=[1, 2])
    with pytest.raises(ModelError, match="cannot train on example weights"):
        train(load_model(estimator, data), data, 0)


class Named(Spy):
    """Class probabilities with columns in an order of its own."""

    def fit(self, X, y):
        super().fit(X, y)
        self.classes_ = self.order(self.classes_)
        return self

    def order(self, classes):
        return classes[::-1]

    def predict_proba(self, X):
        return np.tile([0.7, 0.3], (len(X), 1))


class Coded(Named):
    def order(self, classes):
        return np.array([0, 1])


class Texts(Named):
    def order(self, classes):
        return np.array([str(c) for c in classes[::-1]])


class Unknown(Named):
    def order(self, classes):
        return np.array(["u", "v"])


def probabilities(estimator, labels):
    data = dataset({"x": [1.0, 2.0], "label": labels})
    return train(load_model(estimator, data), data, 0).predict_proba(data)


def test_probabilities_are_put_in_the_order_of_the_classes():
    assert probabilities(Named(), ["a", "b"])[0].tolist() == [0.3, 0.7]
    assert probabilities(Coded(), ["a", "b"])[0].tolist() == [0.7, 0.3]
    assert probabilities(Texts(), [2, 10])[0].tolist() == [0.7, 0.3]
    with pytest.raises(ModelError, match="one column per class of its classes_"):
        probabilities(Unknown(), ["a", "b"])


def test_margins_are_no_probabilities():
    assert probabilities(LinearSVC(), ["a", "b"]) is None
    assert probabilities(Spy(), ["a", "b"]) is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([0.7, 0.7], r"sum to 1, got \[0.7, 0.7\] in row 0"),
        ([1.5, -0.5], "sum to 1"),
        ([np.nan, 1.0], "no finite numbers"),
        ([0.5, 0.25, 0.25], "one column per class"),
    ],
)
def test_wrong_probabilities_are_refused(value, message):
    class Wrong(Named):
        def predict_proba(self, X):
            return np.tile(value, (len(X), 1))

    with pytest.raises(ModelError, match=message):
        probabilities(Wrong(), ["a", "b"])


class Broken(Spy):
    def __init__(self, where="fit"):
        self.where = where

    def fit(self, X, y):
        return self._maybe("fit", super().fit(X, y))

    def predict(self, X):
        return self._maybe("predict", super().predict(X))

    def predict_proba(self, X):
        return self._maybe("predict_proba", None)

    def _maybe(self, where, value):
        if where == self.where:
            raise ZeroDivisionError("out of cheese")
        return value


@pytest.mark.parametrize(
    ("where", "verb"),
    [
        ("fit", "be trained"),
        ("predict", "predict"),
        ("predict_proba", "give probabilities"),
    ],
)
def test_a_crash_in_the_model_is_a_sentence_with_its_message(where, verb):
    data = dataset({"x": [1.0, 2.0], "label": ["a", "b"]})
    message = f"^The model Broken could not {verb}: ZeroDivisionError: out of cheese$"

    def run():
        trained = train(load_model(Broken(where), data), data, 0)
        trained.predict(data)
        trained.predict_proba(data)

    with pytest.raises(ModelError, match=message):
        run()


def test_a_prediction_of_the_wrong_shape_is_refused():
    class Short(Spy):
        def predict(self, X):
            return super().predict(X)[:-1]

    data = dataset({"x": [1.0, 2.0], "label": ["a", "b"]})
    with pytest.raises(
        ModelError, match=r"one value per example, got shape \(1,\) for 2 examples"
    ):
        train(load_model(Short(), data), data, 0).predict(data)


def test_a_column_of_predictions_is_taken():
    class Column(Spy):
        def predict(self, X):
            return super().predict(X)[:, None]

    data = dataset({"x": [1.0, 2.0], "label": ["a", "b"]})
    assert train(load_model(Column(), data), data, 0).predict(data).tolist() == ["a", "a"]


def test_numbers_are_predicted_as_floats():
    data = dataset({"x": [1.0, 2.0, 3.0], "y": [2, 4, 6]}, label="y", task="regression")
    trained = train(load_model(LinearRegression(), data), data, 0)
    np.testing.assert_allclose(trained.predict(data), [2, 4, 6])
    assert trained.predict_proba(data) is None
    assert trained.classes is None

    class Lost(LinearRegression):
        def predict(self, X):
            return np.full(len(X), np.nan)

    with pytest.raises(ModelError, match="must predict finite numbers, got nan in row 0"):
        train(load_model(Lost(), data), data, 0).predict(data)


def test_warnings_of_a_model_are_silent_and_filters_come_back():
    class Loud(DummyClassifier):
        def fit(self, X, y, sample_weight=None):
            warnings.warn("did not converge", stacklevel=1)
            return super().fit(X, y)

    data = dataset({"x": [1.0, 2.0], "label": ["a", "b"]})
    before = list(warnings.filters)
    train(load_model(Loud(), data), data, 0).predict(data)
    assert list(warnings.filters) == before
