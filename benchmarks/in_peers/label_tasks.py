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


def boxes(case: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    from cleanlab.object_detection import rank

    n_classes = int(max(case["given_labels"].max(), case["predicted_labels"].max())) + 1
    labels, predictions = [], []
    for image in range(len(case["given_offsets"]) - 1):
        own = slice(*case["given_offsets"][image : image + 2])
        labels.append(
            {
                "bboxes": _corners(case["given_places"][own]),
                "labels": case["given_labels"][own],
            }
        )
        found = slice(*case["predicted_offsets"][image : image + 2])
        rows = np.column_stack(
            [_corners(case["predicted_places"][found]), case["predicted_scores"][found]]
        )
        of_class = np.empty(n_classes, dtype=object)
        for k in range(n_classes):
            of_class[k] = rows[case["predicted_labels"][found] == k]
        predictions.append(of_class)
    if case["unit"] == "image":
        return {
            "cleanlab": rank.get_label_quality_scores(labels, predictions, verbose=False)
        }
    placed = rank.compute_badloc_box_scores(labels=labels, predictions=predictions)
    swapped = rank.compute_swap_box_scores(labels=labels, predictions=predictions)
    each = [
        np.minimum(np.ravel(p), np.ravel(s)) for p, s in zip(placed, swapped, strict=True)
    ]
    return {"cleanlab": np.concatenate(each)}


def masks(case: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    from cleanlab.segmentation.rank import get_label_quality_scores

    images, pixels = get_label_quality_scores(
        case["masks"].astype(int), case["pred_probs"].astype(np.float64), verbose=False
    )
    if case["unit"] == "image":
        return {"cleanlab": images}
    step = int(case["scored"])
    return {"cleanlab": pixels[:, ::step, ::step].ravel().astype(np.float32)}


def _corners(places: np.ndarray) -> np.ndarray:
    return np.column_stack([places[:, :2], places[:, :2] + places[:, 2:]])


TASKS: dict[str, Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]] = {
    "regression": regression,
    "multilabel": multilabel,
    "ordinal": ordinal,
    "tokens": tokens,
    "boxes": boxes,
    "masks": masks,
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
