"""Small runs to report: findings of every unit, and the other ways a check can end."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from tilth.checks.check import Estimate, Failed, Findings, NotApplicable
from tilth.data.dataset import Dataset
from tilth.report.contents import Run
from tilth.report.made import made
from tilth.signals.predicates import Predicate


def outcomes_of(dataset: Dataset) -> dict[str, Any]:
    """Return findings of every unit, and the other ways a check can end."""
    n = len(dataset)
    rows = np.arange(n)
    errors = pd.DataFrame(
        {
            "key": rows,
            "quality": np.linspace(0, 1, n),
            "is_issue": rows < 6,
            "given": dataset.given,
            "suggested": [None] * n,
            "p_error": np.linspace(1, 0, n),
            "p_suggested": np.linspace(1, 0.5, n),
        }
    )
    others = dict(zip(dataset.classes, dataset.classes[::-1], strict=True))
    errors["suggested"] = [others[label] for label in dataset.given]
    rule = Predicate("characters", "body", "<")
    group = {"key": rule.name, "quality": 0.1, "is_issue": True, "n": 8, "share": 8 / n}
    group |= {
        "noise_rate": 0.9,
        "kind": "inverted",
        "words": "given 'good' is 'bad' in 90%",
    }
    group |= {"z_slope": 9.0, "z_shift": 1.0, "transfer": -0.8, "self": 0.2, "harm_z": 4.0}
    group |= {"relabelling": "", "predicate": rule.to_json()}
    pair = {"key": "id-1 ~ id-2", "quality": 0.0, "is_issue": True, "n_examples": 2}
    pair |= {"conflicting": True, "labels": "good 1, bad 1", "similarity": 0.97}
    column = {"key": "body: constant", "quality": 0.0, "is_issue": True, "column": "body"}
    column |= {"problem": "constant", "value": 1.0, "why": "every value is 'quoted'"}
    members = pd.DataFrame({"key": rule.name, "position": rows[::3]})
    both = pd.DataFrame({"key": "id-1 ~ id-2", "position": [1, 2]})
    facts = {"n_extra": 1, "n_conflicting": 1}
    return {
        "label_patterns": Findings("group", pd.DataFrame([group]), "the cut", members),
        "label_errors": Findings(
            "example", errors, "P >= 0.5", expected_precision=Estimate(0.9, 0.8, 1.0)
        ),
        "near_duplicates": Findings(
            "cluster", pd.DataFrame([pair]), "alike", both, facts=facts
        ),
        "column_problems": Findings("column", pd.DataFrame([column]), "constant"),
        "outliers": Findings("example", errors.assign(is_issue=False), "far"),
        "test_leakage": NotApplicable("there is no test set"),
        "missing_values": Failed("KeyError: 'x'"),
    }


def proof_document(**changes: Any) -> dict[str, Any]:
    """Return a proof as JSON has it."""
    return {
        "verdict": "BETTER",
        "metric": "accuracy",
        "before": {"mean": 0.764, "per_seed": [0.76, 0.768]},
        "after": {"mean": 0.97, "per_seed": [0.97, 0.97]},
        "difference": 0.206,
        "interval": [0.184, 0.229],
        "smallest_detectable": 0.02,
        "n_train_before": 24,
        "n_train_after": 16,
        "n_test": 980,
        "n_test_left_out": 20,
        "why": "Accuracy went up.",
        "seeds": [0, 1],
        "deterministic": False,
        "test_fingerprint": "abc",
        "next_command": "",
        "advice": "",
        "notes": ["20 test rows were left out."],
        "slices": [
            {
                "slice": "length < 20",
                "n": 88,
                "metric": "accuracy",
                "before": 0.8,
                "after": 0.7,
            }
            | {"difference": -0.1, "low": -0.2, "high": -0.01},
            {
                "slice": "label = good",
                "n": 88,
                "metric": "accuracy",
                "before": 0.7,
                "after": 0.9,
            }
            | {"difference": 0.2, "low": 0.1, "high": 0.3},
        ],
        "suspects": None,
    } | changes


def improvement_document(**changes: Any) -> dict[str, Any]:
    """Return an improvement as JSON has it."""
    edit = {"op": "drop", "n": 8, "remedy": "drop_label_pattern", "check": "label_patterns"}
    edit |= {
        "reason": "8 examples where body contains '<' have swapped labels",
        "column": None,
    }
    other = {**edit, "check": "label_errors", "remedy": "drop_label_errors", "n": 6}
    inner = {"before": 0.7, "after": 0.8, "difference": 0.1, "z": 3.0, "n_rows": 20}
    candidates = [
        {"edits": [edit], "inner": inner, "accepted": True, "why": "best of this step"},
        {"edits": [other], "inner": inner, "accepted": False, "why": "no sure gain"},
        {"edits": [other], "inner": {}, "accepted": False, "why": "the model broke"},
    ]
    document = {"edits": [edit], "candidates": candidates, "rejected_proof": None}
    named = {"version": "v2", "parent": "v1"}
    return {**proof_document(), **document, **named, **changes}


def run_of(
    dataset: Dataset, result: Mapping[str, Any] | None = None, **changes: Any
) -> Run:
    """Return a run with all the outcomes."""
    run: dict[str, Any] = {
        "dataset": dataset,
        "made": made(dataset, command="tilth audit letters.csv", seed=3),
        "facts": {"out_of_sample_accuracy": 0.7, "signal_model": "logistic"},
        "result": result,
        "commands": [("tilth improve letters.csv", "try edits")],
        "source": "letters.csv",
    }
    run |= changes
    return Run(
        **({"outcomes": outcomes_of(dataset)} if "outcomes" not in run else {}), **run
    )
