from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tilth
from tilth.algorithms.imbalance import (
    balanced_weights,
    effective_n_classes,
    even_replication,
    rare_classes,
    surplus_examples,
)
from tilth.checks.check import NotApplicable
from tilth.checks.class_imbalance import CHECK
from tilth.data.dataset import Dataset
from tilth.data.identity import canonical_bytes
from tilth.data.schema import Schema
from tilth.edits.apply import apply_edits
from tilth.edits.invert import invert_all
from tilth.errors import InvalidInputError, UnavailableError
from tilth.remedies.class_imbalance import (
    oversample_classes,
    undersample_classes,
    weight_classes,
)
from tilth.signals.signals import Signals

LABELS = st.lists(st.integers(0, 4), min_size=1, max_size=60).map(np.array)


def dataset(labels, ids=None, weights=None) -> Dataset:
    table = pd.DataFrame(
        {"x": np.arange(len(labels)) * 1.5, "y": pd.Series(labels, dtype=object)}
    )
    ids = np.arange(len(labels)) if ids is None else ids
    return Dataset(table, Schema("classification", "y"), ids, weights)


def found_in(data: Dataset):
    return Signals(data, {}).call(CHECK.run)


@pytest.fixture
def skewed() -> Dataset:
    return dataset([*"a" * 40, *"b" * 38, *"c" * 3, *"d" * 7, None])


@pytest.mark.parametrize(
    ("counts", "rare"),
    [
        ([1856, 1836, 178], [False, False, True]),
        ([88, 12], [False, True]),
        ([87, 13], [False, False]),
        ([910, 10, 10, 10, 10, 10, 10, 10, 10, 10], [False] + [True] * 9),
        ([10, 4], [False, True]),
        ([2, 2, 1], [False, False, False]),
        ([7], [False]),
    ],
)
def test_every_class_below_a_quarter_of_an_even_share_is_rare(counts, rare):
    assert rare_classes(np.array(counts)).tolist() == rare


def test_even_draws_make_no_class_rare():
    rng = np.random.default_rng(0)
    assert not any(
        rare_classes(rng.multinomial(300, [0.1] * 10)).any() for _ in range(1000)
    )


def test_the_effective_number_of_classes_is_between_one_and_all():
    assert effective_n_classes(np.array([5, 5, 5, 0])) == 3.0
    assert effective_n_classes(np.array([9, 0])) == 1.0


@pytest.mark.parametrize("counts", [[], [0, 0], [-1, 2]])
def test_counts_that_count_nothing_are_refused(counts):
    with pytest.raises(InvalidInputError, match="`counts` must be one non-negative number"):
        effective_n_classes(np.array(counts))


@given(LABELS)
def test_balanced_weights_have_mean_one_and_equal_class_totals(labels):
    weights = balanced_weights(labels)
    assert weights.mean() == pytest.approx(1.0)
    totals = np.bincount(labels, weights=weights)[np.unique(labels)]
    np.testing.assert_allclose(totals, totals[0])


def test_balanced_weights_keep_ratios_inside_a_class():
    weights = balanced_weights(np.array([0, 0, 1]), np.array([1.0, 3.0, 1.0]))
    np.testing.assert_allclose(weights, [0.375, 1.125, 1.5])
    assert balanced_weights(np.array([0, 1]), np.zeros(2)).tolist() == [0.0, 0.0]


@given(LABELS, st.randoms())
def test_replication_is_even_and_fills_every_class(labels, random):
    priority = np.array([random.random() for _ in labels])
    positions, rounds = even_replication(labels, priority)
    full = np.concatenate([labels, labels[positions]])
    counts = np.bincount(full)[np.unique(labels)]
    assert (counts == np.bincount(labels).max()).all()
    copies = np.bincount(positions, minlength=len(labels))
    for code in np.unique(labels):
        assert np.ptp(copies[labels == code]) <= 1
    assert len(rounds) == len(positions)


def test_the_extra_copy_goes_by_priority_not_by_row():
    labels = np.array([0, 0, 0, 0, 1, 1, 1])
    positions, _ = even_replication(labels, np.array([0, 0, 0, 0, 9, 1, 5]))
    assert positions.tolist() == [5]


def test_nothing_is_repeated_where_nothing_is():
    positions, rounds = even_replication(np.array([], dtype=int), np.array([]))
    assert len(positions) == len(rounds) == 0


@given(LABELS, st.integers(1, 10))
def test_no_class_keeps_more_than_asked(labels, keep):
    surplus = surplus_examples(labels, np.arange(len(labels))[::-1], keep=keep)
    left = np.delete(labels, surplus)
    np.testing.assert_array_equal(
        np.bincount(left, minlength=5), np.minimum(np.bincount(labels, minlength=5), keep)
    )


def test_keeping_nothing_is_refused():
    with pytest.raises(InvalidInputError, match="`keep` must be at least 1"):
        surplus_examples(np.array([0]), np.array([0]), keep=0)


def test_every_rare_class_is_flagged_with_its_figures(skewed):
    found = found_in(skewed)
    assert found.issues["key"].tolist() == ["c"]
    row = found.issues.iloc[0]
    assert (row["n"], row["share"], row["ratio_to_largest"]) == (3, 3 / 88, 3 / 40)
    assert found.members["position"].tolist() == [78, 79, 80]
    assert set(found.members["key"]) == {"c"}
    assert found.table["key"].tolist() == ["a", "b", "c", "d"]


