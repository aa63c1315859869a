"""What a check saw in one unit, in words: the same on the screen, in reports and in notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilth.display.numbers import count, number, share

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Evidence = Mapping[str, Any]

_SAYS = 0.5  # of the model for a class, from which no other is more probable
_MOST_SHOWN = 3  # numbers of a check that has no sentence of its own

KINDS = {
    "random": "as good as random",
    "inverted": "swapped",
    "constant": "all the same",
    "biased": "pulled to one class",
}
"""How labels were given in a group that cannot be trusted."""

MEANINGS = {
    "random": "The label says nothing about the example: it may as well have been drawn by lot.",
    "inverted": "One class was given where another was meant, by one rule throughout.",
    "constant": "Every example got the same label, whatever it holds.",
    "biased": "Many examples of other classes got the label of one class.",
}
"""What each of the `KINDS` means, in a sentence."""


def said(check: str, issue: Mapping[str, Any]) -> str:
    r"""Say why a check flagged a unit.

    Parameters
    ----------
    check : str
        Its name; a check that is not known here has its numbers listed.
    issue : mapping
        ``given``, ``suggested`` and ``evidence``, as in JSON documents.

    Examples
    --------
    >>> said("label_errors", {"given": "good", "suggested": "bad", "evidence": {"p_suggested": 0.97}})
    'given good, model says bad (0.97)'
    >>> said("label_errors", {"given": 5, "suggested": 4, "evidence": {"p_suggested": 0.25}})
    'given 5, probably 4 (model 0.25)'
    >>> evidence = {"n_missing": 3, "n_disguised": 2, "share": 0.05, "disguised_as": "'?' (2)"}
    >>> said("missing_values", {"evidence": evidence})
    "5.0 % of its cells are missing, 2 of them written as '?' (2)"
    """
    evidence = {
        name: value
        for name, value in issue["evidence"].items()
        if value is not None and value != ""
    }
    if "error" in evidence and "why" in evidence:
        return f"{evidence['error']}: {evidence['why']}"
    if issue.get("suggested") is not None:
        given, instead = _label(issue["given"]), _label(issue["suggested"])
        if "p_suggested" not in evidence:
            return f"given {given}, model says {instead}"
        p = evidence["p_suggested"]
        if (
            p < _SAYS
        ):  # what noise made of the label may be likelier than what the model says
            return f"given {given}, probably {instead} (model {p:.2f})"
        return f"given {given}, model says {instead} ({p:.2f})"
    try:
        sentence = _SENTENCES[check](evidence) if check in _SENTENCES else ""
    except KeyError:  # a check of that name with other evidence
        sentence = ""
    return sentence or _listed(evidence)


def _label_patterns(evidence: Evidence) -> str:
    kind = KINDS.get(evidence["kind"], evidence["kind"])
    words = f": {evidence['words']}" if "words" in evidence else ""
    return f"labels are {kind}, about {evidence['noise_rate']:.0%} of them wrong{words}"


def _text_problems(evidence: Evidence) -> str:
    return str(evidence["problem"])


def _image_problems(evidence: Evidence) -> str:
    problem = str(evidence["problem"])
    if "odd" not in problem or "width" not in evidence:
        return problem
    return f"{problem}, {evidence['width']:.0f} x {evidence['height']:.0f} pixels"


def _clusters(evidence: Evidence) -> str:
    alike = evidence.get("similarity")
    how = "" if alike is None else f", {share(alike)} alike"
    labels = evidence.get("labels")
    if evidence["conflicting"]:
        return f"its labels differ: {labels}{how}"
    size = count(evidence["n_examples"], "example")
    return f"{size}{f', labelled {labels}' if labels else ''}{how}"


def _outliers(evidence: Evidence) -> str:
    if "column" in evidence and "value" in evidence:
        z = evidence.get("robust_z")
        away = "" if z is None else f", {number(abs(z), 1)} spreads from the middle"
        return f"{evidence['column']} is {number(evidence['value'])}{away}"
    return (
        f"far from all others: {number(evidence['severity'], 1)} times as far as the line"
    )


def _missing_values(evidence: Evidence) -> str:
    said = f"{share(evidence['share'])} of its cells are missing"
    if evidence.get("n_disguised"):
        as_what = evidence.get("disguised_as")
        said += f", {count(evidence['n_disguised'])} of them written"
        said += f" as {as_what}" if as_what else " as something else"
    return said


def _class_imbalance(evidence: Evidence) -> str:
    size = count(evidence["n"], "example")
    return f"{size}, {share(evidence['share'])} of all, {evidence['ratio_to_largest']:.2g} of the largest class"


def _test_leakage(evidence: Evidence) -> str:
    n = count(evidence["n_test_rows"], "test row")
    return f"{'repeated' if evidence['kind'] == 'exact' else 'nearly repeated'} by {n}"


def _column_problems(evidence: Evidence) -> str:
    return str(evidence.get("why") or evidence["problem"])  # the key names the problem


def _listed(evidence: Evidence) -> str:
    for name in ("why", "words", "problem"):
        if name in evidence:
            return str(evidence[name])
    shown = [f"{_words(name)} {_value(value)}" for name, value in evidence.items()]
    return ", ".join(shown[:_MOST_SHOWN])


def _label(value: Any) -> str:
    """Write a class as it is, a measured number as people read it."""
    return number(value) if isinstance(value, float) else str(value)


def _words(name: str) -> str:
    return str(name).removeprefix("n_").replace("_", " ")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, (int, float)) else str(value)


_SENTENCES: dict[str, Callable[[Evidence], str]] = {
    "label_patterns": _label_patterns,
    "text_problems": _text_problems,
    "image_problems": _image_problems,
    "exact_duplicates": _clusters,
    "near_duplicates": _clusters,
    "outliers": _outliers,
    "missing_values": _missing_values,
    "class_imbalance": _class_imbalance,
    "test_leakage": _test_leakage,
    "column_problems": _column_problems,
}
