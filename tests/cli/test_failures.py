"""Errors say what, why and what to do."""

import pytest

from tilth.cli.failures import failure_of, printed
from tilth.errors import InvalidInputError, MissingExtraError, UnreadableDataError

MISSING_COLUMN = (
    'Cannot read `reviews.csv`: column "labl" is missing; it has "review", "label". '
    "Did you mean --label label?"
)


def test_the_first_clause_is_the_error_the_aside_the_cause_and_advice_the_hint() -> None:
    assert printed(failure_of(InvalidInputError(MISSING_COLUMN))) == [
        "error: Cannot read `reviews.csv`",
        'cause: column "labl" is missing; it has "review", "label"',
        "hint:  Did you mean --label label?",
    ]


def test_names_of_arguments_become_options() -> None:
    failure = failure_of(
        InvalidInputError("`pred_probs` must be finite, got nan in row 3.")
    )
    assert failure.error == "--pred-probs must be finite"
    assert failure.cause == "got nan in row 3."


def test_a_file_name_with_dots_and_colons_is_not_torn() -> None:
    failure = failure_of(
        UnreadableDataError("Cannot read `a.b.csv` at C:/x.y: it is empty.")
    )
    assert failure.error == "Cannot read `a.b.csv` at C:/x.y"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInputError("No."), 2),
        (UnreadableDataError("No."), 3),
        (MissingExtraError("No."), 4),
        (ZeroDivisionError("division by zero"), 70),
    ],
)
def test_each_error_has_its_exit_code(error: Exception, code: int) -> None:
    assert failure_of(error).exit_code == code


def test_a_bug_is_called_a_bug_and_names_the_exception() -> None:
    lines = printed(failure_of(KeyError("x")))
    assert "bug" in lines[0]
    assert "KeyError" in lines[1]
    assert "--debug" in lines[2]


def test_text_from_data_in_an_error_cannot_steer_the_terminal() -> None:
    lines = printed(
        failure_of(InvalidInputError("`label` must exist, got \x1b[31mred\x1b[0m\n."))
    )
    assert not any("\x1b" in line or "\n" in line for line in lines)


def test_the_exception_behind_an_error_is_its_cause_where_no_other_is_given() -> None:
    error = UnreadableDataError("Cannot read the file.")
    error.__cause__ = OSError("disk full")
    assert failure_of(error).cause == "disk full"
