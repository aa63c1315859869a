"""Each edit by hand, its conflicts, and column transforms for future data."""

import numpy as np
import pandas as pd
import pytest

from tilth.data.dataset import Dataset
from tilth.data.schema import Guess, Schema
from tilth.edits.apply import apply_edits, apply_transforms
from tilth.edits.edit import Edit, Reason, no_targets
from tilth.edits.invert import invert
from tilth.errors import ConflictError, InvalidInputError

WHY = Reason("check", "remedy", "because")


def cells(op, column=None, **targets):
    return Edit(op, pd.DataFrame(targets), WHY, column=column)


@pytest.fixture
def fruit():
    table = pd.DataFrame(
        {"size": [1, 2, 3], "text": ["a", None, "c"], "label": ["x", "y", "x"]}
    )
    return Dataset(
        table, Schema("classification", "label", ("text",)), np.array([10, 20, 30])
    )


def test_edits_are_applied_in_order_and_the_source_is_unchanged(fruit):
    before = fruit.table.copy()
    edits = [
        cells("relabel", example_id=[30], after=["y"]),
        cells("add_examples", example_id=[31], copy_of=[30]),
        cells("drop", example_id=[30, 10]),
    ]
    edited = apply_edits(fruit, edits)
    assert edited.example_id.tolist() == [20, 31]
    assert edited.table["label"].tolist() == ["y", "y"]
    assert edited.table.index.tolist() == [0, 1]
    pd.testing.assert_frame_equal(fruit.table, before)


def test_all_conflicts_are_reported_at_once(fruit):
    edits = [
        cells("drop", example_id=[99, 10, 10], before=["x", "x", "x"]),
        cells("relabel", example_id=[20, 30], before=["x", "x"], after=["x", "y"]),
        cells("set_cell", "colour", example_id=[20], after=["red"]),
        cells("add_examples", example_id=[30], copy_of=[98]),
        Edit("drop_column", no_targets(), WHY, column="colour"),
        Edit("transform_column", no_targets(), WHY, column="colour", params={}),
        cells("add_column", "new", example_id=[20], after=[1]),
    ]
    with pytest.raises(ConflictError) as caught:
        apply_edits(fruit, edits)
    assert str(caught.value).splitlines() == [
        "The edits do not fit the data in 9 places:",
        "  drop: example 99 is not there",
        "  drop: example 10 is listed twice",
        "  relabel: label of example 20 is 'y', not 'x'",
        "  set_cell: column 'colour' is not there (size, text, label)",
        "  add_examples: example 30 exists",
        "  add_examples: example 98 to repeat is not there",
        "  drop_column: column 'colour' is not there (size, text, label)",
        "  transform_column: column 'colour' is not there (size, text, label)",
        "  add_column 'new': no value for example 30",
    ]


def test_a_long_list_of_conflicts_is_cut_and_counted(fruit):
    edit = cells("drop", example_id=list(range(100, 125)))
    with pytest.raises(ConflictError, match=r"25 places") as caught:
        apply_edits(fruit, [edit])
    assert len(str(caught.value).splitlines()) == 22
    assert str(caught.value).endswith("... and 5 more")


def test_a_single_conflict_is_one_place(fruit):
    with pytest.raises(ConflictError, match="in 1 place:"):
        apply_edits(fruit, [cells("drop", example_id=[1])])


@pytest.mark.parametrize(
    ("value", "dtype", "stored"),
    [
        (7.0, "int64", [1, 7, 3]),
        (True, "int64", [1, 1, 3]),
        (None, "float64", [1.0, np.nan, 3.0]),
        (2.5, "float64", [1.0, 2.5, 3.0]),
        (2**63, "uint64", [1, 2**63, 3]),
    ],
)
def test_a_new_value_keeps_the_dtype_or_widens_it_just_enough(fruit, value, dtype, stored):
    edited = apply_edits(fruit, [cells("set_cell", "size", example_id=[20], after=[value])])
    assert edited.table["size"].dtype == dtype
    np.testing.assert_array_equal(edited.table["size"].to_numpy(), stored)


def test_large_integers_with_a_gap_stay_exact(fruit):
    table = fruit.table.assign(size=[2**60 + 1, 2, 3])
    data = Dataset(table, fruit.schema, fruit.example_id)
    edited = apply_edits(data, [cells("set_cell", "size", example_id=[20], after=[None])])
    assert edited.table["size"].dtype == "Int64"
    assert edited.table["size"][0] == 2**60 + 1


def test_text_among_numbers_is_refused_with_the_value(fruit):
    with pytest.raises(
        InvalidInputError, match=r"column 'size' must be of its kind .* got 'big'"
    ):
        apply_edits(fruit, [cells("set_cell", "size", example_id=[20], after=["big"])])


