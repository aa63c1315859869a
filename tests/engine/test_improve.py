import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import tilth
from tilth.engine.held_out import audit_sample, marked_test, set_aside
from tilth.errors import InvalidInputError


def points(n, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    y = (X @ [2.0, -1.0, 0.5, 0.0] + 0.3 * rng.normal(size=n) > 0).astype(int)
    return pd.DataFrame(X, columns=list("abcd")).assign(label=y)


def judge():
    return make_pipeline(StandardScaler(), LogisticRegression())


def test_a_column_of_huge_noise_is_dropped_and_the_test_goes_through_it_too():
    rng = np.random.default_rng(1)
    train, test = points(400, 0), points(300, 1)
    for frame in (train, test):
        frame.insert(0, "huge", 1e4 * rng.normal(size=len(frame)))
    found = tilth.improve(
        tilth.read(train, label="label"),
        test=tilth.read(test, label="label"),
        model=KNeighborsClassifier(),
        n_jobs=1,
    )
    assert found.proof.verdict == "BETTER"
    assert found.edits[0].column == "huge"
    again = tilth.apply(found.patch, tilth.read(train, label="label"))
    assert again.version_id == found.dataset.version_id


@pytest.mark.parametrize("budget", ["30s", 0, -1.0, None])
def test_a_budget_that_is_no_number_of_seconds_is_refused_at_once(budget):
    data = tilth.read({"x": range(100), "y": ["a", "b"] * 50}, label="y")
    with pytest.raises(InvalidInputError, match="`budget` must be seconds above 0, got"):
        tilth.improve(data, budget=budget)


class NeverTrained:
    def fit(self, X, y):
        raise AssertionError("no model is trained")

    predict = fit


@pytest.mark.parametrize("with_test", [False, True])
def test_a_test_no_edit_could_be_proven_on_is_said_before_anything_is_tried(with_test):
    data = tilth.read(points(300, 0), label="label")
    test = tilth.read(points(80, 1), label="label") if with_test else None
    found = tilth.improve(data, test=test, model=NeverTrained(), n_jobs=1)
    n = 80 if with_test else 60
    assert found.proof.verdict == "INVALID"
    assert found.proof.why.startswith(f"{n} test rows can be compared on; a proof needs")
    assert found.proof.advice.startswith("Give a test")
    assert found.dataset is data
    assert (found.tried, found.edits, found.rejected) == ((), (), None)
    assert dict(found.audit.outcomes) == {}


def test_too_few_answers_of_a_person_are_said_before_anything_is_tried():
    data = tilth.read(points(600, 0), label="label")
    held_out = set_aside(data, 0)[1]
    answers = pd.Series(held_out.given[:40], index=held_out.example_id[:40])
    found = tilth.improve(data, audited=answers, model=NeverTrained(), n_jobs=1)
    assert found.proof.verdict == "INVALID"
    assert found.proof.advice.startswith("Label 100 held-out rows or more")


def repeated(n, seed):
    """Every example stands there twice."""
    return pd.concat([points(n, seed)] * 2, ignore_index=True)


def test_rows_of_a_split_that_repeat_training_rows_name_no_command(tmp_path):
    path = tmp_path / "data.csv"
    part = ["train"] * 150 + ["test"] * 150
    repeated(150, 0).assign(part=part).to_csv(path, index=False)
    data = tilth.read(path, label="label", split="part")
    proof = tilth.improve(data, model="knn", n_jobs=1).proof
    assert proof.verdict == "INVALID"
    assert proof.advice.startswith("Give a test of other examples")
    assert (proof.next_command, proof.next_step.command) == ("", "")


def test_answers_on_repeated_rows_are_not_asked_for_in_greater_number(
    tmp_path, monkeypatch
):
    path = tmp_path / "data.csv"
    repeated(150, 0).to_csv(path, index=False)
    data = tilth.read(path, label="label")
    parts = data.rows(np.arange(150)), data.rows(np.arange(150, 300))
    monkeypatch.setattr("tilth.engine.improve.set_aside", lambda *_: parts)
    answers = pd.Series(parts[1].given, index=parts[1].example_id)
    proof = tilth.improve(data, audited=answers, model="knn", n_jobs=1).proof
    assert proof.verdict == "INVALID"
    assert "repeat training rows" in proof.why
    assert proof.advice.startswith("Take out the examples that repeat another one")
    assert "--select exact_duplicates,near_duplicates" in proof.next_command


def test_nothing_is_applied_to_data_with_nothing_wrong():
    train, test = points(300, 0), points(300, 1)
    data = tilth.read(train, label="label")
    found = tilth.improve(
        data, test=tilth.read(test, label="label"), model=judge(), n_jobs=1
    )
    assert found.proof.verdict == "NO DIFFERENCE"
    assert found.dataset is data
    assert found.edits == ()
    assert found.proof.before == found.proof.after
    assert not any(candidate["accepted"] for candidate in found.candidates)


def test_without_a_test_a_fifth_is_held_out_before_anything_else():
    data = tilth.read(points(600, 0), label="label")
    found = tilth.improve(data, model=judge(), n_jobs=1)
    assert len(found.audit.dataset) == 480
    assert found.proof.verdict in {"NO DIFFERENCE", "UNPROVEN"}


def test_rows_marked_test_in_a_split_column_are_the_test():
    frame = points(500, 0).assign(part=np.where(np.arange(500) < 350, "train", "test"))
    found = tilth.improve(tilth.read(frame, label="label", split="part"), n_jobs=1)
    assert found.proof.n_test == 150


def test_a_split_column_that_says_test_everywhere_marks_no_test():
    data = tilth.read(points(20, 0).assign(part="test"), label="label", split="part")
    assert not marked_test(data).any()


def test_shuffled_labels_yield_no_gain():
    train, test = points(300, 0), points(300, 1)
    train["label"] = np.random.default_rng(0).permutation(train["label"].to_numpy())
    found = tilth.improve(
        tilth.read(train, label="label"),
        test=tilth.read(test, label="label"),
        model=judge(),
        n_jobs=1,
    )
    assert found.proof.verdict != "BETTER"


def test_the_same_seed_gives_the_same_answer():
    train, test = points(250, 0), points(200, 1)
    train.loc[:40, "label"] = 1 - train.loc[:40, "label"]
    runs = [
        tilth.improve(
            tilth.read(train, label="label"),
            test=tilth.read(test, label="label"),
            model=judge(),
            n_jobs=n,
        )
        for n in (1, 2)
    ]
    assert runs[0].candidates == runs[1].candidates
    assert runs[0].proof.to_document() == runs[1].proof.to_document()


def test_data_without_a_label_cannot_be_improved():
    with pytest.raises(InvalidInputError, match="needs a label"):
        tilth.improve(tilth.read(points(50, 0).drop(columns="label")))


def test_regression_is_improved_by_r2_and_mae():
    rng = np.random.default_rng(0)
    made = []
    for n in (300, 200):
        X = rng.normal(size=(n, 3))
        made.append(
            pd.DataFrame(X, columns=list("abc")).assign(
                price=X @ [1.0, 2.0, 0.0] + rng.normal(size=n)
            )
        )
    train, test = (tilth.read(frame, label="price") for frame in made)
    for metric in ("r2", "mae"):
        found = tilth.improve(train, test=test, metric=metric, n_jobs=1)
        assert found.proof.metric == metric
        assert found.proof.verdict != "INVALID"


def test_a_metric_for_another_task_is_refused():
    with pytest.raises(InvalidInputError, match="must fit the task classification"):
        tilth.improve(tilth.read(points(50, 0), label="label"), metric="r2")


@pytest.mark.parametrize("named", [False, True])
def test_copies_of_a_split_column_s_training_rows_take_no_test_row_s_id(named):
    rng = np.random.default_rng(0)
    y = (rng.random(1400) < 0.1).astype(int)
    frame = pd.DataFrame(rng.normal(size=(1400, 3)) + y[:, None], columns=list("abc"))
    frame = frame.assign(label=y, part=np.where(np.arange(1400) < 600, "train", "test"))
    if named:  # a copy could be called like a test row
        names = [f"a{i}" for i in range(1400)]
        rare = np.flatnonzero(y[:600])[:10]
        names[700:720] = [f"a{i}{mark}" for mark in ("-2", "#2") for i in rare]
        frame = frame.assign(name=names)
    data = tilth.read(frame, label="label", split="part", id="name" if named else None)
    found = tilth.improve(
        data, model=judge_of_numbers(), metric="balanced_accuracy", n_jobs=1
    )
    assert found.proof.verdict == "BETTER"
    assert not any("recipe" in note for note in found.proof.notes)
    assert [edit.op for edit in found.edits][-1] == "add_examples"
    kept = found.dataset.table
    assert (kept["part"] == "test").sum() == 800
    assert tilth.apply(found.patch, data).version_id == found.dataset.version_id


def judge_of_numbers():
    numbers = FunctionTransformer(lambda X: X[["a", "b", "c"]])
    return make_pipeline(numbers, LogisticRegression())


def noisy_everywhere(n, seed):
    frame = points(n, seed)
    wrong = np.random.default_rng(seed).random(n) < 0.3
    return frame.assign(label=np.where(wrong, 1 - frame["label"], frame["label"])), frame[
        "label"
    ]


def test_a_person_s_labels_of_held_out_examples_judge_in_place_of_the_given_ones():
    frame, right = noisy_everywhere(900, 0)
    data = tilth.read(frame, label="label")
    sample = audit_sample(data, 120)
    assert sample.given.tolist() == [None] * 120
    answers = right.loc[sample.example_id]
    found = tilth.improve(data, audited=answers, model=KNeighborsClassifier(1), n_jobs=1)
    assert found.proof.n_test == 120
    assert found.proof.verdict == "BETTER"
    said = "measured the recipe as run on 720 examples; to make the output it was run again on all 900"
    assert said in found.proof.notes[-1]


def test_answers_on_examples_that_are_not_held_out_are_refused():
    data = tilth.read(points(300, 0), label="label")
    training, _ = set_aside(data, 0)
    answers = pd.Series([1], index=training.example_id[:1])
    with pytest.raises(InvalidInputError, match="must be for held-out examples"):
        tilth.improve(data, audited=answers)


def test_a_sample_larger_than_what_is_held_out_is_refused():
    with pytest.raises(InvalidInputError, match="at most the 20 held-out examples"):
        audit_sample(tilth.read(points(100, 0), label="label"), 50)


def test_edits_that_leave_no_labelled_row_to_score_on_are_not_tried():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(1700, 4)), columns=list("abcd"))
    is_labelled = np.arange(1700) < 110
    is_test = np.arange(1700) >= 1500
    frame["label"] = np.where(frame["a"] > 0, "x", "y")
    frame.loc[~(is_labelled | is_test), "label"] = None
    frame.loc[is_labelled, list("abcd")] *= 1000.0  # outliers, every one
    found = tilth.improve(
        tilth.read(frame[~is_test], label="label"),
        test=tilth.read(frame[is_test], label="label"),
        metric="balanced_accuracy",
        n_jobs=1,
    )
    crowded = [c for c in found.candidates if "too few rows to score on" in c["why"]]
    assert [c["edits"][0]["check"] for c in crowded] == ["outliers"] * len(crowded)
    assert crowded
