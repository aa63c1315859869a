import numpy as np
import pandas as pd

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.trial.slices import COLUMNS, slice_table


def make(table, task="classification", **roles):
    table = pd.DataFrame(table)
    return Dataset(table, Schema(task, label="label", **roles), np.arange(len(table)))


def flipped(given, rows):
    return np.where(rows, np.where(given == "a", "b", "a"), given)


LABELS = np.tile(np.array(["a", "b"], dtype=object), 150)
SHOP = np.repeat(["north", "south", "west"], 100)


def test_losers_come_first_with_their_numbers():
    data = make({"shop": SHOP, "label": LABELS})
    before = [flipped(LABELS, SHOP == "north")]
    after = [flipped(LABELS, SHOP == "west")]
    table = slice_table(data, before, after).set_index("slice")
    assert table.index[0] == "shop = west"
    assert table.index[-1] == "shop = north"
    assert table.loc["shop = west", ["n", "before", "after", "difference"]].tolist() == [
        100,
        1,
        0,
        -1,
    ]
    assert table.loc["shop = west", "high"] < 0 < table.loc["shop = north", "low"]
    assert table.loc["label = a", "low"] < 0 < table.loc["label = a", "high"]
    assert list(table.reset_index().columns) == COLUMNS


def test_texts_are_cut_in_thirds_by_their_words_and_categories_by_their_values():
    text = [" ".join(["word"] * (i % 3 * 10 + 1)) for i in range(300)]
    text[0] = None
    flag = np.arange(300) % 2 == 0
    kind = pd.Series(np.where(np.arange(300) < 60, None, SHOP), dtype=object)
    data = make(
        {
            "text": text,
            "flag": flag,
            "kind": kind,
            "same": "x",
            "unique": [f"u{i}" for i in range(300)],
            "number": np.arange(300.0),
            "when": pd.date_range("2020", periods=300),
            "label": LABELS,
        },
        text=("text",),
    )
    found = set(slice_table(data, [LABELS], [LABELS])["slice"])
    assert found == {
        "label = a",
        "label = b",
        "words in text up to 1",
        "words in text above 1, up to 11",
        "words in text above 11",
        "flag = False",
        "flag = True",
        "kind = north",
        "kind = south",
        "kind = west",
        "kind is missing",
    }


def test_texts_of_one_length_are_no_thirds():
    data = make({"text": ["two words"] * 300, "label": LABELS}, text=("text",))
    assert set(slice_table(data, [LABELS], [LABELS])["slice"]) == {"label = a", "label = b"}


def test_slices_too_small_to_say_anything_are_not_shown():
    small = make({"label": LABELS[:30]})
    assert slice_table(small, [LABELS[:30]], [LABELS[:30]]).empty


def test_regression_is_cut_by_the_label_and_told_in_mean_absolute_error():
    label = np.arange(90.0)
    data = make({"label": label}, "regression")
    table = slice_table(data, [label + 2], [label + np.where(label > 59, 3, 1)])
    assert table["slice"].tolist()[0] == "label above 59"
    worst = table.iloc[0]
    assert (worst["metric"], worst["before"], worst["after"]) == ("mae", 2, 3)
    assert worst["difference"] == -1


def test_seeds_are_averaged():
    right, wrong = LABELS, flipped(LABELS, np.ones(300, dtype=bool))
    table = slice_table(make({"label": LABELS}), [wrong, wrong], [right, wrong])
    assert table["after"].tolist() == [0.5, 0.5]
    assert (table["low"] < 0).all()  # one seed of two says nothing
