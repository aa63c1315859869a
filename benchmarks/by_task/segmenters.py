"""Small segmenters, out of sample: boosted trees on filtered pixels of cells and of drawn fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from sklearn.ensemble import HistGradientBoostingClassifier

if TYPE_CHECKING:
    from pathlib import Path

N_FOLDS = 5
N_TRAINED_ON = 40_000  # pixels of the other folds
SCALES = (1.0, 2.0, 4.0, 8.0)
SIDE, N_FIELDS = 128, 4


def pixel_features(picture: np.ndarray) -> np.ndarray:
    """Return brightness, edges and ridges at several scales, of every pixel of a grey picture."""
    layers = [picture]
    for scale in SCALES:
        smooth = ndimage.gaussian_filter(picture, scale)
        down, right = np.gradient(smooth)
        dd, dr = np.gradient(down)
        _, rr = np.gradient(right)
        root = np.sqrt((dd - rr) ** 2 / 4 + dr**2)
        layers += [
            smooth,
            np.hypot(down, right),
            (dd + rr) / 2 + root,
            (dd + rr) / 2 - root,
            ndimage.gaussian_filter((picture - smooth) ** 2, scale),
        ]
    return np.stack([layer.ravel() for layer in layers], axis=1).astype(np.float32)


def grey(path: Path) -> np.ndarray:
    """Return a picture as brightness in [0, 1]."""
    from PIL import Image

    return np.asarray(Image.open(path).convert("L"), dtype=float) / 255


def segment(
    features: np.ndarray, masks: np.ndarray, n_classes: int, seed: int
) -> np.ndarray:
    """Return probabilities (n_images, n_classes, height, width) from models of the other folds."""
    rng = np.random.default_rng(seed)
    fold = rng.permutation(len(masks)) % N_FOLDS
    flat = masks.reshape(len(masks), -1)
    probs = np.zeros((len(masks), n_classes, flat.shape[1]), dtype=np.float32)
    for wanted in range(N_FOLDS):
        others = np.flatnonzero(fold != wanted)
        images = rng.choice(others, N_TRAINED_ON)
        pixels = rng.integers(0, flat.shape[1], N_TRAINED_ON)
        model = HistGradientBoostingClassifier(
            max_iter=50, learning_rate=0.15, random_state=0
        )
        model.fit(features[images, pixels], flat[images, pixels])
        for image in np.flatnonzero(fold == wanted):
            probs[image, model.classes_] = model.predict_proba(features[image]).T
    return probs.reshape(len(masks), n_classes, *masks.shape[1:])


def draw_fields(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return pictures of fields of four textures under uneven light, and the class of each pixel."""
    pictures, masks = [], []
    down, right = np.mgrid[:SIDE, :SIDE]
    for _ in range(n):
        centres = rng.uniform(0, SIDE, (14, 2))
        wavy = [
            ndimage.gaussian_filter(rng.normal(0, 60, (SIDE, SIDE)), 8) for _ in range(2)
        ]
        distance = np.stack(
            [np.hypot(down + wavy[0] - y, right + wavy[1] - x) for y, x in centres]
        )
        mask = rng.integers(0, N_FIELDS, len(centres))[distance.argmin(axis=0)]
        stripes = np.sin(right * 0.9) * 0.5
        speckle = ndimage.gaussian_filter(rng.normal(0, 1, (SIDE, SIDE)), 1.2) * 2
        texture = np.stack([0 * right, stripes, speckle, 0.25 + 0 * right])
        picture = np.take_along_axis(texture, mask[None], axis=0)[0]
        light = ndimage.gaussian_filter(rng.normal(0, 1, (SIDE, SIDE)), 25) * 15
        pictures.append(picture + light + rng.normal(0, 0.35, (SIDE, SIDE)))
        masks.append(mask)
    return np.stack(pictures), np.stack(masks)
