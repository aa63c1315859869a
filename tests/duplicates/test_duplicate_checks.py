"""Exact and near duplicates, test leakage and what is done about them, on planted faults."""

import numpy as np
import pandas as pd
import pytest

from tilth.checks.check import NotApplicable
from tilth.checks.exact_duplicates import find_exact_duplicates
from tilth.checks.near_duplicates import find_near_duplicates
from tilth.checks.test_leakage import find_test_leakage, leaked_rows
from tilth.data.dataset import Dataset
from tilth.data.schema import Guess, Schema
from tilth.remedies.duplicates import drop_exact_duplicates, drop_near_duplicates

WORDS = [f"{a}{b}" for a in ("ka", "lo", "mi", "nu", "pe") for b in "bcdfghjklm"]


def dataset_of(table, *, label="y", **roles):
    task = "none" if label is None else "classification"
    return Dataset(table, Schema(task, label=label, **roles), np.arange(len(table)) + 100)


def numbers(n=300, seed=0):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(n, 5)), columns=list("abcde"))
    return table.assign(kind=rng.choice(["x", "z"], n), y=rng.choice(["no", "yes"], n))


def texts(n=300, seed=0):
    rng = np.random.default_rng(seed)
    rows = [" ".join(rng.choice(WORDS, 25)) for _ in range(n)]
    return pd.DataFrame({"text": rows, "y": rng.choice(["no", "yes"], n)})


@pytest.fixture
def copied():
    """Rows 7 and 9 repeat row 3, row 200 repeats row 20; one label of the first group differs."""
    table = numbers()
    for row, source in ((7, 3), (9, 3), (200, 20)):
        table.loc[row] = table.loc[source]
    table.loc[[3, 7, 9], "y"] = ["no", "yes", "yes"]
    return table


def test_exact_groups_are_complete_and_conflicts_come_first(copied):
    findings = find_exact_duplicates(dataset_of(copied))
    assert findings.issues["key"].tolist() == ["103 = 107 (+1)", "120 = 300"]
    assert findings.issues["conflicting"].tolist() == [True, False]
    assert findings.issues["labels"].iloc[0] == "yes 2, no 1"
    members = findings.members.groupby("key")["position"].apply(list).to_dict()
    assert members == {"103 = 107 (+1)": [3, 7, 9], "120 = 300": [20, 200]}
    assert findings.facts["n_extra"] == 3


def test_keep_rules(copied):
    dataset = dataset_of(copied)
    findings = find_exact_duplicates(dataset)

    def dropped(keep):
        edits = drop_exact_duplicates(
            findings, dataset.example_id, dataset.given, keep=keep
        )
        return edits[0].targets["example_id"].tolist()

    assert dropped("majority_label") == [103, 109, 300]
    assert dropped("none_if_conflicting") == [103, 107, 109, 300]


def test_a_named_id_does_not_hide_copies(copied):
    copied.insert(0, "number", range(len(copied)))
    assert find_exact_duplicates(dataset_of(copied)).issues.empty
    assert len(find_exact_duplicates(dataset_of(copied, id="number")).issues) == 2


def test_a_guessed_id_does_not_hide_near_copies(copied):
    copied.insert(0, "number", range(len(copied)))
    guess = Guess("id", "number", 0.95, "its name")
    findings = find_near_duplicates(dataset_of(copied, guesses=(guess,)))
    assert findings.facts["n_examples_in_clusters"] == 5


def test_equal_rows_of_a_coarse_table_are_not_called_copies():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.integers(0, 3, (500, 4)), columns=list("abcd")).assign(y="no")
    findings = find_exact_duplicates(dataset_of(table))
    assert len(findings.table) > 50
    assert findings.issues.empty


def test_blank_examples_are_no_copies_of_each_other():
    table = texts()
    table.loc[[4, 5], "text"] = ["", None]
    table.loc[[6, 8], "text"] = "  "
    data = dataset_of(table, text=("text",))
    assert find_exact_duplicates(data).table.empty
    assert find_near_duplicates(data).table.empty
    assert leaked_rows(data, data.rows(np.array([4, 5, 6]))).empty


def test_near_copies_of_texts_are_found_with_their_exact_copies():
    table = texts()
    table.loc[11, "text"] = table.loc[10, "text"].upper() + "!"
    table.loc[12, "text"] = table.loc[10, "text"]
    table.loc[50, "text"] = table.loc[49, "text"]  # exact only: not repeated here
    table.loc[[10, 11, 12], "y"] = ["no", "no", "yes"]
    findings = find_near_duplicates(dataset_of(table, text=("text",)))
    assert findings.issues["key"].tolist() == ["110 ~ 111 (+1)"]
    assert findings.members["position"].tolist() == [10, 11, 12]
    assert bool(findings.issues["conflicting"].iloc[0])
    assert findings.issues["excerpt"].iloc[0].endswith("…")


