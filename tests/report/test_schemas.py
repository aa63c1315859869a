"""What scripts read: every document holds to its schema, and no field is left unsaid."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.report.runs import improvement_document, run_of

from tilth.cli.app import run
from tilth.data.dataset import Dataset
from tilth.report.contents import report_document
from tilth.report.schemas import SCHEMAS, schema_document

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
ROOT = Path(__file__).resolve().parents[2]
WRITTEN = ROOT / "docs" / "reference" / "schemas"


def _strict(schema: Any) -> Any:
    """Forbid fields that the schema does not name, where it names any."""
    if isinstance(schema, list):
        return [_strict(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: _strict(inner) for name, inner in schema.items()}
    return strict | {"additionalProperties": False} if schema.get("properties") else strict


def _check(document: dict[str, Any]) -> None:
    schema = _strict(schema_document(document["schema"]))
    jsonschema.Draft202012Validator(schema).validate(document)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_is_that_of_the_code(name: str) -> None:
    published = WRITTEN / (name.removeprefix("tilth.").replace("/", "-") + ".json")
    assert json.loads(published.read_text()) == schema_document(name)
    jsonschema.Draft202012Validator.check_schema(schema_document(name))


def test_no_schema_is_published_of_a_document_that_is_gone() -> None:
    assert len(list(WRITTEN.glob("*.json"))) == len(SCHEMAS)


def test_a_report_holds_to_its_schema(letters: Dataset) -> None:
    for redacted in (True, False):
        _check(report_document(run_of(letters, improvement_document()), redacted=redacted))
        _check(report_document(run_of(letters), redacted=redacted))


def test_what_commands_print_holds_to_their_schemas(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    rng = np.random.default_rng(4)
    for name, n in (("train.csv", 160), ("test.csv", 120)):
        wide = rng.integers(2, size=n)
        table = pd.DataFrame(
            rng.normal(wide[:, None], 0.6, size=(n, 3)), columns=list("abc")
        )
        table.assign(label=np.where(wide == 1, "wide", "narrow")).to_csv(name, index=False)
    few = ["--label", "label", "--jobs", "1"]
    judged = [*few, "--test", "test.csv", "--model", "logistic"]
    Path("less.csv").write_text(
        "".join(Path("train.csv").read_text().splitlines(keepends=True)[:120])
    )
    commands = [
        ["audit", "train.csv", *few],
        [
            "improve",
            "train.csv",
            *judged,
            "--budget",
            "1s",
            "-o",
            "new.csv",
            "--patch",
            "p.jsonl",
        ],
        ["report", "-o", "r.html"],
        ["log"],
        ["prove", "train.csv", "less.csv", *judged],
        ["diff", "train.csv", "less.csv", "--label", "label"],
        ["apply", "p.jsonl", "train.csv", "-o", "again.csv"],
        ["audit", "nowhere.csv"],
    ]
    seen = set()
    for arguments in commands:
        run([*arguments, "--json"])
        document = json.loads(capsys.readouterr().out)
        _check(document)
        seen.add(document["schema"])
    assert {re.sub(r"tilth\.|/1", "", name) for name in seen} == {
        *("audit", "improve", "written", "log", "prove", "diff", "apply", "error"),
    }
