"""What a check found in the whole dataset, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilth.display.labels_said import is_told
from tilth.display.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Check = Mapping[str, Any]

_TEXTS = {
    "n_markup": "hold markup",
    "n_encoding_debris": "hold encoding debris",
    "n_empty": "are empty",
    "n_unlike_the_rest_in_script": "are in another script",
    "n_unlike_the_rest_in_length": "are far longer or shorter than the rest",
}
_IMAGES = {
    "n_broken": "cannot be decoded",
    "n_low_information": "show next to nothing",
    "n_dark": "are too dark",
    "n_light": "are too light",
    "n_blurry": "are blurred",
    "n_odd_size": "are far larger or smaller than the rest",
    "n_odd_aspect": "are far wider or taller than the rest",
    "n_grayscale": "have no colours",
}


def title(check: Mapping[str, Any]) -> str:
    """Say what a check found.

    Parameters
    ----------
    check : mapping
        Its JSON document, with findings.

    Examples
    --------
    >>> found = {"name": "label_errors", "n_issues": 402, "n_examples": 402, "unit": "example"}
    >>> title({**found, "facts": {}, "issues": []})
    '402 labels are probably wrong'
    >>> unsure = {"value": 0.4, "low": 0.0, "high": 0.9}
    >>> title({**found, "facts": {}, "issues": [], "expected_precision": unsure})
    '402 labels disagree with a model'
    """
    name, n = check["name"], check["n_issues"]
    said = _TITLES[name](check) if name in _TITLES else ""
    return said or f"{count(n, check['unit'] or 'unit')} flagged by {name}"


def _label_patterns(check: Check) -> str:
    if check["n_issues"] == 1 and check["issues"]:
        return f"Labels cannot be trusted where {check['issues'][0]['key']}"
    return f"Labels cannot be trusted in {count(check['n_issues'], 'group')} of examples"


def _label_errors(check: Check) -> str:
    n, precision = check["n_issues"], check.get("expected_precision")
    if precision and not is_told(precision):
        return f"{count(n, 'label')} {'disagrees' if n == 1 else 'disagree'} with a model"
    return f"{count(n, 'label')} {'is' if n == 1 else 'are'} probably wrong"


def _text_problems(check: Check) -> str:
    facts = check["facts"]
    found = sorted(
        ((facts[name], words) for name, words in _TEXTS.items() if facts.get(name)),
        key=lambda pair: -pair[0],
    )
    if not found:
        return ""
    (n, words), rest = found[0], sum(n for n, _ in found[1:])
    one = words.replace("hold", "holds", 1) if words.startswith("hold") else words
    said = f"{count(n, 'text')} {words if n > 1 else one.replace('are', 'is', 1)}"
    return said + (f", {count(rest)} more have other problems" if rest else "")


def _image_problems(check: Check) -> str:
    facts, n = check["facts"], check["n_issues"]
    known = [name for name in _IMAGES if facts.get(name)]
    if not known:
        return ""
    most = max(known, key=lambda name: facts[name])
    words = _IMAGES[most]
    if facts[most] == 1:
        first, _, others = words.partition(" ")
        singular = {"are": "is", "have": "has", "show": "shows"}
        words = f"{singular.get(first, first)} {others}"
    said = f"{count(facts[most], 'image')} {words}"
    rest = n - facts[most]
    return said + (f", {count(rest)} more have other problems" if rest else "")


def _exact_duplicates(check: Check) -> str:
    return _repeats(check, "repeat", "another one exactly")


def _near_duplicates(check: Check) -> str:
    return _repeats(check, "nearly repeat", "another one")


def _repeats(check: Check, verb: str, what: str) -> str:
    facts = check["facts"]
    if "n_extra" not in facts:
        return ""
    n, differ = facts["n_extra"], facts["n_conflicting"]
    said = f"{count(n, 'example')} {verb}{'s' if n == 1 else ''} {what}"
    if differ:
        said += f"; in {count(differ, 'group')} the labels differ"
    return said


def _outliers(check: Check) -> str:
    n = check["n_issues"]
    return f"{count(n, 'example')} {'lies' if n == 1 else 'lie'} far from all others"


def _missing_values(check: Check) -> str:
    return f"Values are missing in {count(check['n_issues'], 'column')}"


def _column_problems(check: Check) -> str:
    n = check["facts"].get("n_columns_flagged", check["n_issues"])
    return f"{count(n, 'column')} {'is' if n == 1 else 'are'} not fit for a model as {'it is' if n == 1 else 'they are'}"


def _class_imbalance(check: Check) -> str:
    n = check["n_issues"]
    return f"{count(n, 'class')} {'has' if n == 1 else 'have'} too few examples"


def _test_leakage(check: Check) -> str:
    n = check["facts"].get("n_test_leaked")
    if n is None:
        return ""
    return f"{count(n, 'test example')} {'is' if n == 1 else 'are'} among the training examples"


_TITLES: dict[str, Callable[[Check], str]] = {
    "label_patterns": _label_patterns,
    "label_errors": _label_errors,
    "text_problems": _text_problems,
    "image_problems": _image_problems,
    "exact_duplicates": _exact_duplicates,
    "near_duplicates": _near_duplicates,
    "outliers": _outliers,
    "missing_values": _missing_values,
    "column_problems": _column_problems,
    "class_imbalance": _class_imbalance,
    "test_leakage": _test_leakage,
}
