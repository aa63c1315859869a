"""Errors as people read them: what, why, and what to do."""

import json
import re
import sys
import traceback
from dataclasses import dataclass

from tilth.display.terminal import clipped
from tilth.errors import TilthError

INTERRUPTED = 130
UNEXPECTED = (
    70  # EX_SOFTWARE of sysexits.h: a bug of ours, apart from every deliberate code
)

_MAX_SHOWN = 600  # characters; the JSON document holds the rest

_SENTENCE_END = re.compile(r"(?<=[.?!])\s+(?=[A-Z`\"'-])")
_ASIDE = re.compile(r"(?:[;:]|,(?= got\b))\s+")
_VERBS = (
    "did you mean|add|allow|ask|check|choose|close|compare|correct|draw|drop|encode|fill|free|give|"
    "impute|install|keep|leave|load|look|make|move|name|pass|put|read|remove|rename|resize|return|"
    "run|save|say|see|set|show|start|train|transpose|try|unpack|upgrade|use|wait|write"
)
# What a person can do: an imperative, also behind a condition.
_ADVICE = re.compile(rf"(?:if [^,.;]+, )?(?:{_VERBS})\b", re.IGNORECASE)
_OPTION = re.compile(
    r"`(label|text|image|image_root|id|group|time|split|test|model|metric|budget|seed|select|pred_probs"
    r"|embeddings|text_as)`"
)


@dataclass(frozen=True)
class Failure:
    """Why a command could not do what was asked.

    Attributes
    ----------
    exit_code : int
        2 usage, 3 data unreadable, 4 missing extra, 70 a bug.
    error, cause, hint : str
        What went wrong, why, and what to do; `cause` and `hint` may be empty.
    """

    exit_code: int
    error: str
    cause: str = ""
    hint: str = ""


def failure_of(error: BaseException) -> Failure:
    r"""Read an error's sentences as error, cause and hint.

    Examples
    --------
    >>> from tilth.errors import InvalidInputError
    >>> print(*printed(failure_of(InvalidInputError("`seed` must be 0 or more, got -1. Use 0."))), sep="\n")
    error: --seed must be 0 or more
    cause: got -1
    hint:  Use 0
    """
    if isinstance(error, OSError) and not isinstance(error, TilthError):
        return Failure(2, "a file cannot be read or written", str(error))
    if not isinstance(error, TilthError):
        return Failure(
            UNEXPECTED,
            "tilth broke; this is a bug",
            f"{type(error).__name__}: {error}",
            "run the command again with --debug and report what it prints",
        )
    message = _OPTION.sub(lambda match: "--" + match[1].replace("_", "-"), str(error))
    first, *rest = _SENTENCE_END.split(message.strip())
    what, *why = _ASIDE.split(first, maxsplit=1)
    advice = [sentence for sentence in rest if _ADVICE.match(sentence)]
    causes = [*why, *(sentence for sentence in rest if not _ADVICE.match(sentence))]
    if not causes and error.__cause__ is not None:
        causes = [str(error.__cause__)]
    return Failure(error.exit_code, what, " ".join(causes), " ".join(advice))


def printed(failure: Failure) -> list[str]:
    """Write a failure as the lines of the screen."""
    lines = [f"error: {_line(failure.error)}"]
    if failure.cause:
        lines.append(f"cause: {_line(failure.cause)}")
    if failure.hint:
        lines.append(f"hint:  {_line(failure.hint)}")
    return lines


def document(failure: Failure) -> dict[str, object]:
    """Write a failure as the JSON document of the command."""
    return {
        "schema": "tilth.error/1",
        "error": failure.error,
        "cause": failure.cause or None,
        "hint": failure.hint or None,
        "exit_code": failure.exit_code,
    }


def report(failure: Failure, error: BaseException, *, is_debug: bool, as_json: bool) -> int:
    """Print a failure on stderr, as JSON on stdout too where asked; return the exit code."""
    if is_debug:
        traceback.print_exception(error, file=sys.stderr)
    sys.stderr.write("\n".join(printed(failure)) + "\n")
    if as_json:
        sys.stdout.write(json.dumps(document(failure)) + "\n")
    return failure.exit_code


def _line(sentence: str) -> str:
    text = clipped(sentence.replace("\n", "; "), _MAX_SHOWN)
    return text[:-1] if text.endswith(".") and not text.endswith("..") else text
