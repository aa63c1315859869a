"""A run as one document: what a report shows, in the order it shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tilth.data.plain_values import plain_value
from tilth.data.schema import SINGLE_ROLES
from tilth.display.headlines import (
    audit_headline,
    audit_sentences,
    edit_headline,
    proof_headline,
    proof_sentences,
)
from tilth.display.labels_said import precision_said
from tilth.display.numbers import count, signed
from tilth.display.terminal import clipped, command_line
from tilth.remedies import REMEDIES
from tilth.report.documents import dataset_document
from tilth.report.examples import TEXT_WIDTH, Examples
from tilth.report.findings import NAME_WIDTH, section
from tilth.report.tables import class_balance, noise_matrix, overlaps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tilth.checks.check import Outcome
    from tilth.data.dataset import Dataset

SCHEMA = "tilth.report/1"
N_SHOWN = 25  # findings of each check listed with their examples
_CARDS = 6
_CARD_EXAMPLES = 3
_MAX_COLUMNS = 40
_WITH_REMEDY = frozenset(remedy.check for remedy in REMEDIES)
# Reasons of these edits quote values of the column.
_QUOTING = frozenset({"column_problems", "missing_values", "outliers"})
HOLDS = (
    "This report holds texts, values, labels and ids of single examples. Share it with those "
    "who may see them; --redact leaves them out."
)
HOLDS_REDACTED = (
    "Redacted: this report holds no text, no image, no value and no id of any example. It does hold names "
    "of columns and classes, the rules of groups with the words and values they name, counts and scores."
)


@dataclass(frozen=True)
class Run:
    """What a report tells of.

    Attributes
    ----------
    dataset : Dataset
        What the checks looked at.
    outcomes : mapping of check name to Outcome
    facts : mapping
        Of the audit: the model behind the findings and its accuracy.
    made : mapping
        How it can be repeated, as `report.made.made` says.
    result : mapping, optional
        The JSON document of an improvement or a proof.
    commands : sequence of (command, what it does)
        What to do next.
    source : str
        How a command names the data.
    program : sequence of str
        The first words of a command in the same project.
    notes : sequence of str
        What the reader should know first.
    words : mapping of str to sequence of str or None
        What stands behind ``audit`` and ``improve`` to name the data with all that was said
        of them; left out: `source` and the label. None: no command can.
    n_examples : int, optional
        Of the data as given, where `dataset` may be a part of them.
    """

    dataset: Dataset
    outcomes: Mapping[str, Outcome]
    made: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] | None = None
    commands: Sequence[tuple[str, str]] = ()
    source: str = "SOURCE"
    program: Sequence[str] = ("tilth",)
    notes: Sequence[str] = ()
    words: Mapping[str, Sequence[str] | None] = field(default_factory=dict)
    n_examples: int | None = None


def report_document(
    run: Run, *, redacted: bool = False, n_shown: int = N_SHOWN
) -> dict[str, Any]:
    """Write a run as ``tilth.report/1``, the document every format is made from.

    Parameters
    ----------
    run : Run
    redacted : bool
        Leave out whatever quotes an example: texts, values, ids.
    n_shown : int
        Findings of each check listed with their examples; counts are never cut.

    Notes
    -----
    Cost grows with `n_shown` and the number of checks, and linearly in examples where they
    are counted: 0.2 s for 6,666 texts.
    """
    examples = Examples(run.dataset, redacted)
    checks = [
        section(name, outcome, examples, n_shown) for name, outcome in run.outcomes.items()
    ]
    edits = [_edit(edit, redacted=redacted) for edit in (run.result or {}).get("edits", ())]
    result = _result(run.result)
    document = {
        "schema": SCHEMA,
        "redacted": redacted,
        "holds": _holds(run.dataset, redacted=redacted),
        "dataset": _dataset(run.dataset, run.n_examples, redacted=redacted),
        "answer": _answer(checks, result),
        "notes": [clipped(note, 300) for note in run.notes],
        "problems": _problems(run, checks, edits),
        "checks": checks,
        "overlaps": overlaps(run.outcomes),
        "noise_matrix": noise_matrix(run.outcomes.get("label_errors")),
        "classes": class_balance(run.dataset),
        "proof": result,
        "edits": edits,
        "candidates": [
            _candidate(candidate, redacted=redacted)
            for candidate in (run.result or {}).get("candidates", ())
        ],
        "facts": plain_value(run.facts),
        "made": plain_value(run.made),
        "next": [{"command": command, "what": what} for command, what in run.commands],
        "limits": _limits(checks, n_shown, redacted=redacted),
    }
    plain: dict[str, Any] = plain_value(document)
    return plain


def _holds(dataset: Dataset, *, redacted: bool) -> str:
    if redacted:
        return HOLDS_REDACTED
    return HOLDS if dataset.images is None else HOLDS.replace("texts", "images, texts", 1)


def _dataset(dataset: Dataset, n: int | None, *, redacted: bool) -> dict[str, Any]:
    document = dataset_document(dataset)
    columns = document["columns"]
    return {
        "name": clipped(str(document["source"]).replace("\\", "/").rsplit("/", 1)[-1], 80),
        "n_examples": document["n_examples"],
        "n_in_all": n if n is not None and n > document["n_examples"] else None,
        "n_columns": document["n_columns"],
        "n_unlabelled": document["n_unlabelled"],
        "columns": [clipped(column, NAME_WIDTH) for column in columns[:_MAX_COLUMNS]],
        "task": document["task"],
        "text": [clipped(column, NAME_WIDTH) for column in document["text"]],
        "n_classes": len(document["classes"]) if "classes" in document else None,
        "notes": [] if redacted else [clipped(note, 300) for note in document["notes"]],
        **{
            role: document[role] and clipped(document[role], NAME_WIDTH)
            for role in SINGLE_ROLES
        },
    }


def _answer(
    checks: Sequence[Mapping[str, Any]], result: Mapping[str, Any] | None
) -> dict[str, Any]:
    if result is None:
        headline, sentences = audit_headline(checks), audit_sentences(checks)
        return {"verdict": None, "headline": headline, "sentences": sentences}
    advice = result.get("advice")  # proofs stored before had none
    return {
        "verdict": result["verdict"],
        "headline": proof_headline(result),
        "sentences": proof_sentences(result) + ([str(advice)] if advice else []),
    }


def _problems(
    run: Run, checks: Sequence[Mapping[str, Any]], edits: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the cards: checks that the edits act on first, then report order."""
    acted = {edit["check"] for edit in edits}
    found = [check for check in checks if check["outcome"] == "findings"]
    found.sort(key=lambda check: check["name"] not in acted)
    return [
        {
            "check": check["name"],
            "title": check["title"],
            "unit": check["unit"],
            "n_issues": check["n_issues"],
            "n_examples": check["n_examples"],
            "share": check["share"],
            "expected_precision": check["expected_precision"],
            "precision_said": precision_said(check["expected_precision"])
            if check["expected_precision"]
            else "",
            "why": check["issues"][0]["why"] if check["issues"] else "",
            "effect": _effect(run.result, check["name"], acted),
            "examples": _card_examples(check),
            "command": _command(run, check["name"], acted),
        }
        for check in found[:_CARDS]
    ]


