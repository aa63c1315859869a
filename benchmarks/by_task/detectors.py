"""Small detectors, out of sample: boosted trees on windows of photographs, digits in drawn scenes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression

from tilth.algorithms.labels.boxes import overlap_of

if TYPE_CHECKING:
    from pathlib import Path

N_FOLDS = 5
GRID, CELL = 24, 6  # a photograph is a grid of cells; windows begin and end at every third
KEPT = 8  # boxes kept of an image
SCENE, N_DIGITS = 48, (1, 4)
Found = tuple[np.ndarray, np.ndarray, np.ndarray]  # places, classes, scores


def photograph_windows() -> np.ndarray:
    """Return windows (left, top, width, height) as shares of the picture."""
    sizes = range(6, GRID + 1, 3)
    found = [
        (x, y, w, h)
        for w in sizes
        for h in sizes
        if 0.4 <= w / h <= 2.3
        for x in range(0, GRID - w + 1, 3)
        for y in range(0, GRID - h + 1, 3)
    ]
    return np.array(found) / GRID


def photograph_features(path: Path, windows: np.ndarray) -> np.ndarray:
    """Return edges, colours and brightness inside and around every window."""
    from PIL import Image

    side = (GRID * CELL, GRID * CELL)
    picture = Image.open(path).convert("RGB").resize(side, Image.Resampling.BILINEAR)
    grey = np.asarray(picture, float).mean(axis=2) / 255
    hue, saturation = (np.asarray(picture.convert("HSV"), float) / 255)[..., :2].transpose(
        2, 0, 1
    )
    down, right = np.gradient(grey)
    size, angle = np.hypot(down, right), (np.arctan2(down, right) % np.pi) / np.pi * 6
    layers = [size * (angle.astype(int) % 6 == k) for k in range(6)]
    layers += [grey, saturation, np.abs(grey - grey.mean()), grey < 0.2, grey > 0.8]
    layers += [saturation < 0.15, *((hue * 4).astype(int) == k for k in range(4))]
    cells = np.stack(
        [np.reshape(layer, (GRID, CELL, GRID, CELL)).mean(axis=(1, 3)) for layer in layers],
        axis=-1,
    )
    sums = np.zeros((GRID + 1, GRID + 1, cells.shape[2]))
    sums[1:, 1:] = cells.cumsum(0).cumsum(1)

    def inside(
        x0: np.ndarray, y0: np.ndarray, x1: np.ndarray, y1: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        area = ((x1 - x0) * (y1 - y0))[:, None]
        return sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0], area

    x0, y0 = np.rint(windows[:, :2] * GRID).astype(int).T
    x1, y1 = np.rint((windows[:, :2] + windows[:, 2:]) * GRID).astype(int).T
    own, area = inside(x0, y0, x1, y1)
    rest = (sums[-1, -1] - own) / np.maximum(GRID * GRID - area, 1)
    middle = (x0 + x1) // 2, (y0 + y1) // 2
    features = [own / area, rest, own / area - rest, windows]
    for left, top, ax, ay in ((x0, y0, *middle), (middle[0], y0, x1, middle[1]), (x0, middle[1], middle[0], y1), (*middle, x1, y1)):  # fmt: skip
        part, its = inside(left, top, ax, ay)
        features.append(part / its - own / area)
    wide, its = inside(*(np.clip(v, 0, GRID) for v in (x0 - 3, y0 - 3, x1 + 3, y1 + 3)))
    ring = (wide - own) / np.maximum(its - area, 1e-9)
    features.append(own / area - np.where(its > area, ring, rest))
    return np.concatenate(features, axis=1).astype(np.float32)


def detect_in_photographs(
    features: np.ndarray, windows: np.ndarray, given: list[np.ndarray], seed: int
) -> list[Found]:
    """Predict how far windows overlap a given box; keep the best that do not overlap each other."""
    rng = np.random.default_rng(seed)
    fold = rng.permutation(len(given)) % N_FOLDS
    target = np.stack([overlap_of(windows, g).max(axis=1, initial=0.0) for g in given])
    between = overlap_of(windows, windows)
    found: list[Found] = [None] * len(given)  # type: ignore[list-item]
    for wanted in range(N_FOLDS):
        x, y = (
            features[fold != wanted].reshape(-1, features.shape[2]),
            target[fold != wanted].ravel(),
        )
        rows = rng.choice(len(y), 12_000, replace=False)
        model = HistGradientBoostingRegressor(max_iter=60, random_state=0).fit(
            x[rows], y[rows]
        )
        for image in np.flatnonzero(fold == wanted):
            score = np.clip(model.predict(features[image]), 0.0, 1.0)
            kept = _apart(score, between)
            places = []
            for window in kept:
                weight = np.maximum(score - 0.8 * score.max(), 0.0) + 1e-6
                weight *= between[window] > 0.6
                places.append(weight @ windows / weight.sum())
            found[image] = np.array(places), np.zeros(len(kept), int), score[kept]
    return found


def _apart(score: np.ndarray, between: np.ndarray) -> list[int]:
    kept: list[int] = []
    for window in np.argsort(-score, kind="stable"):
        if len(kept) == KEPT:
            break
        if not kept or between[window, kept].max() < 0.5:
            kept.append(int(window))
    return kept


def draw_scenes(
    n: int, rng: np.random.Generator
) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """Return pictures of digits of several sizes on a noisy ground, their boxes and classes."""
    digits = load_digits()
    pictures = rng.uniform(0, 4, (n, SCENE, SCENE))
    places, classes = [], []
    for picture in pictures:
        here: list[tuple[int, int, int, int]] = []
        names: list[int] = []
        for _ in range(int(rng.integers(*N_DIGITS, endpoint=True))):
            size = int(rng.choice([8, 12, 16]))
            x, y = rng.integers(0, SCENE - size + 1, 2)
            box = np.array([[x, y, size, size]], float)
            if here and overlap_of(box, np.array(here, float)).max() > 0.05:
                continue
            row = int(rng.integers(len(digits.target)))
            drawn = _resized(digits.images[row], size)
            picture[y : y + size, x : x + size] = np.maximum(
                picture[y : y + size, x : x + size], drawn
            )
            here.append((int(x), int(y), size, size))
            names.append(int(digits.target[row]))
        places.append(np.array(here, float))
        classes.append(np.array(names))
    return pictures, places, classes


def detect_in_scenes(
    pictures: np.ndarray, places: list[np.ndarray], classes: list[np.ndarray], seed: int
) -> list[Found]:
    """Tell digits from ground in windows of three sizes with a linear model."""
    rng = np.random.default_rng(seed)
    fold = rng.permutation(len(places)) % N_FOLDS
    windows = np.array(
        [
            (x, y, s, s)
            for s in (8, 12, 16)
            for x in range(0, SCENE - s + 1, 2)
            for y in range(0, SCENE - s + 1, 2)
        ],
        float,
    )
    between = overlap_of(windows, windows)
    patches = np.stack([_patches(picture, windows) for picture in pictures])
    overlaps = [
        overlap_of(windows, p) if len(p) else np.zeros((len(windows), 1)) for p in places
    ]
    found: list[Found] = [None] * len(places)  # type: ignore[list-item]
    for wanted in range(N_FOLDS):
        x, y = [], []
        for image in np.flatnonzero(fold != wanted):
            best = overlaps[image].max(axis=1)
            hit = np.flatnonzero(best > 0.6)
            ground = rng.choice(np.flatnonzero(best < 0.4), 12, replace=False)
            x += [patches[image][hit], patches[image][ground]]
            owner = overlaps[image][hit].argmax(axis=1)
            y += [classes[image][owner] if len(hit) else np.empty(0, int), np.full(12, 10)]
        model = LogisticRegression(C=0.1, max_iter=200).fit(
            np.concatenate(x), np.concatenate(y)
        )
        for image in np.flatnonzero(fold == wanted):
            probs = np.zeros((len(windows), 11))
            probs[:, model.classes_] = model.predict_proba(patches[image])
            score = 1.0 - probs[:, 10]
            kept = [w for w in _apart(score, between) if score[w] > 0.05]
            # Each window with its two most probable classes, as detectors give them.
            rows = np.repeat(kept, 2).astype(int)
            names = np.argsort(-probs[kept, :10], axis=1)[:, :2].ravel()
            found[image] = windows[rows], names, probs[rows, names]
    return found


def _patches(picture: np.ndarray, windows: np.ndarray) -> np.ndarray:
    return np.stack(
        [
            _resized(picture[int(y) : int(y + h), int(x) : int(x + w)], 8).ravel() / 16
            for x, y, w, h in windows
        ]
    )


def _resized(picture: np.ndarray, size: int) -> np.ndarray:
    rows = np.arange(size) * len(picture) // size
    return picture[np.ix_(rows, rows)]
