"""Records among other things on a page, as a notebook shows them."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.report.runs import outcomes_of, proof_document

from tilth.data.read import read
from tilth.display.notebook import notebook_html
from tilth.engine.audit import Audit


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of a plain style with records in it."""
    table = pd.DataFrame(
        {"body": [f"words <b> {i}" for i in range(24)], "label": ["a", "b"] * 12}
    )
    dataset = read(table, label="label", text="body")
    outcomes = outcomes_of(dataset)
    records = [
        Audit(dataset, outcomes)._repr_html_(),
        outcomes["label_errors"]._repr_html_(),
    ]
    records.append(notebook_html("proof", "Accuracy rises", proof_document()))
    start = "<!doctype html><html lang=en><meta charset=utf-8><title>notebook</title>"
    style = "<style>table{border:3px solid red} p{color:#123456}</style>"
    outer = "<main><h1>A notebook</h1><p id=outer>outer</p><table id=plain><tr><td>1</td></tr></table>"
    path = tmp_path_factory.mktemp("notebook") / "notebook.html"
    path.write_text(f"{start}{style}{outer}{''.join(records)}</main></html>")
    return path


def test_the_rest_of_the_page_keeps_its_look(visit: Any, notebook: Path) -> None:
    look = (
        "() => [getComputedStyle(document.querySelector('#outer')).color,"
        " getComputedStyle(document.querySelector('#plain')).borderTopWidth,"
        " getComputedStyle(document.body).backgroundColor]"
    )
    with visit(notebook) as seen:
        assert seen.page.evaluate(look) == ["rgb(18, 52, 86)", "3px", "rgba(0, 0, 0, 0)"]
        border = (
            "() => getComputedStyle(document.querySelector('.tilth table')).borderTopWidth"
        )
        assert seen.page.evaluate(border) == "0px"
        assert seen.did_nothing()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_object_to(
    visit: Any, notebook: Path, axe: str, scheme: str
) -> None:
    with visit(notebook, color_scheme=scheme) as seen:
        seen.page.evaluate(axe)
        found = seen.page.evaluate("() => axe.run('.tilth')")
        # a record knows no landmark or heading order of the page it stands in
        said = [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]]
        assert said == []
