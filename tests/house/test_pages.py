"""Every check has a page that answers the same six questions, and ships with the package."""

import re
from importlib import resources

import numpy as np
import pytest

import tilth
from tilth.checks import CHECKS
from tilth.checks.check import Check, Findings
from tilth.report.check_page import (
    HEADINGS,
    options_of,
    remedies_of,
    signals_of,
    written_page,
)

by_name = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)


@by_name
def test_a_page_has_the_six_headings_in_order(check: Check) -> None:
    page = written_page(check)
    found = [line[3:] for line in page.splitlines() if line.startswith("## ")]
    assert [heading for heading in found if heading in HEADINGS] == list(HEADINGS)


@by_name
def test_no_part_of_a_page_is_empty(check: Check) -> None:
    for part in written_page(check).split("## ")[1:]:
        heading, _, text = part.partition("\n")
        assert len(text.split()) > 5, heading


@by_name
def test_whatever_a_check_reads_can_be_set_or_is_tried_is_said_in_words(
    check: Check,
) -> None:
    assert [name for name, said in signals_of(check).items() if not said] == []
    assert [o["name"] for o in options_of(check.run) if not o["meaning"]] == []
    assert [r["name"] for r in remedies_of(check) if not r["does"]] == []


def test_no_page_is_of_a_check_that_is_gone() -> None:
    pages = {path.name for path in (resources.files("tilth.checks") / "pages").iterdir()}
    assert pages == {f"{check.name}.md" for check in CHECKS}


def rows(n: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    words = rng.choice(["tea", "cup", "ink", "pen", "box", "jar", "fig", "oak"], (n, 5))
    label = np.where(words[:, 0] < "f", "yes", "no")
    texts = np.array([" ".join(row) for row in words], dtype=object)
    return {"text": texts, "size": rng.normal(size=n), "label": label}


def test_every_column_of_findings_is_explained_on_the_page() -> None:
    data = tilth.read(rows(150, 0), label="label", text="text")
    audit = tilth.audit(data, test=tilth.read(rows(40, 1), label="label", text="text"))
    unexplained = []
    for check in CHECKS:
        outcome = audit.outcomes[check.name]
        if isinstance(outcome, Findings):
            explained = set(re.findall(r"`(\w+)`", written_page(check)))
            columns = {str(name) for name in outcome.table} - {"key", "is_issue"}
            unexplained += [f"{check.name}.{name}" for name in columns - explained]
    assert unexplained == []
