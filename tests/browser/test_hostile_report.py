"""hostile.csv in a real browser: nothing runs, nothing breaks out."""

from pathlib import Path
from typing import Any

import pytest
from tests.hostile import ATTACKS, OWNED, write_hostile
from tests.report.runs import improvement_document, run_of

from tilth.cli.app import run
from tilth.data.read import read
from tilth.report.write import write_run

HARMLESS = {
    *("a", "article", "bdi", "body", "button", "caption", "circle", "code", "dd", "details", "div", "dl"),
    *("dt", "figcaption", "figure", "h1", "h2", "h3", "head", "header", "html", "input", "label", "li"),
    *("line", "link", "main", "mark", "meta", "nav", "ol", "p", "rect", "script", "section", "span"),
    *("strong", "style", "summary", "svg", "table", "tbody", "td", "text", "th", "thead", "title", "tr", "ul"),
}  # fmt: skip


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports of an audit, and of an improvement with the attacks in every place."""
    folder = tmp_path_factory.mktemp("hostile")
    source = write_hostile(folder / "hostile.csv", 200)
    made = {"audit": folder / "audit.html", "all": folder / f"{OWNED}.html"}
    label = f"label{ATTACKS[0]}"
    select = "label_errors,text_problems,near_duplicates,column_problems,class_imbalance,missing_values"
    options = [
        "--label",
        label,
        "--select",
        select,
        "--jobs",
        "1",
        "--html",
        str(made["audit"]),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("PYTHONWARNINGS", "ignore")
        assert run(["audit", str(source), *options]) == 0
    dataset = read(source, label=label, text=f"text{ATTACKS[5]}")
    result = improvement_document(why=" ".join(ATTACKS), notes=list(ATTACKS))
    result["slices"] = [{**result["slices"][0], "slice": attack} for attack in ATTACKS]
    result["edits"] = [
        {**result["edits"][0], "reason": attack, "column": attack} for attack in ATTACKS
    ]
    commands = [(attack, attack) for attack in ATTACKS]
    told = run_of(
        dataset, result, outcomes={}, commands=commands, source=ATTACKS[0], notes=ATTACKS
    )
    write_run(told, made["all"])
    return made


@pytest.mark.parametrize("which", ["audit", "all"])
@pytest.mark.parametrize("with_script", [True, False])
def test_nothing_runs_and_nothing_breaks_out(
    visit: Any, reports: dict[str, Path], which: str, with_script: bool
) -> None:
    with visit(reports[which], java_script_enabled=with_script) as seen:
        for link in seen.page.locator("main a").all():
            assert (link.get_attribute("href") or "").startswith("#")
        if with_script:
            for control in seen.page.locator("button.sort, summary").all()[:12]:
                control.click()
            seen.page.wait_for_timeout(100)
        assert seen.page.title() != OWNED
        assert seen.page.title().startswith("hostile.csv: ")
        assert seen.page.locator(f"#{OWNED}").count() == 0
        assert seen.did_nothing()
        if with_script:
            assert seen.page.evaluate(f"() => window.{OWNED} === undefined")
            elements = "() => [...new Set([...document.querySelectorAll('*')].map(e => e.localName))]"
            assert set(seen.page.evaluate(elements)) <= HARMLESS
            names = (
                "() => [...new Set([...document.querySelectorAll('*')]"
                ".flatMap(e => e.getAttributeNames()))]"
            )
            attributes = seen.page.evaluate(names)
            assert [name for name in attributes if name.startswith(("on", "hx-"))] == []
            assert not {"srcdoc", "style", "autofocus"} & set(attributes)


def test_ten_thousand_hostile_classes_fit_on_a_page(
    visit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    source = write_hostile(tmp_path / "hostile.csv", 10_500, n_classes=10_000)
    label = ["--label", f"label{ATTACKS[0]}", "--jobs", "1"]
    few = ["--select", "class_imbalance,text_problems,exact_duplicates"]
    assert run(["audit", str(source), *label, *few, "--html", "many.html"]) == 0
    assert (tmp_path / "many.html").stat().st_size < 500_000
    with visit(tmp_path / "many.html", width=320) as seen:
        assert "10,000 classes" in seen.page.locator("#classes").inner_text()
        assert seen.page.locator(f"#{OWNED}").count() == 0
        assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= 320
        assert seen.did_nothing()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_object_to(
    visit: Any, reports: dict[str, Path], axe: str, scheme: str
) -> None:
    with visit(reports["audit"], color_scheme=scheme) as seen:
        seen.page.evaluate(axe)
        found = seen.page.evaluate("() => axe.run()")
        assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []


@pytest.mark.parametrize("width", [320, 640, 1280])
@pytest.mark.parametrize("which", ["audit", "all"])
def test_nothing_scrolls_sideways(
    visit: Any, reports: dict[str, Path], which: str, width: int
) -> None:
    with visit(reports[which], width=width) as seen:
        assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= width
