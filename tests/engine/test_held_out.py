import numpy as np
import pandas as pd
import pytest

from tilth.data.dataset import Dataset
from tilth.data.schema import Schema
from tilth.edits.edit import Edit, Reason
from tilth.engine.held_out import trusted, with_free_ids
from tilth.errors import InvalidInputError


def told(given, answers, *, ids=None, task="classification", classes=None):
    """Return the labels of held-out examples after a person's answers, by example id."""
    given = pd.Series(given)
    ids = np.arange(len(given)) if ids is None else np.array(ids)
    held_out = Dataset(pd.DataFrame({"y": given}), Schema(task, "y"), ids)
    found = trusted(held_out, pd.Series(answers), classes or held_out.classes)
    return dict(zip(found.example_id.tolist(), found.table["y"].tolist(), strict=True))


def test_answers_take_the_type_of_the_classes_they_spell():
    answers = {"0": "2", "1": "1", "2": None}
    assert told(pd.Categorical([1, 2, 2]), answers) == {0: 2, 1: 1}
    assert told([1, 2, 2], answers) == {0: 2, 1: 1}
    assert told(["1", "2", "2"], answers) == {0: "2", 1: "1"}
    assert told([True, False, True], {"0": "False", "2": "True"}) == {0: False, 2: True}


def test_answers_may_be_spelled_as_spreadsheets_do():
    assert told(["1", "2", "2"], {0: 1.0, 1: " 2 "}) == {0: "1", 1: "2"}
    assert told([True, False, True], {"0": "FALSE"}) == {0: False}


def test_a_spelling_that_could_be_two_classes_is_neither():
    assert told(["01", "1", "1"], {0: "1", 1: "01"}) == {0: "1", 1: "01"}
    with pytest.raises(InvalidInputError, match=r"got '1\.0' for the example 0"):
        told(["01", "1", "1"], {0: "1.0"})


def test_a_class_that_no_held_out_example_has_is_an_answer():
    assert told(["a", "b"], {0: "c"}, classes=["a", "b", "c"]) == {0: "c"}


def test_numbers_keep_their_fraction_and_must_be_finite():
    assert told([1, 2, 3], {0: "2.5", 2: 4}, task="regression") == {0: 2.5, 2: 4.0}
    for answer in ("4,5", "inf", "about 5"):
        with pytest.raises(
            InvalidInputError, match=r"must be numbers.*for the example 1\."
        ):
            told([1, 2, 3], {1: answer}, task="regression")


def test_two_answers_for_one_example_are_refused():
    answers = pd.Series(["a", "b"], index=["1", "1"])
    with pytest.raises(InvalidInputError, match="one per example, got two for '1'"):
        told(["a", "b"], answers)


def test_an_id_of_digits_is_found_by_its_text_and_shown_plainly():
    assert told(["a", "b"], {7: "a"}, ids=["7", "8"]) == {"7": "a"}
    with pytest.raises(InvalidInputError, match="got one for 9\\. Draw"):
        told(["a", "b"], {9: "a"}, ids=[7, 8])


def test_edits_of_training_rows_follow_the_copies_they_name():
    table = pd.DataFrame({"y": ["a", "b", "a"]})
    data = Dataset(table, Schema("classification", "y"), np.array(["p", "q", "p-2"]))
    reason = Reason("", "", "")
    twice = Edit(
        "add_examples", pd.DataFrame({"example_id": ["p-2"], "copy_of": "p"}), reason
    )
    again = pd.DataFrame({"example_id": ["p-2-2"], "copy_of": ["p-2"], "position": [3]})
    weight = pd.DataFrame({"example_id": ["p-2", "q"], "before": 1.0, "after": 2.0})
    edits = with_free_ids(
        [twice, Edit("add_examples", again, reason), Edit("weight", weight, reason)], data
    )
    assert [edit.targets["example_id"].tolist() for edit in edits] == [
        ["p-2-2"],
        ["p-2-2-2"],
        ["p-2-2", "q"],
    ]
    assert edits[1].targets["copy_of"].tolist() == ["p-2-2"]
