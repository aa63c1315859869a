"""How labels were given in a bad group, in words with numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.signals.predicates import category_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.checks.label_patterns.verdict import BadGroup

_MOST_CLAUSES = 2


def how_given(bad: BadGroup, classes: NDArray[Any]) -> str:
    """Say how labels were given.

    For each of the most frequent given classes, which other class it most often truly is.
    """
    n_given = np.bincount(bad.labels, minlength=len(classes))
    if bad.kind == "constant":
        given = int(n_given.argmax())
        n_others = len(bad.labels) - int(n_given[given])
        who = f"all but {n_others:,}" if n_others else "all"
        return f"{who} are given {_shown(classes, given)}, whatever they are"
    joint = _true_of_given(bad, len(classes))
    wrong = joint.sum(axis=1) - np.diag(joint)
    clauses = []
    for given in np.argsort(-wrong * (n_given / max(n_given.sum(), 1)), kind="stable")[
        :_MOST_CLAUSES
    ]:
        others = joint[given].copy()
        others[given] = 0.0
        if n_given[given] and others.max() > 0.05:
            true = int(others.argmax())
            clauses.append(
                f"given {_shown(classes, int(given))} is {_shown(classes, true)} in {others[true]:.0%}"
            )
    return ", ".join(clauses)


def relabelling(bad: BadGroup, classes: NDArray[Any]) -> str:
    """Return pairs [given, true] as JSON where labels were swapped by one rule, else ``""``."""
    true_of_given = bad.true_of_given
    if true_of_given is None:
        return ""
    pairs = [
        [category_of(classes[given]), category_of(classes[true])]
        for given, true in enumerate(true_of_given)
        if given != true
    ]
    return json.dumps(pairs, ensure_ascii=False)


def _true_of_given(bad: BadGroup, n_classes: int) -> NDArray[np.float64]:
    """Return the chance of each true class (column) given each label (row)."""
    sums = np.zeros((n_classes, n_classes))
    np.add.at(sums, bad.labels, bad.noise.true_probs)
    counts = np.bincount(bad.labels, minlength=n_classes)
    result: NDArray[np.float64] = sums / np.maximum(counts, 1)[:, None]
    return result


def _shown(classes: NDArray[Any], code: int) -> str:
    value = category_of(classes[code])
    return repr(value) if isinstance(value, str) else str(value)
