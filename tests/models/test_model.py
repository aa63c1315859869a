"""What a model may be named or handed over as, and what is refused."""

import sys
import threading

import numpy as np
import pandas as pd
import pytest
from joblib import Parallel, delayed
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.errors import ModelError
from tilth.models.model import load_model
from tilth.models.train import train

USER_FILE = '''
"""A user's own model, in a class only this file knows."""
import numpy as np
import near_by

class Majority:
    def __init__(self, seed=0):
        self.seed = seed
    def fit(self, X, y):
        values, counts = np.unique(y, return_counts=True)
        self.classes_ = values
        self.answer_ = values[counts.argmax()]
        return self
    def predict(self, X):
        return np.full(len(X), self.answer_, dtype=object)
    def predict_proba(self, X):
        return np.tile(self.classes_ == self.answer_, (len(X), 1)).astype(float)

def make(seed):
    return Majority(seed)

def without_arguments():
    return Majority()

def broken(random_state):
    raise RuntimeError("no GPU here")

ready = Majority(seed=5)
number = near_by.NUMBER
'''


@pytest.fixture
def table() -> Dataset:
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "label": ["a", "b", "b", "b"]})
    return Dataset(frame, Schema("classification", label="label"), np.arange(4))


@pytest.fixture
def text() -> Dataset:
    frame = pd.DataFrame({"review": ["a b", "c d"], "label": ["x", "y"]})
    return Dataset(
        frame, Schema("classification", label="label", text=("review",)), np.arange(2)
    )


@pytest.fixture
def user_file(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.delitem(sys.modules, "near_by", raising=False)
    (tmp_path / "near_by.py").write_text("NUMBER = 3\n")
    path = tmp_path / "mine.py"
    path.write_text(USER_FILE)
    return path


def predicted(model, data):
    return train(model, data, 0).predict(data).tolist()


def test_the_default_follows_the_modality(table, text):
    assert load_model(None, table).name == "boosted-trees"
    assert load_model("auto", text).name == "logistic"
    numbers = Dataset(
        pd.DataFrame({"t": ["a b"], "y": [1.0]}),
        Schema("regression", "y", ("t",)),
        np.arange(1),
    )
    assert load_model("auto", numbers).name == "ridge"


def test_a_model_is_returned_as_it_is(table):
    model = load_model("knn", table)
    assert load_model(model, table) is model
    assert load_model(model, table, text_as="frame").text_as == "frame"


def test_equal_models_have_equal_identities(table):
    def identity(spec):
        return str(load_model(spec, table))

    assert identity("auto") == identity("boosted-trees") != identity("knn")
    assert identity(LogisticRegression(C=2)) == identity(LogisticRegression(C=2))
    assert identity(LogisticRegression(C=2)) != identity(LogisticRegression(C=3))
    nested = [make_pipeline(StandardScaler(), LogisticRegression(C=c)) for c in (2, 2, 3)]
    assert identity(nested[0]) == identity(nested[1]) != identity(nested[2])
    assert " at 0x" not in identity(lambda: LogisticRegression(C=2))


def test_the_identity_of_a_file_follows_its_content_not_its_place(
    table, user_file, tmp_path
):
    first = str(load_model(f"{user_file}:make", table))
    elsewhere = tmp_path / "sub"
    elsewhere.mkdir()
    (elsewhere / "mine.py").write_text(USER_FILE)
    assert str(load_model(f"{elsewhere / 'mine.py'}:make", table)) == first
    user_file.write_text(USER_FILE + "\n# changed\n")
    assert str(load_model(f"{user_file}:make", table)) != first


def test_the_identity_of_a_file_follows_the_modules_it_imports(table, user_file, tmp_path):
    def identity():
        return str(load_model(f"{user_file}:make", table))

    first = identity()
    assert identity() == first
    (tmp_path / "near_by.py").write_text("from far.off import NUMBER\n")
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "__init__.py").write_text("")
    (tmp_path / "far" / "off.py").write_text("from . import more\nNUMBER = more.ONE\n")
    (tmp_path / "far" / "more.py").write_text("ONE = 1\n")
    second = identity()
    (tmp_path / "far" / "more.py").write_text("ONE = 1 + 1\n")
    third = identity()
    (tmp_path / "far" / "unused.py").write_text("ONE = 3\n")
    assert len({first, second, third, identity()}) == 3


def test_a_changed_helper_module_is_loaded_anew(table, user_file, tmp_path):
    def size():
        return load_model(f"{user_file}:make", table).fresh(0).size

    user_file.write_text(
        USER_FILE.replace("seed = seed\n", "seed, self.size = seed, near_by.NUMBER\n")
    )
    assert size() == 3
    (tmp_path / "near_by.py").write_text("NUMBER = 3 + 40\n")
    assert size() == 43


def test_the_identity_of_a_module_follows_what_it_imports(table, tmp_path, monkeypatch):
    package = tmp_path / "package_of_this_test"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "sizes.py").write_text("SIZE = 1\n")
    (package / "models.py").write_text(
        "from sklearn.dummy import DummyClassifier\nfrom .sizes import SIZE\n"
    )
    monkeypatch.chdir(tmp_path)
    spec = "package_of_this_test.models:DummyClassifier"
    first = str(load_model(spec, table))
    (package / "sizes.py").write_text("SIZE = 1 + 1\n")
    assert str(load_model(spec, table)) != first


class Weighted(DummyClassifier):
    """An estimator that holds an array and a function."""

    def __init__(self, weights=None, change=None):
        super().__init__()
        self.weights = weights
        self.change = change


