"""Errors in boxes around objects: missed, badly placed, repeated, spurious, and of the wrong class."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.isotonic import isotonic_regression

from tilth.algorithms.labels.tokens import checked_offsets
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# Overlaps (intersection over union) were chosen by benchmarks/label_tasks.py.
_MATCH = 0.5  # from here on two boxes are of one object: the convention of PASCAL VOC
_TOUCH = 0.1  # below it they have nothing to do with each other
_SAME, _REPEATED = 0.7, 0.9  # two boxes of a class in one image: doubted from, sure at
# A given box is flagged below this quality at least and at most; between the two, three quartile
# ranges below the lower quartile ("far out", Tukey 1977, Exploratory data analysis, 2D).
_CUTS, _FENCE = (0.1, 0.5), 3.0
_MORE_LIKELY = 0.5


class Boxes(NamedTuple):
    """Boxes of many images, one image after the other.

    Attributes
    ----------
    places : float array of shape (n_boxes, 4)
        Left, top, width and height, in pixels.
    labels : int array of shape (n_boxes,)
        Class of each.
    offsets : int array of shape (n_images + 1,)
        Image ``i`` holds the boxes ``offsets[i]`` to ``offsets[i + 1] - 1``.
    scores : float array of shape (n_boxes,), optional
        Of predictions: how sure the model is, in [0, 1].
    """

    places: NDArray[np.floating]
    labels: NDArray[np.integer]
    offsets: NDArray[np.integer]
    scores: NDArray[np.floating] | None = None


class BoxQuality(NamedTuple):
    """How well given boxes and a model's boxes go together.

    Attributes
    ----------
    quality : float array of shape (n_given,)
        Of each given box, in [0, 1]: the least of `place`, `of_class` and `alone`.
    place : float array of shape (n_given,)
        Overlap with the best predicted box, weighted by how reliable that is.
    of_class : float array of shape (n_given,)
        Share of the given class in what is predicted at its place.
    alone : float array of shape (n_given,)
        0 where it repeats an earlier box of its class.
    nearest : int array of shape (n_given,)
        The predicted box that overlaps it best, of another class where that is more probable;
        -1 where none touches it.
    covered : float array of shape (n_predicted,)
        Of each predicted box: 0 where an object was surely missed, 1 where given boxes cover it.
    """

    quality: NDArray[np.float64]
    place: NDArray[np.float64]
    of_class: NDArray[np.float64]
    alone: NDArray[np.float64]
    nearest: NDArray[np.int64]
    covered: NDArray[np.float64]


def box_quality(given: Boxes, predicted: Boxes) -> BoxQuality:
    """Score given boxes by a model's boxes, and the model's boxes by whether they were missed.

    Parameters
    ----------
    given : Boxes
        The annotations.
    predicted : Boxes
        Out-of-sample predictions for the same images, with scores: of a model that trained on
        none of them. Predictions of one object with several classes may repeat its place.

    Returns
    -------
    BoxQuality

    Raises
    ------
    InvalidInputError
        If shapes do not go together, a box has no size, or a score is missing.

    Notes
    -----
    How reliable a score is, the given boxes tell, most of which are right: the share of
    predictions of such a score that match one (overlap of 0.5), and that touch one (0.1), both
    made monotone, apart for the surest prediction of an image and the others. A prediction that
    nothing touches was missed as surely as such predictions are touched elsewhere. Time is the
    sum over images of given times predicted boxes.

    References
    ----------
    Everingham et al. (2010), "The PASCAL visual object classes challenge", IJCV 88, for the
    match; the rest is our own, and benchmarks/label_tasks.py compares it with scores as they
    are and with ObjectLab (Tkachenko et al. 2023).

    Examples
    --------
    >>> import numpy as np
    >>> place = np.array([[0.0, 0.0, 10.0, 10.0], [30.0, 0.0, 10.0, 10.0]])
    >>> given = Boxes(np.tile(place[:1], (4, 1)), np.zeros(4, int), np.arange(5))
    >>> twice = np.append(np.arange(4), 5)
    >>> predicted = Boxes(
    ...     np.concatenate([np.tile(place[:1], (4, 1)), place[1:]]),
    ...     np.zeros(5, int), twice, np.array([0.9, 0.8, 0.9, 0.8, 0.9]),
    ... )
    >>> found = box_quality(given, predicted)
    >>> found.quality.round(1), found.covered.round(1)
    (array([1., 1., 1., 1.]), array([1. , 1. , 1. , 1. , 0.2]))
    """
    given, predicted = checked_boxes(given, "given"), checked_boxes(predicted, "predicted")
    scores = _checked_scores(given, predicted)
    overlaps = list(_overlaps(given, predicted))
    best = np.concatenate([m.max(axis=0, initial=0.0) for m in overlaps] or [np.empty(0)])
    surest = _surest(scores, predicted.offsets)
    reliable = _calibrated(scores, best >= _MATCH, surest)
    touched = _calibrated(scores, best >= _TOUCH, surest)
    place, of_class = np.zeros(len(given.labels)), np.ones(len(given.labels))
    nearest = np.full(len(given.labels), -1, dtype=np.int64)
    for image, overlap in enumerate(overlaps):
        rows = slice(given.offsets[image], given.offsets[image + 1])
        columns = slice(predicted.offsets[image], predicted.offsets[image + 1])
        if not overlap.size:
            continue
        weight = reliable[columns]
        support = overlap * (weight / max(float(weight.max()), 1e-12))
        place[rows] = support.max(axis=1)
        top = overlap.argmax(axis=1)
        nearest[rows] = np.where(overlap.max(axis=1) > 0, top + columns.start, -1)
        same = given.labels[rows][:, None] == predicted.labels[columns]
        of_class[rows], rival = _share_of_class(overlap, weight, same)
        doubted = of_class[rows] < _MORE_LIKELY
        nearest[rows] = np.where(doubted, rival + columns.start, nearest[rows])
    alone = _alone(given)
    quality = np.minimum(np.minimum(place, of_class), alone)
    covered = _covered(predicted, best, reliable, touched)
    return BoxQuality(quality, place, of_class, alone, nearest, covered)


def box_errors(found: BoxQuality) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Flag given boxes that look wrong, and predicted ones of objects that look missed.

    Parameters
    ----------
    found : BoxQuality
        As `box_quality` returns.

    Returns
    -------
    wrong : bool array of shape (n_given,)
        Placed worse than most (three quartile ranges below the lower quartile, and between 0.1
        and 0.5), repeated, or more probably of another class.
    missed : bool array of shape (n_predicted,)
        More probably missed than not.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(9)
    >>> found = BoxQuality(one, np.append(one[1:], 0.2), one, one, one.astype(int), one * 0.4)
    >>> wrong, missed = box_errors(found)
    >>> int(wrong.sum()), int(missed.sum())
    (1, 9)
    """
    wrong = found.place < place_cut(found.place)
    wrong |= (found.of_class < _MORE_LIKELY) | (found.alone < _MORE_LIKELY)
    return wrong, found.covered < _MORE_LIKELY