def test_near_copies_of_numbers_are_found_and_dropped():
    table = numbers()
    table.loc[30] = table.loc[29]
    table.loc[30, "b"] += 0.01
    data = dataset_of(table)
    findings = find_near_duplicates(data)
    assert findings.members["position"].tolist() == [29, 30]
    (edit,) = drop_near_duplicates(findings, data.example_id, data.given)
    assert edit.targets["example_id"].tolist() == [130]
    assert find_near_duplicates(data, min_similarity=1.0).table.empty


def test_records_with_names_are_compared_as_text():
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "name": [" ".join(rng.choice(WORDS, 3)) for _ in range(200)],
            "street": [" ".join(rng.choice(WORDS, 6)) for _ in range(200)],
            "zip": rng.integers(10_000, 99_999, 200),
            "y": "no",
        }
    )
    table.loc[5] = table.loc[4]
    table.loc[5, "name"] = table.loc[4, "name"][:-1] + "q"
    assert find_near_duplicates(dataset_of(table)).members["position"].tolist() == [4, 5]


def test_clean_data_have_no_duplicates():
    for table, roles in ((numbers(), {}), (texts(), {"text": ("text",)})):
        data = dataset_of(table, **roles)
        for find in (find_exact_duplicates, find_near_duplicates):
            findings = find(data)
            assert findings.table.empty
            assert findings.issues.empty
            assert drop_exact_duplicates(findings, data.example_id, data.given) == []


def test_leaks_are_listed_with_their_kind_whatever_their_label():
    train, test = numbers(seed=1), numbers(60, seed=2)
    test.loc[3] = train.loc[40]
    test.loc[3, "y"] = "other"
    test.loc[8] = train.loc[50]
    test.loc[8, "a"] += 0.005
    leaked = leaked_rows(dataset_of(train), dataset_of(test))
    assert leaked["test_position"].tolist() == [3, 8]
    assert leaked["train_position"].tolist() == [40, 50]
    assert leaked["kind"].tolist() == ["exact", "near"]
    findings = find_test_leakage(dataset_of(train), dataset_of(test))
    assert findings.issues["key"].tolist() == [40, 50]
    assert findings.facts["n_test_leaked"] == 2
    assert findings.facts["n_test_exact"] == 1


def test_numbers_written_otherwise_still_leak():
    train = pd.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6], "y": "no"})
    test = pd.DataFrame({"a": [2.0, 9.0], "b": [5.0, 9.0], "y": "no"})
    assert leaked_rows(dataset_of(train), dataset_of(test))["train_position"].tolist() == [
        1
    ]


def test_a_clean_test_set_does_not_leak():
    for make, roles in ((numbers, {}), (texts, {"text": ("text",)})):
        train, test = (
            dataset_of(make(seed=3), **roles),
            dataset_of(make(80, seed=4), **roles),
        )
        assert leaked_rows(train, test).empty
        assert find_test_leakage(train, test).issues.empty


def test_coarse_rows_that_meet_by_chance_are_listed_but_not_flagged():
    rng = np.random.default_rng(5)
    table = pd.DataFrame(rng.integers(0, 3, (400, 4)), columns=list("abcd")).assign(y="no")
    train, test = dataset_of(table[:300]), dataset_of(table[300:].reset_index(drop=True))
    assert len(leaked_rows(train, test)) > 50
    assert (leaked_rows(train, test)["kind"] == "exact").all()
    assert find_test_leakage(train, test).issues.empty


def test_nothing_to_compare_is_not_applicable():
    data = dataset_of(numbers())
    assert isinstance(find_test_leakage(data, None), NotApplicable)
    other = dataset_of(pd.DataFrame({"q": [1.0], "y": ["no"]}))
    assert isinstance(find_test_leakage(data, other), NotApplicable)
    assert leaked_rows(data, other).empty
    only_label = dataset_of(pd.DataFrame({"y": ["no", "yes"]}))
    assert isinstance(find_exact_duplicates(only_label), NotApplicable)
    assert isinstance(find_near_duplicates(only_label), NotApplicable)


def test_an_edited_dataset_with_half_a_group_left_keeps_what_is_left(copied):
    data = dataset_of(copied)
    findings = find_exact_duplicates(data)
    # The engine restricts members to the examples at hand: here one of each group is left.
    members = findings.members[findings.members["position"].isin([3, 20])]
    alone = type(findings)("cluster", findings.table, findings.cut, members)
    assert drop_exact_duplicates(alone, data.example_id, data.given) == []
