"""Boxes from files: COCO's annotations and results, hostile ones, the command line."""

import copy
import gzip
import json
import re
from pathlib import Path

import numpy as np
import pytest

import tilth
from tilth.cli.app import run
from tilth.data.read import read_like
from tilth.errors import InvalidInputError, UnreadableDataError
from tilth.signals import PROVIDERS
from tilth.signals.signals import Signals

N = 24


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    return tmp_path


def annotations():
    """Images with a cat each and a dog in every third."""
    images = [
        {"id": 100 + i, "file_name": f"{i}.jpg", "width": 100, "height": 80}
        for i in range(N)
    ]
    boxes = [
        {"id": 2 * i, "image_id": 100 + i, "category_id": 7, "bbox": [10, 10 + i, 30, 30]}
        for i in range(N)
    ] + [
        {"id": 2 * i + 1, "image_id": 100 + i, "category_id": 3, "bbox": [60, 5, 30, 40]}
        for i in range(0, N, 3)
    ]
    names = [{"id": 7, "name": "cat"}, {"id": 3, "name": "dog"}, {"id": 9, "name": "cow"}]
    return {"images": images, "annotations": boxes, "categories": names}


def results(document, score=0.9):
    return [
        {
            "image_id": a["image_id"],
            "category_id": a["category_id"],
            "bbox": [a["bbox"][0] + 1, *a["bbox"][1:]],
            "score": score,
        }
        for a in document["annotations"]
    ]


def with_errors():
    """The annotations with five errors, and predictions for the right ones."""
    document = annotations()
    predictions = results(document)
    boxes = document["annotations"]
    boxes[5]["category_id"] = 3
    boxes[8]["bbox"] = [25, 30, 30, 30]
    boxes[11]["bbox"] = [10, 21, 30, -4]
    boxes.append({"id": 999, "image_id": 104, "category_id": 7, "bbox": [10, 14, 30, 30]})
    del boxes[2]
    return document, predictions


def write(name, document):
    Path(name).write_text(json.dumps(document))


def test_annotations_read_as_one_row_per_image(folder):
    write("a.json", annotations())
    data = tilth.read("a.json")
    assert (data.schema.task, data.schema.label, data.schema.id) == (
        "boxes",
        "boxes",
        "image_id",
    )
    assert data.classes.tolist() == ["dog", "cat", "cow"]
    assert data.schema.class_ids == (3, 7, 9)
    assert len(data) == N
    given = Signals(data, PROVIDERS)["given_boxes"]
    assert given.boxes.offsets[:4].tolist() == [0, 2, 3, 4]
    assert given.boxes.labels[:3].tolist() == [1, 0, 1]
    assert given.ids[:3].tolist() == [0, 1, 2]
    np.testing.assert_array_equal(given.boxes.places[1], [60, 5, 30, 40])
    assert any("32 boxes in 24 images" in note for note in data.notes)
    assert tilth.read(annotations()).version_id == data.version_id
    with gzip.open("a.json.gz", "wt") as file:
        json.dump(annotations(), file, indent=2)
    assert tilth.read("a.json.gz", task="boxes").version_id == data.version_id
    again = tilth.read(data, task="boxes")
    assert again.version_id == data.version_id
    assert again.schema.class_ids == (3, 7, 9)
    assert read_like("a.json", data).version_id == data.version_id


def test_other_json_is_read_as_before(folder):
    write(
        "t.json", [{"images": "x", "annotations": [1]}, {"images": "y", "annotations": [2]}]
    )
    assert tilth.read("t.json").schema.task != "boxes"


def test_names_that_repeat_and_numbers_that_are_missing_are_told_apart(folder):
    document = annotations()
    document["categories"][2]["name"] = "cat"
    for box in document["annotations"]:
        del box["id"]
    data = tilth.read(document)
    assert data.classes.tolist() == ["dog", "cat (7)", "cat (9)"]
    assert Signals(data, PROVIDERS)["given_boxes"].ids[:3].tolist() == [0, N, 1]


