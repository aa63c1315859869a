"""Masks: quality by hand, what must not matter, files in every usual form, hostile ones, the command."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tilth
from tilth.algorithms.labels import mask_quality, mask_regions
from tilth.cli.app import run
from tilth.errors import InvalidInputError, UnreadableDataError
from tilth.signals import PROVIDERS
from tilth.signals.signals import Signals


def probs_of(mask, p=0.9, n=3):
    """Probabilities of a model that says `mask`, with `p`."""
    mask = np.asarray(mask)
    return np.where(np.arange(n)[:, None, None] == mask, p, (1 - p) / (n - 1))


def fields(rng, side=48, n=3):
    """A mask of a few upright rectangles, in order of drawing."""
    mask = np.zeros((side, side), dtype=int)
    for _ in range(4):
        top, left = rng.integers(0, side - 16, 2)
        mask[top : top + 16, left : left + 14] = rng.integers(0, n)
    return mask


def slow_quality(mask, probs):
    """One pixel at a time, as the docstring says it, without a neighbourhood at the edge."""
    height, width = mask.shape
    best = np.array(
        [[probs[:, y, x].argmax() for x in range(width)] for y in range(height)]
    )
    ratio = np.zeros(mask.shape)
    for y in range(height):
        for x in range(width):
            others = np.delete(probs[:, y, x], mask[y, x])
            ratio[y, x] = np.log(
                max(probs[mask[y, x], y, x], 2e-3) / max(others.max(), 2e-3)
            )
    part = np.zeros(mask.shape)
    todo = {(y, x) for y in range(height) for x in range(width)}
    while todo:
        start = todo.pop()
        found, edge = {start}, [start]
        while edge:
            y, x = edge.pop()
            for near in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
                if near in todo and mask[near] == mask[start] and best[near] == best[start]:
                    todo.remove(near)
                    found.add(near)
                    edge.append(near)
        for place in found:
            part[place] = np.mean([ratio[p] for p in found])
    return ratio, part


def test_quality_is_what_the_slow_way_gives():
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(0)
    mask = rng.integers(0, 3, (9, 11))
    probs = rng.dirichlet(np.full(3, 0.4), (9, 11)).transpose(2, 0, 1)
    ratio, part = slow_quality(mask, probs)
    near = gaussian_filter(ratio, 1.0)
    odds = (near + part + 2 * min(ratio.mean(), 2.0)) / 4
    found = mask_quality(mask, probs)
    np.testing.assert_allclose(found.pixels, 1 / (1 + np.exp(-odds)), atol=1e-9)
    worst = np.sort((near + part).ravel())[:9] / 2
    assert found.image == pytest.approx(1 / (1 + np.exp(-worst.mean())))


def test_an_image_that_agrees_everywhere_is_as_good_as_the_model_is_sure():
    # log(.9 / .05) = 2.89 near and by part, at most 2 for the image: the mean is 2.44.
    mask = fields(np.random.default_rng(1))
    same = np.zeros_like(mask)
    found = mask_quality(same, probs_of(same))
    np.testing.assert_allclose(found.pixels, 1 / (1 + np.exp(-(2 * np.log(18) + 4) / 4)))
    assert found.image == pytest.approx(18 / 19)


def test_pixels_without_a_class_say_nothing_and_change_nothing_far_away():
    mask = fields(np.random.default_rng(2))
    probs = probs_of(mask)
    without = mask.copy()
    without[:10] = -1
    found = mask_quality(without, probs)
    assert (found.pixels[:10] == 1).all()
    wrong = mask.copy()
    wrong[:10] = (wrong[:10] + 1) % 3
    assert mask_quality(wrong, probs).image < 0.5 < found.image
    nothing = mask_quality(np.full((5, 5), -1), probs_of(np.zeros((5, 5))))
    assert nothing.image == 1
    assert (nothing.pixels == 1).all()


def test_names_of_classes_and_turning_the_image_do_not_matter():
    rng = np.random.default_rng(3)
    mask = fields(rng)
    probs = rng.dirichlet(np.full(3, 0.5), mask.shape).transpose(2, 0, 1)
    expected = mask_quality(mask, probs)
    renamed = mask_quality(2 - mask, probs[::-1])
    turned = mask_quality(mask.T, probs.transpose(0, 2, 1))
    np.testing.assert_allclose(renamed.pixels, expected.pixels)
    np.testing.assert_allclose(turned.pixels.T, expected.pixels)
    assert renamed.image == pytest.approx(expected.image)
    exact = mask_quality(mask, probs.astype(np.float16))
    np.testing.assert_allclose(exact.pixels, expected.pixels, atol=0.01)


def test_a_wrong_part_becomes_one_region_with_the_class_to_put_there():
    mask = np.zeros((64, 64), dtype=int)
    probs = probs_of(mask)
    given = mask.copy()
    given[10:30, 20:50] = 2
    found = mask_quality(given, probs)
    regions = mask_regions(given, probs, found)
    assert regions.boxes.tolist() == [[20, 10, 30, 20]]
    assert (regions.given.tolist(), regions.suggested.tolist()) == ([2], [0])
    assert regions.shares.tolist() == [1.0]
    assert regions.areas.tolist() == [588]  # but for three pixels in each corner
    assert (regions.map > 0).sum() == 588
    assert found.image < 0.1 < mask_quality(mask, probs).image
    sound = mask_regions(mask, probs, mask_quality(mask, probs))
    assert len(sound.areas) == sound.map.sum() == 0


def test_a_part_is_found_however_sure_the_model_is_of_the_rest():
    mask = np.zeros((64, 64), dtype=int)
    given = mask.copy()
    given[5:15, 5:15] = 1
    for p in (0.95, 0.99, 1.0):
        regions = mask_regions(
            given, probs_of(mask, p), mask_quality(given, probs_of(mask, p))
        )
        assert regions.suggested.tolist() == [0]


def test_regions_are_sorted_and_small_ones_left_out():
    mask = np.zeros((64, 64), dtype=int)
    given = mask.copy()
    given[0:16, 0:16] = 1
    given[40:60, 40:60] = 2
    given[30, 5] = 1  # a pixel: less than 2 x 2
    probs = probs_of(mask, 0.9)
    probs[:, 40:60, 40:60] = probs_of(np.zeros((20, 20)), 0.99)
    regions = mask_regions(given, probs, mask_quality(given, probs))
    assert regions.given.tolist() == [2, 1]
    assert (np.diff(regions.quality) >= 0).all()
    assert regions.map[50, 50] == 1
    assert regions.map[8, 8] == 2
    assert regions.map[30, 5] == 0
    most = mask_regions(given, probs, mask_quality(given, probs), max_quality=1.0)
    assert most.areas.sum() == 64 * 64


@pytest.mark.parametrize(
    ("mask", "probs", "said"),
    [
        (np.zeros((4, 4)), np.full((2, 4, 4), 0.5), "must be class codes"),
        (
            np.zeros((4, 4, 1), int),
            np.full((2, 4, 4), 0.5),
            r"got int64 of shape \(4, 4, 1\)",
        ),
        (np.zeros((4, 4), int), np.full((2, 4, 5), 0.5), r"shape \(n_classes, 4, 4\)"),
        (np.zeros((4, 4), int), np.full((4, 4), 0.5), r"shape \(n_classes, 4, 4\)"),
        (np.full((4, 4), 2), np.full((2, 4, 4), 0.5), "codes 0..1, .* got 2 in row 0"),
        (np.zeros((4, 4), int), np.full((2, 4, 4), 0.6), "sums of 1.2 to 1.2"),
        (np.zeros((4, 4), int), np.full((2, 4, 4), np.nan), "not be negative"),
        (np.zeros((0, 4), int), np.full((2, 0, 4), 0.5), "must be class codes"),
    ],
)
def test_masks_and_probabilities_that_do_not_fit_are_refused(mask, probs, said):
    with pytest.raises(InvalidInputError, match=said):
        mask_quality(mask, probs)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    return tmp_path


N = 12


def masks_and_probs():
    """Masks of which the third lacks a part and the eleventh has two classes swapped."""
    rng = np.random.default_rng(5)
    right = [fields(rng) for _ in range(N)]
    probs = [probs_of(mask, 0.93) for mask in right]
    given = [mask.copy() for mask in right]
    given[2][:] = right[2]
    given[2][20:40, 10:30] = (right[2][20:40, 10:30] + 1) % 3
    given[10] = np.array([1, 0, 2])[right[10]]
    return given, probs


def write(folder, arrays, ending=".png"):
    folder.mkdir(exist_ok=True)
    for i, array in enumerate(arrays):
        path = folder / f"{i}{ending}"
        if ending == ".npy":
            np.save(path, array)
        else:
            Image.fromarray(array.astype(np.uint8)).save(path)


def found_by(capsys, *more):
    code = run(
        ["audit", "masks", "--task", "masks", "--select", "label_errors", "--json", *more]
    )
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return json.loads(captured.out)


def test_wrong_regions_are_named_whatever_the_files_are(folder, capsys):
    given, probs = masks_and_probs()
    write(folder / "masks", given)
    write(folder / "probs", [p.astype(np.float32) for p in probs], ".npy")
    document = found_by(capsys, "--pred-probs", "probs")
    (check,) = document["checks"]
    assert check["unit"] == "element"
    assert {issue["key"].split()[0] for issue in check["issues"]} == {"2", "10"}
    worst = next(i for i in check["issues"] if i["key"] == "2 region 1")
    assert worst["example_ids"] == ["2"]
    assert worst["evidence"]["error"] == "wrong region"
    # Where the mask is what it was there is nothing to say: the box holds what is wrong.
    assert 20 <= worst["evidence"]["top"] < 40
    assert document["facts"]["out_of_sample_accuracy"] > 0.9
    issues = check["issues"]

    np.savez("p.npz", **{str(i): p for i, p in enumerate(probs)})
    last = [np.moveaxis(p, 0, 2) for p in probs]
    write(folder / "last", last, ".npy")
    for source in ("p.npz", "last"):
        again = found_by(capsys, "--pred-probs", source)["checks"][0]["issues"]
        assert [i["key"] for i in again] == [i["key"] for i in issues]

    np.save("m.npy", np.stack(given))
    np.save("p.npy", np.stack(probs))
    assert run(["audit", "m.npy", "--task", "masks", "--pred-probs", "p.npy"]) == 0
    said = capsys.readouterr().out
    assert "wrong region: " in said
    assert run(["audit", "v1", "--pred-probs", "p.npy", "--html", "r.html"]) == 0
    assert "10 region 1" in (folder / "r.html").read_text()
    capsys.readouterr()
    assert run(["improve", "m.npy", "--task", "masks"]) == 2
    assert "Use tilth audit" in capsys.readouterr().err
    data = tilth.read("m.npy", task="masks")
    found = tilth.audit(data, pred_probs=probs, select=["label_errors"])
    assert len(found["label_errors"]) == len(issues)
    assert len(found.outcomes["label_errors"].table) == len(issues) + N


def test_without_probabilities_the_check_says_what_it_needs(folder, capsys):
    write(folder / "masks", masks_and_probs()[0])
    assert run(["audit", "masks", "--task", "masks"]) == 0
    assert "give them with --pred-probs" in capsys.readouterr().out


def test_images_without_probabilities_are_not_judged_and_counted(folder, capsys):
    given, probs = masks_and_probs()
    write(folder / "masks", given)
    np.savez("p.npz", **{str(i): probs[i] for i in range(N) if i != 10})
    (check,) = found_by(capsys, "--pred-probs", "p.npz")["checks"]
    assert {issue["key"].split()[0] for issue in check["issues"]} == {"2"}
    assert check["facts"]["n_examples_without_predictions"] == 1
    assert "1 images without probabilities" in check["cut"]


def test_black_and_white_masks_and_grey_probabilities_are_of_two_classes(folder, capsys):
    given, probs = masks_and_probs()
    write(folder / "masks", [(mask == 1) * 255 for mask in given])
    write(folder / "probs", [np.rint(p[1] * 255) for p in probs])
    document = found_by(capsys, "--pred-probs", "probs", "--classes", "ground,cell")
    issues = document["checks"][0]["issues"]
    assert {issue["key"].split()[0] for issue in issues} == {"2", "10"}
    assert {issue["given"] for issue in issues} <= {"ground", "cell"}
    data = tilth.read("masks", task="masks")
    assert data.schema.class_ids == (0, 255)


def test_pixels_of_255_beside_classes_say_nothing(folder):
    given, _ = masks_and_probs()
    given[0][:5] = 255
    write(folder / "masks", given)
    data = tilth.read("masks", task="masks")
    assert data.classes.tolist() == ["0", "1", "2"]
    assert any("255 in 1 masks" in note for note in data.notes)
    codes = Signals(data, PROVIDERS)["given_masks"].codes(0)
    assert (codes[:5] == -1).all()
    assert (codes[5:] == given[0][5:]).all()
    more = tilth.read("masks", task="masks", classes=["a", "b", "c", "d"])
    assert more.classes.tolist() == ["a", "b", "c", "d"]


def test_names_are_in_the_order_people_count_and_other_files_are_left_alone(folder):
    write(folder / "masks", masks_and_probs()[0])
    (folder / "masks" / "notes.txt").write_text("x")
    data = tilth.read("masks", task="masks")
    assert data.example_id.tolist() == [str(i) for i in range(N)]
    again = tilth.read("masks", task="masks")
    assert again.version_id == data.version_id
    Image.fromarray(np.ones((48, 48), np.uint8)).save("masks/3.png")
    assert tilth.read("masks", task="masks").version_id != data.version_id
    with pytest.raises(UnreadableDataError, match='"3" is not what it was'):
        Signals(data, PROVIDERS)["given_masks"].codes(3)


def palette(path):
    image = Image.fromarray(np.eye(8, dtype=np.uint8))
    image.putpalette([0, 0, 0, 200, 30, 30])
    image.save(path)


def test_palettes_are_not_applied(folder):
    (folder / "masks").mkdir()
    palette("masks/a.png")
    data = tilth.read("masks", task="masks")
    assert (Signals(data, PROVIDERS)["given_masks"].codes(0) == np.eye(8)).all()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: None, "no file in it ends in .png"),
        (lambda: Image.new("RGB", (4, 4)).save("masks/a.png"), "has 3 channels"),
        (lambda: np.save("masks/a.npy", np.zeros((4, 4))), "whole numbers, got float64"),
        (lambda: np.save("masks/a.npy", np.zeros(4, int)), r"\(height, width\), got \(4,\)"),
        (lambda: np.save("masks/a.npy", np.full((4, 4), -1)), "0 or more, got -1"),
        (lambda: np.save("masks/a.npy", np.full((4, 4), 900)), "colours or numbers of objects"),
        (lambda: np.save("masks/a.npy", np.array([[None]])), "is damaged: Array"),
        (lambda: Path("masks/a.png").write_bytes(b"\x89PNG nothing"), "is damaged: cannot"),
        (lambda: [palette("masks/a.png"), palette("masks/a.gif")], 'two files are called "a"'),
    ],
)  # fmt: skip
def test_what_are_no_masks_is_refused(folder, make, said):
    (folder / "masks").mkdir()
    make()
    with pytest.raises(UnreadableDataError, match=said):
        tilth.read("masks", task="masks")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("gone", "no such file or folder"),
        ("t.csv", "as a folder of"),
        ("flat.npy", "an array per image"),
    ],
)
def test_sources_that_hold_no_masks_are_refused(folder, source, said):
    (folder / "t.csv").write_text("a\n1\n")
    np.save("flat.npy", np.zeros((4, 4), int))
    with pytest.raises(UnreadableDataError, match=said):
        tilth.read(source, task="masks")
    with pytest.raises(InvalidInputError, match="from a folder or a file, got dict"):
        tilth.read({"a": [1]}, task="masks")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p[:-1], "must have one array per mask\ncause: got 11 for 12 masks"),
        (lambda p: p[:, :2], r"must be of shape \(3, height, width\)"),
        (lambda p: p[:, :, :40], 'Of the image "0"'),
        (lambda p: p * 2, "sum to 1 at every pixel"),
        (lambda p: (p > 0.5).astype(float), "look in-sample"),
    ],
)
def test_probabilities_that_do_not_fit_the_masks_are_refused(folder, capsys, change, said):
    given, probs = masks_and_probs()
    if "in-sample" in said:
        probs = [probs_of(mask) for mask in given]
    np.save("m.npy", np.stack(given))
    np.save("p.npy", change(np.stack(probs)))
    assert run(["audit", "m.npy", "--task", "masks", "--pred-probs", "p.npy"]) in (2, 3)
    assert re.search(said, capsys.readouterr().err)


def test_a_stack_for_named_files_and_names_that_are_others_are_refused(folder, capsys):
    given, probs = masks_and_probs()
    write(folder / "masks", given)
    np.save("p.npy", np.stack(probs))
    command = ["audit", "masks", "--task", "masks", "--pred-probs"]
    assert run([*command, "p.npy"]) == 2
    assert "which comes first" in capsys.readouterr().err
    np.savez("p.npz", a=probs[0])
    assert run([*command, "p.npz"]) == 2
    assert "must be called as the masks are" in capsys.readouterr().err
    assert run([*command, "gone.npz"]) == 3
    assert "no such file" in capsys.readouterr().err
    assert run(["audit", "masks", "--task", "masks", "--classes", "a,b"]) == 2
    assert "0 to 2 in order" in capsys.readouterr().err
