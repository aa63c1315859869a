"""Images in reports: small, upright, drawn again, harmless whatever the file holds."""

from __future__ import annotations

import base64
import io
import json
import re
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from tests.report.runs import outcomes_of, run_of

from tilth import audit, read
from tilth.data.images import Images, image_size
from tilth.report.contents import Run
from tilth.report.made import made
from tilth.report.thumbnails import SIDE, thumbnail
from tilth.report.write import MAX_BYTES_IMAGES, report_text

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SECRET = "taken at home by ada"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (r) file\n"


def _file(image: Image.Image, fmt: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, fmt, **options)
    return file.getvalue()


def _noise(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def _shown(content: bytes) -> Image.Image:
    address = thumbnail(Images(), content)
    assert address is not None
    kind, _, data = address.partition(",")
    assert re.fullmatch(r"data:image/(png|jpeg);base64", kind)
    file = base64.b64decode(data)
    assert len(file) < 30_000
    assert SECRET.encode() not in file
    image = Image.open(io.BytesIO(file))
    assert max(image.size) <= SIDE
    return image


def _bomb() -> bytes:
    """Return a PNG of a few kilobytes that says it holds 400 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data))
            + kind
            + data
            + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(1_000_000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
    )


def test_a_small_image_keeps_every_pixel() -> None:
    pixels = _noise(32, 40, 3)
    assert np.array_equal(np.asarray(_shown(_file(Image.fromarray(pixels)))), pixels)


def test_a_large_image_is_shown_small_in_its_shape() -> None:
    assert _shown(_file(Image.fromarray(_noise(600, 1200, 3)))).size == (160, 80)
    assert _shown(_file(Image.fromarray(_noise(600, 1200, 3)), "JPEG")).size == (160, 80)


@pytest.mark.parametrize("shape", [(1, 3000, 3), (3000, 1, 3), (1, 1, 3)])
def test_the_thinnest_image_is_still_one(shape: tuple[int, ...]) -> None:
    assert min(_shown(_file(Image.fromarray(_noise(*shape)))).size) >= 1


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"]
)
def test_images_of_every_mode_are_shown(mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(_noise(60, 60).astype(np.uint16) * 257)
    elif mode in "IF":
        image = Image.fromarray(
            _noise(60, 60).astype(np.int32 if mode == "I" else np.float32)
        )
    else:
        image = Image.fromarray(_noise(60, 60, 3)).convert(mode)
    content = _file(image, "TIFF" if mode in {"I", "F", "CMYK"} else "PNG")
    assert _shown(content).mode == "RGB"


@pytest.mark.parametrize("fmt", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_picture_is_shown(fmt: str) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue", "lime")]
    content = _file(frames[0], fmt, save_all=True, append_images=frames[1:])
    shown = _shown(content)
    assert getattr(shown, "n_frames", 1) == 1
    assert np.asarray(shown)[32, 32, 0] > 240


def test_an_image_is_shown_upright_as_its_camera_says() -> None:
    pixels = np.zeros((40, 20, 3), dtype=np.uint8)
    pixels[:10] = 255  # the sky
    for orientation, turn in ((3, 2), (6, 1), (8, 3)):
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x013B] = SECRET
        stored = Image.fromarray(np.rot90(pixels, turn).copy())
        for fmt in ("PNG", "TIFF"):
            assert np.array_equal(np.asarray(_shown(_file(stored, fmt, exif=exif))), pixels)


def test_broken_exif_breaks_no_image() -> None:
    content = _file(
        Image.new("RGB", (64, 64), "red"), "JPEG", exif=b"Exif\0\0no such thing"
    )
    assert np.asarray(_shown(content))[32, 32, 0] > 240


def test_nothing_but_pixels_is_passed_on() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", SECRET)
    picture = Image.fromarray(_noise(100, 100, 3))
    _shown(_file(picture, pnginfo=notes, icc_profile=SECRET.encode()))
    _shown(_file(picture, "JPEG", comment=SECRET.encode(), icc_profile=SECRET.encode()))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x89PNG\r\n\x1a\n", SVG, POSTSCRIPT, b"<html><script>alert(1)</script>", _bomb(),
        _file(Image.fromarray(_noise(64, 64, 3)))[:2_000], b"GIF89a" + bytes(40), b"RIFF" + bytes(90),
        b"II*\0" + b"\xff" * 60,
    ],
)  # fmt: skip
def test_what_is_no_whole_image_is_not_shown(content: bytes) -> None:
    assert thumbnail(Images(), content) is None


def test_formats_that_other_programs_run_are_no_images() -> None:
    assert image_size(POSTSCRIPT) is None
    assert image_size(_file(Image.new("RGB", (9, 9)), "PDF")) is None


@pytest.mark.parametrize("cell", ["gone.png", "../outside.png", "a\0b.png", "x" * 5_000])
def test_a_file_that_cannot_be_opened_is_not_shown(tmp_path: Path, cell: str) -> None:
    assert thumbnail(Images(tmp_path), cell) is None


def _run(folder: Path) -> Run:
    data = read(folder)
    found = audit(data, select=["label_errors", "near_duplicates", "image_problems"])
    return Run(data, found.outcomes, made(data, command="tilth audit bars", seed=0))


def test_a_report_shows_images_with_words_for_those_who_do_not_see_them(
    folder: Path,
) -> None:
    Image.fromarray(_noise(32, 32, 3) // 64).save(folder / "tall" / "dark.png")
    dark = folder / "tall" / "x\"><script>alert('1')<.png"
    Image.new("RGB", (32, 32), "black").save(dark)
    run = _run(folder)
    text = report_text(run)
    assert len(text.encode()) < MAX_BYTES_IMAGES
    pictures = re.findall(
        r'<img class="[^"]+" src="data:image/png;base64,[^"]+" alt="([^"]+)">', text
    )
    assert text.count("<img") == len(pictures) > 0
    assert any(words.startswith("image tall/dark.png, given tall") for words in pictures)
    assert "<script>alert" not in text
    document = json.loads(report_text(run, "json"))
    (check,) = (c for c in document["checks"] if c["name"] == "image_problems")
    assert check["issues"][0]["examples"][0]["image"].startswith("data:image/png")
    assert "tall/dark.png" in report_text(run, "md")
    assert "data:image" not in report_text(run, "md")


def test_a_redacted_report_holds_no_image(folder: Path) -> None:
    Image.new("RGB", (32, 32), "black").save(folder / "tall" / "dark.png")
    for fmt in ("html", "md", "json"):
        text = report_text(_run(folder), fmt, redacted=True)
        assert "data:image" not in text
        assert "dark.png" not in text


def test_a_report_outlives_the_images(folder: Path) -> None:
    Image.new("RGB", (32, 32), "black").save(folder / "tall" / "dark.png")
    run = _run(folder)
    (folder / "tall" / "dark.png").unlink()
    assert "image cannot be shown" in report_text(run)


def test_many_large_images_stay_within_the_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cells = [
        _file(Image.fromarray(_noise(200, 200, 3) + np.uint8(i)), "JPEG") for i in range(24)
    ]
    data = read({"pic": cells, "label": ["good", "bad"] * 12}, label="label")
    outcomes = outcomes_of(data)
    del outcomes["label_patterns"]
    run = run_of(data, outcomes=outcomes)
    whole = report_text(run)
    assert whole.count("<img") > 6
    monkeypatch.setattr("tilth.report.write.MAX_BYTES_IMAGES", len(whole) - 1)
    assert len(report_text(run)) < len(whole)
