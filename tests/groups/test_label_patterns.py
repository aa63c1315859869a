from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from tilth.checks.check import NotApplicable
from tilth.checks.label_patterns import CHECK, find_label_patterns
from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.errors import ModelError
from tilth.remedies.label_patterns import (
    REMEDIES,
    clean_label_pattern,
    drop_label_pattern,
    relabel_label_pattern,
)
from tilth.signals.predicates import Predicate, matches, predicates

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
MOODS = {
    "good": [
        "love",
        "great",
        "best",
        "favorite",
        "wonderful",
        "enjoy",
        "recommend",
        "happy",
        "easy",
        "perfect",
    ],
    "bad": [
        "waste",
        "never",
        "poor",
        "cancel",
        "broken",
        "boring",
        "refund",
        "worst",
        "late",
        "awful",
    ],
}
FILLER = [
    "the",
    "magazine",
    "came",
    "to",
    "my",
    "house",
    "on",
    "a",
    "monday",
    "and",
    "we",
    "read",
    "it",
    "with",
    "our",
    "friends",
    "in",
    "town",
]


def reviews(n: int, seed: int = 0) -> tuple[pd.DataFrame, np.random.Generator]:
    """Make short texts with a few words of their mood, and now and then one of the other."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(["good", "bad"], n)
    texts = []
    for label in labels:
        other = "bad" if label == "good" else "good"
        words = [*rng.choice(FILLER, 8), *rng.choice(MOODS[label], 2)]
        words += [rng.choice(MOODS[other])] if rng.random() < 0.3 else []
        texts.append(" ".join(rng.permutation(words)))
    return pd.DataFrame({"review": texts, "label": labels}), rng


def spoilt(labels: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    if kind == "random":
        return rng.choice(["good", "bad"], len(labels))
    if kind == "inverted":
        return np.where(labels == "good", "bad", "good")
    return np.full(len(labels), "good")


def found_in(table: pd.DataFrame, text: tuple[str, ...] = ()):
    data = Dataset(
        table, Schema("classification", label="label", text=text), np.arange(len(table))
    )
    y = data.labels
    if text:
        X = table["review"].to_numpy(dtype=object)[data.labelled]
        model = make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=10))
    else:
        X = pd.get_dummies(data.inputs).to_numpy(dtype=float)[data.labelled]
        X = (X - X.mean(axis=0)) / np.maximum(X.std(axis=0), 1e-9)
        model = LogisticRegression(max_iter=500)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    probs = cross_val_predict(model, X, y, cv=folds, method="predict_proba")
    row = {position: i for i, position in enumerate(data.labelled)}

    def judge(train, test, seed=0):
        places = [np.array([row[p] for p in rows]) for rows in (train, test)]
        return model.fit(X[places[0]], y[places[0]]).predict(X[places[1]])

    found = find_label_patterns(
        data, y, data.labelled, data.classes, probs, predicates(data), judge
    )
    return data, found


def rows_of(found, n: int) -> np.ndarray:
    inside = np.zeros(n, dtype=bool)
    inside[found.members["position"].to_numpy(dtype=int)] = True
    return inside


@pytest.mark.parametrize("kind", ["random", "inverted", "constant"])
def test_debris_with_bad_labels_is_named(kind):
    table, rng = reviews(1200)
    bad = rng.random(1200) < 0.25
    table.loc[bad, "review"] += (
        " {{" + pd.Series(rng.choice(["sig", "nl", "cite"], 1200)) + "}}"
    )
    table.loc[bad, "label"] = spoilt(table.loc[bad, "label"].to_numpy(), kind, rng)
    _, found = found_in(table, ("review",))
    np.testing.assert_array_equal(rows_of(found, 1200), bad)
    assert found.table["key"].tolist() == ["review contains '{'"]
    row = found.table.iloc[0]
    assert row["kind"] == kind
    assert row["noise_rate"] == pytest.approx(
        {"random": 0.5, "inverted": 1.0, "constant": 0.5}[kind], abs=0.15
    )
    assert row["quality"] == pytest.approx(1 - row["noise_rate"])
    assert row["words"]


def test_a_template_phrase_is_named_in_full():
    table, rng = reviews(1200, seed=1)
    bad = rng.random(1200) < 0.3
    table.loc[bad, "review"] += " Sent from my phone app."
    table.loc[bad, "label"] = spoilt(table.loc[bad, "label"].to_numpy(), "random", rng)
    _, found = found_in(table, ("review",))
    assert found.table["key"].tolist() == ["review contains 'sent from my phone app'"]


def test_two_bad_groups_are_found_one_after_the_other():
    table, rng = reviews(1500, seed=2)
    first, second = np.arange(1500) % 5 == 0, np.arange(1500) % 5 == 1
    table.loc[first, "review"] += " posted with acme mobile"
    table.loc[second, "review"] += " ^^"
    table.loc[first, "label"] = spoilt(
        table.loc[first, "label"].to_numpy(), "inverted", rng
    )
    table.loc[second, "label"] = spoilt(
        table.loc[second, "label"].to_numpy(), "random", rng
    )
    _, found = found_in(table, ("review",))
    assert (rows_of(found, 1500) != (first | second)).sum() <= 5
    assert len(found.table) == 2


@pytest.mark.parametrize("seed", range(4))
def test_clean_reviews_have_no_bad_group(seed):
    table, rng = reviews(800, seed=10 + seed)
    marked = rng.random(800) < 0.3
    table.loc[marked, "review"] += " ##"
    _, found = found_in(table, ("review",))
    assert found.table.empty
    assert found.members.empty


@pytest.mark.parametrize("seed", range(3))
def test_a_hard_but_sound_group_is_not_bad(seed):
    table, rng = reviews(1000, seed=20 + seed)
    hard = rng.random(1000) < 0.3
    table.loc[hard, "review"] = [
        " ".join(w for w in text.split() if rng.random() < 0.5) + " [...]"
        for text in table.loc[hard, "review"]
    ]
    _, found = found_in(table, ("review",))
    assert found.table.empty


def cancer(seed: int = 0) -> tuple[pd.DataFrame, np.random.Generator]:
    frame = load_breast_cancer(as_frame=True).frame.rename(columns={"target": "label"})
    return frame.iloc[:, [0, 1, 5, 7, 20, 21, 27, 30]], np.random.default_rng(seed)


@pytest.mark.parametrize("kind", ["random", "inverted"])
def test_a_bad_source_is_named_though_the_model_sees_it(kind):
    table, rng = cancer()
    source = rng.choice(["clinic", "lab", "import"], len(table), p=[0.4, 0.35, 0.25])
    table = table.assign(source=source)
    bad = source == "import"
    new = rng.integers(0, 2, len(table)) if kind == "random" else 1 - table["label"]
    table["label"] = np.where(bad, new, table["label"])
    _, found = found_in(table)
    assert found.table["key"].tolist() == ["source = 'import'"]
    assert found.table["transfer"].iloc[0] < 0.35


def test_a_bad_span_of_time_is_named_to_the_day():
    table, rng = cancer(1)
    days = rng.integers(0, 300, len(table))
    bad = (days >= 100) & (days < 190)
    table = table.assign(
        date=(pd.Timestamp("2021-01-01") + pd.to_timedelta(days, unit="D")).strftime(
            "%Y-%m-%d"
        )
    )
    table["label"] = np.where(bad, 1 - table["label"], table["label"])
    _, found = found_in(table)
    inside = rows_of(found, len(table))
    assert (inside & bad).sum() >= 0.95 * bad.sum()
    assert (inside & bad).sum() >= 0.95 * inside.sum()
    assert found.table["key"].iloc[0].startswith("date between 2021-04-")


def test_classes_moved_up_by_one_are_named_though_a_model_half_learned_them():
    table = load_digits(as_frame=True).frame.rename(columns={"target": "label"}).iloc[:900]
    day = np.random.default_rng(1).integers(0, 240, len(table))
    bad = (day >= 60) & (day < 120)
    table = table.assign(day=day)
    table["label"] = np.where(bad, (table["label"] + 1) % 10, table["label"])
    _, found = found_in(table)
    assert found.table["key"].tolist() == ["day between 60 and 119"]
    assert found.table["kind"].tolist() == ["inverted"]


def test_a_source_with_another_share_of_classes_is_sound():
    table, rng = cancer(2)
    p_import = np.where(table["label"] == 1, 0.5, 0.05)
    table = table.assign(
        source=np.where(rng.random(len(table)) < p_import, "import", "lab")
    )
    assert found_in(table)[1].table.empty


def test_a_clean_table_has_no_bad_group():
    table, rng = cancer(3)
    table = table.assign(source=rng.choice(list("abcd"), len(table)))
    assert found_in(table)[1].table.empty


def test_rows_without_a_label_are_left_out_and_positions_stay_those_of_the_dataset():
    table, rng = reviews(1200, seed=4)
    bad = rng.random(1200) < 0.3
    table.loc[bad, "review"] += " %%"
    table.loc[bad, "label"] = spoilt(table.loc[bad, "label"].to_numpy(), "inverted", rng)
    table["label"] = table["label"].astype(object)
    table.loc[::7, "label"] = None
    _, found = found_in(table, ("review",))
    expected = bad & (np.arange(1200) % 7 != 0)
    np.testing.assert_array_equal(rows_of(found, 1200), expected)


def test_the_rule_of_a_finding_finds_its_members_in_any_table():
    table, rng = reviews(900, seed=5)
    bad = rng.random(900) < 0.3
    table.loc[bad, "review"] += " %%"
    table.loc[bad, "label"] = spoilt(table.loc[bad, "label"].to_numpy(), "inverted", rng)
    data, found = found_in(table, ("review",))
    rule = Predicate.from_json(found.table["predicate"].iloc[0])
    np.testing.assert_array_equal(matches(rule, data.inputs), bad)
    assert matches(rule, pd.DataFrame({"review": ["so %% so", "so so"]})).tolist() == [
        True,
        False,
    ]


def test_too_little_to_tell_is_not_applicable():
    table, _ = reviews(60)
    _, found = found_in(table, ("review",))
    assert isinstance(found, NotApplicable)
    assert "100 labelled examples" in found.reason


def test_one_class_is_not_applicable():
    table, _ = reviews(120)
    data = Dataset(
        table.assign(label="x"), Schema("classification", label="label"), np.arange(120)
    )
    found = find_label_patterns(
        data,
        data.labels,
        data.labelled,
        data.classes,
        np.ones((120, 1)),
        predicates(data),
        None,
    )
    assert isinstance(found, NotApplicable)


def test_a_model_that_cannot_learn_from_a_group_convicts_nobody():
    table, _ = reviews(400, seed=6)
    data = Dataset(
        table, Schema("classification", label="label", text=("review",)), np.arange(400)
    )
    probs = np.random.default_rng(0).dirichlet([1, 1], 400)

    def judge(train, test, seed=0):
        raise ModelError("never")

    found = find_label_patterns(
        data, data.labels, data.labelled, data.classes, probs, predicates(data), judge
    )
    assert found.table.empty


@pytest.fixture(scope="module")
def inverted():
    table, rng = reviews(1000, seed=7)
    bad = rng.random(1000) < 0.3
    table.loc[bad, "review"] += " Read More On Our Site"
    truth = table["label"].to_numpy().copy()
    table.loc[bad, "label"] = spoilt(table.loc[bad, "label"].to_numpy(), "inverted", rng)
    data, found = found_in(table, ("review",))
    return data, found, bad, truth


def test_dropping_a_group_drops_its_members(inverted):
    data, found, bad, _ = inverted
    key = found.table["key"].iloc[0]
    (edit,) = drop_label_pattern(found, data.example_id + 50, key=key)
    assert edit.op == "drop"
    assert sorted(edit.targets["example_id"]) == (np.flatnonzero(bad) + 50).tolist()
    assert f"{bad.sum():,} examples where {key}" in edit.reason.text


def test_swapped_labels_are_swapped_back(inverted):
    data, found, bad, truth = inverted
    (edit,) = relabel_label_pattern(
        found, data.example_id, data.given, key=found.table["key"].iloc[0]
    )
    assert edit.op == "relabel"
    assert edit.n == bad.sum()
    assert edit.targets["after"].tolist() == truth[bad].tolist()
    assert edit.targets["before"].tolist() == data.given[bad].tolist()


def test_a_phrase_is_cleaned_away_as_it_is_written(inverted):
    data, found, _, _ = inverted
    (edit,) = clean_label_pattern(found, data.inputs, key=found.table["key"].iloc[0])
    assert (edit.op, edit.column) == ("transform_column", "review")
    assert edit.params == {"kind": "remove_text", "value": "Read More On Our Site"}


def test_random_labels_and_values_of_a_table_have_nothing_to_swap_or_clean():
    table, rng = cancer()
    table = table.assign(source=rng.choice(["a", "b", "c"], len(table)))
    bad = table["source"] == "b"
    table["label"] = np.where(bad, rng.integers(0, 2, len(table)), table["label"])
    data, found = found_in(table)
    key = found.table["key"].iloc[0]
    assert relabel_label_pattern(found, data.example_id, data.given, key=key) == []
    assert clean_label_pattern(found, data.inputs, key=key) == []


def test_markup_is_stripped():
    rule = Predicate("characters", "review", "<")
    table = pd.DataFrame(
        {
            "key": ["k"],
            "predicate": [rule.to_json()],
            "kind": "random",
            "n": 1,
            "share": 0.1,
            "noise_rate": 0.5,
            "words": "",
        }
    )
    from tilth.checks.check import Findings

    found = Findings("group", table.assign(quality=0.5, is_issue=True), "")
    (edit,) = clean_label_pattern(found, pd.DataFrame({"review": ["a"]}), key="k")
    assert edit.params == {"kind": "strip_markup"}


def test_the_remedies_act_on_one_rule_at_a_time():
    assert [remedy.per_unit for remedy in REMEDIES] == [("key", "key")] * 3
    assert {remedy.check for remedy in REMEDIES} == {CHECK.name}


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real data is not beside the project")
def test_the_magazine_reviews_hold_one_bad_group():
    table = pd.read_csv(
        SHARED / "dcai_lab" / "data_centric_model_centric" / "reviews_train.csv"
    )
    bad = table["review"].str.contains("<", regex=False).to_numpy()
    data, found = found_in(table, ("review",))
    inside = rows_of(found, len(table))
    assert len(found.table) == 1
    assert (inside & bad).sum() >= 0.99 * bad.sum()
    assert (inside & ~bad).sum() <= 0.01 * bad.sum()
    assert (
        len(
            relabel_label_pattern(
                found, data.example_id, data.given, key=found.table["key"].iloc[0]
            )
        )
        == 1
    )