def test_a_new_class_joins_a_categorical_label(fruit):
    table = fruit.table.assign(label=fruit.table["label"].astype("category"))
    data = Dataset(table, fruit.schema, fruit.example_id)
    edited = apply_edits(data, [cells("relabel", example_id=[20], after=["z"])])
    assert edited.table["label"].cat.categories.tolist() == ["x", "y", "z"]


def test_values_that_hold_lists_are_compared(fruit):
    table = fruit.table.assign(text=[[1], np.array([1, 2]), None])
    data = Dataset(table, fruit.schema, fruit.example_id)
    edit = cells(
        "set_cell", "text", example_id=[10, 20], before=[[1], [1, 3]], after=[None, None]
    )
    with pytest.raises(ConflictError, match="in 1 place"):
        apply_edits(data, [edit])


def test_a_before_value_of_another_shape_is_a_conflict(fruit):
    table = fruit.table.assign(text=[np.array([1, 2]), "b", "c"])
    data = Dataset(table, fruit.schema, fruit.example_id)
    edit = cells(
        "set_cell", "text", example_id=[10], before=[np.array([1, 2, 3])], after=["a"]
    )
    with pytest.raises(ConflictError, match="text of example 10"):
        apply_edits(data, [edit])


def test_added_examples_stand_where_they_should(fruit):
    new = cells(
        "add_examples",
        example_id=[5, 6],
        position=[0, 2],
        **{"=size": [8, 9], "=text": ["n", None], "=label": ["x", "y"]},
    )
    edited = apply_edits(fruit, [new])
    assert edited.example_id.tolist() == [5, 10, 6, 20, 30]
    assert edited.table["size"].tolist() == [8, 1, 9, 2, 3]
    assert edited.table["size"].dtype == "int64"


@pytest.mark.parametrize("position", [[0, 0], [-1, 0], [0, 5]])
def test_positions_outside_the_result_are_refused(fruit, position):
    with pytest.raises(InvalidInputError, match=r"distinct and in 0\.\.4"):
        apply_edits(
            fruit,
            [cells("add_examples", example_id=[5, 6], position=position, copy_of=[10, 10])],
        )


def test_an_added_example_needs_a_value_for_every_column(fruit):
    with pytest.raises(ConflictError, match="no value for column 'text'"):
        apply_edits(
            fruit,
            [cells("add_examples", example_id=[5], **{"=size": [8], "=label": ["x"]})],
        )


@pytest.mark.parametrize(
    ("ids", "new"),
    [([10, 20, 30], ["a"]), (["a", "b", "c"], [4]), ([10, 20, 30], [2**70])],
)
@pytest.mark.parametrize("kind", [object, None])
def test_ids_of_added_examples_are_like_the_others(fruit, ids, new, kind):
    data = Dataset(fruit.table, fruit.schema, np.array(ids, dtype=kind))
    if kind is object and new == [2**70]:
        return  # Python integers of any size are alike
    with pytest.raises(InvalidInputError, match=r"like the others|of its kind"):
        apply_edits(data, [cells("add_examples", example_id=new, copy_of=[ids[0]])])


def test_a_copy_gets_the_weight_of_its_original_and_an_id_of_its_own(fruit):
    table = fruit.table.assign(uid=[10, 20, 30])
    schema = Schema("classification", "label", id="uid")
    data = Dataset(table, schema, fruit.example_id, weights=np.array([1.0, 2.0, 3.0]))
    edited = apply_edits(data, [cells("add_examples", example_id=[40], copy_of=[30])])
    assert edited.weights.tolist() == [1.0, 2.0, 3.0, 3.0]
    assert edited.table["uid"].tolist() == [10, 20, 30, 40]


def test_a_new_example_has_weight_one_unless_it_says_more(fruit):
    data = Dataset(fruit.table, fruit.schema, fruit.example_id, weights=np.full(3, 2.0))
    values = {"=size": [8], "=text": ["n"], "=label": ["x"]}
    plain = apply_edits(data, [cells("add_examples", example_id=[5], **values)])
    heavy = apply_edits(
        fruit, [cells("add_examples", example_id=[5], weight=[4.0], **values)]
    )
    assert plain.weights.tolist() == [2.0, 2.0, 2.0, 1.0]
    assert heavy.weights.tolist() == [1.0, 1.0, 1.0, 4.0]


def test_weights_are_set_compared_and_checked(fruit):
    edited = apply_edits(
        fruit, [cells("weight", example_id=[20], before=[1.0], after=[0.5])]
    )
    assert edited.weights.tolist() == [1.0, 0.5, 1.0]
    with pytest.raises(ConflictError, match=r"weight of example 20 is 1\.0, not 3\.0"):
        apply_edits(fruit, [cells("weight", example_id=[20], before=[3.0], after=[0.5])])
    with pytest.raises(InvalidInputError, match="finite and not negative"):
        apply_edits(fruit, [cells("weight", example_id=[20], after=[-0.5])])


