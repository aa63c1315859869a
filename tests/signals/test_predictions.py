"""Numbers are predicted by models that never saw the example."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.errors import UnavailableError
from tilth.models.model import load_model
from tilth.signals.features import SIGNAL as FEATURES
from tilth.signals.predictions import RESIDUALS, SIGNAL
from tilth.signals.signals import Signals


@pytest.fixture
def line():
    rng = np.random.default_rng(0)
    x = rng.permutation(100) / 10
    frame = pd.DataFrame({"x": x, "y": 3 * x + 1})
    frame.loc[[3, 60], "y"] = None
    return Dataset(frame, Schema("regression", "y"), np.arange(100))


def signals(data, model=None, progress=None):
    context = {"model": model, "n_jobs": 1, "progress": progress}
    providers = {s.name: s for s in (FEATURES, SIGNAL, RESIDUALS)}
    return Signals(data, providers, context=context)


def test_the_built_in_model_predicts_the_labelled_examples_in_order(line):
    told = []
    found = signals(line, progress=lambda *step: told.append(step))
    assert found["predictions"].shape == (98,)
    assert np.corrcoef(found["predictions"], found["targets"])[0, 1] > 0.95
    np.testing.assert_array_equal(
        found["residuals"], found["targets"] - found["predictions"]
    )
    assert told[-1] == ("predictions", 5, 5)


def test_the_users_model_predicts_where_there_is_one(line):
    found = signals(line, load_model(LinearRegression(), line))
    np.testing.assert_allclose(found["residuals"], 0, atol=1e-9)


def test_a_model_that_memorises_never_meets_its_own_example(line):
    found = signals(line, load_model(KNeighborsRegressor(1), line))
    assert (np.abs(found["residuals"]) > 0.1).all()


def test_row_order_changes_nothing(line):
    first = signals(line)["predictions"]
    order = np.random.default_rng(1).permutation(100)
    shuffled = line.rows(order)
    back = np.searchsorted(line.labelled, order[shuffled.labelled])
    np.testing.assert_allclose(signals(shuffled)["predictions"], first[back])


def test_copies_alone_and_class_labels_have_no_predictions(table):
    copies = Dataset(
        pd.DataFrame({"x": [1.0, 1.0], "z": [1, 2], "y": [1.0, 2.0]}),
        Schema("regression", "y", id="z"),
        np.arange(2),
    )
    with pytest.raises(UnavailableError):
        signals(copies)["predictions"]
    with pytest.raises(UnavailableError, match="needs a numeric label"):
        signals(table)["predictions"]
