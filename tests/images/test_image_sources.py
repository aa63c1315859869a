"""Images in: folders, tables of paths, encoded bytes, arrays; and what is left out."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tilth.data import read, read_like, write
from tilth.data.images import Images, encoded
from tilth.edits.apply import apply_edits
from tilth.edits.edit import Edit, Reason, no_targets
from tilth.edits.invert import invert_all
from tilth.errors import InvalidInputError, UnreadableDataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def _png(color: Any = "red", size: tuple[int, int] = (8, 8), mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, color).save(file, "PNG")
    return file.getvalue()


def _bomb(side: int) -> bytes:
    """Return a PNG that says it is `side` pixels wide and high, and holds nothing."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(body))
        + kind
        + body
        + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _put(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def test_a_folder_is_read_with_its_class_folders(folder: Path) -> None:
    data = read(folder)
    assert data.schema.image == "image"
    assert data.schema.label == "label"
    assert len(data) == 120
    assert data.example_id[0] == "tall/001.png"
    assert list(data.classes) == ["tall", "wide"]
    assert data.given[0] == "tall"
    assert data.notes[0] == "120 images in 2 folders; the name of the folder is the label."


def test_folders_above_are_passed_through_and_deeper_ones_belong_to_their_class(
    tmp_path: Path,
) -> None:
    names = ["data/images/cat/a.png", "data/images/cat/old/b.png", "data/images/dog/c.PNG"]
    data = read(
        _put(
            tmp_path,
            {n: _png(c) for n, c in zip(names, ["red", "blue", "lime"], strict=True)},
        )
    )
    assert data.given.tolist() == ["cat", "cat", "dog"]
    assert data.example_id.tolist() == names


def test_images_beside_the_class_folders_have_no_label(tmp_path: Path) -> None:
    files = {"a.png": _png("red"), "cat/b.png": _png("blue"), "dog/c.png": _png("lime")}
    assert read(_put(tmp_path, files)).given.tolist() == [None, "cat", "dog"]


def test_a_flat_folder_has_no_labels(tmp_path: Path) -> None:
    data = read(_put(tmp_path, {"a.png": _png("red"), "b.jpg": _png("blue")}))
    assert data.schema.label is None
    assert "No label column is known" in data.notes[-1]


def test_what_is_no_image_is_left_out_and_told(tmp_path: Path) -> None:
    files = {
        "cat/a.png": _png("red"), "dog/b.png": _png("blue"), "truth.csv": b"file\n",
        "cat/notes.txt": b"x", "cat/pic.svg": b"<svg onload='x()'/>", "cat/.hidden.png": _png(),
        "cat/empty.png": b"", "dog/noise.jpg": b"\xff\xd8\xffnothing", "dog/bomb.png": _bomb(20_000),
    }  # fmt: skip
    data = read(_put(tmp_path, files))
    assert data.example_id.tolist() == ["cat/a.png", "dog/b.png"]
    said = " ".join(data.notes)
    assert (
        "3 images could not be opened and were left out: cat/empty.png, dog/bomb.png"
        in said
    )
    assert "Files that are no images were left out: 1 .csv, 1 .svg, 1 .txt." in said


def test_links_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    secret = _put(tmp_path / "outside", {"secret.png": _png("black")}) / "secret.png"
    root = _put(tmp_path / "in", {"cat/a.png": _png("red"), "dog/b.png": _png("blue")})
    (root / "cat" / "c.png").symlink_to(secret)
    (root / "elsewhere").symlink_to(secret.parent)
    (root / "dog" / "same.png").symlink_to(root / "cat" / "a.png")
    data = read(root)
    assert data.example_id.tolist() == ["cat/a.png", "dog/b.png", "dog/same.png"]
    assert "1 links that lead out of the folder were left out." in data.notes


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"a.txt": b"x"}, r"holds no image \(1 other files\)\. Give a folder"),
        ({"a.csv": b"x\n1\n"}, r"several with a quoted pattern: '.*/\*\.csv'"),
        ({"a.png": b"no"}, "none of its 1 images can be opened, the first is a.png"),
        (
            {"train/cat/a.png": _png(), "test/cat/b.png": _png()},
            r"folders test, train are splits, not classes\. Name one: .*train --test .*test",
        ),
    ],
)
def test_folders_that_are_no_dataset_are_told(
    tmp_path: Path, files: dict[str, bytes], sentence: str
) -> None:
    with pytest.raises(UnreadableDataError, match=sentence):
        read(_put(tmp_path, files))


def test_classes_called_train_and_plane_are_classes(tmp_path: Path) -> None:
    files = {"train/a.png": _png("red"), "plane/b.png": _png("blue")}
    assert list(read(_put(tmp_path, files)).classes) == ["plane", "train"]


