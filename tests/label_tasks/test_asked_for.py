"""A precision or a count asked for where labels are not one of several classes."""

import numpy as np
import pytest

import tilth
from tilth.algorithms.labels import (
    Boxes,
    multilabel_error_probabilities,
    multilabel_precision_cut,
)
from tilth.checks.label_tasks.boxes import find_box_errors
from tilth.checks.label_tasks.masks import find_mask_errors
from tilth.checks.label_tasks.multilabel import find_multilabel_errors
from tilth.checks.label_tasks.tokens import find_token_errors
from tilth.cli.app import run
from tilth.engine.check_options import checked_options
from tilth.engine.held_out import audit_sample
from tilth.errors import InvalidInputError
from tilth.signals.boxes import GivenBoxes


def slow_precision_cut(p_error, precision):
    """Try every cut, as the docstring of `multilabel_precision_cut` says it."""
    best = np.inf
    for cut in np.unique(p_error):
        flagged = p_error >= cut
        right = 1 - np.prod(np.where(flagged, 1 - p_error, 1), axis=1)
        if right[flagged.any(axis=1)].mean() >= precision - 1e-12:
            best = min(best, cut)
    return best


@pytest.mark.parametrize("precision", [0.3, 0.5, 0.7, 0.75, 0.9, 1.0])
def test_the_cut_of_a_precision_is_what_trying_every_cut_gives(precision):
    rng = np.random.default_rng(int(precision * 100))
    for shape in ((1, 1), (6, 1), (5, 4), (40, 3)):
        p_error = rng.choice([0.0, 0.1, 0.3, 0.55, 0.8, 0.95], shape)
        found = multilabel_precision_cut(p_error, precision)
        assert found == slow_precision_cut(p_error, precision)
        assert multilabel_precision_cut(p_error[::-1, ::-1], precision) == found


def test_nothing_reaches_every_precision():
    assert multilabel_precision_cut(np.full((3, 2), 0.2), 0.9) == np.inf
    assert multilabel_precision_cut(np.zeros((0, 2)), 0.9) == np.inf
    with pytest.raises(InvalidInputError, match="above 0 and at most 1, got 0"):
        multilabel_precision_cut(np.full((3, 2), 0.2), 0)


def several(rng, n=400):
    true = rng.random((n, 3)) < [0.2, 0.5, 0.4]
    scores = np.where(true, 3.0, -3.0) + rng.normal(size=true.shape)
    given = true ^ (rng.random(true.shape) < 0.04)
    return given, 1 / (1 + np.exp(-scores))


def test_examples_of_several_classes_are_flagged_by_a_count_or_a_precision():
    given, probs = several(np.random.default_rng(0))
    signals = (given, probs, np.arange(400), np.array(["a", "b", "c"], dtype=object))
    p_error = multilabel_error_probabilities(given, probs)
    found = find_multilabel_errors(*signals, count=7)
    worst = np.argsort(-p_error.max(axis=1))[:7]
    assert sorted(found.issues["key"]) == sorted(worst)
    assert found.cut.endswith("flags the 7 most doubtful and their equals, as asked")
    assert find_multilabel_errors(*signals, count=0).n_issues == 0
    found = find_multilabel_errors(*signals, precision=0.8)
    more = find_multilabel_errors(*signals, count=found.n_issues + 1)
    assert found.expected_precision.value >= 0.8 > more.expected_precision.value
    assert "from which 80.0 % of the flags are expected to be right" in found.cut


def tagged(**how):
    tags = np.array([0, 1, 1, 0, 1, 0])
    own = np.array([0.9, 0.3, 0.8, 0.1, 0.3, 0.7])
    probs = np.where(np.arange(2) == tags[:, None], own[:, None], 1 - own[:, None])
    names = np.array(["NOUN", "VERB"], dtype=object)
    words = np.array(list("abcdef"), dtype=object)
    where = (np.array([0, 6]), words, np.arange(1), np.arange(1), names)
    return find_token_errors(tags, probs, *where, **how)


@pytest.mark.parametrize(
    ("count", "flagged"),
    [(0, ""), (1, "d"), (2, "dbe"), (3, "dbe"), (4, "dbef"), (99, "dbefca")],
)
def test_tags_are_flagged_by_a_count_with_their_equals(count, flagged):
    found = tagged(count=count)
    assert set(found.issues["token"]) == set(flagged)
    assert f"the {count} most doubtful and their equals" in found.cut
    assert "inf" not in found.cut


A, B = [0.0, 0.0, 10.0, 10.0], [40.0, 0.0, 10.0, 10.0]


