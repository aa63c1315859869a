from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
)

from tilth.checks.check import Findings, NotApplicable
from tilth.checks.column_problems import CHECK
from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.edits.apply import apply_edits
from tilth.remedies.columns import drop_column, impute_column, scale_column
from tilth.signals.column_stats import column_stats

N = 200


def problems_of(data: Dataset) -> set[tuple[str, str]]:
    found = CHECK.run(data, column_stats(data))
    return set(zip(found.issues["column"], found.issues["problem"], strict=True))


def dataset(table: pd.DataFrame, task="classification", label="y", **roles) -> Dataset:
    return Dataset(table, Schema(task, label, **roles), np.arange(len(table)))


@pytest.fixture
def clean() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, size=N)
    return pd.DataFrame(
        {
            "a": rng.normal(size=N) + y,
            "b": rng.normal(size=N),
            "amount": rng.integers(0, 10, size=N),
            "city": rng.choice(["ham", "ber", "muc"], size=N),
            "y": np.array(["no", "yes"], dtype=object)[y],
        }
    )


def test_a_clean_table_has_no_problems_and_a_row_for_every_column(clean):
    found = CHECK.run(dataset(clean), column_stats(dataset(clean)))
    assert len(found.issues) == 0
    assert found.table["key"].tolist() == ["a", "b", "amount", "city"]


def planted(clean: pd.DataFrame) -> dict[str, tuple[pd.Series, str]]:
    rng = np.random.default_rng(1)
    number = pd.Series(np.arange(N))
    is_yes = clean["y"] == "yes"
    return {
        "same": (pd.Series(["x"] * N), "constant"),
        "empty": (pd.Series([None] * N, dtype=object), "constant"),
        "row": (number + 1000, "identifier-like"),
        "uuid": ("u" + number.astype(str), "identifier-like"),
        "copy": (clean["b"], "duplicated"),
        "fahrenheit": (32 + 1.8 * clean["b"], "duplicated"),
        "town": (clean["city"].map({"ham": "H", "ber": "B", "muc": "M"}), "duplicated"),
        "answer": (is_yes.map({True: 7, False: 3}), "leaks the label"),
        "word": (is_yes.map({True: "j", False: "n"}), "leaks the label"),
        "giant": (pd.Series(rng.normal(size=N) * 1000), "badly scaled"),
        "two": (pd.Series(rng.choice([-100.0, 100.0], size=N)), "badly scaled"),
        "spoiled": (
            pd.Series([*(str(i) for i in range(N - 3)), "a", "b", "c"]),
            "mixed types",
        ),
        "both": (pd.Series([*range(N - 3), "a", "b", "c"], dtype=object), "mixed types"),
    }


@pytest.mark.parametrize(
    "name", list(planted(pd.DataFrame({"y": [], "b": [], "city": []})))
)
def test_a_planted_problem_is_named_and_nothing_else_is(clean, name):
    column, problem = planted(clean)[name]
    assert (name, problem) in problems_of(dataset(clean.assign(**{name: column})))
    others = {c for c, _ in problems_of(dataset(clean.assign(**{name: column})))} - {name}
    assert others == set()


def test_a_column_with_two_problems_has_a_key_for_each(clean):
    data = dataset(clean.assign(number=np.arange(N) * 10))
    found = CHECK.run(data, column_stats(data))
    keys = set(found.issues["key"])
    assert keys == {"number: badly scaled", "number: identifier-like"}
    assert set(found.issues["column"]) == {"number"}


def test_a_leaking_column_is_found_for_a_numeric_label():
    rng = np.random.default_rng(2)
    y = rng.normal(size=500)
    table = pd.DataFrame({"x": rng.normal(size=500), "doubled": 2 * y + 1, "y": y})
    assert problems_of(dataset(table, task="regression")) == {
        ("doubled", "leaks the label")
    }


def test_roles_the_user_named_are_no_identifiers(clean):
    table = clean.assign(day=np.arange(N), key=[f"k{i}" for i in range(N)])
    named = problems_of(dataset(table, time="day", id="key"))
    assert "identifier-like" not in {problem for _, problem in named}


def test_outliers_alone_do_not_make_a_column_badly_scaled(clean):
    b = clean["b"].copy()
    b.iloc[0] = 1e9
    assert problems_of(dataset(clean.assign(b=b))) == set()