def place_cut(place: NDArray[np.floating]) -> float:
    """Return the overlap below which a given box is called badly placed or spurious.

    Examples
    --------
    >>> import numpy as np
    >>> place_cut(np.linspace(0.8, 0.9, 50)), place_cut(np.linspace(0.1, 0.9, 50))
    (0.5, 0.1)
    """
    if not len(place):
        return _CUTS[0]
    low, high = np.quantile(place, [0.25, 0.75])
    return float(np.clip(low - _FENCE * (high - low), *_CUTS))


def image_quality(found: BoxQuality, given: Boxes, predicted: Boxes) -> NDArray[np.float64]:
    """Score each image by its worst box, given or missed.

    Parameters
    ----------
    found : BoxQuality
        As `box_quality` returns.
    given, predicted : Boxes
        What it was made from.

    Returns
    -------
    float array of shape (n_images,)
        In [0, 1]; 1 for an image without boxes.

    Examples
    --------
    >>> import numpy as np
    >>> boxes = Boxes(np.ones((2, 4)), np.zeros(2, int), np.array([0, 1, 2]), np.ones(2))
    >>> found = box_quality(boxes, boxes)._replace(quality=np.array([0.2, 0.9]))
    >>> image_quality(found, boxes, boxes)
    array([0.2, 0.9])
    """
    worst = np.ones(len(given.offsets) - 1)
    for values, boxes in ((found.quality, given), (found.covered, predicted)):
        image = np.repeat(np.arange(len(worst)), np.diff(boxes.offsets))
        np.minimum.at(worst, image, values)
    return worst


