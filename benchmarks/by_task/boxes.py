"""Wrong boxes: photographs of raccoons and drawn scenes of digits, errors planted anew in each draw."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from by_task import detectors
from by_task.cases import Case
from planted import SHARED

from tilth.algorithms.labels.boxes import Boxes, box_quality, image_quality, overlap_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = SHARED / "detection" / "raccoon"
N_DRAWS = 24
N_OF_KIND = 6
# The numbers of the method were chosen on other draws of the first four kinds of photographs.
KINDS = ("missed", "spurious", "shifted", "repeated")
NEW_KINDS = ("too large or small", "cut in half")
Annotations = tuple[list[np.ndarray], list[np.ndarray]]  # places and classes by image
PIXELS = 300.0  # of the side of a photograph


def cases() -> Iterator[Case]:
    """Yield for each draw the given boxes and the images as units."""
    published = json.loads((FOLDER / "annotations_published.json").read_text())
    windows = detectors.photograph_windows()
    features, places = [], []
    for image in published["images"]:
        features.append(
            detectors.photograph_features(FOLDER / "images" / image["file_name"], windows)
        )
        size = np.array([image["width"], image["height"]] * 2, float)
        own = [a["bbox"] for a in published["annotations"] if a["image_id"] == image["id"]]
        places.append(np.array(own).reshape(-1, 4) / size)
    stacked = np.stack(features)
    right = (places, [np.zeros(len(p), int) for p in places])
    for seed in range(N_DRAWS):
        rng = np.random.default_rng(seed)
        is_new = seed % 3 == 2
        kinds = (*KINDS[:1], *NEW_KINDS) if is_new else KINDS
        given, wrong, touched = planted(right, kinds, rng)
        found = detectors.detect_in_photographs(stacked, windows, given[0], seed)
        yield from _both(
            f"{'new: ' if is_new else ''}photographs", given, found, wrong, touched
        )
    pictures, *scenes = detectors.draw_scenes(150, np.random.default_rng(0))
    for seed in range(N_DRAWS):
        rng = np.random.default_rng(seed)
        kinds = (*KINDS, "wrong class", "wrong class")
        given, wrong, touched = planted(
            (scenes[0], scenes[1]), kinds, rng, side=detectors.SCENE
        )
        found = detectors.detect_in_scenes(pictures, *given, seed)
        yield from _both("new: scenes of digits", given, found, wrong, touched, scale=1.0)


def planted(
    right: Annotations, kinds: tuple[str, ...], rng: np.random.Generator, side: float = 1.0
) -> tuple[Annotations, list[np.ndarray], np.ndarray]:
    """Return annotations with errors, which boxes are wrong, and which images hold an error."""
    places, classes = [p.copy() for p in right[0]], [c.copy() for c in right[1]]
    wrong = [np.zeros(len(p), bool) for p in places]
    touched = np.zeros(len(places), bool)
    for kind in kinds:
        n = 0
        for image in rng.permutation(np.flatnonzero(~touched)):
            if n == N_OF_KIND or not len(places[image]):
                continue
            box = int(rng.integers(len(places[image])))
            changed = _changed(places[image], box, kind, rng, side)
            if changed is None:
                continue
            touched[image] = True
            n += 1
            if kind == "missed":
                places[image], classes[image], wrong[image] = (
                    np.delete(v[image], box, axis=0) for v in (places, classes, wrong)
                )
            elif kind in ("spurious", "repeated"):
                other = (
                    classes[image][box]
                    if kind == "repeated"
                    else rng.choice(np.concatenate(right[1]))
                )
                places[image] = np.vstack([places[image], changed])
                classes[image] = np.append(classes[image], other)
                wrong[image] = np.append(wrong[image], True)
            elif kind == "wrong class":
                classes[image][box] = (classes[image][box] + rng.integers(1, 10)) % 10
                wrong[image][box] = True
            else:
                places[image][box], wrong[image][box] = changed, True
    return (places, classes), wrong, touched


def _changed(
    places: np.ndarray, box: int, kind: str, rng: np.random.Generator, side: float
) -> np.ndarray | None:
    """Return the box that an error makes; None where this image does not do."""
    own = places[box]
    if kind in ("missed", "wrong class"):
        return own
    if kind == "spurious":
        for _ in range(50):
            size = rng.uniform(0.15, 0.5, 2) * side
            drawn = np.append(rng.uniform(0, 1, 2) * (side - size), size)
            if overlap_of(drawn[None], places).max() < 0.3:
                return drawn
        return None
    x, y, w, h = own
    if kind == "repeated":
        x, y, w, h = own + rng.uniform(-0.04, 0.04, 4) * [w, h, w, h]
    elif kind == "shifted":
        dx, dy = rng.choice([-1, 1], 2) * rng.uniform(0.25, 0.5, 2)
        x, y = x + dx * w, y + dy * h
    elif kind == "cut in half":
        w, h = (w / 2, h) if rng.random() < 0.5 else (w, h / 2)
    else:
        factor = rng.choice([0.55, 0.6, 1.7])
        x, y, w, h = (
            x + (1 - factor) * w / 2,
            y + (1 - factor) * h / 2,
            w * factor,
            h * factor,
        )
    start, end = np.clip([x, y], 0, side), np.clip([x + w, y + h], 0, side)
    changed = np.append(start, end - start)
    if (changed[2:] < 0.05 * side).any():
        return None
    if kind != "repeated" and overlap_of(changed[None], own[None])[0, 0] > 0.65:
        return None
    return changed


def _both(
    group: str,
    given: Annotations,
    found: list[detectors.Found],
    wrong: list[np.ndarray],
    touched: np.ndarray,
    *,
    scale: float = PIXELS,
) -> Iterator[Case]:
    labels = _boxes(given[0], given[1], scale)
    predicted = _boxes([f[0] for f in found], [f[1] for f in found], scale)
    predicted = predicted._replace(scores=np.concatenate([f[2] for f in found]))
    judged = box_quality(labels, predicted)
    plain, unmatched = _plain(labels, predicted)
    inputs = {
        f"{name}_{field}": getattr(boxes, field)
        for name, boxes in (("given", labels), ("predicted", predicted))
        for field in boxes._fields
        if getattr(boxes, field) is not None
    }
    yield Case(
        f"{group}: boxes", f"{group}: given boxes", np.concatenate(wrong),
        {"ours": judged.quality, "score of the match": plain}, inputs | {"unit": np.array("box")},
    )  # fmt: skip
    worst = np.ones(len(touched))
    for values, boxes in ((plain, labels), (1.0 - unmatched, predicted)):
        np.minimum.at(
            worst, np.repeat(np.arange(len(worst)), np.diff(boxes.offsets)), values
        )
    yield Case(
        f"{group}: images", f"{group}: images", touched,
        {"ours": image_quality(judged, labels, predicted), "score of the match": worst},
        inputs | {"unit": np.array("image")},
    )  # fmt: skip


def _plain(given: Boxes, predicted: Boxes) -> tuple[np.ndarray, np.ndarray]:
    """Return the score of the best prediction that matches each given box, and scores that match none."""
    own, unmatched = np.zeros(len(given.labels)), predicted.scores.copy()
    for image in range(len(given.offsets) - 1):
        rows = slice(*given.offsets[image : image + 2])
        columns = slice(*predicted.offsets[image : image + 2])
        match = overlap_of(given.places[rows], predicted.places[columns]) >= 0.5
        same = match & (given.labels[rows][:, None] == predicted.labels[columns])
        own[rows] = np.where(same, predicted.scores[columns], 0.0).max(axis=1, initial=0.0)
        unmatched[columns] = np.where(match.any(axis=0), 0.0, predicted.scores[columns])
    return own, unmatched


def _boxes(places: list[np.ndarray], classes: list[np.ndarray], scale: float) -> Boxes:
    offsets = np.append(0, np.cumsum([len(p) for p in places]))
    return Boxes(
        np.concatenate(places).reshape(-1, 4) * scale,
        np.concatenate(classes).astype(int),
        offsets,
    )