# -- tables


def _table(root: Path, **columns: Any) -> Path:
    pd.DataFrame(columns).to_csv(root / "t.csv", index=False)
    return root / "t.csv"


def test_a_column_of_paths_is_found_and_said(tmp_path: Path) -> None:
    _put(tmp_path, {f"pics/{i}.png": _png((i, 0, 0)) for i in range(4)})
    path = _table(tmp_path, file=[f"pics/{i}.png" for i in range(4)], label=list("abab"))
    data = read(path)
    assert data.schema.image == "file"
    assert [g.column for g in data.schema.guesses if g.role == "image"] == ["file"]
    assert data.example_id.tolist() == [0, 1, 2, 3]


def test_the_root_of_paths_can_be_named(tmp_path: Path) -> None:
    _put(tmp_path / "far", {f"{i}.png": _png((i, 0, 0)) for i in range(4)})
    (tmp_path / "near").mkdir()
    path = _table(
        tmp_path / "near", file=[f"{i}.png" for i in range(4)], label=list("abab")
    )
    plain = read(path)
    assert plain.schema.image is None
    assert any("name their folder with --image-root" in note for note in plain.notes)
    assert len(read(path, image_root=tmp_path / "far")) == 4
    with pytest.raises(UnreadableDataError, match=r"none of 4 can be opened; row 0"):
        read(path, image="file")


@pytest.mark.parametrize(
    "cell", ["../outside.png", "/etc/passwd", "a\0.png", "x" * 5_000 + ".png"]
)
def test_paths_that_leave_the_root_are_not_opened(tmp_path: Path, cell: str) -> None:
    _put(
        tmp_path, {"outside.png": _png(), "in/a.png": _png("red"), "in/b.png": _png("blue")}
    )
    table = pd.DataFrame({"file": ["a.png", "b.png", cell], "label": list("xyx")})
    table.to_parquet(tmp_path / "in" / "t.parquet")
    data = read(tmp_path / "in" / "t.parquet", image="file")
    assert data.example_id.tolist() == [0, 1]
    assert "1 rows were left out because their image cannot be opened" in " ".join(
        data.notes
    )


def test_weights_and_ids_stay_with_their_rows(tmp_path: Path) -> None:
    _put(tmp_path, {"a.png": _png("red"), "c.png": _png("blue")})
    path = _table(
        tmp_path,
        file=["a.png", "b.png", "c.png"],
        label=list("xyx"),
        sample_weight=[1, 2, 3],
    )
    data = read(path, image="file")
    assert data.example_id.tolist() == [0, 2]
    assert data.weights is not None
    assert data.weights.tolist() == [1.0, 3.0]


def test_a_column_of_numbers_is_no_column_of_images(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match='got "x", which holds int'):
        read(_table(tmp_path, x=[1, 2], label=["a", "b"]), image="x")


@pytest.mark.parametrize("form", ["bytes", "struct", "pillow", "arrays"])
def test_images_come_encoded_too(tmp_path: Path, form: str) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)
    contents = [encoded(image) for image in pixels]
    labels = list("abab")
    match form:
        case "bytes":
            source: Any = tmp_path / "t.parquet"
            pq.write_table(pa.table({"pic": contents, "label": labels}), source)
        case "struct":  # as Hugging Face stores them
            source = tmp_path / "t.parquet"
            structs = [
                {"bytes": content, "path": f"{i}.png"} for i, content in enumerate(contents)
            ]
            pq.write_table(pa.table({"pic": structs, "label": labels}), source)
        case "pillow":
            source = {"pic": [Image.fromarray(image) for image in pixels], "label": labels}
        case _:
            source = {"pic": pixels, "label": labels}
    data = read(source)
    assert data.schema.image == "pic"
    assert data.images is not None
    opened = [np.asarray(data.images.open(cell)) for cell in data.image_cells]
    np.testing.assert_array_equal(opened, pixels)


# -- what an image is


def test_the_content_of_an_image_is_its_bytes_and_not_its_path(tmp_path: Path) -> None:
    files = {"cat/a.png": _png("red"), "cat/b.png": _png("red"), "dog/c.png": _png("blue")}
    data = read(_put(tmp_path, files))
    assert data.content_hash[0] == data.content_hash[1] != data.content_hash[2]
    (tmp_path / "cat" / "a.png").rename(tmp_path / "cat" / "z.png")
    again = read(tmp_path)
    assert sorted(again.row_hash) == sorted(data.row_hash)
    assert again.version_id != data.version_id


