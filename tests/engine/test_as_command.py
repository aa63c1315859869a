"""What a run in Python was given, as a command line."""

import shlex
from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.neighbors import KNeighborsClassifier

from tilth.data.dataset import Dataset
from tilth.data.images import Images
from tilth.data.read import read
from tilth.engine.as_command import Asked, command_of
from tilth.models.model import load_model
from tilth.trial.next_step import LABEL_SOME

FIXED = read(
    pd.DataFrame({"x": np.arange(60.0), "label": ["a", "b"] * 30}),
    label="label",
)


def command(dataset, **asked):
    return command_of(LABEL_SOME, dataset, Asked(**asked))


def test_a_command_quotes_what_a_shell_would_split():
    named = Dataset(FIXED.table, FIXED.schema, FIXED.example_id, source="my data.csv")
    said = "tilth improve 'my data.csv' --label label --audit-sample 100"
    assert command(named) == said


def test_a_command_keeps_roles_metric_and_model():
    schema = replace(FIXED.schema, id="x", task="ordinal", classes=("a", "b"))
    named = Dataset(FIXED.table, schema, FIXED.example_id, source="data.csv")
    said = command(named, model="knn", metric="f1_macro", test="t.csv")
    assert said == (
        "tilth improve data.csv --label label --id x --task ordinal --classes a,b --test t.csv "
        "--metric f1_macro --model knn --audit-sample 100"
    )


def test_a_command_keeps_what_changes_a_run_in_python(tmp_path):
    path = tmp_path / "data.csv"
    table = FIXED.table.assign(words="so many words stand in here", n=np.arange(len(FIXED)))
    table.to_csv(path, index=False, header=False)
    data = read(
        path, label="column_4", text=["column_3"], task="regression", has_header=False
    )
    said = command(data, seed=3, budget=90.0, text_as="frame")
    assert shlex.split(said)[3:] == shlex.split(
        "--label column_4 --text column_3 --task regression --no-header --text-as frame "
        "--budget 90s --seed 3 --audit-sample 100"
    )


def test_a_command_names_a_column_of_images_and_their_folder(tmp_path):
    schema, source = replace(FIXED.schema, image="x"), str(tmp_path / "data.csv")
    ids = FIXED.example_id
    beside, apart = (
        Dataset(FIXED.table, schema, ids, source=source, images=Images(root))
        for root in (tmp_path, tmp_path / "apart")
    )
    assert command(beside).endswith("data.csv --label label --image x --audit-sample 100")
    assert f"--image-root {tmp_path.resolve() / 'apart'}" in command(apart)


def test_there_is_no_command_where_texts_are_kept_from_being_texts(tmp_path):
    path = tmp_path / "data.csv"
    texts = [
        f"the letter {i} that somebody wrote about {i} things" for i in range(len(FIXED))
    ]
    FIXED.table.assign(words=texts).to_csv(path, index=False)
    assert command(read(path, label="label"))
    assert command(read(path, label="label", text=())) == ""
    assert command(read(path, label="label"), is_answered=True) == ""


def test_there_is_no_command_for_what_no_command_can_name():
    named = Dataset(FIXED.table, FIXED.schema, FIXED.example_id, source="data.csv")
    assert command(FIXED) == command(named, test="memory") == ""
    assert command(named, model=KNeighborsClassifier()) == ""
    assert command(named, model=load_model(KNeighborsClassifier(), named)) == ""
