"""Wrong masks: cells under a microscope and drawn fields, errors planted anew in each draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from by_task import segmenters
from by_task.cases import Case
from planted import SHARED
from scipy import ndimage

from tilth.algorithms.labels import mask_quality

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = SHARED / "segmentation" / "membrane"
N_DRAWS = 24
SCORED = 2  # every second pixel, either way
# The numbers of the method were chosen on other draws of the first kinds, of cells alone.
KINDS = ("dropped region", "shifted", "swapped classes", "eroded")
NEW_KINDS = ("filled box", "mirrored", "dilated", "part of another class", "coarse")


def cases() -> Iterator[Case]:
    """Yield for each draw the pixels and the images as units."""
    names = sorted((FOLDER / "masks_published").iterdir(), key=lambda path: int(path.stem))
    right = np.stack([_mask(path) for path in names])
    features = np.stack(
        [
            segmenters.pixel_features(
                segmenters.grey(FOLDER / "images" / f"{path.stem}.jpg")
            )
            for path in names
        ]
    )
    yield from _cases("cells", features, right, N_DRAWS)
    pictures, fields = segmenters.draw_fields(40, np.random.default_rng(0))
    features = np.stack([segmenters.pixel_features(picture) for picture in pictures])
    yield from _cases("new: fields", features, fields, N_DRAWS)


def _cases(group: str, features: np.ndarray, right: np.ndarray, n: int) -> Iterator[Case]:
    n_classes = int(right.max()) + 1
    for seed in range(n):
        rng = np.random.default_rng(seed)
        is_new = seed % 3 == 2
        given = planted(right, NEW_KINDS if is_new else KINDS, rng)
        probs = segmenters.segment(features, given, n_classes, seed).astype(np.float16)
        yield from _both(
            f"new: {group}" if is_new and group == "cells" else group, given, right, probs
        )


def planted(
    right: np.ndarray, kinds: tuple[str, ...], rng: np.random.Generator
) -> np.ndarray:
    """Return masks of which a quarter holds an error, of every kind about as many."""
    given = right.copy()
    wrong = rng.permutation(len(right))[: len(right) // 4]
    for i, image in enumerate(wrong):
        given[image] = _changed(right[image], kinds[i % len(kinds)], rng)
    return given


def _changed(mask: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    height, width = mask.shape
    given = mask.copy()
    counts = np.bincount(mask.ravel())
    first, other = rng.choice(np.flatnonzero(counts), 2, replace=False)
    size = np.array([height, width]) // 2
    top, left = rng.integers(0, np.array([height, width]) - size + 1)
    box = np.s_[top : top + size[0], left : left + size[1]]
    common = int(counts.argmax())
    match kind:
        case "dropped region":
            given[box] = np.where(mask[box] == common, int(counts.argsort()[-2]), mask[box])
        case "filled box":
            given[box] = common
        case "shifted":
            given = np.roll(mask, rng.choice([-1, 1], 2) * width // 13, axis=(0, 1))
        case "mirrored":
            given = mask[:, ::-1].copy()
        case "swapped classes":
            given[mask == first], given[mask == other] = other, first
        case "eroded" | "dilated":
            steps = 5 if kind == "eroded" else 2
            grow = ndimage.binary_erosion if kind == "eroded" else ndimage.binary_dilation
            kept = grow(mask == common, iterations=steps)
            second = int(counts.argsort()[-2])
            given = np.where(kept, common, np.where(mask == common, second, mask))
        case "part of another class":
            parts, n = ndimage.label(mask == common)
            largest = 1 + int(np.argmax(np.bincount(parts.ravel())[1:])) if n else 0
            given[parts == largest] = other if common == first else first
        case _:
            step = max(width // 16, 2)
            given = np.kron(
                mask[step // 2 :: step, step // 2 :: step], np.ones((step, step))
            )
            given = given[:height, :width].astype(mask.dtype)
    return given


def _both(
    group: str, given: np.ndarray, right: np.ndarray, probs: np.ndarray
) -> Iterator[Case]:
    found = [mask_quality(*pair) for pair in zip(given, probs, strict=True)]
    own = np.take_along_axis(probs, given[:, None], axis=1)[:, 0].astype(np.float64)
    some = np.s_[:, ::SCORED, ::SCORED]
    wrong = given != right
    inputs = {"masks": given.astype(np.uint8), "pred_probs": probs}
    yield Case(
        f"{group}: pixels", f"{group}: pixels", wrong[some].ravel(),
        {"ours": np.stack([one.pixels for one in found])[some].ravel(), "self-confidence": own[some].ravel()},
        inputs | {"unit": np.array("pixel"), "scored": np.array(SCORED)},
    )  # fmt: skip
    yield Case(
        f"{group}: images", f"{group}: images", wrong.any(axis=(1, 2)),
        {"ours": np.array([one.image for one in found]), "self-confidence": own.mean(axis=(1, 2))},
        inputs | {"unit": np.array("image")},
    )  # fmt: skip


def _mask(path: object) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(path)).astype(np.int64)  # type: ignore[arg-type]
