"""A folder of images with planted faults, from the command line to the proof."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import tilth
from tilth.checks.check import Findings
from tilth.cli.app import run
from tilth.store.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def _bar(kind: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    ground = rng.integers(60, 200, 3)
    image = ground + rng.normal(0, 25, (32, 32, 3))
    start = int(rng.integers(2, 22))
    bar = ground + rng.choice([-70, 70])
    if kind == "wide":
        image[start : start + 8] = bar
    else:
        image[:, start : start + 8] = bar
    return image.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of 240 drawings, 48 of them in the wrong class, and a sound test folder."""
    root = tmp_path_factory.mktemp("drawn")
    rng = np.random.default_rng(0)
    for part, n in (("train", 240), ("test", 140)):
        for i in range(n):
            kind = ("wide", "tall")[i % 2]
            is_wrong = part == "train" and i % 10 in {0, 3}
            given = ("tall", "wide")[i % 2] if is_wrong else kind
            (root / part / given).mkdir(parents=True, exist_ok=True)
            Image.fromarray(_bar(kind, rng)).save(root / part / given / f"{i:03d}.png")
    shutil.copy(root / "train" / "wide" / "002.png", root / "train" / "wide" / "902.png")
    return root


@pytest.fixture
def folder(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a fresh copy."""
    shutil.copytree(drawn, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    return tmp_path / "work"


NEAREST = """
import numpy as np
from sklearn.neighbors import KNeighborsClassifier
class Nearest:
    def fit(self, images, labels):
        self.model_ = KNeighborsClassifier(1).fit(self.sides(images), labels)
        return self
    def predict(self, images):
        return self.model_.predict(self.sides(images))
    def sides(self, images):
        pixels = [np.asarray(image, dtype=float) for image in images]
        return [(p.mean(axis=(1, 2)).std(), p.mean(axis=(0, 2)).std()) for p in pixels]
def make():
    return Nearest()
"""


def _is_wrong(path: str) -> bool:
    number = int(path.rpartition("/")[2][:3])
    kind = ("wide", "tall")[number % 2]
    return not path.startswith(kind)


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run([*arguments, "--json", "--jobs", "1"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_wrong_labels_and_copies_are_found(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = _json(capsys, "audit", "train", "--test", "test")
    assert document["failed"] == 0
    assert document["dataset"]["image"] == "image"
    checks = {check["name"]: check for check in document["checks"]}
    flagged = [issue["key"] for issue in checks["label_errors"]["issues"]]
    assert sum(map(_is_wrong, flagged[:20])) >= 18
    copies = checks["exact_duplicates"]["issues"][0]["example_ids"]
    assert copies == ["wide/002.png", "wide/902.png"]
    assert checks["column_problems"]["outcome"] == "not_applicable"
    assert checks["test_leakage"]["outcome"] == "clean"


def test_the_screen_names_images_by_their_path(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", "train", "--select", "exact_duplicates", "--jobs", "1"]) == 0
    said = capsys.readouterr().out
    assert "train   241 rows · image=image · label=label (wide 121 / tall 120)" in said
    assert "wide/002.png, wide/902.png" in said


def test_a_better_folder_is_a_table_of_paths_and_a_patch_for_the_next_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "own.py").write_text(NEAREST)
    made = [
        "--test",
        "test",
        "--model",
        "own.py:make",
        "-o",
        "better.csv",
        "--patch",
        "edits.jsonl",
        "--budget",
        "6s",
    ]
    document = _json(capsys, "improve", "train", *made)
    assert document["verdict"] == "BETTER"
    better = tilth.read("better.csv", label="label")
    assert better.schema.image == "image"
    assert better.table["image"].str.startswith("train/").all()
    kept = Project(".").load(document["version"])
    np.testing.assert_array_equal(kept.row_hash, better.row_hash)
    # Taking the version back gives the folder as it was.
    assert run(["undo", document["version"], "-o", "before.csv"]) == 0
    assert len(tilth.read("before.csv", label="label")) == 241
    # A refreshed folder: one more image, one under another name. The patch finds its images.
    rng = np.random.default_rng(9)
    Image.fromarray(_bar("wide", rng)).save("train/wide/950.png")
    (folder / "train" / "wide" / "004.png").rename(folder / "train" / "wide" / "four.png")
    assert run(["apply", "edits.jsonl", "train", "-o", "again.csv"]) == 0
    again = tilth.read("again.csv", label="label")
    assert set(better.row_hash) < set(again.row_hash)
    assert len(again) == len(better) + 1


class Sizes:
    """A model that learns from Pillow images whether bars lie or stand."""

    def fit(self, images: Any, labels: Any) -> Sizes:
        assert isinstance(images, list)
        assert {type(image).__name__ for image in images} == {"Image"}
        assert {image.mode for image in images} == {"RGB"}
        self.classes_ = sorted(set(labels))
        return self

    def predict(self, images: Any) -> Any:
        pixels = [np.asarray(image, dtype=float) for image in images]
        lying = [p.mean(axis=(1, 2)).std() > p.mean(axis=(0, 2)).std() for p in pixels]
        return np.where(lying, "wide", "tall").astype(object)


def test_somebodys_model_gets_a_list_of_pillow_images(folder: Path) -> None:
    data = tilth.read("train")
    before, after = data, data.rows(np.array([not _is_wrong(i) for i in data.example_id]))
    proof = tilth.prove(before, after, test="test", model=Sizes(), n_jobs=1)
    assert proof.verdict == "NO DIFFERENCE"
    assert proof.before is not None
    assert proof.before.mean > 0.95


class Frames(Sizes):
    """The same from a DataFrame that has a column of images."""

    def fit(self, frame: Any, labels: Any) -> Frames:
        assert list(frame.columns) == ["image", "camera"]
        super().fit(frame["image"].tolist(), labels)
        return self

    def predict(self, frame: Any) -> Any:
        return super().predict(frame["image"].tolist())


def _with_bad_group(*, is_dark: bool, n: int = 500) -> tuple[list[Image.Image], Any, Any]:
    """Draw images; the labels of a third, which may be dark, are drawn by lot."""
    rng = np.random.default_rng(1)
    kinds = np.array([("wide", "tall")[i % 2] for i in range(n)], dtype=object)
    images = [Image.fromarray(_bar(kind, rng)) for kind in kinds]
    bad = rng.random(n) < 0.3
    if is_dark:
        pairs = zip(images, bad, strict=True)
        images = [i.point(lambda v: v // 3) if b else i for i, b in pairs]
    return images, np.where(bad, rng.permutation(kinds), kinds), bad


def test_bad_groups_are_found_by_what_was_measured_of_images() -> None:
    images, labels, bad = _with_bad_group(is_dark=True)
    found = tilth.audit(tilth.read({"image": images, "label": labels}), n_jobs=1)
    patterns = found.outcomes["label_patterns"]
    assert isinstance(patterns, Findings)
    assert len(patterns.issues) == 1
    assert patterns.issues["key"].iloc[0].startswith("image ")
    assert patterns.members is not None
    assert bad[patterns.members["position"]].mean() > 0.9


def test_other_columns_stand_beside_the_images() -> None:
    images, labels, bad = _with_bad_group(is_dark=False)
    camera = np.where(bad, "left", [f"c{i % 3}" for i in range(500)]).astype(object)
    data = tilth.read({"image": images, "camera": camera, "label": labels}, label="label")
    found = tilth.audit(data, select=["label_patterns"], n_jobs=1)
    patterns = found.outcomes["label_patterns"]
    assert isinstance(patterns, Findings)
    assert patterns.issues["key"].tolist() == ["camera = 'left'"]
    test = data.rows(np.arange(0, 500, 2))
    train, fixed = (data.rows((np.arange(500) % 2 == 1) & part) for part in (True, ~bad))
    proof = tilth.prove(train, fixed, test=test, model=Frames(), n_jobs=1)
    assert proof.verdict == "NO DIFFERENCE"  # it learns nothing, so no label harms it
