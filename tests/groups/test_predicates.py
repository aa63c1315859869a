import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.errors import InvalidInputError
from tilth.signals.predicates import Predicate, matches, measured, predicates

SPICE = [
    "<br>",
    "Ã©",
    "привет",
    "😀",
    "a  b",
    "\n",
    "x1y2z3w4",
    "http://a.com",
    "LOUD",
    "the of and",
    "der und ist",
    "",
]


def dataset(table: pd.DataFrame, *text: str) -> Dataset:
    return Dataset(table, Schema("none", text=text), np.arange(len(table)))


def named(found) -> dict[str, int]:
    sizes = np.asarray(found.members.sum(axis=0)).ravel().tolist()
    return dict(zip([rule.name for rule in found.rules], sizes, strict=True))


def assert_rules_hold(found, table):
    for number, rule in enumerate(found.rules):
        members = found.members[:, [number]].toarray().ravel()
        again = Predicate.from_json(rule.to_json())
        assert again == rule
        np.testing.assert_array_equal(matches(again, table), members, err_msg=rule.name)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(SPICE), max_size=4).map(" ".join) | st.none(),
        min_size=30,
        max_size=60,
    )
)
def test_text_rules_survive_json_and_find_their_members_again(texts):
    table = pd.DataFrame({"t": pd.Series(texts, dtype=object)})
    assert_rules_hold(predicates(dataset(table, "t")), table)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", None]) | st.integers(0, 3),
            st.floats(allow_nan=True, allow_infinity=True, width=32) | st.integers(-3, 3),
            st.sampled_from(
                [*pd.date_range("2021-03-01", periods=40, freq="7h").tolist(), pd.NaT]
            ),
            st.booleans(),
        ),
        min_size=30,
        max_size=60,
    )
)
def test_table_rules_survive_json_and_find_their_members_again(rows):
    table = pd.DataFrame(rows, columns=["c", "x", "when", "flag"])
    table["written"] = table["when"].dt.strftime("%Y-%m-%d %H:%M")
    table["number"] = [str(i) if i % 7 else None for i in range(len(table))]
    assert_rules_hold(predicates(dataset(table)), table)


def test_a_template_phrase_is_one_rule_with_all_its_words():
    texts = [
        f"word{i} Sent from my phone app." if i % 3 == 0 else f"word{i}" for i in range(90)
    ]
    found = named(predicates(dataset(pd.DataFrame({"t": texts}), "t")))
    assert found["t contains 'sent from my phone app'"] == 30
    assert "t contains 'sent'" not in found


@pytest.mark.parametrize(
    ("spoilt", "name"),
    [
        ("a <b> c", "t contains '<'"),
        ("a \ufffd", "t contains '\ufffd'"),
        ("привет мир", "t is written in Cyrillic letters"),
        (
            "der Hund und die Katze ist nicht da",
            "t contains 'der hund und die katze ist nicht da'",
        ),
        ("see 3f9a01bc", "t contains 'see 3f9a01bc'"),
        ("a  b", "t contains two blanks in a row"),
        ("a\tb", "t contains '\\t'"),
        (None, "t is missing"),
    ],
)
def test_debris_has_a_rule(spoilt, name):
    texts = [
        f"plain text number n{'abcdefghij'[i % 10] * (i // 10 + 1)}" for i in range(100)
    ]
    table = pd.DataFrame({"t": pd.Series(texts + [spoilt] * 40, dtype=object)})
    rules = predicates(dataset(table, "t")).rules
    masks = {tuple(np.flatnonzero(matches(rule, table))) for rule in rules}
    assert tuple(range(100, 140)) in masks
    if name != "t is written in Cyrillic letters":  # a phrase of the same rows may be shown
        assert name in {rule.name for rule in rules} or spoilt is not None


def test_ranges_have_readable_names_and_ends():
    days = pd.date_range("2021-01-01", periods=200).strftime("%Y-%m-%d")
    table = pd.DataFrame(
        {"date": days, "x": np.linspace(0, 1, 200), "k": np.arange(200) % 4}
    )
    names = list(named(predicates(dataset(table))))
    assert "date between 2021-01-11 and 2021-01-20" in names
    assert "date is before 2021-01-11" in names
    assert "k = 2" in names
    assert "x is below 0.05" in names


def test_numbers_and_dates_between_training_values_fall_on_one_side():
    table = pd.DataFrame({"x": [1.0, 2.0, 10.0] * 20})
    ranges = [r for r in predicates(dataset(table)).rules if r.kind == "range"]
    unseen = pd.DataFrame({"x": [-99.0, 1.4, 6.0, 1e9]})
    assert np.sum([matches(rule, unseen) for rule in ranges], axis=0).tolist() == [
        1,
        1,
        1,
        1,
    ]


def test_day_first_dates_are_in_order_of_time():
    days = pd.date_range("2021-01-01", periods=200)
    table = pd.DataFrame({"d": days.strftime("%d/%m/%Y")})
    ranges = [r for r in predicates(dataset(table)).rules if r.kind == "range"]
    assert len(ranges) == 20
    np.testing.assert_array_equal(np.argsort(measured(ranges[0], table)), np.arange(200))


def test_sizes_are_between_20_rows_and_70_percent():
    table = pd.DataFrame({"c": ["rare"] * 19 + ["common"] * 81 + ["middling"] * 20})
    assert named(predicates(dataset(table))) == {"c = 'common'": 81, "c = 'middling'": 20}
    table = pd.DataFrame({"c": ["most"] * 80 + ["few"] * 20})
    assert named(predicates(dataset(table))) == {"c = 'few'": 20}


def test_the_same_rows_are_one_rule_with_the_plainest_name():
    table = pd.DataFrame({"a": ["x", "y"] * 30, "bb": [1, 2] * 30})
    values = [r.name for r in predicates(dataset(table)).rules if r.kind != "range"]
    assert len(values) == 2


def test_a_categorical_column_and_missing_values_are_seen():
    table = pd.DataFrame(
        {
            "c": pd.Categorical(["u", "v", None] * 30),
            "b": pd.array([True, None] * 45, dtype="boolean"),
        }
    )
    found = named(predicates(dataset(table)))
    assert found["c = 'u'"] == 30
    assert found["b is missing"] == 45
    assert_rules_hold(predicates(dataset(table)), table)


def test_the_label_is_no_candidate():
    table = pd.DataFrame({"c": ["u", "v"] * 30, "y": [0, 1] * 30})
    data = Dataset(table, Schema("classification", label="y"), np.arange(60))
    assert {rule.column for rule in predicates(data).rules} == {"c"}


def test_nothing_to_say_of_a_tiny_or_constant_table():
    assert predicates(dataset(pd.DataFrame({"x": [1, 1]}))).rules == ()
    assert predicates(dataset(pd.DataFrame({"t": ["", ""]}), "t")).members.shape[0] == 2


def test_a_rule_is_one_line_of_json():
    rule = Predicate("range", "date", measure="date", low=0.0, high=86_400_000_000.0)
    assert json.loads(rule.to_json())["column"] == "date"
    assert rule.name == "date is 1970-01-01"


def test_what_is_no_rule_is_refused():
    with pytest.raises(InvalidInputError, match="must be a rule written by `to_json`"):
        Predicate.from_json('{"no": "rule"}')
    with pytest.raises(InvalidInputError, match="must have the column 'x' of the rule"):
        matches(Predicate("missing", "x"), pd.DataFrame({"y": [1]}))
