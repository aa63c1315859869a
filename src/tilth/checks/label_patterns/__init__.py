"""Label patterns: readable groups of examples whose labels cannot be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.algorithms.groups import Contradiction
from tilth.checks.check import Check, Findings, NotApplicable
from tilth.checks.label_patterns.scene import Scene
from tilth.checks.label_patterns.verdict import BadGroup, worst_group
from tilth.checks.label_patterns.words import how_given, relabelling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.checks.label_patterns.scene import Judge
    from tilth.data.dataset import Dataset
    from tilth.signals.predicates import Predicates

_MIN_EXAMPLES = 100  # our own: fewer cannot tell a bad group from bad luck
_MAX_ROUNDS = 12  # our own: debris of more kinds than this is another problem
_CUT = (
    "Groups whose labels follow the model less than half as closely as elsewhere (beyond "
    "chance over all groups looked at), and that teach a model nothing that holds elsewhere."
)
_COLUMNS = {
    "key": object,
    "quality": np.float64,
    "is_issue": bool,
    "n": np.int64,
    "share": np.float64,
    "noise_rate": np.float64,
    "kind": object,
    "words": object,
    "z_slope": np.float64,
    "z_shift": np.float64,
    "transfer": np.float64,
    "self": np.float64,
    "harm_z": np.float64,
    "relabelling": object,
    "predicate": object,
}


def find_label_patterns(  # noqa: PLR0917  its positionals are signals
    dataset: Dataset,
    labels: NDArray[np.int64],
    labelled: NDArray[np.intp],
    classes: NDArray[Any],
    pred_probs: NDArray[np.floating],
    predicates: Predicates,
    judge: Judge,
) -> Findings | NotApplicable:
    """Find the worst group, leave it out, and look again until no group is bad."""
    if len(classes) < 2:
        return NotApplicable(f"needs at least 2 classes, got {len(classes)}")
    if len(labels) < _MIN_EXAMPLES:
        return NotApplicable(
            f"needs at least {_MIN_EXAMPLES} labelled examples, got {len(labels)}"
        )
    if not predicates.rules:
        return NotApplicable("no column describes groups of examples")
    scene = Scene.of(dataset, labels, labelled, len(classes), pred_probs, predicates, judge)
    found: list[BadGroup] = []
    while len(found) < _MAX_ROUNDS and len(scene.labels) >= _MIN_EXAMPLES:
        bad = worst_group(scene)
        if bad is None:
            break
        found.append(bad)
        scene = scene.without(bad.inside)
    return _findings(found, classes, len(labels), len(predicates.rules))


def _findings(
    found: list[BadGroup], classes: NDArray[Any], n_labelled: int, n_rules: int
) -> Findings:
    rows = [_row(bad, classes, n_labelled) for bad in found]
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
    keys = np.array([bad.rule.name for bad in found for _ in bad.positions], dtype=object)
    positions = np.concatenate(
        [bad.positions for bad in found] or [np.zeros(0, dtype=np.intp)]
    )
    return Findings(
        unit="group",
        table=table,
        cut=_CUT,
        members=pd.DataFrame({"key": keys, "position": positions}),
        facts={"n_groups_searched": n_rules, "n_examples_in_bad_groups": len(positions)},
    )


def _row(bad: BadGroup, classes: NDArray[Any], n_labelled: int) -> dict[str, Any]:
    test = bad.test
    # a group of one class teaches nothing, inside or outside
    tau, own = (0.0, 0.0) if isinstance(test, Contradiction) else (test.tau, test.own)
    return {
        "key": bad.rule.name,
        "quality": float(np.clip(1.0 - bad.noise.noise_rate, 0.0, 1.0)),
        "is_issue": True,
        "n": len(bad.positions),
        "share": len(bad.positions) / n_labelled,
        "noise_rate": bad.noise.noise_rate,
        "kind": bad.kind,
        "words": how_given(bad, classes),
        "z_slope": bad.z_slope,
        "z_shift": bad.z_shift,
        "transfer": tau,
        "self": own,
        "harm_z": test.harm_z,
        "relabelling": relabelling(bad, classes),
        "predicate": bad.rule.to_json(),
    }


CHECK = Check(
    name="label_patterns",
    question="Which recognisable groups of examples have labels that cannot be trusted?",
    run=find_label_patterns,
)
