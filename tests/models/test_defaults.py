"""The built-in models learn, on any column, and hide what is no feature."""

import numpy as np
import pandas as pd
import pytest

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.errors import ModelError
from tilth.models.defaults import NAMES
from tilth.models.heads import CLASSIFIERS
from tilth.models.model import built_in_model, load_model
from tilth.models.train import model_inputs, train
from tilth.signals.pred_probs import cross_val_pred_probs


def blobs(n=120, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    frame = pd.DataFrame(
        {
            "x": y + rng.normal(0, 0.2, n),
            "colour": np.where(y == 2, "red", "blue"),
            "noise": rng.normal(size=n),
            "label": np.array(["c", "a", "b"], dtype=object)[y],
        }
    )
    frame.loc[::7, "noise"] = np.nan
    return Dataset(frame, Schema("classification", label="label"), np.arange(n))


@pytest.mark.parametrize("method", sorted(set(CLASSIFIERS) - {"complement-naive-bayes"}))
def test_every_method_learns_a_mixed_table(method):
    data, later = blobs(), blobs(seed=1)
    trained = train(built_in_model(method, data), data, 0)
    assert (trained.predict(later) == later.given).mean() > 0.85
    probabilities = trained.predict_proba(later)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (trained.classes[probabilities.argmax(axis=1)] == trained.predict(later)).all()


@pytest.mark.parametrize(
    "method",
    ["logistic", "firm-logistic", "complement-naive-bayes", "mlp", "knn", "boosted-trees"],
)
def test_every_method_for_text_learns_text(method):
    texts = [f"{word} film number {i}" for i in range(40) for word in ("good", "bad")]
    frame = pd.DataFrame({"text": texts, "label": ["p", "n"] * 40})
    data = Dataset(frame, Schema("classification", "label", ("text",)), np.arange(80))
    trained = train(built_in_model(method, data), data, 0)
    assert (trained.predict(data) == data.given).mean() > 0.9


@pytest.mark.parametrize("name", ["auto", "boosted-trees", "ridge", "knn", "mlp"])
def test_every_regressor_learns_numbers(name):
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    frame = pd.DataFrame({"x": x, "y": 1_000 + 500 * x})
    data = Dataset(frame, Schema("regression", "y"), np.arange(300))
    found = train(built_in_model(name, data), data, 0).predict(data)
    assert np.corrcoef(found, frame["y"])[0, 1] > 0.95
    assert abs(found.mean() - frame["y"].mean()) < 50


@pytest.mark.parametrize("method", sorted(CLASSIFIERS))
def test_equal_seeds_give_equal_models(method):
    data = blobs(60)
    if method == "complement-naive-bayes":
        pytest.skip("takes only text")
    model = built_in_model(method, data)
    first, second = (train(model, data, 3).predict_proba(data) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_ids_groups_times_annotators_and_splits_are_hidden_from_built_in_models():
    columns = {name: ["u", "v"] for name in "igtasxy"}
    schema = Schema(
        "classification", "y", id="i", group="g", time="t", annotator="a", split="s"
    )
    data = Dataset(pd.DataFrame(columns), schema, np.arange(2))
    assert list(model_inputs(load_model("auto", data), data).columns) == ["x"]


@pytest.mark.parametrize("name", NAMES)
def test_tiny_and_degenerate_data_are_no_crash(name):
    for columns in (
        {"x": [1.0, 2.0], "y": ["a", "b"]},
        {"x": [1.0, 1.0], "y": ["a", "b"]},
        {"x": [None, None], "y": ["a", "b"]},
        {"y": ["a", "b"]},
        {"x": [1.0, 2.0, 3.0], "y": ["a", "a", "a"]},
        {"x": [1.0], "y": ["a"]},
    ):
        frame = pd.DataFrame(columns)
        data = Dataset(frame, Schema("classification", "y"), np.arange(len(frame)))
        probabilities = train(load_model(name, data), data, 0).predict_proba(data)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_many_classes_are_learned_not_given_up():
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(40), 20)
    texts = [f"word{k} filler{rng.integers(9)}" for k in y]
    frame = pd.DataFrame({"text": texts, "label": y})
    data = Dataset(frame, Schema("classification", "label", ("text",)), np.arange(len(y)))
    assert (train(load_model("logistic", data), data, 0).predict(data) == y).mean() > 0.95


def test_a_column_that_is_gone_at_prediction_is_told():
    data = blobs(30)
    trained = train(load_model("auto", data), data, 0)
    gone = Dataset(data.table.drop(columns="x"), data.schema, np.arange(30))
    with pytest.raises(ModelError, match="could not predict: KeyError"):
        trained.predict(gone)


@pytest.mark.parametrize("method", sorted(set(CLASSIFIERS) - {"complement-naive-bayes"}))
def test_rare_classes_and_nearly_empty_columns_break_nothing(method):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=600), "y": rng.integers(0, 2, 600)})
    frame.loc[:4, "y"] = [2, 3, 4, 5, 5]
    frame["sparse"] = np.nan
    frame.loc[:1, "sparse"] = [1.0, 2.0]
    data = Dataset(
        frame[["x", "sparse", "y"]], Schema("classification", "y"), np.arange(600)
    )
    found = cross_val_pred_probs(
        data, built_in_model(method, data), n_folds=3, rng=np.random.default_rng(0)
    )
    np.testing.assert_allclose(found.sum(axis=1), 1)
