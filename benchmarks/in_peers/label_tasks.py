"""What cleanlab makes of the cases of label_tasks.py; runs in an environment of its own."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


def regression(case: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    from cleanlab.regression.rank import get_label_quality_scores

    return {
        f"cleanlab {method}": get_label_quality_scores(
            case["labels"], case["predictions"], method=method
        )
        for method in ("outre", "residual")
    }


def multilabel(case: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    from cleanlab.multilabel_classification import rank

    labels = [np.flatnonzero(row).tolist() for row in case["labels"]]
    if case["unit"] == "class":
        scores = rank.get_label_quality_scores_per_class(labels, case["pred_probs"])
        return {"cleanlab": np.ravel(scores)}
    return {"cleanlab": rank.get_label_quality_scores(labels, case["pred_probs"])}


def ordinal(case: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    from cleanlab.rank import get_label_quality_scores

    return {
        f"cleanlab {method}": get_label_quality_scores(
            case["labels"], case["pred_probs"], method=method
        )
        for method in ("self_confidence", "normalized_margin")
    }


def tokens(case: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    from cleanlab.token_classification.rank import get_label_quality_scores

    ends = case["offsets"][1:-1]
    labels = [part.tolist() for part in np.split(case["labels"], ends)]
    probs = np.split(case["pred_probs"], ends)
    answers = {}
    for method in ("self_confidence", "normalized_margin", "confidence_weighted_entropy"):
        sentences, of_tokens = get_label_quality_scores(
            labels, probs, token_score_method=method
        )
        each = np.concatenate([scores.to_numpy() for scores in of_tokens])
        answers[f"cleanlab {method}"] = each if case["unit"] == "token" else sentences
    return answers


TASKS: dict[str, Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]] = {
    "regression": regression,
    "multilabel": multilabel,
    "ordinal": ordinal,
    "tokens": tokens,
}


def main(task: str, given: str, answered: str) -> None:
    with np.load(given) as file:
        names = sorted(file.files, key=lambda name: int(name.split("/", 1)[0]))
        cases: dict[str, dict[str, np.ndarray]] = {}
        for name in names:
            number, key = name.split("/", 1)
            cases.setdefault(number, {})[key] = file[name]
    answers = {
        f"{number}/{name}": quality
        for number, case in cases.items()
        for name, quality in TASKS[task](case).items()
    }
    np.savez(answered, **answers)
    print(json.dumps({"n_cases": len(cases)}))


main(*sys.argv[1:])
