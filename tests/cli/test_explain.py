"""`tilth explain`: the page of a check, for a terminal, a pipe and a script."""

import json

import pytest
from rich.console import Console

from tilth.checks import CHECKS
from tilth.cli.app import run
from tilth.cli.screen import Screen
from tilth.cli.settings import Settings
from tilth.display.terminal import plain
from tilth.report.check_page import check_page, options_of, remedies_of


def test_without_a_name_it_lists_every_check_with_its_question(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for check, line in zip(CHECKS, lines, strict=False):
        assert line.split(maxsplit=1) == [check.name, check.question]


def test_piped_it_is_the_page_as_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "outliers"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("# outliers\n\n**Which examples lie far from all others?**")
    assert "## When it is wrong" in said
    assert "| `drop_outliers` |" in said
    assert "| `max_false` | `0.05` |" in said


def test_on_a_terminal_it_is_laid_out_within_its_width(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen(Settings())
    monkeypatch.setattr(
        screen, "_prose", Console(force_terminal=True, width=60, no_color=True)
    )
    screen.markdown(check_page(CHECKS[0]))
    lines = [plain(line) for line in capsys.readouterr().out.splitlines()]
    assert "When it is wrong" in lines
    assert max(map(len, lines)) <= 60
    assert not any(line.startswith(("#", "| ")) for line in lines)


def test_as_json_it_holds_the_page_the_options_and_the_edits(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["explain", "label_errors", "--json"]) == 0
    (check,) = json.loads(capsys.readouterr().out)["checks"]
    assert check["signals"]["pred_probs"].startswith("out-of-sample")
    assert [option["name"] for option in check["options"]] == [
        "min_p_error",
        "precision",
        "count",
    ]
    names = [remedy["name"] for remedy in check["remedies"]]
    assert names == ["drop_label_errors", "relabel_label_errors"]
    assert "## How it works" in check["page"]


def test_a_name_that_is_no_check_gets_a_suggestion(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["explain", "label_eror"]) == 2
    assert "explain label_errors" in capsys.readouterr().err


def test_an_option_without_words_has_an_empty_meaning() -> None:
    def find_odd(table: object, *, least: float = 0.5) -> None:
        """Flag odd rows."""

    assert options_of(find_odd) == [{"name": "least", "default": "0.5", "meaning": ""}]


def test_edits_say_how_they_are_tried() -> None:
    by_name = {check.name: check for check in CHECKS}

    def tried(check: str) -> dict[str, str]:
        return {r["name"]: r["tried"] for r in remedies_of(by_name[check])}

    assert tried("label_patterns")["drop_label_pattern"] == "one group at a time"
    assert tried("label_errors")["drop_label_errors"].endswith("or with `share=0.5`")
    assert tried("class_imbalance")["weight_classes"].endswith("after all other edits")
