"""Copies of images are found when they are changed, and look-alikes are not called copies."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tilth.algorithms.duplicates import near_image_pairs
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Images = NDArray[np.uint8]


def _scenes(n: int, seed: int = 0) -> Images:
    """Draw scenes of coloured blobs, all different."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (n, 7, 7, 3), dtype=np.uint8)
    return np.stack(
        [
            np.asarray(Image.fromarray(c).resize((32, 32), Image.Resampling.BICUBIC))
            for c in coarse
        ]
    )


def _pairs(images: Images, reference: Images | None = None) -> set[tuple[int, int]]:
    found = near_image_pairs(images, reference)
    return set(zip(found.i.tolist(), found.j.tolist(), strict=True))


def _jpeg(image: Images) -> Images:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=60)
    return np.asarray(Image.open(file))


CHANGES: dict[str, Callable[[Images], Images]] = {
    "nothing": lambda image: image,
    "compressed": _jpeg,
    "brighter": lambda image: np.clip(image * 1.1 + 4, 0, 255).astype(np.uint8),
    "noisy": lambda image: np.clip(
        image + np.random.default_rng(1).normal(0, 4, image.shape), 0, 255
    ).astype(np.uint8),
    "moved right": lambda image: np.roll(image, 1, axis=1),
    "moved down and left": lambda image: np.roll(image, (1, -1), axis=(0, 1)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_copy_is_found_inside_a_set_and_in_another(name: str) -> None:
    scenes = _scenes(60)
    copy = CHANGES[name](scenes[7])
    assert _pairs(np.concatenate([scenes, copy[None]])) == {(7, 60)}
    assert _pairs(copy[None], scenes) == {(0, 7)}


def test_different_scenes_are_no_copies() -> None:
    assert _pairs(_scenes(300)) == set()


def test_images_that_are_all_much_alike_are_no_copies_of_each_other(
    draw: Callable[..., Images],
) -> None:
    # Bars of one kind in few places: near to each other, like digits, and sound.
    rng = np.random.default_rng(0)
    assert _pairs(np.stack([draw("wide", rng) for _ in range(200)])) == set()


def test_plain_images_show_nothing_and_match_nothing() -> None:
    plain = np.stack([np.full((32, 32, 3), c, dtype=np.uint8) for c in (0, 0, 128, 255)])
    assert _pairs(np.concatenate([_scenes(30), plain])) == set()
    assert _pairs(plain) == set()


def test_many_equal_images_are_paired_with_the_first() -> None:
    scenes = _scenes(40)
    same = np.repeat(scenes[:1], 15, axis=0)
    moved = np.roll(scenes[:1], 1, axis=1)
    found = _pairs(np.concatenate([scenes, same, moved]))
    assert found == {(0, place) for place in range(40, 56)}


def test_the_order_of_images_does_not_matter() -> None:
    images = np.concatenate([_scenes(50), np.roll(_scenes(50)[:5], 1, axis=1)])
    order = np.random.default_rng(1).permutation(len(images))
    back = {frozenset((order[i], order[j])) for i, j in _pairs(images[order])}
    assert back == {frozenset(pair) for pair in _pairs(images)}


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_images_are_compared(n: int) -> None:
    scenes = np.repeat(_scenes(1), n, axis=0)
    assert _pairs(scenes) == ({(0, 1)} if n == 2 else set())


def test_other_shapes_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="side a multiple of 8"):
        near_image_pairs(np.zeros((3, 30, 30, 3), dtype=np.uint8))
    with pytest.raises(InvalidInputError, match="must be of one size"):
        near_image_pairs(_scenes(2), np.zeros((2, 64, 64, 3), dtype=np.uint8))
