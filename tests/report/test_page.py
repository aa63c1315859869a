"""The page: whatever the data hold stays text, and the file stays small and closed."""

import base64
import hashlib
import html
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.report.runs import improvement_document, outcomes_of, run_of

from tilth.checks.check import Findings
from tilth.data.dataset import Dataset
from tilth.data.read import read
from tilth.display.html import TEMPLATES
from tilth.report import page as report_page
from tilth.report.contents import report_document
from tilth.report.page import page

ROOT = Path(__file__).resolve().parents[2]
VOID = {"meta", "link", "br", "img", "input", "line", "rect", "circle"}


class Seen(HTMLParser):
    """What a parser makes of a page: elements, attributes, and the text between."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.urls: list[str] = []
        self.texts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [f"{tag} {name}" for name, _ in attrs]
        self.urls += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def seen(text: str) -> Seen:
    parser = Seen()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


def _page_of(texts: list[str], label: str, column: str) -> str:
    table = pd.DataFrame({column: texts, "label": [label, "other"] * (len(texts) // 2)})
    dataset = read(table, label="label", text=column)
    outcomes = outcomes_of(dataset) if len(set(dataset.given)) == 2 else {}
    if outcomes:
        patterns = outcomes["label_patterns"]
        named = patterns.table.assign(key=texts[0], words=texts[0])
        members = patterns.members.assign(key=texts[0])
        outcomes["label_patterns"] = Findings("group", named, texts[0], members)
    result = improvement_document(why=texts[0], notes=[texts[0]])
    result["slices"][0]["slice"] = texts[0]
    result["edits"][0]["reason"] = texts[0]
    run = run_of(dataset, result, outcomes=outcomes, commands=[(texts[0], texts[0])])
    return page(report_document(run))


TAME = "quite ordinary words"


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.text(min_size=1, max_size=60)
    | st.sampled_from(
        [
            "</script><script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "</style><b hx-get=/x hx-trigger=load>",
            "javascript:alert(1)",
            "<!--",
            "]]>",
            "{{ 7*7 }}",
            "{% raw %}",
            "&lt;b&gt;",
            "\u202eevil",
            "\x00",
            "=1+1",
        ]
    )
)
def test_any_text_in_any_place_stays_text(text: str) -> None:
    tame = seen(_page_of([f"{TAME} {i}" for i in range(8)], TAME, TAME))
    wild = seen(
        _page_of([text, *(f"{TAME} {i}" for i in range(1, 8))], f"{text}.", f"{text}_")
    )
    assert set(wild.tags) <= set(tame.tags) | {"mark"}
    assert set(wild.attributes) <= set(tame.attributes)
    assert set(wild.urls) <= set(tame.urls)


def test_what_data_hold_is_shown_as_it_is(letters: Dataset) -> None:
    shown = "".join(seen(page(report_document(run_of(letters)))).texts)
    assert "a fine letter number 0 <br> to read" in shown


def test_the_policy_forbids_everything_but_the_style_and_script_of_the_page(
    letters: Dataset,
) -> None:
    text = page(report_document(run_of(letters)))
    policy = html.unescape(re.search(r'Security-Policy" content="([^"]*)"', text)[1])  # type: ignore[index]
    assert policy.startswith("default-src 'none'; ")
    for kind in ("style", "script"):
        (inner,) = re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "http:" not in text.replace("http-equiv", "")
    assert not re.search(r"\sstyle=|\son[a-z]+=", text)


def test_the_sections_come_in_the_order_they_are_read(letters: Dataset) -> None:
    text = page(report_document(run_of(letters, improvement_document())))
    wanted = ["answer", "problems", "label_patterns", "label_errors", "noise-matrix"]
    wanted += ["near_duplicates", "column_problems", "classes", "proof", "candidates"]
    wanted += ["computed", "next"]
    places = [text.index(f'id="{name}"') for name in wanted]
    assert places == sorted(places)


def test_every_link_within_the_page_leads_somewhere(letters: Dataset) -> None:
    text = page(report_document(run_of(letters, improvement_document())))
    anchors = set(re.findall(r'\sid="([^"]+)"', text))
    links = set(re.findall(r'href="#([^"]+)"', text))
    assert links <= anchors
    assert len(re.findall(r'\sid="([^"]+)"', text)) == len(anchors)


def test_losers_stand_in_the_table_as_winners_do(letters: Dataset) -> None:
    text = page(report_document(run_of(letters, improvement_document())))
    rows = re.findall(
        r"<tr[^>]*><th scope=\"row\"><bdi>([^<]*)</bdi>.*?<td>(\w+)</td></tr>", text
    )
    assert rows[-2:] == [("length &lt; 20", "loses"), ("label = good", "gains")]


@pytest.mark.parametrize("verdict", ["UNPROVEN", "INVALID"])
def test_no_score_is_on_the_page_where_none_was_shown(
    letters: Dataset, verdict: str
) -> None:
    result: dict[str, Any] = improvement_document(
        verdict=verdict, before=None, after=None, difference=None, interval=None, edits=[]
    )
    result |= {"slices": [], "why": "it was changed", "candidates": []}
    text = page(report_document(run_of(letters, result)))
    assert verdict in text
    assert "it was changed" in text
    assert "0.970" not in text


def test_the_page_can_be_made_of_a_dataset_without_labels_or_findings() -> None:
    dataset = read(pd.DataFrame({"x": range(8)}), task="none", text=())
    text = page(report_document(run_of(dataset, outcomes={}, commands=[], facts={})))
    assert "No check found a problem" in text


def test_no_template_switches_escaping_off() -> None:
    folders = [TEMPLATES, Path(report_page.__file__).parent / "templates"]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 4
    for path in files:
        text = path.read_text()
        assert not re.search(r"\|\s*safe|autoescape|\|\s*tojson", text), path.name


def test_no_code_vouches_for_html_of_its_own() -> None:
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text()
        assert not re.search(r"markupsafe|\bMarkup\(|autoescape=False|innerHTML", text), (
            path.name
        )