def test_row_order_and_class_names_change_nothing_but_names(skewed):
    order = np.random.default_rng(0).permutation(len(skewed))
    names = dict(zip("abcd", "wzyx", strict=True))
    renamed = skewed.rows(order)
    renamed = dataset([names.get(v) for v in renamed.given])
    before = (
        found_in(skewed).table.assign(key=lambda t: t["key"].map(names)).set_index("key")
    )
    after = found_in(renamed).table.set_index("key")
    pd.testing.assert_frame_equal(after.sort_index(), before.sort_index())


def test_one_class_is_not_applicable_and_regression_is_unavailable():
    assert isinstance(found_in(dataset(["a", "a", None])), NotApplicable)
    assert isinstance(found_in(dataset([None, None])), NotApplicable)
    numbers = Dataset(
        pd.DataFrame({"y": [1.0, 2.0]}), Schema("regression", "y"), np.arange(2)
    )
    with pytest.raises(UnavailableError, match="the task is regression"):
        found_in(numbers)


def test_oversampling_makes_the_classes_even_and_appends_the_copies(skewed):
    (edit,) = oversample_classes(found_in(skewed), skewed)
    after = apply_edits(skewed, [edit])
    assert np.bincount(after.labels).tolist() == [40, 40, 40, 40]
    pd.testing.assert_frame_equal(after.table.iloc[: len(skewed)], skewed.table)
    copied = np.bincount(edit.targets["copy_of"].to_numpy(dtype=int), minlength=len(skewed))
    assert set(copied[78:81]) <= {12, 13}
    assert copied[88] == 0
    assert edit.targets["example_id"].tolist() == list(range(89, 89 + edit.n))
    assert edit.targets.columns[0] == "example_id"
    assert edit.reason.text.startswith("1 class is rare: c (3, 3.4%); 72 copies")


def test_oversampling_repeats_the_same_rows_in_any_row_order(skewed):
    (edit,) = oversample_classes(found_in(skewed), skewed)
    order = np.random.default_rng(1).permutation(len(skewed))
    (other,) = oversample_classes(found_in(skewed.rows(order)), skewed.rows(order))
    assert sorted(edit.targets["copy_of"]) == sorted(other.targets["copy_of"])


def test_undersampling_keeps_as_many_of_each_class(skewed):
    (edit,) = undersample_classes(found_in(skewed), skewed, keep=7)
    after = apply_edits(skewed, [edit])
    assert np.bincount(after.labels).tolist() == [7, 7, 3, 7]
    assert len(after) == 25  # the unlabelled example stays
    (smallest,) = undersample_classes(found_in(skewed), skewed)
    assert np.bincount(apply_edits(skewed, [smallest]).labels).tolist() == [5, 5, 3, 5]
    assert undersample_classes(found_in(skewed), skewed, keep=1000) == []


def test_weights_make_the_classes_count_the_same(skewed):
    (edit,) = weight_classes(found_in(skewed), skewed)
    assert edit.targets["after"].mean() == pytest.approx(1.0)
    after = apply_edits(skewed, [edit])
    totals = np.bincount(after.labels, weights=after.weights[after.labelled])
    np.testing.assert_allclose(totals, 22.0)


def test_weights_build_on_the_weights_so_far(skewed):
    before = np.linspace(1, 2, len(skewed))
    weighted = dataset(skewed.given, weights=before)
    (edit,) = weight_classes(found_in(weighted), weighted)
    np.testing.assert_allclose(edit.targets["before"], before[:-1])


def test_even_classes_need_no_remedy():
    data = dataset([*"ab" * 20])
    found = found_in(data)
    assert [
        r(found, data) for r in (oversample_classes, undersample_classes, weight_classes)
    ] == [[], [], []]


@pytest.mark.parametrize(
    ("ids", "first"),
    [
        (np.arange(200, 289, dtype=np.uint16), 289),
        (np.arange(167, 256, dtype=np.uint8), 256),
        (np.arange(0.5, 89.5), 89.0),
        ([f"r{i}" for i in range(89)], None),
    ],
)
def test_copies_get_ids_of_the_kind_of_the_others_and_can_be_taken_back(skewed, ids, first):
    table = skewed.table.assign(name=ids)
    data = tilth.read(table, label="y", id="name", text=())
    (edit,) = oversample_classes(found_in(data), data)
    after = apply_edits(data, [edit])
    new = after.example_id[len(data) :].tolist()
    first = f"{edit.targets['copy_of'][0]}-2" if first is None else first
    assert new[0] == first
    assert type(new[0]) is type(first)
    assert after.table["name"].tolist() == after.example_id.tolist()
    before = apply_edits(after, invert_all([edit], data))
    assert before.version_id == data.version_id
    assert canonical_bytes(before.table) == canonical_bytes(data.table)


@pytest.mark.shared
def test_the_smallest_class_of_the_course_data_is_rare():
    path = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
    path = path / "dcai_lab" / "data_centric_evaluation" / "train.csv"
    if not path.exists():
        pytest.skip("the shared data are not beside this project")
    table = pd.read_csv(path)
    found = found_in(Dataset(table, Schema("classification", "y"), np.arange(len(table))))
    assert found.issues[["key", "n"]].to_numpy().tolist() == [["0", 178]]
