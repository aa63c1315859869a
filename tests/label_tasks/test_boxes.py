"""Boxes around objects: quality by hand, what must not matter, what is refused, what the check says."""

import numpy as np
import pytest

from tilth.algorithms.labels import (
    Boxes,
    box_errors,
    box_quality,
    image_quality,
    place_cut,
    share_found,
)
from tilth.algorithms.labels.boxes import overlap_of
from tilth.checks.check import Findings, NotApplicable
from tilth.checks.label_tasks.boxes import find_box_errors
from tilth.errors import InvalidInputError
from tilth.signals.boxes import GivenBoxes

A, B, FAR = [0.0, 0, 10, 10], [40.0, 0, 10, 10], [0.0, 60, 20, 20]


def boxes(*images, labels=None, scores=None):
    """Boxes of images, each a list of places."""
    flat = [place for image in images for place in image]
    return Boxes(
        np.array(flat, dtype=float).reshape(-1, 4),
        np.zeros(len(flat), int) if labels is None else np.array(labels),
        np.append(0, np.cumsum([len(image) for image in images])),
        None if scores is None else np.array(scores, dtype=float),
    )


def scene(rng, n=40, n_classes=3):
    """Given boxes, and predictions near them with some that are of nothing."""
    given, seen, labels, theirs, scores = [], [], [], [], []
    for _ in range(n):
        own = [[x, y, *rng.uniform(8, 14, 2)] for x in (0, 30, 60) for y in (0, 30)]
        own = [own[i] for i in rng.permutation(6)[: rng.integers(1, 5)]]
        names = rng.integers(0, n_classes, len(own)).tolist()
        given.append(own)
        labels += names
        near = [(np.array(place) + rng.normal(0, 0.5, 4)).tolist() for place in own]
        seen.append([*near, [90, 90, 12, 12]])
        theirs += [*names, 0]
        scores += [*rng.uniform(0.6, 1, len(own)), rng.uniform(0, 0.4)]
    return boxes(*given, labels=labels), boxes(*seen, labels=theirs, scores=scores)


def test_overlap_is_what_counting_pixels_gives():
    rng = np.random.default_rng(0)
    places = np.column_stack([rng.integers(0, 10, (12, 2)), rng.integers(1, 9, (12, 2))])
    masks = np.zeros((12, 20, 20), bool)
    for mask, (x, y, w, h) in zip(masks, places, strict=True):
        mask[y : y + h, x : x + w] = True
    both = (masks[:, None] & masks).sum((2, 3))
    either = (masks[:, None] | masks).sum((2, 3))
    np.testing.assert_allclose(
        overlap_of(places.astype(float), places.astype(float)), both / either
    )


def test_a_box_is_as_good_as_its_overlap_with_a_reliable_prediction():
    half = [0.0, 0, 10, 5]
    given = boxes([A], [A], [A], [A], [half])
    seen = boxes([A], [A], [A], [A], [A], scores=[0.9] * 5)
    found = box_quality(given, seen)
    np.testing.assert_allclose(found.place, [1, 1, 1, 1, 0.5])
    np.testing.assert_allclose(found.quality, found.place)
    np.testing.assert_array_equal(found.nearest, np.arange(5))
    np.testing.assert_allclose(found.covered, 1.0)


def test_what_most_of_its_score_touch_and_it_does_not_was_missed():
    # Nine of ten surest predictions are of given boxes: the tenth was missed as surely.
    given = boxes(*[[A]] * 9, [])
    seen = boxes(*[[A]] * 10, scores=[0.8] * 10)
    found = box_quality(given, seen)
    np.testing.assert_allclose(found.covered, [1.0] * 9 + [0.1])
    # Of those of low score none is: nothing was missed there.
    both = boxes(*[[A, FAR]] * 9, [A, FAR], scores=[0.8, 0.2] * 10)
    np.testing.assert_allclose(box_quality(given, both).covered[1::2], 1.0)


