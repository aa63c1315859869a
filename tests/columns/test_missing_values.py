import numpy as np
import pandas as pd
import pytest

from tilth.checks.check import NotApplicable
from tilth.checks.missing_values import CHECK
from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.remedies.columns import impute_column
from tilth.signals.column_stats import column_stats


def found_in(table: pd.DataFrame, label: str | None = None):
    task = "none" if label is None else "classification"
    data = Dataset(table, Schema(task, label), np.arange(len(table)))
    return CHECK.run(data, column_stats(data))


@pytest.fixture
def gaps() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [30.0, np.nan, -999.0, -999.0, 40.0, np.inf],
            "job": ["a", None, "?", "b", "a", "b"],
            "full": [1, None, 3, 4, 5, 6],
            "y": ["u", "v", None, "u", "v", "u"],
        },
    ).astype({"job": object, "y": object})


def test_missing_and_disguised_values_are_counted_by_column(gaps):
    found = found_in(gaps, "y")
    table = found.table.set_index("key")
    assert table["n_missing"].to_dict() == {"age": 1, "job": 1, "full": 1}
    assert table["n_disguised"].to_dict() == {"age": 3, "job": 1, "full": 0}
    assert table.loc["age", "quality"] == pytest.approx(2 / 6)
    assert table.loc["job", "disguised_as"] == "'?' (1)"
    assert table.loc["age", "disguised_as"] == "-999 (2), inf (1)"


def test_rows_are_named_for_each_column(gaps):
    members = found_in(gaps, "y").members
    rows = members.groupby("key")["position"].apply(list).to_dict()
    assert rows == {"age": [1, 2, 3, 5], "full": [1], "job": [1, 2]}


def test_facts_tell_of_empty_rows_and_missing_labels(gaps):
    facts = found_in(gaps, "y").facts
    assert facts["n_rows_empty"] == 1
    assert facts["first_rows_empty"] == ["1"]
    assert facts["n_labels_missing"] == 1
    assert facts["n_rows_with_missing"] == 4
    assert facts["n_cells_missing"] == 7


def test_a_full_table_is_clean():
    found = found_in(pd.DataFrame({"x": [1, 2], "s": ["a", "none"]}))
    assert len(found.issues) == 0
    assert found.facts["n_cells_missing"] == 0


def test_the_cut_can_be_moved(gaps):
    data = Dataset(gaps, Schema("none"), np.arange(6))
    found = CHECK.run(data, column_stats(data), max_share=0.5)
    assert found.issues["key"].tolist() == ["age"]


def test_a_table_without_columns_is_not_applicable():
    assert isinstance(found_in(pd.DataFrame({"y": [1, 2]}), "y"), NotApplicable)


def test_the_imputed_value_is_ready_for_json(gaps):
    data = Dataset(gaps, Schema("none"), np.arange(6))
    stats = column_stats(data)
    edits = {e.column: e for e in impute_column(CHECK.run(data, stats), stats)}
    assert edits["age"].params == {"kind": "impute", "value": 35.0, "missing": [-999.0]}
    assert edits["job"].params == {"kind": "impute", "value": "missing", "missing": ["?"]}
    assert (
        edits["age"].reason.text
        == "4 values of column age are missing (66.7%); filled with 35"
    )


def test_what_has_no_sensible_value_is_not_filled():
    data = Dataset(
        pd.DataFrame({"day": ["2024-01-01", "2024-01-02", None]}),
        Schema("none"),
        np.arange(3),
    )
    stats = column_stats(data)
    assert stats["day"].kind == "date"
    assert impute_column(CHECK.run(data, stats), stats) == []
