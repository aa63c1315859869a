"""Planted image problems are named, and sets that are odd as a whole are not flagged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageFilter

from tilth.checks import image_problems
from tilth.checks.check import Findings
from tilth.data import read
from tilth.data.images import encoded
from tilth.engine.audit import audit
from tilth.remedies.image_problems import drop_image_problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset


def _scenes(n: int = 60) -> list[Image.Image]:
    rng = np.random.default_rng(0)
    coarse = rng.integers(30, 226, (n, 8, 8, 3), dtype=np.uint8)
    fine = rng.integers(-12, 13, (n, 32, 32, 3))
    scenes = [
        np.asarray(Image.fromarray(c).resize((32, 32))) + f
        for c, f in zip(coarse, fine, strict=True)
    ]
    return [Image.fromarray(scene.clip(0, 255).astype(np.uint8)) for scene in scenes]


def _dataset(images: Sequence[Image.Image]) -> Dataset:
    return read(
        {
            "pic": list(images),
            "label": ["a", "b"] * (len(images) // 2) + ["a"] * (len(images) % 2),
        }
    )


def _found(images: Sequence[Image.Image]) -> dict[int, str]:
    outcome = audit(_dataset(images), select=["image_problems"]).outcomes["image_problems"]
    assert isinstance(outcome, Findings)
    issues = outcome.issues
    return dict(zip(issues["key"].tolist(), issues["problem"].tolist(), strict=True))


PLANTED = {
    "dark": lambda image: image.point(lambda v: v * 0.06),
    "light": lambda image: image.point(lambda v: 235 + v * 0.07),
    "blurry": lambda image: image.filter(ImageFilter.GaussianBlur(3)),
    "odd size": lambda image: image.resize((8, 8)),
    "odd aspect": lambda image: image.resize((100, 10), Image.Resampling.NEAREST),
    "grayscale": lambda image: image.convert("L"),
    "low information": lambda image: Image.new("RGB", image.size, (90, 120, 60)),
}


@pytest.mark.parametrize("problem", PLANTED)
def test_a_planted_problem_is_named_and_nothing_else(problem: str) -> None:
    images = _scenes()
    images[11] = PLANTED[problem](images[11])
    found = _found(images)
    assert list(found) == [11]
    assert problem in found[11].split("; ")


def test_sound_images_have_no_problem() -> None:
    assert _found(_scenes()) == {}


@pytest.mark.parametrize("problem", ["dark", "light", "blurry", "grayscale", "odd size"])
def test_what_holds_for_all_images_is_no_problem(problem: str) -> None:
    assert _found([PLANTED[problem](image) for image in _scenes()]) == {}


def test_the_worst_comes_first_and_a_broken_image_is_the_worst() -> None:
    images = _scenes()
    images[3] = PLANTED["low information"](images[3])
    data = _dataset(images)
    content = encoded(_scenes()[7])
    cells = [
        c if i != 7 else content[: len(content) - 300]
        for i, c in enumerate(data.image_cells)
    ]
    found = audit(read({"pic": cells, "label": data.given}), select=["image_problems"])
    table = found["image_problems"]
    assert table["example_id"].tolist() == [7, 3]
    assert table["problem"].tolist() == ["broken", "low information"]
    assert table["quality"].iloc[0] == 0


def test_few_images_have_no_rest_to_be_unlike() -> None:
    images = _scenes(6)
    images[1], images[2] = PLANTED["dark"](images[1]), PLANTED["low information"](images[2])
    assert _found(images) == {2: "low information"}


def test_tables_have_no_images() -> None:
    outcome = audit(read({"x": [1, 2, 3]}), select=["image_problems"])
    assert "needs images" in str(outcome.outcomes["image_problems"])


def test_the_remedy_drops_what_is_beyond_use_and_more_when_asked() -> None:
    images = _scenes()
    images[3], images[5] = PLANTED["low information"](images[3]), PLANTED["dark"](images[5])
    data = _dataset(images)
    found = audit(data, select=["image_problems"]).outcomes["image_problems"]
    assert isinstance(found, Findings)
    (edit,) = drop_image_problems(found, data)
    assert edit.targets["example_id"].tolist() == [3]
    assert "1 images are broken or low information" in edit.reason.text
    (edit,) = drop_image_problems(found, data, problems=("dark", "low information"))
    assert edit.targets["example_id"].tolist() == [3, 5]
    assert drop_image_problems(found, data, problems=("odd size",)) == []


def test_quality_is_in_its_range(
    bars: tuple[NDArray[np.uint8], NDArray[np.object_]],
) -> None:
    found = audit(
        read({"pic": bars[0], "label": bars[1]}), select=[image_problems.CHECK.name]
    )
    outcome = found.outcomes["image_problems"]
    assert isinstance(outcome, Findings)
    assert outcome.table["quality"].between(0, 1).all()