def boxed(given, seen=None, **how):
    def boxes(places, scores=None):
        flat = np.array([box for image in places for box in image], float).reshape(-1, 4)
        ends = np.append(0, np.cumsum([len(image) for image in places]))
        return Boxes(flat, np.zeros(len(flat), int), ends, scores)

    n = len(given)
    one = boxes(given)
    annotated = GivenBoxes(
        one,
        np.arange(len(one.labels)).astype(object),
        np.zeros(len(one.labels), bool),
        np.full((n, 2), 100.0),
        [str(i) for i in range(n)],
    )
    predicted = None
    if seen is not None:
        predicted = boxes(seen, np.full(sum(map(len, seen)), 0.9))
    return find_box_errors(annotated, predicted, np.arange(n), np.array(["cat"]), **how)


def test_boxes_are_flagged_by_a_count_whatever_is_wrong_with_them():
    # No width; half beyond the edge; hardly met (10 of 190 pixels); two right ones.
    given = [[[5, 5, 0, 9]], [[95, 0, 10, 10]], [[9, 0, 10, 10]], *[[A]] * 9, [B]]
    seen = [[], [], [A], *[[A]] * 9, [B]]
    orders = [boxed(given, seen, count=n).issues for n in range(5)]
    assert [len(issues) for issues in orders] == [0, 1, 2, 3, 4]
    assert orders[3]["key"].tolist()[0] == "0 box 0"
    assert {"no size", "outside"} < set(orders[4]["error"])
    everything = boxed(given, seen, count=999)
    assert everything.n_issues == len(everything.table) >= 12
    found = boxed(given, count=1)
    assert found.issues["key"].tolist() == ["0 box 0"]
    assert "the 1 most doubtful" in found.cut
    assert found.cut.endswith("no predictions were given")
    assert "the 999 most doubtful" in everything.cut


def test_a_box_that_replaces_another_is_counted_once():
    given = [*[[A]] * 9, [[6, 0, 10, 10]], [[5, 0, 10, 10]]]
    seen = [[A]] * 11
    for n in (1, 2):
        issues = boxed(given, seen, count=n).issues
        assert len(issues) == n
        assert issues["error"].tolist() == ["badly placed"] * n


class Given:
    """Masks of images in memory, as the signals have them."""

    def __init__(self, masks):
        self.masks, self.cells = masks, [(str(i),) for i in range(len(masks))]

    def __len__(self):
        return len(self.masks)

    def codes(self, i):
        return self.masks[i]


class Seen(Given):
    def probs(self, i):
        return self.masks[i]


def masked(**how):
    """Three images, each with a wrong square that the model sees less surely than the last."""
    masks, probs = [], []
    for sure in (0.99, 0.75, 0.65):
        mask = np.zeros((64, 64), dtype=int)
        second = np.full(mask.shape, 0.1)
        mask[10:30, 10:30], second[10:30, 10:30] = 1, 1 - sure
        masks.append(mask)
        probs.append(np.stack([1 - second, second]))
    classes = np.array(["ground", "cell"])
    return find_mask_errors(Given(masks), Seen(probs), np.arange(3), classes, **how)


def test_regions_are_flagged_by_a_count_beyond_those_of_the_cut():
    usual = masked().issues["key"].tolist()
    n = len(usual)
    assert 0 < n < 3
    assert masked(count=0).n_issues == 0
    assert masked(count=1).issues["key"].tolist() == ["0 region 1"]
    assert masked(count=n).issues["key"].tolist() == usual
    found = masked(count=3)
    assert found.issues["key"].tolist() == [f"{i} region 1" for i in range(3)]
    assert found.table["key"].is_unique
    assert len(found.members) == len(found.table)
    assert "which flags the 3 most doubtful and their equals, as asked" in found.cut
    assert masked(count=99).n_issues == 3


@pytest.mark.parametrize("task", ["tokens", "boxes", "masks"])
def test_a_precision_that_no_score_tells_is_refused_with_what_to_do(task):
    assert checked_options({"label_errors": {"count": 5}}, task)
    said = rf"for the task {task} it has max_quality, count.*--set label_errors.count=100"
    with pytest.raises(InvalidInputError, match=said):
        checked_options({"label_errors": {"precision": 0.9}}, task)
    with pytest.raises(InvalidInputError, match="one way, got count and max_quality"):
        checked_options({"label_errors": {"count": 5, "max_quality": 0.5}}, task)


def test_nobody_is_asked_to_label_what_improve_cannot_use(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("x,a,b\n" + "1.5,0,1\n2.5,1,0\n" * 20)
    assert run(["improve", "t.csv", "--label", "a,b", "--audit-sample", "5"]) == 2
    said = capsys.readouterr().err
    assert "--audit-sample needs one class or one number per example" in said
    assert "task multilabel" in said
    assert not (tmp_path / "audit-sample.csv").exists()
    data = tilth.read(tmp_path / "t.csv", label="a,b")
    with pytest.raises(InvalidInputError, match="one class or one number"):
        audit_sample(data, 5)
