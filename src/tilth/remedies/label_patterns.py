"""Act on a group with bad labels: drop it, swap its labels back, or clean its mark away."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.edits.edit import Edit, Reason, no_targets
from tilth.remedies.remedy import Remedy
from tilth.signals.predicates import Predicate, category_of, phrase_pattern, text_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.checks.check import Findings

_CHECK = "label_patterns"
_MARKUP = frozenset("<>&")
_MIN_LITERAL = 0.9  # our own: a phrase written in more ways is not one mark to remove


def drop_label_pattern(
    findings: Findings, example_id: NDArray[Any], *, key: str
) -> list[Edit]:
    """Leave out the examples of the group named `key`."""
    positions = _positions(findings, key)
    if not len(positions):
        return []
    reason = Reason(_CHECK, "drop_label_pattern", _why(findings, key, len(example_id)))
    return [Edit("drop", pd.DataFrame({"example_id": example_id[positions]}), reason)]


def relabel_label_pattern(
    findings: Findings, example_id: NDArray[Any], given: NDArray[Any], *, key: str
) -> list[Edit]:
    """Swap the labels of the group named `key` back, where they were swapped by one rule.

    Nothing is done where labels are random or constant: the true ones are not to be had.
    """
    pairs = str(_row(findings, key)["relabelling"])
    positions = _positions(findings, key)
    if not pairs or not len(positions):
        return []
    true_of_given = {json.dumps(before): after for before, after in json.loads(pairs)}
    classes = {
        json.dumps(category_of(value)): value for value in given if value is not None
    }
    before = given[positions]
    after = np.array(
        [
            None if value is None else _true(value, true_of_given, classes)
            for value in before
        ],
        dtype=object,
    )
    changed = np.array(
        [a is not None and a != b for a, b in zip(after, before, strict=True)]
    )
    if not changed.any():
        return []
    targets = pd.DataFrame(
        {
            "example_id": example_id[positions[changed]],
            "before": before[changed],
            "after": after[changed],
        }
    )
    reason = Reason(_CHECK, "relabel_label_pattern", _why(findings, key, len(given)))
    return [Edit("relabel", targets, reason)]


def clean_label_pattern(findings: Findings, table: pd.DataFrame, *, key: str) -> list[Edit]:
    """Remove from the text what marks the group named `key`, keeping its labels."""
    rule = Predicate.from_json(str(_row(findings, key)["predicate"]))
    params = _removal(rule, table)
    if params is None:
        return []
    reason = Reason(_CHECK, "clean_label_pattern", _why(findings, key, len(table)))
    return [
        Edit("transform_column", no_targets(), reason, column=rule.column, params=params)
    ]


def _removal(rule: Predicate, table: pd.DataFrame) -> dict[str, Any] | None:
    is_markup = rule.kind == "mark" and rule.value == "markup"
    if is_markup or (rule.kind == "characters" and set(str(rule.value)) & _MARKUP):
        return {"kind": "strip_markup"}
    if rule.kind == "characters" and str(rule.value).strip():
        return {"kind": "remove_text", "value": str(rule.value)}
    if rule.kind != "words":
        return None
    literal = _literal(rule, table)
    return None if literal is None else {"kind": "remove_text", "value": literal}


def _literal(rule: Predicate, table: pd.DataFrame) -> str | None:
    """Return the phrase as it is written, if it is nearly always written the same way."""
    column = next(c for c in table.columns if str(c) == rule.column)
    pattern = phrase_pattern(str(rule.value))
    found = Counter(
        text[match.start() : match.end()]
        for text in text_of(table[column])
        if len(text.lower()) == len(text)  # else places in the lower-case text are others
        for match in [pattern.search(text.lower())]
        if match is not None
    )
    if not found:
        return None
    literal, n_written = found.most_common(1)[0]
    return literal if n_written >= _MIN_LITERAL * found.total() else None


def _true(value: Any, true_of_given: dict[str, Any], classes: dict[str, Any]) -> Any:
    code = json.dumps(category_of(value))
    true = true_of_given.get(code)
    return value if true is None else classes.get(json.dumps(true), value)


def _why(findings: Findings, key: str, n_examples: int) -> str:
    row, n = _row(findings, key), len(_positions(findings, key))
    words = f": {row['words']}" if row["words"] else ""
    return (
        f"{n:,} examples where {key} ({n / n_examples:.1%}) have labels that are "
        f"{_KINDS[row['kind']]}, about {row['noise_rate']:.0%} of them wrong{words}"
    )


_KINDS = {
    "random": "as good as random",
    "inverted": "swapped",
    "constant": "all the same",
    "biased": "pulled to one class",
}


def _row(findings: Findings, key: str) -> pd.Series:
    return findings.table[findings.table["key"] == key].iloc[0]


def _positions(findings: Findings, key: str) -> NDArray[np.intp]:
    if findings.members is None:
        return np.zeros(0, dtype=np.intp)
    members = findings.members
    return np.sort(members.loc[members["key"] == key, "position"].to_numpy(dtype=np.intp))


REMEDIES = tuple(
    Remedy(function.__name__, _CHECK, function, per_unit=("key", "key"))
    for function in (drop_label_pattern, relabel_label_pattern, clean_label_pattern)
)
