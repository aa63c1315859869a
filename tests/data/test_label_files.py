"""Labels and probabilities in files of any kind, read some rows at a time."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tilth.data.label_files import open_label_files
from tilth.errors import InvalidInputError, UnreadableDataError

PROBS = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.1, 0.8], [0.3, 0.4, 0.3]])
CODES = np.array([0, 1, 2, 1])


@pytest.fixture
def put(tmp_path):
    """Return a function that writes an array in the format of its ending."""

    def write(name, array, **options):
        path = tmp_path / name
        match path.suffix:
            case ".npy":
                np.save(path, array)
            case ".npz":
                np.savez_compressed(path, array)
            case ".csv":
                pd.DataFrame(array).to_csv(path, index=False, **options)
            case ".tsv":
                pd.DataFrame(array).to_csv(path, index=False, sep="\t", **options)
            case ".parquet" if array.ndim == 2 and not options:
                flat = pa.array(array.ravel())
                lists = pa.FixedSizeListArray.from_arrays(flat, array.shape[1])
                pq.write_table(pa.table({"p": lists}), path)
            case ".parquet":
                names = options.get("header", ["label"])
                pd.DataFrame(array, columns=names).to_parquet(path)
        return str(path)

    return write


def opened(tmp_path, labels, pred_probs, **options):
    folder = tmp_path / "unpacked"
    folder.mkdir(exist_ok=True)
    return open_label_files(labels, pred_probs, folder, **options)


def all_of(files):
    rows = files.loader(0, len(files))()
    return rows.labels, rows.pred_probs


@pytest.mark.parametrize("ending", ["npy", "npz", "csv", "tsv", "parquet"])
@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_probabilities_of_any_format_are_the_same(tmp_path, put, ending, kind):
    probs = PROBS.astype(kind if ending in ("npy", "npz", "parquet") else "f8")
    files = opened(tmp_path, put("y.npy", CODES), put(f"p.{ending}", probs))
    labels, pred_probs = all_of(files)
    np.testing.assert_array_equal(labels, CODES)
    np.testing.assert_array_equal(pred_probs, probs)
    assert pred_probs.dtype == probs.dtype
    assert files.n_classes == 3


@pytest.mark.parametrize("name", ["y.npy", "y.npz", "y.csv", "y.parquet"])
@pytest.mark.parametrize("kind", ["i8", "u1", "f8"])
def test_codes_of_any_format_are_columns(tmp_path, put, name, kind):
    files = opened(tmp_path, put(name, CODES.astype(kind)), put("p.npy", PROBS))
    np.testing.assert_array_equal(all_of(files)[0], CODES)
    assert files.classes.tolist() == [0, 1, 2]
    assert "0 is the first column" in files.notes[-1]


@pytest.mark.parametrize("name", ["y.npy", "y.csv", "y.parquet"])
def test_names_are_sorted_and_that_is_said(tmp_path, put, name):
    files = opened(
        tmp_path, put(name, np.array(["cat", "dog", "yak", "dog"])), put("p.npy", PROBS)
    )
    np.testing.assert_array_equal(all_of(files)[0], CODES)
    assert files.classes.tolist() == ["cat", "dog", "yak"]
    assert files.notes[-1].startswith("Class names were sorted: cat is the first column")


def test_whole_numbers_that_are_no_columns_are_names(tmp_path, put):
    files = opened(tmp_path, put("y.npy", CODES * 10 + 5), put("p.npy", PROBS))
    np.testing.assert_array_equal(all_of(files)[0], CODES)
    assert files.classes.tolist() == [5, 15, 25]


def test_columns_called_like_the_classes_are_matched_by_name(tmp_path, put):
    names = ["yak", "cat", "dog"]
    for ending in ("csv", "parquet"):
        files = opened(
            tmp_path,
            put("y.csv", np.array(["cat", "dog", "dog", "cat"])),  # no yak
            put(f"p.{ending}", PROBS, header=names),
        )
        assert all_of(files)[0].tolist() == [1, 2, 2, 1]
        assert files.classes.tolist() == names


def test_the_names_of_the_columns_may_be_said(tmp_path, put):
    labels = put("y.csv", np.array(["cat", "dog", "dog", "cat"]))
    probs = put("p.npy", PROBS)
    files = opened(tmp_path, labels, probs, classes=["yak", "cat", "dog"])
    assert all_of(files)[0].tolist() == [1, 2, 2, 1]
    assert "yak is the first column" in files.notes[-1]
    for wrong in (["cat", "dog"], ["cat", "dog", "dog"]):
        with pytest.raises(InvalidInputError, match="each of the 3 columns"):
            opened(tmp_path, labels, probs, classes=wrong)
    for kind in ("i8", "f8"):
        files = opened(
            tmp_path, put("y.npy", CODES.astype(kind)), probs, classes=["c", "a", "b"]
        )
        assert files.classes[all_of(files)[0]].tolist() == ["c", "a", "b", "a"]
    labels = put("y.csv", np.array(["cat", "dog", "hen", "cat"]))
    with pytest.raises(InvalidInputError, match=r"got 3 \(cat, dog, hen\)"):
        opened(tmp_path, labels, probs, classes=["yak", "cat", "dog"])


def test_a_csv_without_header_is_read_as_one_where_that_is_said(tmp_path, put):
    labels, probs = put("y.csv", CODES, header=False), put("p.csv", PROBS, header=False)
    files = opened(tmp_path, labels, probs, has_header=False)
    np.testing.assert_array_equal(all_of(files)[0], CODES)
    assert len(files) == 4


def test_rows_are_read_from_where_they_are(tmp_path, put):
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(5), 1000).astype("f4")
    labels = rng.integers(0, 5, 1000)
    files = opened(tmp_path, put("y.npy", labels), put("p.npy", probs))
    rows = files.loader(300, 420)()
    np.testing.assert_array_equal(rows.labels, labels[300:420])
    np.testing.assert_array_equal(rows.pred_probs, probs[300:420])


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", ">f4", ">f8"])
def test_columns_one_after_the_other_are_read_row_by_row(tmp_path, put, kind):
    rng = np.random.default_rng(0)
    probs = np.asfortranarray(rng.dirichlet(np.ones(5), 1000).astype(kind))
    path = put("p.npy", probs)
    assert np.load(path).flags.f_contiguous
    files = opened(tmp_path, put("y.npy", rng.integers(0, 5, 1000).astype(">i2")), path)
    _, pred_probs = all_of(files)
    np.testing.assert_array_equal(pred_probs, probs)
    np.testing.assert_array_equal(files.loader(300, 420)().pred_probs, probs[300:420])
    assert pred_probs.dtype.isnative


@pytest.mark.parametrize("kind", ["S3", "U3", "?"])
def test_text_and_truths_are_names(tmp_path, put, kind):
    names = np.array(["cat", "dog", "yak"] if kind != "?" else [False, True]).astype(kind)
    probs = PROBS[:, : len(names)]
    files = opened(tmp_path, put("y.npy", names[CODES % len(names)]), put("p.npy", probs))
    assert files.loader(0, 4)().labels.tolist() == (CODES % len(names)).tolist()


def test_a_row_that_is_wrong_is_named_by_its_place_in_the_file(tmp_path, put):
    probs = PROBS.copy()
    probs[3, 1] = np.nan
    files = opened(tmp_path, put("y.npy", CODES), put("p.npy", probs))
    with pytest.raises(InvalidInputError, match="row 3 is not"):
        files.loader(2, 4)()


def test_unpacking_is_told_of(tmp_path, put):
    told = []
    opened(tmp_path, put("y.csv", CODES), put("p.parquet", PROBS), on_rows=told.append)
    assert sum(told) == 8


@pytest.mark.parametrize(
    ("labels", "probs", "error", "message"),
    [
        (CODES[:3], PROBS, InvalidInputError, "4 rows for 3 labels. Rows dropped"),
        (
            np.array(["a", "b", "a", "b"]),
            PROBS,
            InvalidInputError,
            r"got 2 \(a, b\). Save codes",
        ),
        (np.array([0, 1, np.nan, 2]), PROBS, InvalidInputError, "row 2 has none"),
        (CODES[:, None] * np.ones(2), PROBS, InvalidInputError, "in one dimension"),
        (CODES, PROBS[:, 0], InvalidInputError, "must be floats of shape"),
        (CODES, PROBS.astype(int), InvalidInputError, "must be floats of shape"),
        (CODES, PROBS.astype(complex), InvalidInputError, "must be floats of shape"),
        (CODES, PROBS[..., None], InvalidInputError, "must be floats of shape"),
        (CODES, PROBS[:2], InvalidInputError, "2 rows for 4 labels"),
        (CODES - 5, PROBS[:, :2], InvalidInputError, r"got 3 \(-5, -4, -3\)"),
        (CODES.astype(object), PROBS, InvalidInputError, "got Python objects"),
        (CODES.astype("M8[D]"), PROBS, InvalidInputError, "codes or names of classes"),
        (CODES[:0], PROBS[:0], UnreadableDataError, "it holds no labels"),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path, put, labels, probs, error, message):
    with pytest.raises(error, match=message):
        opened(tmp_path, put("y.npy", labels), put("p.npy", probs))


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("gone.npy", None, UnreadableDataError, "there is no such file"),
        (
            "p.txt",
            b"0.5",
            InvalidInputError,
            "must end in .npy, .npz, .parquet, .csv, .tsv",
        ),
        ("p.npy", b"nothing", UnreadableDataError, "Cannot read"),
        ("p.npz", b"nothing", UnreadableDataError, "Cannot read"),
        ("p.parquet", b"nothing", UnreadableDataError, "Cannot read"),
        ("p.csv", b"a,b\n0.5,0.5\nx,0.5\n", InvalidInputError, 'got string in column "a"'),
    ],
)
def test_what_is_no_array_is_refused(tmp_path, put, name, content, error, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=message):
        opened(tmp_path, put("y.npy", CODES), str(path))


def test_a_file_that_was_cut_off_is_named(tmp_path, put):
    path = put("p.npy", PROBS)
    with Path(path).open("r+b") as file:
        file.truncate(200)
    with pytest.raises(UnreadableDataError, match=r"224 bytes for an array .* it has 200"):
        opened(tmp_path, put("y.npy", CODES), path)


def test_a_csv_of_labels_with_a_gap_or_two_columns_is_refused(tmp_path, put):
    probs = put("p.npy", PROBS)
    (tmp_path / "gap.csv").write_text("label\na\nb\n\nc\n")
    (tmp_path / "two.csv").write_text("a,b\n1,2\n1,2\n1,2\n1,2\n")
    with pytest.raises(InvalidInputError, match="one column of labels, got 2"):
        opened(tmp_path, str(tmp_path / "two.csv"), probs)
    with pytest.raises(InvalidInputError, match=r"4 rows for 3 labels|row 2 has none"):
        opened(tmp_path, str(tmp_path / "gap.csv"), probs)


def test_an_archive_of_two_arrays_is_refused(tmp_path, put):
    np.savez(tmp_path / "two.npz", a=PROBS, b=PROBS)
    with pytest.raises(InvalidInputError, match=r"one array, got a.npy, b.npy"):
        opened(tmp_path, put("y.npy", CODES), str(tmp_path / "two.npz"))