def test_an_object_is_missed_once():
    given = boxes(*[[A]] * 9, [B])
    shifted = [1.0, 0, 10, 10]
    seen = boxes(*[[A]] * 9, [A, shifted, B], scores=[0.9] * 10 + [0.8, 0.9])
    missed = box_errors(box_quality(given, seen))[1]
    assert np.flatnonzero(missed).tolist() == [9]


def test_the_class_is_doubted_where_another_is_more_probable():
    given = boxes([A], [A], [A], [A], labels=[0, 0, 0, 1])
    seen = boxes(*[[A, A]] * 4, labels=[0, 1] * 4, scores=[0.9, 0.1] * 4)
    found = box_quality(given, seen)
    # Both match at that score: the share of one of two is its weight's.
    assert found.of_class[3] == pytest.approx(found.of_class[0])
    sure = box_quality(
        boxes(*[[A]] * 4, labels=[0, 0, 0, 1]), boxes(*[[A]] * 4, scores=[0.9] * 4)
    )
    np.testing.assert_allclose(sure.of_class, [1, 1, 1, 0])
    assert sure.nearest[3] == 3
    assert box_errors(sure)[0].tolist() == [False, False, False, True]


def test_the_second_of_two_almost_equal_boxes_of_a_class_is_repeated():
    close = [0.2, 0, 10, 10]
    seen = boxes([A], scores=[1.0])
    assert box_quality(boxes([A, close]), seen).alone.tolist() == [1.0, 0.0]
    assert box_quality(boxes([A, close], labels=[0, 1]), seen).alone.tolist() == [1.0, 1.0]
    assert box_quality(boxes([A, B]), seen).alone.tolist() == [1.0, 1.0]
    # From an overlap of 0.7 doubted, at 0.9 sure: at 0.8 half.
    assert box_quality(boxes([A, [0, 0, 10, 8]]), seen).alone[1] == pytest.approx(0.5)


def test_the_cut_lies_three_quartile_ranges_below_and_within_its_bounds():
    place = np.linspace(0.7, 0.9, 101)  # quartiles 0.75 and 0.85
    assert place_cut(place) == pytest.approx(0.45)
    assert place_cut(np.full(9, 0.9)) == 0.5
    assert place_cut(np.linspace(0, 1, 9)) == 0.1
    assert place_cut(np.empty(0)) == 0.1


def test_images_are_as_good_as_their_worst_box_given_or_missed():
    given = boxes([A, B], [A], [], [])
    seen = boxes([A], [A], [A], [], scores=[0.9] * 3)
    found = box_quality(given, seen)._replace(
        quality=np.array([0.3, 0.7, 0.9]), covered=np.array([1.0, 0.8, 0.1])
    )
    np.testing.assert_allclose(image_quality(found, given, seen), [0.3, 0.8, 0.1, 1.0])


def test_recall_counts_given_boxes_met_by_their_class():
    given = boxes([A, B], [A], labels=[0, 0, 1])
    seen = boxes([A, B], [A], labels=[0, 1, 1], scores=[1] * 3)
    assert share_found(given, seen) == pytest.approx(2 / 3)
    assert np.isnan(share_found(boxes([]), boxes([A], scores=[1])))


def test_order_of_images_and_boxes_names_of_classes_and_unit_of_length_do_not_matter():
    rng = np.random.default_rng(1)
    given, seen = scene(rng)
    expected = box_quality(given, seen)

    larger = box_quality(
        given._replace(places=given.places * 7), seen._replace(places=seen.places * 7)
    )
    renamed = box_quality(
        given._replace(labels=2 - given.labels), seen._replace(labels=2 - seen.labels)
    )
    for found in (larger, renamed):
        np.testing.assert_allclose(found.quality, expected.quality)
        np.testing.assert_allclose(found.covered, expected.covered)

    order = rng.permutation(len(given.offsets) - 1)
    for kind in (given, seen):
        assert len(kind.offsets) == len(order) + 1
    rows, columns = (
        np.concatenate([rng.permutation(np.arange(*b.offsets[i : i + 2])) for i in order])
        for b in (given, seen)
    )
    moved = box_quality(picked(given, rows, order), picked(seen, columns, order))
    np.testing.assert_allclose(moved.quality, expected.quality[rows])
    np.testing.assert_allclose(moved.covered, expected.covered[columns])


