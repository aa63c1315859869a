"""Measures and descriptions of images, by hand where that can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tilth.algorithms.images import MEASURES, describe_images, image_measures
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _measured(pixels: NDArray[np.uint8]) -> dict[str, float]:
    return dict(zip(MEASURES, image_measures(pixels).tolist(), strict=True))


def test_a_checkerboard_is_measured_by_hand() -> None:
    board = np.indices((8, 12)).sum(axis=0) % 2 * 255
    found = _measured(np.repeat(board[..., None], 3, axis=2).astype(np.uint8))
    assert (found["width"], found["height"]) == (12, 8)
    assert found["brightness"] == pytest.approx(0.5, abs=1e-6)
    assert found["contrast"] == pytest.approx(0.5, abs=1e-6)
    assert found["entropy"] == pytest.approx(1.0)  # two shades, equally often
    assert found["sharpness"] == pytest.approx(4 / 0.5)  # the Laplacian is 4 everywhere
    assert found["colourfulness"] == 0
    assert (found["dark_end"], found["light_end"]) == (0, pytest.approx(1))


def test_one_colour_has_no_contrast_no_sharpness_and_no_entropy() -> None:
    found = _measured(np.full((5, 5, 3), (250, 10, 10), dtype=np.uint8))
    assert found["contrast"] == pytest.approx(0, abs=1e-6)
    assert (found["sharpness"], found["entropy"]) == (0, 0)
    assert found["colourfulness"] == pytest.approx(240 / 255)


def test_sharpness_falls_with_blur_and_not_with_contrast() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    soft = (
        image[:-1, :-1] // 4
        + image[1:, :-1] // 4
        + image[:-1, 1:] // 4
        + image[1:, 1:] // 4
    )
    dull = (image // 4 + 96).astype(np.uint8)
    plain = _measured(image)["sharpness"]
    assert _measured(soft.astype(np.uint8))["sharpness"] < 0.6 * plain
    assert _measured(dull)["sharpness"] == pytest.approx(plain, rel=0.05)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 9, 3), (9, 2, 3)])
def test_tiny_images_are_measured(shape: tuple[int, ...]) -> None:
    assert np.isfinite(image_measures(np.ones(shape, dtype=np.uint8))).all()


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)],
)
def test_what_is_no_image_is_refused(pixels: NDArray[np.uint8]) -> None:
    with pytest.raises(InvalidInputError, match="`pixels` must be a uint8 array"):
        image_measures(pixels)


def test_gradients_of_a_standing_edge_point_across() -> None:
    image = np.zeros((1, 32, 32, 3), dtype=np.uint8)
    image[:, :, 14:] = 200  # within the fourth column of cells
    shape = describe_images(image)[0, :1764].reshape(7, 7, 4, 9)
    # Directions are shared between the two bins beside 0: the first and the last.
    assert shape[..., [0, 8]].sum() == pytest.approx(shape.sum())
    assert shape[:, :2].sum() == 0
    assert shape[:, 2:4].sum() == pytest.approx(shape.sum())


def test_a_mirrored_image_is_described_by_mirrored_numbers() -> None:
    image = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), dtype=np.uint8)
    own = describe_images(image)[0, :1764].reshape(7, 7, 4, 9)
    other = describe_images(image[:, :, ::-1])[0, :1764].reshape(7, 7, 4, 9)
    # Blocks and their corners change sides; direction b becomes 8 - b.
    np.testing.assert_allclose(
        own, other[:, ::-1][:, :, [1, 0, 3, 2]][..., ::-1], atol=1e-5
    )


def test_colours_are_counted_by_hand() -> None:
    image = np.zeros((1, 32, 32, 3), dtype=np.uint8)
    image[0, :16] = (255, 0, 70)  # levels 3, 0, 1
    colours = describe_images(image)[0, 1764:]
    assert colours[0] == pytest.approx(np.sqrt(0.5))
    assert colours[3 * 16 + 0 * 4 + 1] == pytest.approx(np.sqrt(0.5))
    assert (colours**2).sum() == pytest.approx(1)


def test_an_image_is_described_alike_in_any_company() -> None:
    images = np.random.default_rng(0).integers(0, 256, (300, 32, 32, 3), dtype=np.uint8)
    np.testing.assert_array_equal(
        describe_images(images)[257], describe_images(images[257:258])[0]
    )


@pytest.mark.parametrize(
    "shape", [(2, 30, 30, 3), (2, 32, 24, 3), (2, 32, 32), (32, 32, 3)]
)
def test_thumbnails_of_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInputError, match="side a multiple of 8"):
        describe_images(np.zeros(shape, dtype=np.uint8))
