"""Numbers and verdicts read as people write them."""

import pytest

from tilth.display import numbers, verdicts


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.0 %"),
        (1.0, "100.0 %"),
        (0.39724, "39.7 %"),
        (0.9999, "> 99.9 %"),
        (1e-9, "< 0.1 %"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_nothing(value: float, shown: str) -> None:
    assert numbers.share(value) == shown


def test_a_difference_always_shows_its_sign() -> None:
    assert numbers.signed(0.2) == "+0.200"
    assert numbers.signed(-0.2) == "-0.200"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(59.7, "60 s"), (3599.9, "1 h 0 min"), (60, "1 min")]
)
def test_durations_round_without_sixty_of_anything_but_seconds(
    seconds: float, shown: str
) -> None:
    assert numbers.duration(seconds) == shown


def test_numbers_keep_four_digits() -> None:
    assert numbers.number(123456.789) == "123,500"
    assert numbers.number(0.00001) == "1.0e-05"
    assert numbers.number(float("inf")) == "infinite"


@pytest.mark.parametrize("verdict", ["INVALID", "UNPROVEN"])
def test_no_gain_is_shown_where_nothing_was_proven(verdict: str) -> None:
    assert not verdicts.shows_gain(verdict)
    assert verdicts.meaning(verdict)


def test_no_difference_says_what_the_test_could_have_shown() -> None:
    assert "0.021" in verdicts.meaning("NO DIFFERENCE", 0.021)
