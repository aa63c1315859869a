import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.edits.transforms import apply_transform
from tilth.errors import InvalidInputError

ODD_COLUMNS = {
    "whole": pd.Series([1, 2, -999]),
    "nullable": pd.Series([1, None, 3], dtype="Int64"),
    "float": pd.Series([1.5, np.nan, np.inf]),
    "flag": pd.Series([True, None, False], dtype="boolean"),
    "strings": pd.Series(["12", "?", None]),
    "objects": pd.Series([b"x", 1 + 2j, [1, 2]], dtype=object),
    "category": pd.Series(["<b>a</b>", "a", None], dtype="category"),
    "date": pd.to_datetime(pd.Series(["2020-01-01", None, "2021-01-01"])),
    "nothing": pd.Series([None, None, None], dtype=object),
}
PARAMS = [
    {"kind": "scale", "center": 1.0, "scale": 2.0},
    {"kind": "impute", "value": 2.5},
    {"kind": "impute", "value": "none"},
    {"kind": "impute", "value": 0, "missing": ["?", -999]},
    {"kind": "strip_markup"},
    {"kind": "remove_text", "value": "a"},
]


@pytest.mark.parametrize("name", ODD_COLUMNS)
@pytest.mark.parametrize("params", PARAMS, ids=str)
def test_odd_values_never_raise_and_rows_stay_in_place(name, params):
    column = ODD_COLUMNS[name].set_axis([5, 7, 9]).rename("c")
    before = column.copy(deep=True)
    result = apply_transform(column, params)
    assert list(result.index) == [5, 7, 9]
    assert result.name == "c"
    pd.testing.assert_series_equal(column, before)


@pytest.mark.parametrize("name", ODD_COLUMNS)
@pytest.mark.parametrize("params", PARAMS, ids=str)
def test_each_row_is_transformed_by_itself(name, params):
    column = ODD_COLUMNS[name]
    together = apply_transform(column, params)
    shuffled = apply_transform(column.iloc[[2, 0, 1]], params)
    pd.testing.assert_series_equal(shuffled.sort_index(), together, check_categorical=False)


def test_scaling_subtracts_the_center_and_divides_by_the_scale():
    params = {"kind": "scale", "center": 100.0, "scale": 50.0}
    assert apply_transform(pd.Series([100, 200, 0]), params).tolist() == [0.0, 2.0, -2.0]


def test_scaling_makes_what_is_no_number_missing():
    params = {"kind": "scale", "center": 0.0, "scale": 1.0}
    result = apply_transform(pd.Series(["3", "many", None]), params)
    np.testing.assert_array_equal(result.to_numpy(), [3.0, np.nan, np.nan])


@pytest.mark.parametrize("scale", [0.0, -1.0, np.nan, np.inf])
def test_a_scale_that_divides_by_nothing_is_refused(scale):
    with pytest.raises(InvalidInputError, match="a scale above 0"):
        apply_transform(pd.Series([1.0]), {"kind": "scale", "center": 0.0, "scale": scale})


@pytest.mark.parametrize("dtype", ["float64", "float32", "Int64", "Float64"])
def test_a_numeric_column_keeps_its_dtype_when_imputed(dtype):
    column = pd.Series([1, None, 3], dtype="Float64").astype(
        dtype if dtype != "float64" else float
    )
    result = apply_transform(column, {"kind": "impute", "value": 2.0})
    assert result.dtype == column.dtype
    assert result.tolist() == [1, 2, 3]


def test_a_column_without_missing_values_is_returned_as_it_was():
    column = pd.Series([1, 2, 3])
    result = apply_transform(column, {"kind": "impute", "value": 2.5})
    pd.testing.assert_series_equal(result, column)


def test_codes_for_missing_are_imputed_too():
    params = {"kind": "impute", "value": 5, "missing": [-999]}
    assert apply_transform(pd.Series([-999, 1]), params).tolist() == [5, 1]


def test_a_number_makes_numbers_of_a_column_stored_as_text():
    params = {"kind": "impute", "value": 5.0, "missing": ["?"]}
    train = apply_transform(pd.Series(["1", "?", "2.5"]), params)
    later = apply_transform(pd.Series([1.0, np.nan]), params)
    assert train.dtype == later.dtype == np.float64
    assert train.tolist() == [1.0, 5.0, 2.5]


def test_infinity_counts_as_missing_among_numbers():
    params = {"kind": "impute", "value": 0.0}
    assert apply_transform(pd.Series([1.0, np.inf, -np.inf]), params).tolist() == [
        1.0,
        0.0,
        0.0,
    ]


def test_a_new_category_can_be_imputed():
    column = pd.Series(["a", None], dtype="category")
    result = apply_transform(column, {"kind": "impute", "value": "missing"})
    assert result.tolist() == ["a", "missing"]
    assert isinstance(result.dtype, pd.CategoricalDtype)


def test_stripping_markup_keeps_missing_values_numbers_and_dtype():
    strings = pd.Series(["<p>a</p>", None])
    assert apply_transform(strings, {"kind": "strip_markup"}).dtype == strings.dtype
    mixed = pd.Series(["<p>a</p>", 3, None], dtype=object)
    assert apply_transform(mixed, {"kind": "strip_markup"}).tolist() == ["a", 3, None]


def test_removed_text_takes_one_of_its_two_blanks_along():
    params = {"kind": "remove_text", "value": "SPAM"}
    result = apply_transform(pd.Series(["a SPAM b", "SPAM a", "fooSPAMbar", "a"]), params)
    assert result.tolist() == ["a b", "a", "foobar", "a"]


@given(
    st.text(alphabet="ab x", max_size=30), st.text(alphabet="ab x", min_size=1, max_size=3)
)
def test_removed_text_is_gone_and_stays_gone(text, removed):
    params = {"kind": "remove_text", "value": removed}
    once = apply_transform(pd.Series([text], dtype=object), params)
    assert removed not in once[0]
    assert apply_transform(once, params)[0] == once[0]


@pytest.mark.parametrize(
    "params", [{}, {"kind": "explode"}, {"kind": "scale", "center": 1}]
)
def test_unknown_or_incomplete_parameters_are_refused(params):
    with pytest.raises(InvalidInputError, match="`params`"):
        apply_transform(pd.Series([1.0]), params)