def changed(path, value):
    document = annotations()
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (changed(["annotations", 4, "category_id"], 99), "annotation 8 has category_id 99"),
        (changed(["annotations", 4, "image_id"], [1]), r"annotation 8 has image_id \[1\]"),
        (changed(["annotations", 4, "bbox"], [1, 2, 3]), r"annotation 8 must have a bbox"),
        (changed(["annotations", 4, "bbox"], [1, 2, 3, "4"]), "must have a bbox"),
        (changed(["annotations", 4, "bbox"], [1, 2, 3, float("nan")]), "must have a bbox"),
        (changed(["annotations", 4], None), "must have a bbox"),
        (changed(["annotations", 4, "bbox"], None), "got None"),
        (changed(["images", 1, "id"], 100), "got id 100 twice"),
        (changed(["images", 1], {}), "image number 1 has no id"),
        (changed(["images"], []), "got none"),
        (changed(["categories"], []), "names no categories"),
        (changed(["categories", 1, "id"], 7), "categories must have ids of their own"),
    ],
)
def test_annotations_that_contradict_themselves_are_refused(folder, document, said):
    write("a.json", document)
    with pytest.raises(UnreadableDataError, match=said):
        tilth.read("a.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (json.dumps(annotations())[:-40], "no complete JSON: .* in line 1"),
        (
            json.dumps(annotations())[:-1] + "[" * 100_000,
            "nested too deeply|no complete JSON",
        ),
    ],
)
def test_broken_files_are_refused_by_place(folder, text, said):
    (folder / "a.json").write_text(text)
    with pytest.raises(UnreadableDataError, match=said):
        tilth.read("a.json")


def test_what_is_not_coco_cannot_have_boxes(folder):
    (folder / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UnreadableDataError, match="format of COCO"):
        tilth.read("t.csv", task="boxes")
    write("t.json", {"images": []})
    with pytest.raises(UnreadableDataError, match="format of COCO"):
        tilth.read("t.json", task="boxes")
    write("a.json", annotations())
    with pytest.raises(InvalidInputError, match="names itself: dog, cat, cow"):
        tilth.read("a.json", classes=["cat"])


def test_planted_errors_are_named_by_image_and_box(folder, capsys):
    document, predictions = with_errors()
    write("a.json", document)
    write("p.json", predictions)
    command = ["audit", "a.json", "--predictions", "p.json", "--json"]
    assert run(command) == 0
    found = json.loads(capsys.readouterr().out)
    assert [c["name"] for c in found["checks"] if c["outcome"] == "failed"] == []
    check = next(c for c in found["checks"] if c["name"] == "label_errors")
    assert check["unit"] == "element"
    issues = {issue["key"]: issue for issue in check["issues"]}
    assert {key: issue["evidence"]["error"] for key, issue in issues.items()} == {
        "2.jpg missed 1": "missed",
        "4.jpg box 999": "repeated",
        "5.jpg box 10": "wrong class",
        "8.jpg box 16": "badly placed",
        "11.jpg box 22": "no size",
        "11.jpg missed 1": "missed",
    }
    assert issues["5.jpg box 10"]["suggested"] == "cat at 10, 15, 30, 30"
    assert issues["5.jpg box 10"]["example_ids"] == [105]
    assert found["facts"]["signal_model"] == "given predictions"
    assert found["facts"]["out_of_sample_recall"] == pytest.approx(29 / 32)
    assert found["dataset"]["classes"][0] == {"label": "cat", "n": 23}
    # The version the project keeps is judged alike, also with annotations as predictions.
    write("q.json", annotations() | {"annotations": predictions})
    assert (
        run(["audit", "v1", *command[2:3], "q.json", "--select", "label_errors", "--json"])
        == 0
    )
    again = json.loads(capsys.readouterr().out)["checks"][0]
    assert {issue["key"] for issue in again["issues"]} == set(issues)
    assert run([*command[:4], "--html", "r.html"]) == 0
    assert "5.jpg box 10" in (folder / "r.html").read_text()
    assert "6 elements, e.g. " in capsys.readouterr().out
    assert run(["improve", "a.json"]) == 2
    assert "Use tilth audit" in capsys.readouterr().err


