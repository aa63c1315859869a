"""The answer of a run in one line: what a proof shows, or what checks found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilth.display.evidence import KINDS
from tilth.display.labels_said import precision_said
from tilth.display.numbers import count, interval, score, share, signed
from tilth.display.verdicts import meaning, shows_gain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DONE = {
    "drop": "Left out",
    "relabel": "Given another label",
    "set_cell": "Given another value",
    "weight": "Given another weight",
    "add_examples": "Added",
    "drop_column": "Column left out",
    "transform_column": "Column transformed",
    "add_column": "Column added",
}
"""What each kind of edit does, before the reason for it."""

_DONE = {
    "drop": ("left out", "example"),
    "relabel": ("given another label", "example"),
    "set_cell": ("given another value", "cell"),
    "weight": ("given another weight", "example"),
    "add_examples": ("added", "example"),
}


def proof_headline(proof: Mapping[str, Any]) -> str:
    """Say what a proof shows; a gain only where one is shown.

    Parameters
    ----------
    proof : mapping
        Its JSON document.
    """
    verdict = proof["verdict"]
    if verdict == "INVALID":
        return "This comparison cannot be trusted"
    if verdict == "UNPROVEN":
        return "Whether the edits help is not proven"
    if verdict == "NO DIFFERENCE" or not proof["before"] or not proof["after"]:
        return (
            "No edit is proven to help" if _is_unchanged(proof) else "No difference shown"
        )
    before, after = proof["before"]["mean"], proof["after"]["mean"]
    verb = "rises" if after > before else "falls"
    metric = str(proof["metric"]).replace("_", " ").capitalize()
    return f"{metric} {verb} from {score(before)} to {score(after)}"


def proof_sentences(proof: Mapping[str, Any]) -> list[str]:
    """Say what the headline rests on, in a sentence or two."""
    verdict = proof["verdict"]
    if not shows_gain(verdict) or _is_unchanged(proof) or proof["difference"] is None:
        return [str(proof["why"])]
    n_seeds = len(proof["seeds"])
    seeds = f", same {n_seeds} seeds" if n_seeds > 1 and not proof["deterministic"] else ""
    rows = count(proof["n_test"], "test row")
    says = meaning(verdict, proof["smallest_detectable"])
    between = f"95 % interval {interval(*proof['interval'])}"
    return [
        f"A difference of {signed(proof['difference'])}, {between}: {says}.",
        f"Same model on both sides{seeds}; {rows} that nothing touched and that chose nothing.",
    ]


def edit_headline(edit: Mapping[str, Any]) -> str:
    """Say what an edit does and to how many.

    Examples
    --------
    >>> edit_headline({"op": "relabel", "n": 2668, "column": None})
    '2,668 examples given another label'
    >>> edit_headline({"op": "drop_column", "n": 1, "column": "zip"})
    'column zip left out'
    """
    op = str(edit["op"])
    if op in _DONE:
        done, noun = _DONE[op]
        return f"{count(edit['n'], noun)} {done}"
    column = edit.get("column") or ""
    words = {"drop_column": "left out", "transform_column": "transformed"}
    return f"column {column} {words.get(op, op.replace('_', ' '))}"


def audit_headline(checks: Sequence[Mapping[str, Any]]) -> str:
    """Say the most important thing that checks found, in report order."""
    found = [check for check in checks if check["outcome"] == "findings"]
    if found:
        return str(found[0]["title"])
    if any(check["outcome"] == "failed" for check in checks):
        return "Some checks broke; the others found nothing"
    return "No check found a problem"


def audit_sentences(checks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say how much is affected, and that the effect on a model was not measured."""
    found = [check for check in checks if check["outcome"] == "findings"]
    if not found:
        n_clean = sum(check["outcome"] == "clean" for check in checks)
        return [f"{count(n_clean, 'check')} looked at the data and found nothing to flag."]
    sentences = [effect for effect in [_effect(found[0])] if effect]
    if len(found) > 1:
        others = count(len(found) - 1, "other check")
        sentences.append(f"{others} found something as well.")
    sentences.append(
        "What that costs your model is not measured here; the next command measures it."
    )
    return sentences


def _effect(check: Mapping[str, Any]) -> str:
    n_examples = check["n_examples"]
    size = f"{count(n_examples, 'example')} ({share(check['share'])})"
    if check["name"] == "label_patterns":
        rates = [issue["evidence"] for issue in check["issues"]]
        wrong = sum(e["n"] * e["noise_rate"] for e in rates)
        kinds = {KINDS.get(e["kind"], e["kind"]) for e in rates}
        kind = f"; the labels are {kinds.pop()}" if len(kinds) == 1 else ""
        return f"{size}, and about {count(round(wrong))} of their labels are wrong{kind}."
    precision = check["expected_precision"]
    if precision:
        return f"{size}. {precision_said(precision)}"
    return f"{size} flagged." if n_examples else ""


def _is_unchanged(proof: Mapping[str, Any]) -> bool:
    return proof["before"] is not None and proof["before"] == proof["after"]