def test_renaming_columns_and_shuffling_rows_changes_only_names(clean):
    table = clean.assign(giant=clean["b"].to_numpy() ** 3 * 1e5, copy=clean["a"])
    before = problems_of(dataset(table))
    renamed = table.rename(columns=lambda c: c if c == "y" else f"Ω {c}")
    shuffled = renamed.sample(frac=1, random_state=3).reset_index(drop=True)
    assert problems_of(dataset(shuffled)) == {(f"Ω {c}", p) for c, p in before}


def test_renaming_classes_changes_nothing(clean):
    leaky = clean.assign(answer=(clean["y"] == "yes").astype(int))
    renamed = leaky.assign(y=leaky["y"].map({"yes": "a", "no": "z"}))
    assert problems_of(dataset(leaky)) == problems_of(dataset(renamed))


def test_without_a_label_everything_else_is_still_asked(clean):
    data = dataset(clean.assign(same=1), task="none", label=None)
    assert ("same", "constant") in problems_of(data)


def test_no_columns_is_not_applicable():
    data = dataset(pd.DataFrame({"y": [0, 1]}))
    assert isinstance(CHECK.run(data, column_stats(data)), NotApplicable)


def test_a_column_of_lists_breaks_nothing(clean):
    assert problems_of(dataset(clean.assign(tags=[[i % 3] for i in range(N)]))) == set()


@pytest.mark.parametrize(
    ("load", "task", "expected"),
    [
        (load_breast_cancer, "classification", set()),
        (load_iris, "classification", set()),
        (load_diabetes, "regression", set()),
        (
            load_wine,
            "classification",
            {("proline", "badly scaled")},
        ),  # 315 beside 14 and less
        (
            load_digits,
            "classification",
            {(f"pixel_{p}", "constant") for p in ("0_0", "4_0", "4_7")},
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_sound_tables_raise_no_false_alarm(load, task, expected):
    table = load(as_frame=True).frame
    assert problems_of(dataset(table, task=task, label="target")) == expected


def found_on(data: Dataset) -> Findings:
    return CHECK.run(data, column_stats(data))


def test_dropping_removes_every_flagged_column_or_the_one_named(clean):
    data = dataset(clean.assign(same=1, giant=clean["b"] ** 3 * 1e5))
    edits = drop_column(found_on(data), data)
    assert {edit.column for edit in edits} == {"same", "giant"}
    (only,) = drop_column(found_on(data), data, column="same")
    assert only.reason.text == "column same: constant (every value is 1)"
    assert list(apply_edits(data, edits).table) == list(clean)


def test_scaling_gives_the_badly_scaled_column_a_spread_of_one(clean):
    rng = np.random.default_rng(4)
    data = dataset(clean.assign(giant=5000 + 1000 * rng.normal(size=N)))
    (edit,) = scale_column(found_on(data), column_stats(data))
    scaled = apply_edits(data, [edit]).table["giant"]
    assert scaled.mean() == pytest.approx(0.0, abs=0.2)
    assert scaled.std() == pytest.approx(1.0, abs=0.2)


def test_scaling_leaves_other_problems_alone(clean):
    data = dataset(clean.assign(same=1))
    assert scale_column(found_on(data), column_stats(data)) == []


def test_imputing_fills_what_is_missing_and_what_stands_for_it(clean):
    from tilth.checks.missing_values import find_missing_values

    amount = clean["amount"].astype("Int64").mask(clean.index < 20)
    city = clean["city"].mask(clean.index < 5, "?")
    data = dataset(clean.assign(amount=amount, city=city))
    stats = column_stats(data)
    edits = impute_column(find_missing_values(data, stats), stats)
    after = apply_edits(data, edits).table
    assert after["amount"].dtype == amount.dtype
    assert set(after["amount"][:20]) == {round(float(amount.median()))}
    assert set(after["city"][:5]) == {"missing"}
    assert {edit.params["kind"] for edit in edits} == {"impute"}


@pytest.mark.shared
def test_the_column_at_a_hundred_of_the_course_data_is_badly_scaled():
    path = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
    path = path / "dcai_lab" / "data_centric_evaluation" / "train.csv"
    if not path.exists():
        pytest.skip("the shared data are not beside this project")
    assert problems_of(dataset(pd.read_csv(path))) == {("x5", "badly scaled")}


def test_a_value_beyond_float32_takes_no_finding_away(clean):
    amount = clean["amount"].astype(float)
    amount.iloc[0] = 1e39
    answer = clean["y"].map({"yes": 7, "no": 3})
    found = problems_of(dataset(clean.assign(amount=amount, answer=answer)))
    assert ("answer", "leaks the label") in found
