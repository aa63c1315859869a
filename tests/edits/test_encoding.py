"""Values and dtypes written as JSON come back as they were."""

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tilth.edits.encoding import decode_dtype, decode_values, encode_dtype, encode_values
from tilth.errors import InvalidInputError

COLUMNS = [
    pd.Series([1, 2**62]),
    pd.Series([0.1, np.inf, -np.inf, np.nan, 5e-324]),
    pd.Series([0.1, np.nan], dtype="float32"),
    pd.Series([True, False]),
    pd.Series([True, None], dtype="boolean"),
    pd.Series([1, None], dtype="UInt8"),
    pd.Series([1.5, None], dtype="Float64"),
    pd.Series(["a", None]),
    pd.Series(["a", None], dtype="string[python]"),
    pd.Series(["a", None], dtype="string[pyarrow]"),
    pd.Series(["a", None], dtype=pd.ArrowDtype(pa.string())),
    pd.Series([1, None], dtype=pd.ArrowDtype(pa.int32())),
    pd.Series([dt.datetime(2024, 1, 1), None], dtype=pd.ArrowDtype(pa.timestamp("us"))),
    pd.Series(["b", None, "a"], dtype=pd.CategoricalDtype(["b", "a", "c"], ordered=True)),
    pd.Series([pd.Timestamp(0), None], dtype="category"),
    pd.Series([3, None], dtype=pd.CategoricalDtype([3, 1])),
    pd.Series(pd.to_datetime(["2024-03-31 00:30", "2024-03-31 03:30"], utc=True)).dt.tz_convert("Europe/Berlin"),
    pd.Series([pd.Timestamp("2024-01-01 00:00:00.000000001"), pd.NaT]),
    pd.Series([pd.Timedelta(1, "ns"), pd.NaT]),
    pd.Series(pd.period_range("2024-01", periods=2, freq="M")),
    pd.Series([1 + 2j, 3j]),
    pd.Series([], dtype="int64"),
    pd.Series(
        [
            "a", 1, 2.5, True, None, np.float64("inf"), np.int8(3), b"\x00\xff",
            Decimal("1.10"), dt.date(2024, 1, 2), dt.datetime(2024, 1, 2, 3, 4, 5, 6), dt.time(1, 2),
            pd.Timestamp("2024-01-01", tz="UTC"), dt.timedelta(seconds=3), ["x", [1, None]], pd.NA, pd.NaT,
        ],
        dtype=object,
    ),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(COLUMNS)))
def test_a_column_written_as_json_comes_back(number):
    column = COLUMNS[number]
    written = json.loads(
        json.dumps([encode_dtype(column.dtype), encode_values(column)], allow_nan=False)
    )
    pd.testing.assert_series_equal(
        decode_values(written[1], decode_dtype(written[0])), column
    )


def test_a_missing_number_among_objects_stays_what_it_was():
    values = decode_values(
        encode_values(pd.Series([None, np.nan], dtype=object)), np.dtype(object)
    )
    assert values[0] is None
    assert np.isnan(values[1])


@pytest.mark.parametrize("value", [{"a": 1}, {1, 2}, object()])
def test_objects_without_a_written_form_are_named(value):
    with pytest.raises(
        InvalidInputError, match=f"type {type(value).__name__} cannot be written"
    ):
        encode_values(pd.Series([value], dtype=object))


def test_a_type_without_a_written_form_is_named():
    nested = pd.ArrowDtype(pa.struct([("a", pa.int64())]))
    with pytest.raises(InvalidInputError, match="cannot be written as text"):
        encode_dtype(nested)


@pytest.mark.parametrize(
    "encoded", ["no such type", {"of": "int64"}, {"arrow": "blob"}, None, 5]
)
def test_a_type_that_does_not_exist_is_refused(encoded):
    with pytest.raises(InvalidInputError, match="No such type of column"):
        decode_dtype(encoded)


@pytest.mark.parametrize(
    ("encoded", "dtype"),
    [
        (["x"], "int64"),
        (["x"], "datetime64[ns]"),
        ([None], "int64"),
        ([{"$no": 1}], "object"),
        ([2**70], "int64"),
        ([{"$decimal": "x"}], "object"),
    ],
)
def test_values_of_another_kind_are_refused(encoded, dtype):
    with pytest.raises(InvalidInputError, match="do not fit a column of type"):
        decode_values(encoded, pd.api.types.pandas_dtype(dtype))
