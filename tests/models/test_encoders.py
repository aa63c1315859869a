"""Any column becomes numbers, whatever it holds and whatever comes later."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.models.encoders import Category, Encoder, Number, Text, as_numbers, dense


def encoded(values, text=False):
    frame = pd.DataFrame({"c": values})
    return Encoder.fitted(frame, ("c",) if text else ())


def kind_of(values):
    columns = encoded(values)[0].columns
    return type(columns[0]) if columns else None


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2, 3], Number),
        ([True, False, True], Number),
        (pd.array([1, None, 3], dtype="Int64"), Number),
        (pd.array([True, None, False], dtype="boolean"), Number),
        (pd.to_datetime(["2024-01-01", None, "2024-01-03"]), Number),
        (
            pd.to_datetime(["2024-01-01", "2024-01-02", "9999-12-31"], utc=True).as_unit(
                "s"
            ),
            Number,
        ),
        (pd.to_timedelta([1, 2, 3], unit="D"), Number),
        (["2024-01-01", "2024-01-02", None], Number),
        (["1.5", "2", "3"], Number),
        ([1.0, np.inf, 3.0], Number),
        (["red", "red", "blue"], Category),
        (pd.Categorical([1, 1, 2]), Category),
        ([1, "a", "a"], Category),
        ([["x"], ["x"], None], Category),
        (["the cat sat down", "a dog ran far away", "rain fell all day"], Text),
        ([None, None, None], None),
        ([7, 7, 7], None),
        (["red", "red", "red"], None),
        (["a1", "b2", "c3"], None),  # every value its own: an id says nothing about others
        ([], None),
    ],
)
def test_each_column_is_read_for_what_it_is(values, kind):
    assert kind_of(values) is kind
    _, rows = encoded(values)
    assert np.isfinite(dense(rows.linear())).all()
    assert len(rows.trees()) == len(values)


def test_numbers_are_standardised_and_missing_is_told():
    _, rows = encoded([1.0, 3.0, None, 5.0])
    linear = rows.linear()
    np.testing.assert_allclose(
        linear[[0, 1, 3], 0], np.array([-1, 0, 1]) * np.sqrt(1.5), rtol=1e-6
    )
    assert linear[:, 1].tolist() == [0, 0, 1, 0]
    assert linear[2, 0] == 0  # the median, which here is the mean
    np.testing.assert_array_equal(rows.trees().ravel(), [1, 3, np.nan, 5])


def test_one_wild_number_does_not_flatten_the_rest():
    values = np.append(np.arange(1_000.0), 1e12)
    assert encoded(values)[1].linear()[:1_000].std() > 0.9


def test_dates_are_days_in_any_form():
    expected = [19_723.0, np.nan, 19_724.5]
    for values in (
        pd.Series(
            pd.to_datetime(["2024-01-01", None, "2024-01-02T12:00"], format="ISO8601")
        ),
        pd.Series(
            pd.to_datetime(
                ["2024-01-01", None, "2024-01-02T12:00"], format="ISO8601", utc=True
            )
        ),
        pd.Series(["2024-01-01", None, "2024-01-02 12:00"]),
        pd.Series(["2024-01-01", None, "2024-01-02 12:00"], dtype=object),
    ):
        np.testing.assert_array_equal(as_numbers(values), expected)


def test_categories_never_seen_and_missing_ones_are_no_surprise():
    encoder, _ = encoded(["red"] * 3 + ["blue"] * 2 + ["lone"])
    later = encoder.encode(pd.DataFrame({"c": ["blue", "red", "lone", "never seen", None]}))
    np.testing.assert_array_equal(later.trees().ravel(), [1, 0, 2, 2, np.nan])
    marks = dense(later.linear()) > 0
    np.testing.assert_array_equal(
        marks, [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 0]]
    )


def test_many_categories_are_kept_to_the_common_ones():
    values = [f"c{i}" for i in range(300) for _ in range(2)] + ["common"] * 5
    _, rows = encoded(values)
    assert rows.linear().shape[1] == 101
    assert rows.trees().max() == 100
    assert rows.trees()[-1] == 0


def test_text_is_encoded_and_unknown_words_are_nothing():
    encoder, rows = encoded(["good film", "bad film", None], text=True)
    assert sorted(encoder.columns[0].vectorizer.vocabulary_) == [
        "bad",
        "bad film",
        "film",
        "good",
        "good film",
    ]
    np.testing.assert_allclose(
        np.linalg.norm(dense(rows.linear()), axis=1), [1, 1, 0], rtol=1e-6
    )
    assert not dense(
        encoder.encode(pd.DataFrame({"c": ["words never seen"]})).linear()
    ).any()
    assert rows.trees().shape == (3, 50)


def test_text_without_words_is_no_column():
    assert encoded(["", "  ", "?"], text=True)[0].columns == ()


def test_text_without_spaces_is_read_by_characters():
    texts = [
        "今日は天気がいいから散歩しましょう" * 3,
        "明日は雨が降るでしょうから家にいる" * 3,
    ]
    assert "天気" in encoded(texts, text=True)[0].columns[0].vectorizer.vocabulary_


def test_rows_and_columns_can_be_taken():
    frame = pd.DataFrame(
        {"a": [1.0, 2.0, 4.0], "b": ["x", "x", "y"], "t": ["up via", "via we", "we"]}
    )
    _, rows = Encoder.fitted(frame, ("t",))
    np.testing.assert_array_equal(
        dense(rows.rows(np.array([2, 0])).linear()), dense(rows.linear())[[2, 0]]
    )
    assert rows.rows(np.array([False, True, False])).n_rows == 1
    assert [c.name for c in rows.without(["b"]).columns] == ["a", "t"]
    assert rows.has_text
    assert not rows.without(["t"]).has_text
    assert rows.without(["a", "b", "t"]).linear().shape == (3, 1)
    assert rows.categorical.sum() == 1
    assert len(rows.categorical) == rows.trees().shape[1]


def test_wide_views_are_sparse_and_equal():
    frame = pd.DataFrame(
        {f"c{i}": list("aabbcc") * 50 for i in range(60)} | {"x": np.arange(300.0)}
    )
    _, rows = Encoder.fitted(frame)
    assert hasattr(rows.linear(), "toarray")
    narrow = rows.without([f"c{i}" for i in range(1, 60)])
    np.testing.assert_array_equal(dense(rows.linear())[:, :3], narrow.linear()[:, :3])


cells = st.one_of(
    st.none(),
    st.integers(-10, 10),
    st.floats(),
    st.text(max_size=4),
    st.booleans(),
    st.dates(),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(cells, min_size=1, max_size=8),
    st.lists(cells, min_size=1, max_size=8),
    st.booleans(),
)
def test_anything_can_be_encoded_and_anything_may_come_later(first, later, is_text):
    encoder, rows = encoded(pd.Series(first, dtype=object), text=is_text)
    again = encoder.encode(pd.DataFrame({"c": pd.Series(later, dtype=object)}))
    for some in (rows, again):
        assert np.isfinite(dense(some.linear())).all()
        assert not np.isinf(some.trees()).any()
    assert rows.linear().shape[1] == again.linear().shape[1]