def test_order_of_the_file_does_not_matter(folder):
    document, predictions = with_errors()
    rng = np.random.default_rng(0)
    mixed = copy.deepcopy(document)
    for name in ("images", "annotations"):
        mixed[name] = [mixed[name][i] for i in rng.permutation(len(mixed[name]))]
    shuffled = [predictions[i] for i in rng.permutation(len(predictions))]
    first, second = (
        tilth.audit(tilth.read(a), predictions=p, select=["label_errors"])["label_errors"]
        for a, p in ((document, predictions), (mixed, shuffled))
    )
    columns = ["key", "error", "suggested"]
    of = {tuple(row) for row in first[columns].to_numpy().tolist()}
    # Of two boxes alike the later one is the one too many.
    assert {row[1] for row in of} == {row[1] for row in second[columns].to_numpy().tolist()}
    others = {tuple(row) for row in second[columns].to_numpy().tolist()}
    assert {row for row in of ^ others if row[1] != "repeated"} == set()


@pytest.mark.parametrize(
    ("predictions", "said"),
    [
        ("{", "no complete JSON"),
        ("3", "must be a list of objects"),
        ("[]", "got none"),
        ('[{"image_id": 100, "category_id": 7, "bbox": [1, 2, 3, 4]}]', "got None in entry 0"),
        ('[{"image_id": 100, "category_id": 7, "bbox": [1, 2], "score": 1}]', "entry 0 must have"),
        ('[{"image_id": 100, "category_id": 7, "bbox": [1,2,3,4], "score": 93}]', "got 93"),
        ('[{"image_id": 100, "category_id": 0, "bbox": [1,2,3,4], "score": 1}]', r"\(3, 7, 9\)\ncause: got 0 in entry 0"),
        ('[{"image_id": 1, "category_id": 7, "bbox": [1,2,3,4], "score": 1}]', "got 1 in entry 0"),
        ('[{"category_id": 7, "bbox": [1,2,3,4], "score": 1}]', "got None in entry 0"),
    ],
)  # fmt: skip
def test_predictions_that_do_not_fit_are_refused(folder, capsys, predictions, said):
    write("a.json", annotations())
    (folder / "p.json").write_text(predictions)
    assert run(["audit", "a.json", "--predictions", "p.json"]) in (2, 3)
    assert re.search(said, capsys.readouterr().err)


def test_a_file_that_is_not_there_and_probabilities_of_boxes_are_refused(folder, capsys):
    write("a.json", annotations())
    assert run(["audit", "a.json", "--predictions", "p.json"]) == 3
    np.save("p.npy", np.ones((N, 3)))
    assert run(["audit", "a.json", "--pred-probs", "p.npy"]) == 2
    assert "as `predictions`" in capsys.readouterr().err


def test_predictions_that_repeat_the_annotations_are_refused():
    document = annotations()
    for i in range(100):
        document["annotations"].append(
            {
                "id": 1000 + i,
                "image_id": 100 + i % N,
                "category_id": 9,
                "bbox": [i, 50, 9, 9],
            }
        )
    copied = [a | {"score": 1.0} for a in document["annotations"]]
    with pytest.raises(InvalidInputError, match=r"look in-sample: 100\.0%"):
        tilth.audit(tilth.read(document), predictions=copied)


def test_images_without_an_annotation_count_and_boxes_without_size_predict_nothing():
    document, predictions = with_errors()
    document["images"].append({"id": 7, "file_name": "7.jpg"})
    predictions.append(
        {"image_id": 7, "category_id": 7, "bbox": [1, 2, 0, 4], "score": 0.9}
    )
    found = tilth.audit(
        tilth.read(document), predictions=predictions, select=["label_errors"]
    )
    assert not found["label_errors"]["key"].str.startswith("7.jpg").any()
    assert found.outcomes["label_errors"].facts["n_examples_without_predictions"] == 1
