"""How a check ended, as a report shows it: words, examples, ids; each no more than wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilth.checks import CHECKS
from tilth.checks.check import Findings
from tilth.data.plain_values import plain_value
from tilth.display.evidence import said
from tilth.display.labels_said import facts_said
from tilth.display.numbers import decimals_of
from tilth.display.terminal import clipped
from tilth.display.titles import title
from tilth.report.documents import check_document
from tilth.signals.predicates import Predicate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tilth.checks.check import Outcome
    from tilth.report.examples import Examples

NAME_WIDTH = 80  # characters of a class, column or rule
WHY_WIDTH = 300
_MEMBERS_SHOWN = 3  # examples of a group, besides its ids
_QUESTIONS = {check.name: check.question for check in CHECKS}
# What evidence says without quoting an example: all that a redacted report keeps.
_NO_QUOTES = frozenset({"problem", "kind", "words", "labels", "column", "script"})
_QUOTED_NUMBERS = frozenset({"value", "test_row"})


def section(
    name: str, outcome: Outcome, examples: Examples, n_shown: int
) -> dict[str, Any]:
    """Return a check's document with its question, title and the examples to show."""
    document = check_document(name, outcome, examples.dataset, limit=n_shown)
    document["question"] = _QUESTIONS.get(name, "")
    document["title"] = ""
    if examples.redacted:
        document["facts"] = {k: v for k, v in document["facts"].items() if _is_number(v)}
        if document["outcome"] == "failed":  # an error may quote what it choked on
            document["reason"] = "it broke; the error is left out"
    if not isinstance(outcome, Findings) or document["outcome"] != "findings":
        return document
    document["title"] = clipped(title(document), NAME_WIDTH * 2)
    document["said"] = facts_said(document["facts"]) if name == "label_errors" else []
    issues = outcome.issues.head(n_shown)
    positions = _positions(outcome, issues["key"].tolist())
    document["issues"] = [
        _issue(outcome, issue, row, examples, positions[i], i, name)
        for i, (issue, (_, row)) in enumerate(
            zip(_rounded(document["issues"]), issues.iterrows(), strict=True)
        )
    ]
    document["n_not_shown"] = document["n_issues"] - len(document["issues"])
    return document


def _rounded(issues: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return issues whose suggested numbers have the decimals of the given ones."""
    numbers = [each["given"] for each in issues if isinstance(each["given"], float)]
    decimals = decimals_of(numbers)
    if not numbers or decimals is None:
        return issues
    return [{**each, "suggested": round(each["suggested"], decimals)} for each in issues]


def _positions(findings: Findings, keys: list[Any]) -> list[NDArray[Any] | list[int]]:
    """Return the rows of each unit, in file order."""
    if findings.unit == "example":
        return [[int(key)] for key in keys]
    if findings.members is None:
        return [[] for _ in keys]
    listed = findings.members[findings.members["key"].isin(keys)]
    rows = {
        key: sorted(set(group.tolist()))
        for key, group in listed.groupby("key", sort=False)["position"]
    }
    return [rows.get(key, []) for key in keys]


def _issue(  # noqa: PLR0917 - one call, and each is what it is called
    findings: Findings,
    issue: dict[str, Any],
    row: Any,
    examples: Examples,
    positions: Any,
    i: int,
    name: str,
) -> dict[str, Any]:
    evidence = issue["evidence"]
    if examples.redacted:
        evidence = {key: value for key, value in evidence.items() if _is_free(key, value)}
    shown = {**issue, "evidence": evidence}
    document: dict[str, Any] = {
        "anchor": f"{name}-{i + 1}",
        "key": None,
        "quality": issue["quality"],
        "given": _named(issue["given"]),
        "suggested": _named(issue["suggested"]),
        "why": clipped(said(name, shown), WHY_WIDTH),
        "evidence": {
            key: clipped(value, WHY_WIDTH) if isinstance(value, str) else value
            for key, value in evidence.items()
            if key not in ("predicate", "excerpt")
        },
        "n_members": len(positions),
        "ids": examples.ids(positions),
        "examples": [],
    }
    if findings.unit == "cluster":
        document["key"] = f"group {i + 1}"
        document["examples"] = examples.pair(*positions[:2]) if len(positions) > 1 else []
    elif findings.unit == "example":
        document["key"] = document["ids"][0] if document["ids"] else None
        about = row.get("column")
        document["examples"] = [
            examples.shown(
                positions[0],
                column=about if isinstance(about, str) else None,
                needle=_mark_of(evidence),
            )
        ]
    else:
        document["key"] = clipped(issue["key"], NAME_WIDTH)
        column, needle = _rule(row.get("predicate"))
        column = column or (row.get("column") if findings.unit == "column" else None)
        if findings.unit != "column":
            document["examples"] = [
                examples.shown(position, column=column, needle=needle)
                for position in _spread(positions)
            ]
    return document


def _spread(positions: Any) -> list[int]:
    """Return a few rows from the beginning, the middle and the end."""
    n = len(positions)
    places = range(n) if n <= _MEMBERS_SHOWN else (0, n // 2, n - 1)
    return [int(positions[place]) for place in places]


def _rule(predicate: Any) -> tuple[str | None, str]:
    """Return the column a rule is about, and what it looks for in texts."""
    if not isinstance(predicate, str):
        return None, ""
    rule = Predicate.from_json(predicate)
    needle = str(rule.value) if rule.kind in ("words", "characters") else ""
    return rule.column, needle


def _mark_of(evidence: Mapping[str, Any]) -> str:
    """Return what to mark in a text with a problem: where its markup begins."""
    return "<" if str(evidence.get("problem", "")).startswith("markup") else ""


def _named(value: Any) -> str | None:
    plain = plain_value(value)
    return None if plain is None else clipped(plain, NAME_WIDTH)


def _is_free(name: str, value: Any) -> bool:
    if isinstance(value, str):
        return name in _NO_QUOTES
    return _is_number(value) and name not in _QUOTED_NUMBERS


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float))