def picked(these, rows, order):
    offsets = np.append(0, np.cumsum(np.diff(these.offsets)[order]))
    scores = None if these.scores is None else these.scores[rows]
    return Boxes(these.places[rows], these.labels[rows], offsets, scores)


def test_sound_boxes_are_hardly_flagged_and_planted_errors_are_found():
    given, seen = scene(np.random.default_rng(2), 80)
    wrong, missed = box_errors(box_quality(given, seen))
    assert wrong.mean() < 0.02
    assert missed.mean() < 0.02
    bad = given.places.copy()
    bad[::20, 0] += 8  # most of a width to the right
    wrong, _ = box_errors(box_quality(given._replace(places=bad), seen))
    assert wrong[::20].all()
    kept = np.setdiff1d(np.arange(len(given.labels)), np.arange(0, len(given.labels), 20))
    image = np.repeat(np.arange(80), np.diff(given.offsets))
    offsets = np.append(0, np.cumsum(np.bincount(image[kept], minlength=80)))
    fewer = Boxes(given.places[kept], given.labels[kept], offsets)
    assert box_errors(box_quality(fewer, seen))[1].sum() >= len(given.labels) // 20


def test_nothing_given_nothing_predicted_and_both():
    nothing = boxes([], scores=[])
    found = box_quality(boxes([]), nothing)
    assert found.quality.size == found.covered.size == 0
    assert box_errors(found)[0].size == 0
    np.testing.assert_allclose(box_quality(boxes([A]), nothing).quality, 0.0)
    alone = box_quality(boxes([]), boxes([A], scores=[0.9]))
    assert not box_errors(alone)[1].any()  # no given box says that the model is ever right


@pytest.mark.parametrize(
    ("given", "seen", "said"),
    [
        (boxes([A]), boxes([A]), "one score per box, got 0 scores for 1"),
        (boxes([A]), boxes([A], scores=[1.5]), r"in \[0, 1\], got 1.5 in row 0"),
        (boxes([A]), boxes([A], scores=[np.nan]), "got nan in row 0"),
        (boxes([A]), boxes([A], [], scores=[1]), "got 2 images for 1"),
        (boxes([[0, 0, 0, 5]]), boxes([A], scores=[1]), "some width and height"),
        (boxes([[0, 0, np.inf, 5]]), boxes([A], scores=[1]), "some width and height"),
        (boxes([A])._replace(places=np.ones(4)), boxes([A], scores=[1]), "four numbers"),
        (
            boxes([A])._replace(offsets=np.array([0, 2])),
            boxes([A], scores=[1]),
            "rise from 0",
        ),
    ],
)
def test_boxes_that_do_not_go_together_are_refused(given, seen, said):
    with pytest.raises(InvalidInputError, match=said):
        box_quality(given, seen)


def asked(given, seen, *, sizes=(100, 100), crowds=None, **how):
    n = len(given.offsets) - 1
    annotated = GivenBoxes(
        given,
        np.arange(len(given.labels)).astype(object),
        np.zeros(len(given.labels), bool) if crowds is None else np.array(crowds),
        np.tile(np.array(sizes, float), (n, 1)),
        [f"{i}.jpg" for i in range(n)],
    )
    return find_box_errors(annotated, seen, np.arange(n), np.array(["cat", "dog"]), **how)


def said_of(findings):
    assert isinstance(findings, Findings)
    assert findings.table["key"].is_unique
    assert findings.table["quality"].between(0, 1).all()
    return {row["key"]: row for row in findings.issues.to_dict("records")}