def share_found(given: Boxes, predicted: Boxes) -> float:
    """Return the share of given boxes that a predicted one of their class matches.

    Parameters
    ----------
    given, predicted : Boxes
        Annotations and predictions of the same images; none needs to have a size.

    Returns
    -------
    float
        In [0, 1]; NaN where nothing is given. Two boxes match from an overlap of 0.5 on.

    Examples
    --------
    >>> import numpy as np
    >>> place = np.array([[0.0, 0, 10, 10], [50, 0, 10, 10]])
    >>> given = Boxes(place, np.zeros(2, int), np.array([0, 2]))
    >>> share_found(given, Boxes(place[:1], np.zeros(1, int), np.array([0, 1])))
    0.5
    """
    hits = np.zeros(len(given.labels), dtype=bool)
    for image, overlap in enumerate(_overlaps(given, predicted)):
        rows = slice(given.offsets[image], given.offsets[image + 1])
        columns = slice(predicted.offsets[image], predicted.offsets[image + 1])
        same = given.labels[rows][:, None] == predicted.labels[columns]
        hits[rows] = ((overlap >= _MATCH) & same).any(axis=1)
    return float(hits.mean()) if len(hits) else float("nan")


def overlap_of(
    these: NDArray[np.floating], those: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return intersection over union of boxes (left, top, width, height), each with each.

    Examples
    --------
    >>> import numpy as np
    >>> overlap_of(np.array([[0, 0, 2, 2.0]]), np.array([[1, 0, 2, 2.0], [5, 5, 1, 1]])).round(2)
    array([[0.33, 0.  ]])
    """
    start = np.maximum(these[:, None, :2], those[None, :, :2])
    end = np.minimum(
        (these[:, :2] + these[:, 2:])[:, None], (those[:, :2] + those[:, 2:])[None]
    )
    common = np.prod(np.maximum(end - start, 0.0), axis=2)
    total = np.prod(these[:, 2:], axis=1)[:, None] + np.prod(those[:, 2:], axis=1)[None]
    return np.asarray(common / np.maximum(total - common, 1e-12), dtype=np.float64)


def checked_boxes(boxes: Boxes, name: str) -> Boxes:
    """Return boxes as arrays, or say what does not fit.

    Raises
    ------
    InvalidInputError
        If shapes do not go together, or a box has no size.
    """
    places, labels = np.asarray(boxes.places, dtype=np.float64), np.asarray(boxes.labels)
    if places.ndim != 2 or places.shape[1] != 4 or len(labels) != len(places):
        raise InvalidInputError(
            f"`{name}` must have four numbers and one label per box, got places of shape "
            f"{places.shape} and {len(labels)} labels. Give left, top, width and height."
        )
    wrong = ~np.isfinite(places).all(axis=1) | (places[:, 2:] <= 0).any(axis=1)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InvalidInputError(
            f"`{name}` must have boxes of some width and height, got {places[row].tolist()} in row "
            f"{row}. Leave it out, or give left, top, width and height."
        )
    return boxes._replace(
        places=places,
        labels=labels.astype(np.int64),
        offsets=checked_offsets(boxes.offsets, len(places)),
    )


def _checked_scores(given: Boxes, predicted: Boxes) -> NDArray[np.float64]:
    if len(given.offsets) != len(predicted.offsets):
        raise InvalidInputError(
            f"`predicted` must be of the images of `given`, got {len(predicted.offsets) - 1} images "
            f"for {len(given.offsets) - 1}. An image without predictions has an empty range."
        )
    scores = np.asarray(
        np.empty(0) if predicted.scores is None else predicted.scores, dtype=np.float64
    )
    if scores.shape != predicted.labels.shape:
        raise InvalidInputError(
            f"`predicted` must have one score per box, got {scores.size} scores for "
            f"{len(predicted.labels)} boxes. Give how sure the model is of each."
        )
    if not ((scores >= 0.0) & (scores <= 1.0)).all():
        row = int(np.argmin((scores >= 0.0) & (scores <= 1.0)))
        raise InvalidInputError(
            f"Scores of `predicted` must be in [0, 1], got {scores[row]} in row {row}. Divide "
            "percentages by 100."
        )
    return scores


def _overlaps(given: Boxes, predicted: Boxes) -> Iterator[NDArray[np.float64]]:
    for image in range(len(given.offsets) - 1):
        these = given.places[given.offsets[image] : given.offsets[image + 1]]
        those = predicted.places[predicted.offsets[image] : predicted.offsets[image + 1]]
        yield overlap_of(these, those)


def _surest(scores: NDArray[np.float64], offsets: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Mark the surest prediction of each image, all of several equally sure."""
    top = np.full(len(offsets) - 1, -np.inf)
    image = np.repeat(np.arange(len(top)), np.diff(offsets))
    np.maximum.at(top, image, scores)
    return np.asarray(scores == top[image])


def _calibrated(
    scores: NDArray[np.float64], hits: NDArray[np.bool_], surest: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the share of hits among predictions of such a score, never falling with it."""
    result = np.zeros(len(scores))
    for part in (surest, ~surest):
        values, place, counts = np.unique(
            scores[part], return_inverse=True, return_counts=True
        )
        if not len(values):
            continue
        share = np.bincount(place, weights=hits[part].astype(np.float64)) / counts
        fitted = isotonic_regression(
            share, sample_weight=counts.astype(np.float64), y_min=0.0, y_max=1.0
        )
        result[part] = np.asarray(fitted)[place]
    return result


def _share_of_class(
    overlap: NDArray[np.float64], weight: NDArray[np.float64], same: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return how much of what is predicted at each box is of its class, and its best rival there.

    The share is 1 where nothing else is predicted.
    """
    there = np.where(overlap >= _MATCH, overlap * weight, 0.0)
    own = np.where(same, there, 0.0).max(axis=1)
    others = np.where(same, 0.0, there)
    other = others.max(axis=1)
    share = np.ones(len(overlap))
    np.divide(own, own + other, out=share, where=other > 0.0)
    return share, others.argmax(axis=1)


def _covered(
    predicted: Boxes,
    best: NDArray[np.float64],
    reliable: NDArray[np.float64],
    touched: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return how surely each predicted box is explained by given ones, or by a surer missed one.

    Beside a missed object lie other predictions of it: each object is missed once.
    """
    covered = np.ones(len(best))
    best = best.copy()
    for start, end in pairwise(predicted.offsets):
        order = start + np.lexsort((np.arange(end - start), -reliable[start:end]))
        for i in order:
            untouched = touched[i] * (1.0 - min(best[i] / _TOUCH, 1.0))
            unmatched = reliable[i] * (1.0 - min(best[i] / _MATCH, 1.0))
            covered[i] = 1.0 - max(untouched, unmatched)
            if covered[i] < _MORE_LIKELY:
                others = overlap_of(
                    predicted.places[i : i + 1], predicted.places[start:end]
                )
                best[start:end] = np.maximum(best[start:end], others[0])
    return covered


def _alone(given: Boxes) -> NDArray[np.float64]:
    """Return 1 for boxes that repeat no earlier one of their class, 0 for those that surely do."""
    alone = np.ones(len(given.labels))
    for start, end in pairwise(given.offsets):
        if end - start < 2:
            continue
        rows = slice(start, end)
        overlap = np.tril(overlap_of(given.places[rows], given.places[rows]), k=-1)
        same = given.labels[rows][:, None] == given.labels[rows]
        most = np.where(same, overlap, 0.0).max(axis=1)
        alone[rows] = 1.0 - np.clip((most - _SAME) / (_REPEATED - _SAME), 0.0, 1.0)
    return alone
