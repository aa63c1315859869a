"""What cleanlab flags and how it ranks; runs in an environment of its own."""

from __future__ import annotations

import json
import sys

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

METHODS = ("self_confidence", "normalized_margin", "confidence_weighted_entropy")


def main(given: str) -> None:
    with np.load(given) as file:
        labels, probs = file["labels"].astype(int), file["pred_probs"].astype(float)
    flagged = find_label_issues(labels, probs, n_jobs=1)
    quality = {
        m: get_label_quality_scores(labels, probs, method=m).tolist() for m in METHODS
    }
    print(json.dumps({"flagged": np.flatnonzero(flagged).tolist(), "quality": quality}))


if __name__ == "__main__":
    main(sys.argv[1])