def test_the_identity_of_an_object_follows_all_it_holds(table):
    def identity(spec):
        return str(load_model(spec, table))

    def weights(last):
        return np.append(np.zeros(5_000), [last] + [0] * 5_000)

    assert identity(Weighted(weights(1))) == identity(Weighted(weights(1)))
    assert identity(Weighted(weights(1))) != identity(Weighted(weights(2)))
    assert identity(Weighted([weights(1)])) != identity(Weighted([weights(2)]))
    assert identity(Weighted(change=np.sin)) != identity(Weighted(change=np.cos))
    assert identity(Weighted(change=lambda x: x)) != identity(
        Weighted(change=lambda x: x + 1)
    )

    def factory(c):
        return lambda: LogisticRegression(C=c)

    assert identity(factory(1)) == identity(factory(1)) != identity(factory(2))


def test_every_random_state_is_set_and_the_original_is_left_alone(table):
    forest = RandomForestClassifier(3, random_state=99)
    model = load_model(make_pipeline(StandardScaler(), forest), table)
    assert model.fresh(7).get_params()["randomforestclassifier__random_state"] == 7
    assert forest.random_state == 99
    assert not hasattr(forest, "estimators_")


@pytest.mark.parametrize("attribute", ["make", "Majority"])
def test_a_factory_is_called_with_the_seed(table, user_file, attribute):
    assert load_model(f"{user_file}:{attribute}", table).fresh(7).seed == 7


def test_an_object_without_parameters_is_copied_and_its_seed_set(table, user_file):
    model = load_model(f"{user_file}:ready", table)
    assert model.fresh(7).seed == 7
    assert model.fresh(8) is not model.fresh(8)
    assert load_model(f"{user_file}:without_arguments", table).fresh(7).seed == 7


def test_a_module_attribute_is_found(table):
    model = load_model("sklearn.linear_model:LogisticRegression", table)
    assert isinstance(model.fresh(3), LogisticRegression)
    assert model.fresh(3).random_state == 3


def test_a_module_of_the_current_folder_is_found(table, tmp_path, monkeypatch):
    (tmp_path / "my_models_of_this_test.py").write_text(
        USER_FILE.replace("import near_by", "").replace("near_by.NUMBER", "3")
    )
    monkeypatch.chdir(tmp_path)
    assert predicted(load_model("my_models_of_this_test:make", table), table) == ["b"] * 4


def test_a_users_class_travels_to_worker_processes_and_back(table, user_file):
    model = load_model(f"{user_file}:make", table)
    runs = Parallel(n_jobs=2)(delayed(train)(model, table, seed) for seed in range(2))
    assert [run.estimator.seed for run in runs] == [0, 1]
    assert all(run.predict(table).tolist() == ["b"] * 4 for run in runs)
    again = Parallel(n_jobs=2)(delayed(run.predict)(table) for run in runs)
    assert [found.tolist() for found in again] == [["b"] * 4] * 2


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("forest", r"must be a built-in name \(auto, logistic.*got 'forest'"),
        ("nowhere/models.py:make", "there is no file nowhere/models.py"),
        (
            "no_such_package_at_all:make",
            "importing no_such_package_at_all failed with ModuleNotFound",
        ),
        ("sklearn.linear_model:Logistic", "there is no Logistic"),
        ("sklearn.linear_model:__doc__", "got str"),
        ("math:sqrt", "could not be made: TypeError"),
        (3, "must be an estimator with fit and predict.*got int"),
        (
            StandardScaler(),
            "must be an estimator with fit and predict|must return an object",
        ),
        (lambda: None, "must return an object with fit and predict, got NoneType"),
    ],
)
def test_what_is_no_model_is_refused_with_a_sentence(table, spec, message):
    with pytest.raises(ModelError, match=message):
        load_model(spec, table)


def test_a_broken_factory_and_a_missing_attribute_are_told(table, user_file):
    with pytest.raises(ModelError, match="could not be made: RuntimeError: no GPU here"):
        load_model(f"{user_file}:broken", table)
    with pytest.raises(ModelError, match=r"Name one of .*Majority"):
        load_model(f"{user_file}:maker", table)
    with pytest.raises(ModelError, match="got int"):
        load_model(f"{user_file}:number", table)


def test_a_file_that_cannot_be_imported_is_told(table, tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text("import nothing_of_that_name\n")
    with pytest.raises(ModelError, match="No module named 'nothing_of_that_name'"):
        load_model(f"{path}:make", table)
    path.write_text("def make(:\n")
    with pytest.raises(ModelError, match="SyntaxError"):
        load_model(f"{path}:make", table)


def test_an_object_that_cannot_be_copied_is_told(table):
    class Locked:
        def __init__(self, lock):
            self._lock = lock

        def fit(self, X, y):
            return self

        def predict(self, X):
            return X

    with pytest.raises(ModelError, match="must be an object that can be copied"):
        load_model(Locked(threading.Lock()), table)


def test_a_wrong_text_as_is_refused(table):
    with pytest.raises(ModelError, match="`text_as` must be frame or array, got 'list'"):
        load_model(DummyClassifier(), table, text_as="list")


def test_logistic_is_refused_for_numbers():
    data = Dataset(
        pd.DataFrame({"x": [1], "y": [2.0]}), Schema("regression", "y"), np.arange(1)
    )
    with pytest.raises(
        ModelError, match="must be one of auto, boosted-trees, knn, mlp for regression"
    ):
        load_model("logistic", data)
