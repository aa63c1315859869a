"""Class imbalance: classes with so few examples that a model may ignore them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.algorithms.imbalance import effective_n_classes, rare_classes
from tilth.checks.check import Check, Findings, NotApplicable

if TYPE_CHECKING:
    from numpy.typing import NDArray


def find_class_imbalance(
    labels: NDArray[np.int64],
    classes: NDArray[Any],
    labelled: NDArray[np.intp],
    *,
    min_share: float = 0.25,
    min_examples: int = 5,
) -> Findings | NotApplicable:
    """Flag every class far below an even share; see `algorithms.imbalance.rare_classes`.

    Parameters
    ----------
    labels, classes, labelled
        Signals.
    min_share : float, default 0.25
        Rare is a class with fewer examples than this share of what all would have if even.
    min_examples : int, default 5
        Rare in any case is a class with fewer.
    """
    if len(classes) < 2:
        return NotApplicable(f"needs two classes, got {len(classes)}")
    counts = np.bincount(labels, minlength=len(classes))
    even = len(labels) / len(classes)
    rare = rare_classes(counts, min_share=min_share, min_examples=min_examples)
    names = [str(name) for name in classes]
    table = pd.DataFrame(
        {
            "key": names,
            "quality": np.clip(counts / even, 0.0, 1.0),
            "is_issue": rare,
            "n": counts,
            "share": counts / len(labels),
            "ratio_to_largest": counts / counts.max(),
        }
    )
    members = labelled[rare[labels]]
    return Findings(
        unit="class",
        table=table,
        cut=(
            f"rare: fewer than {min_share:.0%} of an even share "
            f"({min_share * even:,.1f} of {even:,.1f} examples), or fewer than {min_examples}"
        ),
        members=pd.DataFrame(
            {
                "key": np.array(names, dtype=object)[labels[rare[labels]]],
                "position": members,
            }
        ),
        facts={
            "n_classes": len(classes),
            "effective_n_classes": effective_n_classes(counts),
            "largest_class": names[int(counts.argmax())],
            "ratio_smallest_to_largest": float(counts.min() / counts.max()),
        },
    )


CHECK = Check(
    name="class_imbalance",
    question="Which classes have too few examples?",
    run=find_class_imbalance,
)
