"""Label errors of object detection: boxes missed, misplaced, repeated, or of the wrong class."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.algorithms.labels import Boxes, box_errors, box_quality, image_quality
from tilth.algorithms.labels.boxes import overlap_of
from tilth.checks.check import Findings, NotApplicable
from tilth.checks.chosen_cut import count_quality, most_doubtful

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.algorithms.labels import BoxQuality
    from tilth.signals.boxes import GivenBoxes

_OUTSIDE = (
    0.1  # share of a box beyond the edges of its image; a pixel is rounding. Our own.
)
_IN_CROWD = (
    0.5  # share of a predicted box in a crowd, from which it is of the crowd (as COCO)
)
_TOUCH = 0.1  # overlap below which a given box is of nothing the model sees
_COLUMNS = (
    "key", "quality", "is_issue", "given", "suggested", "error", "why", "p_class", "score",
)  # fmt: skip
_LISTED = 0.9  # unmatched predictions below it are units that a cut may move over; our own


@dataclass(frozen=True, eq=False)
class _Judged:
    """Given and predicted boxes that were compared, and what came of it.

    `rows` are the given boxes compared, `beyond` says which of them were clipped to their image,
    `images` are those with predictions, `predicted` the predictions in them.
    """

    rows: NDArray[np.intp]
    beyond: NDArray[np.bool_]
    images: NDArray[np.intp]
    predicted: Boxes
    found: BoxQuality
    worst: NDArray[np.float64]  # by image

    @property
    def scores(self) -> NDArray[np.floating]:
        """How sure the model is of each prediction."""
        assert self.predicted.scores is not None
        return self.predicted.scores


def find_box_errors(
    given_boxes: GivenBoxes,
    predicted_boxes: Boxes | None,
    labelled: NDArray[np.intp],
    classes: NDArray[Any],
    *,
    max_quality: float | None = None,
    count: int | None = None,
) -> Findings | NotApplicable:
    """Flag boxes whose quality is at most `max_quality`, or the `count` worst and their equals.

    None of both: those that look worse than most.
    """
    units = _impossible(given_boxes, classes)
    worst, n_unseen = np.ones(len(labelled)), len(labelled)
    judged = None
    if predicted_boxes is not None:
        judged = _judged(given_boxes, predicted_boxes)
        n_unseen -= len(judged.images)
        worst[judged.images] = judged.worst
    elif not units:
        return NotApplicable(
            "no box is without size or outside of its image; to judge more, give a detector's "
            "boxes with --predictions"
        )
    if count is not None:
        units, max_quality = _most_doubtful(given_boxes, judged, classes, count)
    elif judged is not None:
        units += _compared(given_boxes, judged, classes, max_quality)
    for unit in units:
        unit["key"] = f"{given_boxes.names[unit['image']]} {unit.pop('name')}"
        worst[unit["image"]] = min(worst[unit["image"]], unit["quality"])
    table = pd.DataFrame(units, columns=["image", *_COLUMNS])
    image = table.pop("image").to_numpy(dtype=np.intp)
    table["example_quality"] = worst[image]
    flagged = Counter(table["error"][table["is_issue"].to_numpy(dtype=bool)])
    return Findings(
        unit="element",
        table=table,
        members=pd.DataFrame({"key": table["key"], "position": labelled[image]}),
        cut=_cut(_asked(max_quality, count), n_unseen, has_predictions=judged is not None),
        facts={
            "n_elements": len(given_boxes.ids),
            "n_examples_without_predictions": n_unseen,
            "errors": dict(flagged.most_common()),
        },
    )


def _unit(image: int, name: str, quality: float, error: str) -> dict[str, Any]:
    """Return a row of the table; without a reason it is no issue."""
    unit = {"image": image, "name": name, "quality": float(quality), "error": error}
    unit |= {"is_issue": bool(error), "given": None, "suggested": None, "why": ""}
    return unit | {"p_class": np.nan, "score": np.nan}


def _most_doubtful(
    given: GivenBoxes, judged: _Judged | None, classes: NDArray[Any], count: int
) -> tuple[list[dict[str, Any]], float]:
    """Return the units, the `count` worst and their equals flagged, and the quality of the last.

    A prediction that a badly placed box is told with is no unit of its own: for each, one
    more is taken.
    """
    impossible = _impossible(given, classes)
    each = [np.array([unit["quality"] for unit in impossible])]
    if judged is not None:
        each += [judged.found.quality[~judged.beyond], judged.found.covered]
    quality = np.concatenate(each)
    n = count
    while True:
        cut = count_quality(quality, n)
        for unit in impossible:
            unit["is_issue"] = unit["quality"] <= cut
        units = list(impossible)
        if judged is not None:
            units += _compared(given, judged, classes, cut)
        n_short = count - sum(unit["is_issue"] for unit in units)
        if n_short <= 0 or n >= len(quality):
            return units, cut
        n += n_short


def _compared(
    given: GivenBoxes, judged: _Judged, classes: NDArray[Any], max_quality: float | None
) -> list[dict[str, Any]]:
    """Return a unit per given box and per prediction that may have been missed."""
    units, replaced = _of_given(given, judged, classes, max_quality)
    return units + _missed(judged, classes, replaced, max_quality)


def _impossible(given: GivenBoxes, classes: NDArray[Any]) -> list[dict[str, Any]]:
    """Return the boxes that cannot be right whatever the image shows."""
    places, image = given.boxes.places, _image_of(given.boxes)
    inside = _share_inside(places, given.sizes[image])
    units = []
    for row in np.flatnonzero((_area(places) <= 0) | (inside < 1 - _OUTSIDE)):
        label, size = classes[given.boxes.labels[row]], given.sizes[image[row]]
        said = _said(label, places[row])
        error, quality, why = "no size", 0.0, f"given {said}"
        if _area(places[row]) > 0:
            error, quality = "outside", inside[row]
            why += f", {1 - quality:.0%} of it outside of {size[0]:g} x {size[1]:g} pixels"
        fixed = "no box" if quality <= 0 else _said(label, _clipped(places[row], size))
        said_of = {"given": said, "suggested": fixed, "why": why}
        name = f"box {given.ids[row]}"
        units.append(_unit(int(image[row]), name, quality, error) | said_of)
    return units


def _judged(given: GivenBoxes, predicted: Boxes) -> _Judged:
    """Compare given boxes with predicted ones in the images that have any.

    Crowds and what is predicted in them are left out, as COCO leaves them out of scores.
    """
    places, image = given.boxes.places, _image_of(given.boxes)
    inside = _share_inside(places, given.sizes[image])
    sound = (_area(places) > 0) & (inside > 0)
    beyond = sound & (inside < 1 - _OUTSIDE)
    places = places.astype(np.float64)
    places[beyond] = _clipped(places[beyond], given.sizes[image[beyond]])
    images = np.flatnonzero(np.diff(predicted.offsets))
    rows = np.flatnonzero(sound & ~given.crowds & np.isin(image, images))
    theirs = _image_of(predicted)
    kept = _area(predicted.places) > 0
    for row in np.flatnonzero(given.crowds & sound):
        own = np.flatnonzero(theirs == image[row])
        kept[own] &= _share_in(predicted.places[own], places[row]) < _IN_CROWD
    chosen = _rows_of(given.boxes._replace(places=places), rows, images)
    seen = _rows_of(predicted, np.flatnonzero(kept), images)
    found = box_quality(chosen, seen)
    return _Judged(
        rows, beyond[rows], images, seen, found, image_quality(found, chosen, seen)
    )


def _of_given(
    given: GivenBoxes, judged: _Judged, classes: NDArray[Any], max_quality: float | None
) -> tuple[list[dict[str, Any]], list[int]]:
    """Return a unit per given box, and the predictions that are to replace one."""
    found, units = judged.found, []
    replaced: list[int] = []
    wrong, _ = box_errors(found)
    if max_quality is not None:
        wrong = found.quality <= max_quality
    image = _image_of(given.boxes)[judged.rows]
    for i, row in enumerate(judged.rows):
        if judged.beyond[i]:
            continue  # told already
        label, place = classes[given.boxes.labels[row]], given.boxes.places[row]
        more: dict[str, Any] = {"given": _said(label, place), "p_class": found.of_class[i]}
        error = ""
        if found.nearest[i] >= 0:
            more["score"] = judged.scores[found.nearest[i]]
        if wrong[i]:
            error, more["suggested"], why = _what(judged, i, (label, place), classes)
            more["why"] = f"given {more['given']}, {why}"
            replaced += [int(found.nearest[i])] * (error == "badly placed")
        name = f"box {given.ids[row]}"
        units.append(_unit(int(image[i]), name, found.quality[i], error) | more)
    return units, replaced


def _what(
    judged: _Judged, i: int, box: tuple[Any, NDArray[np.floating]], classes: NDArray[Any]
) -> tuple[str, str, str]:
    """Return what is wrong with a given box, what to make of it, and why, in words."""
    found, seen, (label, place) = judged.found, judged.predicted, box
    least, nearest = found.quality[i], int(found.nearest[i])
    if found.alone[i] == least:
        return "repeated", "no box", "beside almost the same box"
    if nearest < 0:
        return "spurious", "no box", "the model sees nothing there"
    theirs, where = classes[seen.labels[nearest]], seen.places[nearest]
    if found.of_class[i] == least:
        return "wrong class", _said(theirs, place), f"the model sees {theirs} there"
    overlap = float(overlap_of(place[None], where[None])[0, 0])
    if overlap < _TOUCH:
        return "spurious", "no box", "the model sees hardly anything there"
    why = f"the model sees {_said(theirs, where)}, overlap {overlap:.2f}"
    return "badly placed", _said(label, where), why


def _missed(
    judged: _Judged, classes: NDArray[Any], replaced: list[int], max_quality: float | None
) -> list[dict[str, Any]]:
    seen, covered = judged.predicted, judged.found.covered
    _, missed = box_errors(judged.found)
    if max_quality is not None:
        missed = covered <= max_quality
    missed[replaced] = False  # told with the box they replace
    image = judged.images[_image_of(seen)]
    units, n_of = [], Counter[int]()
    for row in np.argsort(covered, kind="stable"):
        if not missed[row] and covered[row] >= _LISTED:
            continue
        n_of[int(image[row])] += 1
        said, score = _said(classes[seen.labels[row]], seen.places[row]), judged.scores[row]
        more = {"suggested": said, "score": score}
        if missed[row]:
            more["why"] = f"the model sees {said} ({score:.2f}), nothing is given there"
        name = f"missed {n_of[int(image[row])]}"
        error = "missed" if missed[row] else ""
        units.append(_unit(int(image[row]), name, covered[row], error) | more)
    return units


def _asked(max_quality: float | None, count: int | None) -> str | None:
    if max_quality is None:
        return None
    why = "as asked" if count is None else most_doubtful(count)
    return f"quality of at most {max(max_quality, 0.0):.2f}, {why}"


def _cut(asked: str | None, n_unseen: int, *, has_predictions: bool) -> str:
    if not has_predictions:
        said = "boxes without size, or with a tenth or more of them outside of their image"
        return f"{asked or said}; no predictions were given"
    said = "placed worse than most, repeated, or more probably missed or of another class than not"
    return (asked or said) + (
        f"; {n_unseen:,} images without predictions were not judged" if n_unseen else ""
    )


def _said(label: Any, place: NDArray[np.floating]) -> str:
    return f"{label} at {', '.join(f'{round(float(v), 1):g}' for v in place)}"


def _area(places: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(np.prod(np.maximum(places[..., 2:], 0.0), axis=-1))


def _clipped(
    places: NDArray[np.floating], sizes: NDArray[np.floating]
) -> NDArray[np.float64]:
    start = np.clip(places[..., :2], 0.0, sizes)
    end = np.clip(places[..., :2] + places[..., 2:], 0.0, sizes)
    return np.concatenate([start, end - start], axis=-1)


def _share_inside(
    places: NDArray[np.floating], sizes: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return the share of each box inside its image; 1 where the size is not known."""
    end = np.minimum(
        places[:, :2] + places[:, 2:], np.where(np.isnan(sizes), np.inf, sizes)
    )
    start = np.where(np.isnan(sizes), places[:, :2], np.maximum(places[:, :2], 0.0))
    common = np.prod(np.maximum(end - start, 0.0), axis=1)
    return np.asarray(common / np.maximum(_area(places), 1e-12))


def _share_in(
    places: NDArray[np.floating], other: NDArray[np.floating]
) -> NDArray[np.float64]:
    start = np.maximum(places[:, :2], other[:2])
    end = np.minimum(places[:, :2] + places[:, 2:], other[:2] + other[2:])
    common = np.prod(np.maximum(end - start, 0.0), axis=1)
    return np.asarray(common / np.maximum(_area(places), 1e-12))


def _image_of(boxes: Boxes) -> NDArray[np.intp]:
    return np.repeat(np.arange(len(boxes.offsets) - 1), np.diff(boxes.offsets))


def _rows_of(boxes: Boxes, rows: NDArray[np.intp], images: NDArray[np.intp]) -> Boxes:
    """Return some of the boxes, of some images in order."""
    n = np.bincount(_image_of(boxes)[rows], minlength=len(boxes.offsets) - 1)[images]
    return Boxes(
        boxes.places[rows],
        boxes.labels[rows],
        np.append(0, np.cumsum(n)).astype(np.int64),
        None if boxes.scores is None else boxes.scores[rows],
    )
