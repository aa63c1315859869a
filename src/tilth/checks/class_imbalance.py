"""Class imbalance: classes with so few examples that a model may ignore them."""

from __future__ import annotations

from dataclasses import replace
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
    counts = np.bincount(labels, minlength=len(classes))
    found = imbalance_of(counts, classes, min_share=min_share, min_examples=min_examples)
    if isinstance(found, NotApplicable):
        return found
    is_rare = found.table["is_issue"].to_numpy(dtype=bool)[labels]
    names = found.table["key"].to_numpy(dtype=object)
    members = pd.DataFrame({"key": names[labels[is_rare]], "position": labelled[is_rare]})
    return replace(found, members=members)


def imbalance_of(
    counts: NDArray[np.int64],
    classes: NDArray[Any],
    *,
    min_share: float = 0.25,
    min_examples: int = 5,
) -> Findings | NotApplicable:
    """Flag rare classes from their sizes alone; which examples they have is not said.

    Parameters
    ----------
    counts : int array of shape (n_classes,)
        Examples of each class.
    classes : array of shape (n_classes,)
        Their names.
    min_share, min_examples
        As for `find_class_imbalance`.
    """
    if len(classes) < 2:
        return NotApplicable(f"needs two classes, got {len(classes)}")
    even = int(counts.sum()) / len(classes)
    rare = rare_classes(counts, min_share=min_share, min_examples=min_examples)
    names = [str(name) for name in classes]
    table = pd.DataFrame(
        {
            "key": names,
            "quality": np.clip(counts / even, 0.0, 1.0),
            "is_issue": rare,
            "n": counts,
            "share": counts / max(int(counts.sum()), 1),
            "ratio_to_largest": counts / counts.max(),
        }
    )
    return Findings(
        unit="class",
        table=table,
        cut=(
            f"rare: fewer than {min_share:.0%} of an even share "
            f"({min_share * even:,.1f} of {even:,.1f} examples), or fewer than {min_examples}"
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
