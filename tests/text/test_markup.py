import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.algorithms.markup import markup_spans, strip_markup

HTML = st.text(alphabet="<>/!-&;#[]=\"' \nabpltgrm39x", max_size=60)


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("plain  text, left\n as it  was ", "plain  text, left\n as it  was "),
        ("</tr>The magazine</tr>", "The magazine"),
        ("one<br>two", "one two"),
        ("un<b>believ</b>able", "unbelievable"),
        ('<div class="a">x</div>', "x"),
        ("<section class='b' data-x=3>x", "x"),
        ("<IMG SRC=x />pic", "pic"),
        ("a<!-- <b>gone</b> -->b", "a b"),
        ("<script>if (a<b) {}</script>left", "left"),
        ("<STYLE type='x'>p {}</STYLE >left", "left"),
        ("<!DOCTYPE html><html>x</html>", "x"),
        ("<?xml version='1'?>x", "x"),
        ("Tom &amp; Ann", "Tom & Ann"),
        ("&lt;b&gt;bold&lt;/b&gt;", "bold"),
        ("&amp;lt;b&amp;gt;x", "x"),
        ("caf&eacute; &#233; &#xE9;", "café é é"),
        ("a&nbsp;b &nbsp c", "a b c"),
        ("it #39;s", "it 's"),
        ("[b]x[/b] [url=http://a]y[/url]", "x y"),
        ("broken </br", "broken"),
        ('<a href="x" and on', "and on"),
        ("line one<br>\n<p>line two</p>", "line one\nline two"),
        ("<p></p>", ""),
        ("", ""),
    ],
)
def test_markup_goes_and_text_stays(text, stripped):
    assert strip_markup(text) == stripped


@pytest.mark.parametrize(
    "text",
    [
        "I <3 you",
        "1 < 2 and 3 > 2",
        "a <b and c> d",
        "write to <john@x.com>",
        "see <http://x.com/?a=b>",
        "AT&T, R&D; and ?a=1&copy=2",
        "[s]he said [i]t",
        "<TXN.N>",
        "#1; room #12;",
        "->>> here <<<-",
    ],
)
def test_text_that_only_looks_like_markup_is_untouched(text):
    assert strip_markup(text) == text
    assert markup_spans(text) == []


def test_spans_point_at_the_markup():
    text = "a <br> b &lt; [i]c[/i] <!-- d -->"
    pieces = [text[start:end] for start, end in markup_spans(text)]
    assert pieces == ["<br>", "&lt;", "[i]", "[/i]", "<!-- d -->"]


@given(HTML)
@settings(max_examples=400)
def test_stripping_twice_is_stripping_once(text):
    once = strip_markup(text)
    assert strip_markup(once) == once


@given(st.text(max_size=40))
def test_any_unicode_text_can_be_stripped_twice(text):
    once = strip_markup(text)
    assert strip_markup(once) == once


@given(HTML)
def test_what_is_stripped_held_markup_and_what_is_left_holds_none(text):
    stripped = strip_markup(text)
    assert markup_spans(stripped) == []
    if markup_spans(text) == []:
        assert stripped == text


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        "<!--",
        "&amp;",
        "&#38;",
        "<script>",
        "<a x='",
        "[/b",
        "&lt;",
        "\n <br>",
        "</b",
    ],
)
def test_a_megabyte_of_hostile_text_takes_linear_time(piece):
    text = "-->" + piece * (1_000_000 // len(piece))
    once = strip_markup(text)
    assert strip_markup(once) == once


def test_deeply_nested_markup_ends():
    text = "<" * 50_000 + "b>" * 50_000
    once = strip_markup(text)
    assert strip_markup(once) == once
    assert len(once) < len(text)


@pytest.mark.parametrize(
    "text", ["\x00<b>\x00", "\u202e<b>abc</b>\u202c", "שלום <b>x</b>", "\ud800<br>"]
)
def test_nul_and_bidirectional_text_survive(text):
    assert "<" not in strip_markup(text)
