"""Small pictures drawn on the spot: bars that lie or stand, in colours of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray


def drawn(kind: str, rng: np.random.Generator, side: int = 32) -> NDArray[np.uint8]:
    """Draw a bar on a textured ground: it lies (``wide``) or stands (``tall``)."""
    ground = rng.integers(60, 200, 3)
    image = np.clip(ground + rng.normal(0, 12, (side, side, 3)), 0, 255)
    start = int(rng.integers(4, side - 14))
    bar = np.clip(ground + rng.choice([-60, 60]) + rng.integers(-20, 20, 3), 0, 255)
    if kind == "wide":
        image[start : start + 8] = bar
    else:
        image[:, start : start + 8] = bar
    return image.astype(np.uint8)


@pytest.fixture
def draw() -> Callable[..., NDArray[np.uint8]]:
    """Return the drawing function."""
    return drawn


@pytest.fixture
def bars() -> tuple[NDArray[np.uint8], NDArray[np.object_]]:
    """Return 120 drawings and what they show."""
    rng = np.random.default_rng(0)
    kinds = np.array(["wide", "tall"] * 60, dtype=object)
    return np.stack([drawn(kind, rng) for kind in kinds]), kinds


@pytest.fixture
def folder(tmp_path: Path, bars: tuple[NDArray[np.uint8], NDArray[np.object_]]) -> Path:
    """Return a folder with the drawings, one folder for each kind."""
    root = tmp_path / "bars"
    for number, (image, kind) in enumerate(zip(*bars, strict=True)):
        (root / kind).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(root / kind / f"{number:03d}.png")
    return root
