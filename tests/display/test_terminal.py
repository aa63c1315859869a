"""Text from data cannot steer the terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.display.terminal import clipped, plain


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("\x1b]0;new title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("\x1bPq#0~\x1b\\sixel", "sixel"),
        ("a\rb\x08c\x00d\x7fe", "a bcde"),
        ("one\ntwo\tthree", "one two three"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("a\u2066b\u2069c\u200ed\ufeff", "abcd"),
        ("a\u2028b\u2029c", "a b c"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("tag \U000e0041", "tag"),
        ("\x1b", ""),
        ("\x1b[31", "31"),
    ],
)
def test_what_could_steer_a_terminal_vanishes(hostile: str, shown: str) -> None:
    assert plain(hostile) == shown


def test_letters_of_every_script_stay() -> None:
    kept = "naïve 漢字 العربية 👩\u200d🔬 café"
    assert plain(kept) == kept


@given(st.text())
def test_plain_text_has_no_control_character_and_one_line(text: str) -> None:
    shown = plain(text)
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in shown)
    assert "\x1b" not in shown
    assert plain(shown) == shown


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_clipped_text_fits(text: str, width: int) -> None:
    assert len(clipped(text, width)) <= width


def test_a_huge_cell_is_cut_without_reading_it_all() -> None:
    assert clipped("x" * 50_000_000, 10) == "x" * 9 + "…"
