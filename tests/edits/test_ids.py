import pytest

from tilth.edits.ids import free_ids


@pytest.mark.parametrize(
    ("wanted", "taken", "free"),
    [
        ([7, 7], {100, 7}, [101, 102]),
        ([101, 7, 7], {100, 7}, [101, 102, 103]),
        ([7.5], {7, 8}, [9]),
        ([1.5, 2, 1.5], {1.5, -3}, [2.0, 3.0, 4.0]),
        (["a", "b", "a", "b"], {"a", "b", "a-2"}, ["a-3", "b-2", "a-4", "b-3"]),
        ([1, 1], {"a", "1"}, ["1-2", "1-3"]),
        ([1], {1, "a"}, ["1"]),
        ([3, "a"], set(), [3, "a"]),
    ],
)
def test_new_ids_are_unused_and_like_the_others(wanted, taken, free):
    before = set(taken)
    found = free_ids(wanted, taken)
    assert found == free
    assert [type(i) for i in found] == [type(i) for i in free]
    assert taken == before | set(found)