def _card_examples(check: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return up to three examples, each with the reason it is shown for."""
    if check["unit"] == "example":
        return [
            {**issue["examples"][0], "why": issue["why"]}
            for issue in check["issues"][:_CARD_EXAMPLES]
            if issue["examples"]
        ]
    if check["unit"] == "column":
        return [
            {"id": None, "key": issue["key"], "why": issue["why"]}
            for issue in check["issues"][:_CARD_EXAMPLES]
        ]
    per_unit = _CARD_EXAMPLES if check["n_issues"] == 1 else 1
    per_unit = 2 if check["unit"] == "cluster" else per_unit
    listed = [
        {**example, "key": issue["key"], "why": issue["why"]}
        for issue in check["issues"]
        for example in issue["examples"][:per_unit]
    ]
    return listed[: 2 if check["unit"] == "cluster" else _CARD_EXAMPLES]


def _effect(result: Mapping[str, Any] | None, check: str, acted: set[str]) -> str:
    """Say what acting on a check was measured to do; nothing where nothing was measured."""
    if result is None:
        return ""
    if check in acted:
        return "Acted on: the edits kept are made from this."
    tried = [
        candidate
        for candidate in result.get("candidates", ())
        if candidate["edits"] and candidate["edits"][-1]["check"] == check
    ]
    if not tried:
        return ""
    measured = [c["inner"]["difference"] for c in tried if c["inner"]]
    if not measured:
        return f"{count(len(tried), 'edit')} proposed, none could be measured."
    return (
        f"{count(len(tried), 'edit')} tried on training data, {signed(max(measured))} at best; "
        "not kept."
    )


def _command(run: Run, check: str, acted: set[str]) -> dict[str, str]:
    label = run.dataset.schema.label
    plainly = [run.source, *(["--label", label] if label else [])]
    improved = run.words.get("improve", plainly)
    if run.result is None and label and check in _WITH_REMEDY and improved is not None:
        return {
            "command": command_line(*run.program, "improve", *improved),
            "what": "try edits, keep what is proven",
        }
    if check in acted and run.result and run.result.get("version"):
        version = str(run.result["version"])
        parent = str(run.result.get("parent") or "v1")
        return {
            "command": command_line(*run.program, "diff", parent, version),
            "what": "see every change",
        }
    words = run.words.get("audit", plainly)
    if words is None:
        return {"command": "", "what": ""}
    return {
        "command": command_line(*run.program, "audit", *words, "--select", check, "--json"),
        "what": "list all of them",
    }


def _edit(edit: Mapping[str, Any], *, redacted: bool) -> dict[str, Any]:
    shown = {name: edit.get(name) for name in ("op", "n", "remedy", "check", "column")}
    reason = str(edit.get("reason", ""))
    if redacted and edit.get("check") in _QUOTING:
        reason = ""
    column = shown["column"] and clipped(shown["column"], NAME_WIDTH)
    shown |= {"column": column, "reason": clipped(reason, 400)}
    return shown | {
        "headline": edit_headline(shown) if shown["op"] else str(shown["remedy"])
    }


def _candidate(candidate: Mapping[str, Any], *, redacted: bool) -> dict[str, Any]:
    return {
        "edits": [_edit(edit, redacted=redacted) for edit in candidate["edits"]],
        "inner": candidate["inner"],
        "accepted": candidate["accepted"],
        "why": ""
        if redacted and not candidate["inner"]
        else clipped(candidate["why"], 300),
    }


def _result(result: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if result is None:
        return None
    beside = ("schema", "edits", "candidates", "made", "audit", "tested")
    shown = {name: value for name, value in result.items() if name not in beside}
    shown["notes"] = [clipped(note, 300) for note in shown["notes"]]
    shown["slices"] = [
        {**part, "slice": clipped(part["slice"], NAME_WIDTH)} for part in shown["slices"]
    ]
    return shown


def _limits(
    checks: Sequence[Mapping[str, Any]], n_shown: int, *, redacted: bool
) -> list[str]:
    """Say what was cut, so that nobody takes what is shown for all there is."""
    said = [] if redacted else [f"Texts are cut at {TEXT_WIDTH} characters."]
    cut = [check for check in checks if check.get("n_not_shown")]
    if cut:
        names = ", ".join(check["name"] for check in cut)
        said.append(
            f"The {n_shown} worst findings are listed of {names}; counts are of all."
        )
    return said
