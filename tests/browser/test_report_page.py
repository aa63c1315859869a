"""The report in a real browser: readable anywhere, closed to the world, the answer first."""

import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.report.runs import improvement_document, run_of

from tilth.data.read import read
from tilth.report.write import write_run

ZOOMED = 640  # what a window of 1,280 is at 200 %


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = [
        f"a fine letter number {i}{' <br>' if i % 3 == 0 else ''} to read"
        for i in range(24)
    ]
    table = pd.DataFrame({"body": texts, "label": ["good", "bad"] * 12})
    run = run_of(read(table, label="label", text="body"), improvement_document())
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_run(run, path)
    return path


def test_it_asks_for_nothing_and_says_nothing(visit: Any, report: Path) -> None:
    with visit(report) as seen:
        seen.page.wait_for_timeout(50)
        assert seen.did_nothing()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_to_object_to(
    visit: Any, report: Path, axe: str, scheme: str, width: int
) -> None:
    with visit(report, width=width, color_scheme=scheme) as seen:
        for details in seen.page.locator("summary").all():
            details.click()
        seen.page.evaluate(axe)
        found = seen.page.evaluate("() => axe.run()")
        said = [
            (v["id"], v["nodes"][0]["html"], v["nodes"][0]["failureSummary"])
            for v in found["violations"]
        ]
        assert said == []
        assert len(found["passes"]) > 20


def test_light_and_dark_are_two_looks_and_neither_is_blank(
    visit: Any, report: Path
) -> None:
    image = pytest.importorskip("PIL.Image")
    shots = []
    for scheme in ("light", "dark"):
        with visit(report, color_scheme=scheme) as seen:
            picture = image.open(io.BytesIO(seen.page.screenshot())).convert("RGB")
            colors = sorted(picture.getcolors(1 << 24), reverse=True)
            assert len(colors) > 50
            shots.append(colors[0][1])
    light, dark = (sum(color) for color in shots)
    assert light > 600
    assert dark < 200


def test_the_first_screen_names_the_group_the_gain_and_the_next_command(
    visit: Any, report: Path
) -> None:
    with visit(report) as seen:
        for wanted in (
            "body contains '<'",
            "0.764 to 0.970",
            "+0.206",
            "tilth improve letters.csv",
        ):
            box = seen.page.get_by_text(wanted).first.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= 900, wanted


@pytest.mark.parametrize("width", [320, ZOOMED, 1280])
def test_nothing_scrolls_sideways(visit: Any, report: Path, width: int) -> None:
    with visit(report, width=width) as seen:
        assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_all_of_it_can_be_read_without_javascript(visit: Any, report: Path) -> None:
    def words(page: Any) -> set[str]:
        return set(page.locator("main").inner_text().replace("Copy", " ").split())

    with visit(report) as with_script, visit(report, java_script_enabled=False) as without:
        missing = words(with_script.page) - words(without.page)
        assert missing <= {"Filter", "↕"}
        assert without.page.locator("button, input").count() == 0
        assert (
            without.page.locator("table").count()
            == with_script.page.locator("table").count()
        )


def test_tables_sort_by_number_and_by_word_and_say_so(visit: Any, report: Path) -> None:
    with visit(report) as seen:
        table = seen.page.locator("#label_errors table").first
        quality = table.get_by_role("button", name="Quality")
        quality.click()
        quality.click()
        cells = [
            float(cell) for cell in table.locator("tbody td:last-child").all_inner_texts()
        ]
        assert cells == sorted(cells, reverse=True)
        assert (
            table.get_by_role("columnheader", name="Quality").get_attribute("aria-sort")
            == "descending"
        )
        assert seen.did_nothing()


def test_a_filter_leaves_the_rows_that_hold_the_words(visit: Any, tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"x": range(120), "label": [f"class {i % 12}" for i in range(120)]}
    )
    write_run(run_of(read(table, label="label"), outcomes={}), tmp_path / "r.html")
    with visit(tmp_path / "r.html") as seen:
        seen.page.get_by_label("Filter").fill("CLASS 1")
        assert seen.page.locator("#classes tbody tr:visible").count() == 3
        assert seen.page.get_by_role("status").inner_text() == "3 of 12 rows"


def test_it_prints_light_without_navigation_and_with_all_ids(
    visit: Any, report: Path
) -> None:
    with visit(report, color_scheme="dark") as seen:
        seen.page.emulate_media(media="print")
        assert not seen.page.locator("nav").is_visible()
        assert not seen.page.get_by_role("button", name="Copy").first.is_visible()
        ground = seen.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        ink = seen.page.evaluate("() => getComputedStyle(document.body).color")
        assert ground == "rgb(255, 255, 255)"
        assert ink == "rgb(34, 32, 28)"
        assert seen.page.pdf().startswith(b"%PDF")


def test_the_keyboard_reaches_the_report_and_shows_where_it_is(
    visit: Any, report: Path
) -> None:
    with visit(report) as seen:
        seen.page.keyboard.press("Tab")
        assert (
            seen.page.evaluate("() => document.activeElement.textContent")
            == "Skip to the report"
        )
        assert (
            seen.page.evaluate(
                "() => getComputedStyle(document.activeElement).outlineWidth"
            )
            == "3px"
        )


def test_every_target_is_large_enough_to_hit(visit: Any, report: Path) -> None:
    with visit(report) as seen:
        for control in seen.page.locator(
            "button:visible, input:visible, summary:visible"
        ).all():
            box = control.bounding_box()
            assert box["height"] >= 24, control.inner_text()
