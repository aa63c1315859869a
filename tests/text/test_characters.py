# ruff: noqa: RUF001 - letters of other scripts are the point here
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.algorithms.text import calibrated_cut, character_counts, debris_spans, robust_z
from tilth.errors import InvalidInputError
from tilth.signals.text_stats import text_stats


def test_counts_by_hand():
    counts = character_counts(["Hi  you 42!", "", " \n\t", "aaab  ", "x\u3000y"])
    assert counts.n_chars.tolist() == [11, 0, 3, 6, 3]
    assert counts.n_words.tolist() == [3, 0, 0, 1, 2]
    assert counts.letter_share.round(3).tolist() == [0.625, 0.0, 0.0, 1.0, 1.0]
    assert counts.digit_share.tolist() == [0.25, 0.0, 0.0, 0.0, 0.0]
    assert counts.longest_run.tolist() == [1, 0, 0, 3, 1]


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("hello", "LATIN"),
        ("привет you", "CYRILLIC"),
        ("שלום", "HEBREW"),
        ("مرحبا", "ARABIC"),
        ("東京タワー", "CJK"),
        ("ありがとう", "CJK"),
        ("안녕", "HANGUL"),
        ("ｆｕｌｌ", "LATIN"),
        ("123 :-)", ""),
        ("", ""),
    ],
)
def test_the_script_of_most_letters(text, script):
    assert character_counts([text]).script.tolist() == [script]


@given(st.lists(st.text(max_size=20), max_size=8))
def test_counts_agree_with_python_text_by_text(texts):
    counts = character_counts(texts)
    assert counts.n_chars.tolist() == [len(t) for t in texts]
    assert counts.n_words.tolist() == [len(t.split()) for t in texts]
    letters = [sum(c.isalpha() for c in t) for t in texts]
    inked = np.array([max(1, sum(not c.isspace() for c in t)) for t in texts])
    np.testing.assert_allclose(counts.letter_share, np.array(letters, dtype=float) / inked)


def test_neighboring_texts_do_not_touch():
    counts = character_counts(["aa", "aa", "b", "b c"])
    assert counts.longest_run.tolist() == [2, 2, 1, 1]
    assert counts.n_words.tolist() == [1, 1, 1, 2]


def test_no_texts_have_no_counts():
    assert character_counts([]).n_chars.shape == (0,)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("cafÃ© and itâ€™s", ["Ã©", "â€™"]),
        ("Ð¿Ñ€", ["Ð¿", "Ñ€"]),
        ("x\ufffdy", ["\ufffd"]),
        ("bell\x07\x07 nul\x00", ["\x07\x07", "\x00"]),
        ("dash \x96 here", ["\x96"]),
        ("caf\\xc3\\xa9", ["\\xc3", "\\xa9"]),
        ("a\\u00e9b", ["\\u00e9"]),
        ("50%C3%A9 hello%20world", ["%C3%A9", "%20"]),
        ("caf=C3=A9 <a href=3D'x'>", ["=C3=A9", "=3D"]),
    ],
)
def test_debris_is_found_where_it_is(text, pieces):
    assert [text[start:end] for start, end in debris_spans(text)] == pieces


@pytest.mark.parametrize(
    "text",
    [
        "Café Übergröße São Paulo, JOSÉ” said",
        "100% sure, 50%20 off",
        "http://x.com/a%20b%20c",
        "a=b, E=mc2, x=20",
        "line\nbreak\ttab\r\n",
        "C:\\new\\table",
        "👩‍👩‍👧 emoji and ملف‌ها",
        "Ångström, naïve, ÉTÉ’",
    ],
)
def test_sound_text_holds_no_debris(text):
    assert debris_spans(text) == []


def test_robust_z_has_a_scale_for_each_side():
    z = robust_z(np.array([0.0, 9.0, 10.0, 11.0, 30.0]))
    assert z[2] == 0.0
    assert (z[:2] < 0).all()
    assert (z[3:] > 0).all()
    np.testing.assert_allclose(
        robust_z(np.array([1.0, 2, 3, 4, 5])),
        [-1.349, -0.6745, 0, 0.6745, 1.349],
        atol=1e-3,
    )


def test_equal_values_have_no_z():
    assert robust_z(np.full(10, 3.0)).tolist() == [0.0] * 10
    assert robust_z(np.array([])).shape == (0,)


def test_robust_z_refuses_missing_values():
    with pytest.raises(InvalidInputError, match="`values` must be finite"):
        robust_z(np.array([1.0, np.nan]))


def test_the_cut_flags_half_a_normal_value_in_any_number():
    rng = np.random.default_rng(0)
    exceeded = [
        np.sum(np.abs(rng.normal(size=20_000)) > calibrated_cut(20_000)) for _ in range(60)
    ]
    assert 0.2 < np.mean(exceeded) < 0.9


def test_the_signal_measures_hostile_texts():
    texts = ["\x00", "x" * 1_000_000, "<b>" * 1000, "\u202eabc\u202c", "\ud800", ""]
    stats = text_stats(np.array(texts, dtype=object))
    assert stats.n_chars.tolist() == [1, 1_000_000, 3000, 5, 1, 0]
    assert stats.markup.tolist() == [0, 0, 1000, 0, 0, 0]
    assert stats.markup_share.tolist() == [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    assert stats.debris.tolist() == [1, 0, 0, 0, 1, 0]
    assert stats.longest_run[1] == 1_000_000
    assert stats.empty.tolist() == [False, False, False, False, False, True]


def test_overlapping_markup_is_counted_once_in_the_share():
    stats = text_stats(np.array(["<!-- <b>x</b> -->"], dtype=object))
    assert stats.markup_share.tolist() == [1.0]
