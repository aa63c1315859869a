"""Records in a notebook: small, escaped, and styling nothing but themselves."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.report.runs import outcomes_of, proof_document

from tilth.checks.check import Failed, Findings, NotApplicable
from tilth.data.read import read
from tilth.display.notebook import notebook_html
from tilth.engine.audit import Audit

MOST_BYTES = 200_000


def _audit(text: str = "plain words", n: int = 24) -> Audit:
    table = pd.DataFrame(
        {"body": [f"{text} {i}" for i in range(n)], "label": ["a", "b"] * (n // 2)}
    )
    dataset = read(table, label="label", text="body")
    outcomes = outcomes_of(dataset) | {
        "outliers": Failed(text),
        "test_leakage": NotApplicable(text),
    }
    return Audit(dataset, outcomes, seconds=1.5)


def test_an_audit_shows_each_check_with_its_size_and_worst_case() -> None:
    shown = _audit()._repr_html_()
    assert "given a, model says b (1.00)" in shown
    assert "plain words 0" in shown
    assert "body contains &#39;&lt;&#39;: labels are swapped" in shown
    assert "FAILED" in shown
    assert "not applicable" in shown


def test_findings_show_the_worst_and_say_how_many_there_are() -> None:
    n = 1000
    table = pd.DataFrame(
        {"key": range(n), "quality": np.linspace(0, 1, n), "is_issue": True}
    )
    shown = Findings("example", table.assign(why="so far away"), "the cut")._repr_html_()
    assert "The 20 worst of 1,000 examples" in shown
    assert shown.count("so far away") == 20
    none = Findings("example", table.assign(is_issue=False), "the cut")._repr_html_()
    assert "0 examples flagged" in none


def test_units_above_examples_count_each_example_once() -> None:
    table = pd.DataFrame({"key": ["g", "h"], "quality": [0.1, 0.2], "is_issue": True})
    members = pd.DataFrame({"key": ["g", "g", "h"], "position": [1, 2, 2]})
    assert Findings("group", table, "", members).n_examples == 2
    assert Findings("column", table, "").n_examples == 0


@pytest.mark.parametrize("verdict", ["INVALID", "UNPROVEN"])
def test_no_gain_is_shown_where_none_was_shown(verdict: str) -> None:
    shown = notebook_html("proof", "title", proof_document(verdict=verdict))
    assert "0.970" not in shown
    assert verdict in shown


@pytest.mark.parametrize("command", ["", "tilth improve a.csv"])
def test_what_may_help_next_stands_before_the_command(command: str) -> None:
    proof = proof_document(advice="Label some of the rows.", next_command=command)
    shown = {"proof": proof, "edits": [], "n_candidates": 0, "n_kept": 0, "seconds": 1.0}
    pages = (
        notebook_html("proof", "title", proof),
        notebook_html("improvement", "title", shown),
    )
    for page in pages:
        assert "Next: Label some of the rows." in page
        assert ("<span>improve</span>" in page) == bool(command)
    assert "Next:" not in notebook_html("proof", "title", proof_document())


def test_every_record_stays_small_with_a_megabyte_in_a_cell() -> None:
    audit = _audit("<b>wide</b> " * 80_000)
    shown = [
        audit._repr_html_(),
        *(o._repr_html_() for o in audit.outcomes.values() if isinstance(o, Findings)),
    ]
    assert max(len(html.encode()) for html in shown) < MOST_BYTES


def test_every_rule_of_the_style_names_the_records_own_element() -> None:
    style = re.search(r"<style>(.*?)</style>", _audit()._repr_html_(), re.DOTALL)[1]  # type: ignore[index]
    style = re.sub(r"@media[^{]*\{((?:[^{}]*\{[^{}]*\})*)[^{}]*\}", r"\1", style)
    selectors = re.findall(r"([^{}]+)\{[^{}]*\}", style)
    assert len(selectors) > 30
    for selector in selectors:
        for part in re.sub(r"/\*.*?\*/", "", selector).split(","):
            assert ".tilth" in part, part


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.text(min_size=1, max_size=40)
    | st.sampled_from(["</style><script>x</script>", '"><img src=x>'])
)
def test_any_text_stays_text(text: str) -> None:
    def tags(html: str) -> set[str]:
        return set(re.findall(r"<(\w+)", html))

    tame: Any = _audit()._repr_html_()
    assert tags(_audit(text)._repr_html_()) <= tags(tame)