def test_a_file_that_changed_is_refused_where_it_is_opened(tmp_path: Path) -> None:
    data = read(_put(tmp_path, {"cat/a.png": _png("red"), "dog/b.png": _png("blue")}))
    (tmp_path / "cat" / "a.png").write_bytes(_png("black"))
    assert data.images is not None
    with pytest.raises(UnreadableDataError, match="is not what it was"):
        data.images.open("cat/a.png")
    assert read(tmp_path).version_id != data.version_id


def test_every_image_is_read_off_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = read(_put(tmp_path, {"cat/a.png": _png("red"), "dog/b.png": _png("blue")}))
    assert data.images is not None
    cache: dict[str, Any] = {}
    data.images.cache = cache
    first = data.images.pixels(data.image_cells)
    assert len(cache) == 1
    monkeypatch.setattr(
        "tilth.data.images._decoded", None
    )  # nothing is decoded from here on
    part = data.rows(np.array([1]))
    assert part.images is not None
    np.testing.assert_array_equal(
        part.images.pixels(part.image_cells).measures, first.measures[1:]
    )
    again = read(tmp_path)
    assert again.images is not None
    again.images.cache = cache
    np.testing.assert_array_equal(
        again.images.pixels(again.image_cells).thumbnails, first.thumbnails
    )


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (Image.new("L", (4, 4), 100), (100, 100, 100)),
        (Image.new("RGBA", (4, 4), (9, 9, 9, 0)), (255, 255, 255)),  # on white
        (Image.new("LA", (4, 4), (9, 0)), (255, 255, 255)),
        (Image.new("1", (4, 4), 1), (255, 255, 255)),
        (Image.new("P", (4, 4), 0), (0, 0, 0)),
        (Image.fromarray(np.full((4, 4), 32_768, dtype=np.uint16)), (127, 127, 127)),
    ],
)
def test_every_mode_becomes_red_green_and_blue(
    made: Image.Image, expected: tuple[int, int, int]
) -> None:
    file = io.BytesIO()
    made.save(file, "PNG")
    opened = Images().open(file.getvalue())
    assert opened.mode == "RGB"
    assert opened.getpixel((1, 1)) == expected


def test_an_image_that_breaks_off_is_kept_and_marked(tmp_path: Path) -> None:
    noise = encoded(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    files = {"cat/a.png": noise[: len(noise) // 2], "dog/b.png": noise}
    data = read(_put(tmp_path, files))
    assert data.images is not None
    pixels = data.images.pixels(data.image_cells)
    assert pixels.broken.tolist() == [True, False]
    assert data.images.open("cat/a.png").size == (64, 64)


# -- outputs


def test_a_table_of_paths_reads_back_as_the_same_images(folder: Path) -> None:
    data = read(folder)
    roots = {folder.parent: None, folder: None, folder / "wide": folder}
    for place, root in roots.items():
        for ending in ("csv", "jsonl", "parquet"):
            path = place / f"out.{ending}"
            write(data, path)
            again = read(path, label="label", image_root=root)
            np.testing.assert_array_equal(again.row_hash, data.row_hash)
            path.unlink()


def test_encoded_images_go_to_parquet_alone(
    tmp_path: Path, bars: tuple[NDArray[np.uint8], NDArray[np.object_]]
) -> None:
    data = read({"pic": bars[0][:6], "label": bars[1][:6]})
    write(data, tmp_path / "out.parquet")
    assert (read(tmp_path / "out.parquet").row_hash == data.row_hash).all()
    with pytest.raises(InvalidInputError, match=r"Name a \.parquet file"):
        write(data, tmp_path / "out.csv")


def test_a_second_source_is_read_to_fit_the_first(folder: Path, tmp_path: Path) -> None:
    data = read(folder)
    path = _table(tmp_path, image=["bars/wide/000.png"], label=["wide"], extra=[1])
    test = read_like(path, data)
    assert test.schema.image == "image"
    assert test.row_hash.tolist() == [data.row_hash[data.example_id == "wide/000.png"][0]]
    assert len(read_like(folder, data)) == 120


def test_without_the_column_of_images_data_are_a_table_and_undo_brings_them_back(
    folder: Path,
) -> None:
    data = read(folder)
    size = np.arange(len(data), dtype=np.float64)
    data = replace(data, table=data.table.assign(size=size))
    why = Reason("column_problems", "drop_column", "a test")
    edit = Edit("drop_column", no_targets(), why, column=data.schema.image)
    without = apply_edits(data, [edit])
    assert without.schema.image is None
    assert list(without.inputs.columns) == ["size"]
    assert len(np.unique(without.content_hash)) == len(data)
    again = apply_edits(without, invert_all([edit], data))
    assert again.version_id == data.version_id