def test_a_dropped_column_loses_its_roles_and_gets_them_back(fruit):
    schema = Schema(
        "classification",
        "label",
        ("text", "size"),
        group="size",
        guesses=(Guess("time", "size", 0.5, "?"),),
    )
    data = Dataset(fruit.table, schema, fruit.example_id)
    drop = Edit("drop_column", no_targets(), WHY, column="size")
    dropped = apply_edits(data, [drop])
    assert dropped.schema == Schema("classification", "label", ("text",))
    restored = apply_edits(dropped, [invert(drop, data)])
    assert restored.schema == Schema(
        "classification", "label", ("text", "size"), group="size"
    )
    assert restored.table.columns.tolist() == ["size", "text", "label"]


def test_a_dropped_label_takes_the_task_with_it_and_brings_it_back(fruit):
    drop = Edit("drop_column", no_targets(), WHY, column="label")
    dropped = apply_edits(fruit, [drop])
    assert dropped.schema.task == "none"
    with pytest.raises(ConflictError, match="the data has no label column"):
        apply_edits(dropped, [cells("relabel", example_id=[10], after=["x"])])
    assert apply_edits(dropped, [invert(drop, fruit)]).version_id == fruit.version_id


def test_a_column_added_past_the_end_goes_to_the_end(fruit):
    edit = Edit(
        "add_column",
        pd.DataFrame({"example_id": [30, 10, 20], "after": [3, 1, 2]}),
        WHY,
        column="new",
        params={"position": 99},
    )
    assert apply_edits(fruit, [edit]).table["new"].tolist() == [1, 2, 3]
    inverse = invert(edit, fruit)
    assert inverse.op == "drop_column"


def test_an_unknown_op_is_refused(fruit):
    with pytest.raises(InvalidInputError, match="`op` must be one of drop, relabel"):
        apply_edits(fruit, [cells("explode", example_id=[10])])


def test_future_data_gets_the_transforms_and_nothing_else(fruit):
    scale = {"kind": "scale", "center": 1, "scale": 2}
    edits = [
        cells("drop", example_id=[10]),
        cells("relabel", example_id=[20], after=["x"]),
        Edit("transform_column", no_targets(), WHY, column="size", params=scale),
        Edit("drop_column", no_targets(), WHY, column="text"),
        Edit("drop_column", no_targets(), WHY, column="gone"),
    ]
    future = Dataset(
        pd.DataFrame({"size": [5, 7], "text": ["q", "r"]}), Schema("none"), np.arange(2)
    )
    edited = apply_transforms(future, edits)
    assert edited.table.to_dict("list") == {"size": [2.0, 3.0]}
    with pytest.raises(ConflictError, match="column 'size' is not there"):
        apply_transforms(
            Dataset(future.table[["text"]], Schema("none"), np.arange(2)), edits
        )


def test_future_data_may_lack_a_column_that_is_dropped_in_the_end(fruit):
    strip = Edit("transform_column", no_targets(), WHY, "text", {"kind": "strip_markup"})
    edits = [strip, Edit("drop_column", no_targets(), WHY, "text")]
    future = Dataset(pd.DataFrame({"size": [5]}), Schema("none"), np.arange(1))
    assert apply_transforms(future, edits).table.columns.tolist() == ["size"]
    assert apply_transforms(fruit, edits).table.columns.tolist() == ["size", "label"]


def test_an_empty_dataset_can_be_filled_again(fruit):
    drop = cells("drop", example_id=[10, 20, 30])
    empty = apply_edits(fruit, [drop])
    assert len(empty) == 0
    assert empty.table.dtypes.tolist() == fruit.table.dtypes.tolist()
    assert apply_edits(empty, [invert(drop, fruit)]).version_id == fruit.version_id


def test_long_values_are_shortened_in_messages(fruit):
    edit = cells("relabel", example_id=[20], before=["l" * 100], after=["x"])
    with pytest.raises(ConflictError, match=r"'l{56}\.\.\."):
        apply_edits(fruit, [edit])


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "missing"), ([], r"\[\]"), (np.int8(3), "3")]
)
def test_values_are_shown_as_a_person_writes_them(fruit, value, shown):
    before = pd.Series([value], dtype=object)
    edit = cells("relabel", example_id=[20], before=before, after=["x"])
    with pytest.raises(ConflictError, match=f"is 'y', not {shown}$"):
        apply_edits(fruit, [edit])
