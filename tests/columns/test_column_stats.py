import datetime as dt

import numpy as np
import pandas as pd
import pytest

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.signals.column_stats import column_stats, one_column


def test_a_numeric_column_is_measured_by_hand():
    stats = one_column(pd.Series([1.0, 2.0, 2.0, 4.0, np.nan], name="x"))
    assert (stats.kind, stats.n, stats.n_missing, stats.n_distinct) == ("numeric", 5, 1, 3)
    assert (stats.top_value, stats.top_share) == (2.0, 0.5)
    assert (stats.mean, stats.median, stats.low, stats.high) == (2.25, 2.0, 1.0, 4.0)
    assert stats.sd == pytest.approx(np.std([1, 2, 2, 4]))
    assert stats.is_whole
    assert not stats.as_text


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2, 3], "numeric"),
        (["1", "2.5", "1e3", " 7 "], "numeric"),
        ([True, False], "boolean"),
        (["a", "b", "a"], "categorical"),
        (["2020-01-01", "2021-12-31 10:00"], "date"),
        (["31/12/2020", "1/2/2021"], "date"),
        ([dt.date(2020, 1, 1), dt.date(2021, 1, 1)], "date"),
        (["one two three four five", "this is another longer text"], "text"),
        ([None, None], "empty"),
        (["?", "N/A", " "], "empty"),
        (["1", "2", "3", "4", "five"], "mixed"),
        ([1, 2, "many"], "mixed"),
        (["A1", "12", "B2", "7"], "categorical"),  # codes
        (["1_000", "2_000"], "categorical"),  # Python would read it as a number
        ([[1], [1], {"a": 2}], "categorical"),
    ],
)
def test_the_kind_of_a_column(values, kind):
    assert one_column(pd.Series(values, name="c")).kind == kind


def test_words_and_codes_that_stand_for_missing_are_counted_apart():
    texts = one_column(pd.Series(["5", "?", "7", "n/a", "", None], name="c"))
    assert dict(texts.placeholders) == {"?": 1, "n/a": 1, "": 1}
    assert (texts.kind, texts.as_text, texts.n_missing, texts.n_present) == (
        "numeric",
        True,
        1,
        2,
    )
    numbers = one_column(pd.Series([-999.0, -999.0, 3.0, 4.0, np.inf], name="c"))
    assert dict(numbers.placeholders) == {-999.0: 2, np.inf: 1}
    assert (numbers.low, numbers.high) == (3.0, 4.0)


def test_row_order_changes_nothing():
    rng = np.random.default_rng(0)
    column = pd.Series(rng.choice(["a", "b", "?", "12"], size=200), name="c")
    shuffled = column.sample(frac=1, random_state=0).reset_index(drop=True)
    before, after = one_column(column), one_column(shuffled)
    assert sorted(before.placeholders) == sorted(after.placeholders)
    assert (before.top_value, before.n_distinct) == (after.top_value, after.n_distinct)


def test_the_label_is_no_column_and_text_is_what_the_schema_says():
    table = pd.DataFrame({"t": ["x", "y"], "n": [1, 2], "y": [0, 1]})
    data = Dataset(table, Schema("classification", "y", text=("t",)), np.arange(2))
    stats = column_stats(data)
    assert list(stats) == ["t", "n"]
    assert stats["t"].kind == "text"


@pytest.mark.parametrize(
    "value", ["\x00", "x" * 1_000_000, "<b>" * 1000, "\u202eabc", "\ud800"]
)
def test_hostile_strings_are_only_strings(value):
    stats = one_column(pd.Series([value, "a", "b"], dtype=object, name="c"))
    assert stats.kind == "categorical"
    assert stats.n_distinct == 3
