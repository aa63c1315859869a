"""`tilth audit --labels F --pred-probs F`, as a user types it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.engine.test_label_audit import arrays

from tilth.cli.app import run

NAMES = np.array(["cat", "dog", "owl", "yak"])


@pytest.fixture(autouse=True)
def _there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    labels, pred_probs = arrays(n=3_000)
    np.save("y.npy", labels)
    np.save("p.npy", pred_probs)
    pd.DataFrame({"label": NAMES[labels]}).to_csv("y.csv", index=False)


BOTH = ["audit", "--labels", "y.npy", "--pred-probs", "p.npy", "--jobs", "1"]


def test_labels_and_probabilities_are_asked_about_labels_alone(capsys):
    assert run(BOTH) == 0
    out = capsys.readouterr().out
    assert "y.npy   3,000 rows · 4 classes" in out
    assert "note: Labels are codes" in out
    assert "label_errors" in out
    assert "expected precision" in out
    assert "outliers" in out.split("not applicable")[1]
    assert "-o findings.parquet     write all" in out
    assert "tilth improve" not in out


def test_every_flagged_row_is_written_where_it_is_asked_for(capsys):
    assert run([*BOTH, "-o", "found.parquet", "--json", "--limit", "2"]) == 0
    document = json.loads(capsys.readouterr().out)
    check = next(c for c in document["checks"] if c["name"] == "label_errors")
    table = pd.read_parquet("found.parquet")
    assert (document["schema"], len(check["issues"])) == ("tilth.audit/1", 2)
    assert check["n_issues"] == len(table) > 100
    worst = table.sort_values("quality", kind="stable").iloc[0]
    assert check["issues"][0]["key"] == worst["row"]
    assert document["made"]["data"] == document["dataset"]["version_id"]
    assert sum(c["n"] for c in document["dataset"]["classes"]) == 3_000


def test_the_document_holds_to_its_schema(capsys):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    from tilth.report.schemas import schema_document

    run([*BOTH, "--json"])
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema_document(document["schema"]))


def test_names_of_classes_are_those_shown(capsys):
    assert (
        run(["audit", "--labels", "y.csv", "--pred-probs", "p.npy", "-o", "f.parquet"]) == 0
    )
    out = capsys.readouterr().out
    assert "Class names were sorted: cat is the first column" in out
    table = pd.read_parquet("f.parquet")
    assert set(table["given"]) == set(NAMES)


def test_the_classes_of_the_columns_can_be_named(capsys):
    named = ["--labels", "y.csv", "--pred-probs", "p.npy", "--classes", "yak,cat,dog,owl"]
    assert run(["audit", *named, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (
        document["facts"]["out_of_sample_accuracy"] < 0.1
    )  # not the order they were made in


def test_a_report_shows_what_the_pieces_show(capsys):
    np.save("p.npy", np.load("p.npy").astype(float))  # as it is when read whole
    run([*BOTH, "--json"])
    pieces = json.loads(capsys.readouterr().out)
    assert run([*BOTH, "--json", "--html", "page.html"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert Path("page.html").stat().st_size > 10_000
    found = [
        next(c for c in document["checks"] if c["name"] == "label_errors")
        for document in (pieces, whole)
    ]
    assert [c["n_issues"] for c in found] == [len(c["issues"]) for c in found]
    for one, two in zip(found[0]["issues"], found[1]["issues"], strict=True):
        assert one == two


def test_a_gate_and_a_selection_work_as_with_a_source(capsys):
    assert run([*BOTH, "--fail-on", "label_errors"]) == 1
    assert run([*BOTH, "--select", "class_imbalance", "--fail-on", "class_imbalance"]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([*BOTH, "-o", "found.csv"], "-o must end in .parquet"),
        ([*BOTH, "-o", "y.npy"], "-o must end in .parquet"),
        ([*BOTH, "--html", "page.html", "-o", "f.parquet"], "-o goes with"),
        (
            ["audit", "y.csv", "-o", "f.parquet"],
            "-o goes with --labels and --pred-probs alone",
        ),
    ],
)
def test_options_that_make_no_sense_are_refused(capsys, arguments, said):
    assert run(arguments) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_a_missing_file_is_unreadable(capsys):
    assert run(["audit", "--labels", "gone.npy", "--pred-probs", "p.npy"]) == 3
    assert "there is no such file" in capsys.readouterr().err


def test_the_run_is_remembered_and_nothing_else_changes(capsys):
    before = {path.name for path in Path().iterdir()}
    run(BOTH)
    assert {path.name for path in Path().iterdir()} == before | {".tilth"}
    assert run(["log"]) in (0, 2)  # no dataset was imported
    capsys.readouterr()