def test_the_check_says_which_box_why_and_what_instead():
    given = boxes(*[[A]] * 9, [B], [[6, 0, 10, 10]], [FAR], [A], [A, [0.2, 0, 10, 10]],
                  labels=[0] * 12 + [1, 0, 0])  # fmt: skip
    seen = boxes(*[[A]] * 14, scores=[0.9] * 14)
    found = said_of(asked(given, seen))
    assert {key: row["error"] for key, row in found.items()} == {
        "9.jpg missed 1": "missed",
        "9.jpg box 9": "spurious",
        "10.jpg box 10": "badly placed",
        "11.jpg missed 1": "missed",
        "11.jpg box 11": "spurious",
        "12.jpg box 12": "wrong class",
        "13.jpg box 14": "repeated",
    }
    assert found["10.jpg box 10"]["suggested"] == "cat at 0, 0, 10, 10"
    assert found["10.jpg box 10"]["why"].endswith("sees cat at 0, 0, 10, 10, overlap 0.25")
    assert found["12.jpg box 12"]["suggested"] == "cat at 0, 0, 10, 10"
    assert found["12.jpg box 12"]["given"] == "dog at 0, 0, 10, 10"
    assert found["9.jpg missed 1"]["suggested"] == "cat at 0, 0, 10, 10"
    assert found["13.jpg box 14"]["suggested"] == "no box"
    findings = asked(given, seen)
    assert findings.facts["errors"]["missed"] == 2
    assert findings.table.set_index("key")["example_quality"]["13.jpg box 13"] == 0.0
    more = asked(given, seen, max_quality=0.99)
    assert more.table["is_issue"].sum() >= findings.table["is_issue"].sum()
    assert "as asked" in more.cut


def test_boxes_without_size_or_outside_are_found_without_a_model():
    given = boxes([[5, 5, 0, 9], A], [[95, 0, 10, 10], [200, 0, 5, 5]], [[5, 5, -3, 9]])
    found = said_of(asked(given, None))
    assert {key: row["error"] for key, row in found.items()} == {
        "0.jpg box 0": "no size",
        "1.jpg box 2": "outside",
        "1.jpg box 3": "outside",
        "2.jpg box 4": "no size",
    }
    assert found["1.jpg box 2"]["suggested"] == "cat at 95, 0, 5, 10"
    assert "50% of it outside of 100 x 100 pixels" in found["1.jpg box 2"]["why"]
    assert found["1.jpg box 3"]["suggested"] == "no box"
    # Where sizes are not known nothing is outside.
    assert set(said_of(asked(given, None, sizes=(np.nan, np.nan)))) == {
        "0.jpg box 0",
        "2.jpg box 4",
    }
    assert isinstance(asked(boxes([A]), None), NotApplicable)


def test_a_box_half_outside_is_told_once_and_not_as_missed():
    given = boxes(*[[A]] * 9, [[-10, 0, 20, 10]])
    found = said_of(asked(given, boxes(*[[A]] * 10, scores=[0.9] * 10)))
    assert {key: row["error"] for key, row in found.items()} == {"9.jpg box 9": "outside"}


def test_images_without_predictions_are_not_judged_and_counted():
    given = boxes(*[[A]] * 9, [B])
    findings = asked(given, boxes(*[[A]] * 9, [], scores=[0.9] * 9))
    assert isinstance(findings, Findings)
    assert len(findings.table) == 9
    assert findings.facts["n_examples_without_predictions"] == 1
    assert "1 images without predictions were not judged" in findings.cut


def test_crowds_are_not_judged_and_explain_what_is_seen_in_them():
    crowd = [30.0, 0, 40, 40]
    given = boxes(*[[A]] * 9, [A, crowd])
    seen = boxes(*[[A]] * 9, [A, B], scores=[0.9] * 11)
    crowds = [False] * 10 + [True]
    assert said_of(asked(given, seen, crowds=crowds)) == {}
    assert "9.jpg missed 1" in said_of(asked(boxes(*[[A]] * 10), seen))
