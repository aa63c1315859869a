"""Apply then undo gives the identical dataset, whatever its columns hold."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.data.dataset import Dataset
from tilth.data.identity import canonical_bytes
from tilth.data.schema import Schema
from tilth.edits.apply import apply_edits
from tilth.edits.diff import diff
from tilth.edits.edit import Edit, Reason, no_targets
from tilth.edits.invert import invert, invert_all
from tilth.edits.patch import apply_patch, make_patch
from tilth.edits.patch_file import read_patch, write_patch

WHY = Reason("check", "remedy", "because")
TEXTS = ["", "a", "b", "ü\u2028\x85", "\U0001f33e", "line\nbreak", '"quoted"']
TIMES = [pd.Timestamp("2024-03-31 02:30"), pd.Timestamp("1999-12-31 23:59:59.000001")]
KINDS = {
    "int": (np.dtype("int64"), [0, 1, -5, 2**53 + 1, 2**62]),
    "small": (np.dtype("int8"), [0, 1, -5]),
    "unsigned": (np.dtype("uint64"), [0, 2**64 - 1]),
    "float": (np.dtype("float64"), [0.1, -0.0, 1e300, np.inf, None]),
    "single": (np.dtype("float32"), [0.5, 2.0, None]),
    "bool": (np.dtype("bool"), [True, False]),
    "nullable": (pd.Int64Dtype(), [1, 2**40, None]),
    "truth": (pd.BooleanDtype(), [True, None]),
    "str": (pd.Series(["a"]).dtype, [*TEXTS, None]),
    "string": (pd.StringDtype(), [*TEXTS, None]),
    "object": (np.dtype("object"), [*TEXTS, None, np.nan]),
    "mixed": (np.dtype("object"), ["a", 1, 2.5, None, True]),
    "category": (pd.CategoricalDtype(["z", "a", "unused"], ordered=True), ["z", "a", None]),
    "numbered": (pd.CategoricalDtype([3, 1]), [3, 1, None]),
    "time": (np.dtype("datetime64[us]"), [*TIMES, None]),
    "zoned": (
        pd.DatetimeTZDtype("ns", "Europe/Berlin"),
        [t.tz_localize("UTC") for t in TIMES],
    ),
    "span": (
        np.dtype("timedelta64[ns]"),
        [pd.Timedelta(1, "ns"), pd.Timedelta(9, "D"), None],
    ),
}
# What else a cell of that kind may become: values its dtype cannot hold.
OTHERS = {
    "int": [None],
    "small": [None, 300, 0.5],
    "bool": [None],
    "nullable": [0.5],
    "single": [0.1],
    "category": ["new"],
    "numbered": [7],
    "time": [pd.Timestamp("2024-01-01 00:00:00.000000001")],
}


def column(draw, kind, n):
    dtype, values = KINDS[kind]
    cells = draw(st.lists(st.sampled_from(values), min_size=n, max_size=n))
    return pd.Series(cells, dtype=object).astype(dtype)


@st.composite
def datasets(draw, weighted):
    n = draw(st.integers(0, 6))
    kinds = draw(
        st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=3, unique=True)
    )
    label = draw(st.sampled_from(["int", "str", "object", "category", "float"]))
    table = {kind: column(draw, kind, n) for kind in kinds}
    table["label"] = column(draw, label, n)
    ids = draw(st.sampled_from(["number", "text", "object"]))
    numbers = draw(st.permutations(range(n)))
    example_id = np.array(numbers, dtype=np.int64)
    if ids != "number":
        example_id = np.array(
            [f"e{i}" for i in numbers], dtype="U3" if ids == "text" else object
        )
    some = st.lists(st.floats(0, 9), min_size=n, max_size=n)
    weights = draw(st.none() | some) if weighted else None
    text = draw(st.sampled_from([(), (kinds[0],), tuple(kinds[:2][::-1])]))
    group = kinds[-1] if draw(st.booleans()) else None
    schema = Schema("classification", "label", text, group=group)
    return Dataset(
        pd.DataFrame(table),
        schema,
        example_id,
        None if weights is None else np.array(weights, dtype=np.float64),
    )


def some_ids(draw, data):
    chosen = draw(st.lists(st.booleans(), min_size=len(data), max_size=len(data)))
    return pd.Series(data.example_id[np.array(chosen, dtype=bool)])


def new_ids(draw, data, number):
    n = draw(st.integers(0, 3))
    start = 100 * (number + 1)
    if data.example_id.dtype.kind == "i":
        return pd.Series(range(start, start + n), dtype="int64")
    return pd.Series([f"new{start + i}" for i in range(n)], dtype=object)


def positions(draw, n_before, n_added):
    return draw(st.permutations(range(n_before + n_added)))[:n_added]


def kind_of(data, name):
    dtype = data.table[name].dtype
    return name if name in KINDS and KINDS[name][0] == dtype else None


def edit_of(draw, data, number):  # noqa: PLR0911 - one way out per op
    """Draw any edit that fits `data`."""
    columns = [name for name in data.table.columns if kind_of(data, name)]
    ops = (
        ["drop", "weight", "copy", "add", "relabel"] if "label" in data.table else ["drop"]
    )
    ops += ["drop_column"] if data.table.shape[1] > 1 else []
    ops += ["set_cell", "impute", "replace_column"] if columns else []
    op = draw(st.sampled_from(ops))
    ids = some_ids(draw, data)
    if op == "drop":
        return Edit("drop", pd.DataFrame({"example_id": ids}), WHY)
    if op == "weight":
        after = draw(st.lists(st.floats(0, 9), min_size=len(ids), max_size=len(ids)))
        return Edit("weight", pd.DataFrame({"example_id": ids, "after": after}), WHY)
    if op == "relabel":
        choices = [*data.table["label"].tolist(), None]
        after = draw(
            st.lists(st.sampled_from(choices), min_size=len(ids), max_size=len(ids))
        )
        targets = {"example_id": ids, "after": pd.Series(after, dtype=object)}
        return Edit("relabel", pd.DataFrame(targets), WHY)
    if op in {"copy", "add"}:
        return added(draw, data, number, op)
    name = draw(st.sampled_from(columns or list(data.table.columns)))
    if op == "drop_column":
        return Edit("drop_column", no_targets(), WHY, column=name)
    if op == "replace_column":
        targets = {"example_id": data.example_id, "after": column(draw, "str", len(data))}
        return Edit("add_column", pd.DataFrame(targets), WHY, column=name)
    if op == "impute":
        value = next(v for v in KINDS[name][1] if v is not None)
        plain = isinstance(value, str | int | float)
        params = {"kind": "impute", "value": value if plain else str(value)}
        if not plain:
            params = {"kind": "scale", "center": 0, "scale": 1}
        return Edit("transform_column", no_targets(), WHY, column=name, params=params)
    choices = KINDS[name][1] + OTHERS.get(name, [])
    after = draw(st.lists(st.sampled_from(choices), min_size=len(ids), max_size=len(ids)))
    targets = {"example_id": ids, "after": pd.Series(after, dtype=object)}
    return Edit("set_cell", pd.DataFrame(targets), WHY, column=name)


def added(draw, data, number, op):
    ids = new_ids(draw, data, number)
    ids = ids if len(data) else ids[:0]
    targets = {"example_id": ids}
    if draw(st.booleans()):
        targets["position"] = positions(draw, len(data), len(ids))
    rows = draw(
        st.lists(
            st.sampled_from(range(len(data)) or [0]), min_size=len(ids), max_size=len(ids)
        )
    )
    if op == "copy":
        targets["copy_of"] = data.example_id[rows]
        return Edit("add_examples", pd.DataFrame(targets), WHY)
    for name in data.table:
        targets[f"={name}"] = data.table[name].iloc[rows].reset_index(drop=True)
    return Edit("add_examples", pd.DataFrame(targets), WHY)


@st.composite
def datasets_and_edits(draw, *, weighted=True):
    data = now = draw(datasets(weighted))
    edits = []
    for number in range(draw(st.integers(1, 4))):
        edits.append(edit_of(draw, now, number))
        now = apply_edits(now, [edits[-1]])
    return data, edits, now


def assert_identical(left, right):
    assert canonical_bytes(left.table) == canonical_bytes(right.table)
    assert left.table.dtypes.tolist() == right.table.dtypes.tolist()
    assert left.table.columns.tolist() == right.table.columns.tolist()
    assert left.example_id.tolist() == right.example_id.tolist()
    assert (left.weights is None) == (right.weights is None)
    assert left.weights is None or left.weights.tolist() == right.weights.tolist()
    assert replace(left.schema, guesses=()) == replace(right.schema, guesses=())
    assert left.version_id == right.version_id


@settings(deadline=None, max_examples=60)
@given(datasets_and_edits())
def test_the_inverses_of_any_edits_give_the_identical_dataset(drawn):
    data, edits, after = drawn
    assert_identical(apply_edits(after, invert_all(edits, data)), data)


@settings(deadline=None, max_examples=40)
@given(datasets_and_edits())
def test_a_patch_from_its_file_does_exactly_what_the_edits_do(tmp_path_factory, drawn):
    data, edits, after = drawn
    path = tmp_path_factory.getbasetemp() / "patch.jsonl"
    write_patch(make_patch(data, edits), path)
    assert_identical(apply_patch(read_patch(path), data), after)


@settings(deadline=None, max_examples=25)
@given(datasets_and_edits())
def test_the_inverses_survive_being_written_too(tmp_path_factory, drawn):
    data, edits, after = drawn
    path = tmp_path_factory.getbasetemp() / "inverse.jsonl"
    write_patch(make_patch(after, invert_all(edits, data)), path)
    assert_identical(apply_patch(read_patch(path), after), data)


@settings(deadline=None, max_examples=40)
@given(datasets_and_edits())
def test_the_difference_turns_before_into_after(drawn):
    before, _, after = drawn
    found = apply_edits(before, diff(before, after))
    assert sorted(found.row_hash) == sorted(after.row_hash)
    assert diff(after, after) == []


@settings(deadline=None, max_examples=25)
@given(datasets_and_edits(weighted=False), st.randoms(use_true_random=False))
def test_a_patch_finds_its_examples_in_shuffled_rows(drawn, random):
    data, edits, after = drawn
    order = list(range(len(data)))
    random.shuffle(order)
    shuffled = replace(
        data.rows(np.array(order, dtype=np.intp)), example_id=data.example_id
    )
    found = apply_patch(make_patch(data, edits), shuffled)
    assert sorted(found.row_hash) == sorted(after.row_hash)


@pytest.mark.parametrize(
    ("kind", "value"),
    [(kind, value) for kind, others in OTHERS.items() for value in others],
)
def test_values_a_column_could_not_hold_are_taken_back_with_its_dtype(
    kind, value, tmp_path
):
    dtype, values = KINDS[kind]
    values = [v for v in values if v not in {2**53 + 1, 2**62}][:3]
    table = pd.DataFrame({kind: pd.Series(values, dtype=object).astype(dtype)})
    data = Dataset(table, Schema("none"), np.arange(len(table)))
    set_cell = pd.DataFrame({"example_id": [1], "after": pd.Series([value], dtype=object)})
    add = pd.DataFrame({"example_id": [9], f"={kind}": pd.Series([value], dtype=object)})
    for edit in (
        Edit("set_cell", set_cell, WHY, column=kind),
        Edit("add_examples", add, WHY),
    ):
        after = apply_edits(data, [edit])
        assert after.table[kind].dtype != dtype
        inverse = invert(edit, data)
        assert_identical(apply_edits(after, [inverse]), data)
        write_patch(make_patch(after, [inverse]), tmp_path / "p.jsonl")
        assert_identical(apply_patch(read_patch(tmp_path / "p.jsonl"), after), data)


def test_an_inverse_says_what_it_takes_back():
    data = Dataset(pd.DataFrame({"x": [1, 2]}), Schema("none"), np.arange(2))
    inverse = invert(
        Edit("drop", pd.DataFrame({"example_id": [0]}), WHY, author="ana"), data
    )
    assert inverse.reason == Reason("check", "remedy", "undo: because")
    assert inverse.author == "ana"
