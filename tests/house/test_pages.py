"""Every check has a page that answers the same six questions, and ships with the package."""

from importlib import resources

import pytest

from tilth.checks import CHECKS
from tilth.checks.check import Check
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
