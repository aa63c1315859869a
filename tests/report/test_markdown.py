"""Markdown: whatever the data hold is neither markup nor HTML nor a link."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report.runs import improvement_document, outcomes_of, run_of

from tilth.data.dataset import Dataset
from tilth.data.read import read
from tilth.report.contents import report_document
from tilth.report.markdown import escaped, markdown, quoted

markdown_it = pytest.importorskip("markdown_it", reason="no Markdown parser is installed")
HOSTILE = [
    "<script>alert(1)</script>", "![x](http://evil/x.png)", "[x](javascript:alert(1))",
    "a | b | c", "`` ` ``` code", "# head", "1. list", "- list", "***", "https://evil.example",
    "www.evil.example", "me@evil.example", "&lt;b&gt;", "\\", "`", "~~~", "    indented", "||", "\\|",
]  # fmt: skip


def _tokens(text: str) -> list[Any]:
    parser = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    return [inner for token in tokens for inner in [token, *(token.children or [])]]


def _shown(tokens: list[Any]) -> str:
    return "".join(
        t.content for t in tokens if t.type in ("text", "code_inline", "text_special")
    )


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(HOSTILE) | st.text(max_size=40))
def test_escaped_text_is_shown_as_it_is_and_is_nothing_else(text: str) -> None:
    from tilth.display.terminal import plain

    tokens = _tokens(escaped(text))
    kinds = {token.type for token in tokens}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
    assert _shown(tokens) == plain(text)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(HOSTILE) | st.text(max_size=40))
def test_quoted_text_keeps_its_cell_in_a_table(text: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {quoted(text)} | end |"
    tokens = _tokens(table)
    assert [t.type for t in tokens].count("td_open") == 2
    assert _shown(tokens).endswith("end")
    assert not {t.type for t in tokens} & {
        "html_inline",
        "html_block",
        "link_open",
        "image",
    }


def test_a_report_of_hostile_data_holds_no_html_link_or_image() -> None:
    texts = [HOSTILE[i % len(HOSTILE)] for i in range(24)]
    table = pd.DataFrame({"body|<b>": texts, "label": ["a|[x](y)", "<b>"] * 12})
    dataset = read(table, label="label", text="body|<b>")
    outcomes = outcomes_of(dataset)
    del outcomes["label_patterns"]
    tokens = _tokens(
        markdown(
            report_document(run_of(dataset, improvement_document(), outcomes=outcomes))
        )
    )
    assert not {t.type for t in tokens} & {
        "html_inline",
        "html_block",
        "link_open",
        "image",
    }


def test_it_tells_what_the_page_tells(letters: Dataset) -> None:
    text = markdown(report_document(run_of(letters, improvement_document())))
    for part in (
        "# BETTER: Accuracy rises",
        "## Top problems",
        "tilth diff v1 v2",
        "`length < 20`",
        "-0.100",
        "## How it was computed",
        "**kept**: best of this step",
    ):
        assert part in text
