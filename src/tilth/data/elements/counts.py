"""How often each class occurs among the elements of a dataset."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tilth.data.elements.cells import lists_of

if TYPE_CHECKING:
    from tilth.data.dataset import Dataset


def element_counts(dataset: Dataset) -> list[tuple[Any, int]]:
    """Return each class with the number of its elements, most frequent first.

    Elements are tags, boxes, or the classes of examples that may have several.
    """
    counts: Counter[Any] = Counter(dict.fromkeys(dataset.classes, 0))
    if dataset.schema.label is not None and dataset.schema.task != "masks":
        for cell in lists_of(dataset.table[dataset.schema.label]):
            counts.update(v["category"] if isinstance(v, dict) else v for v in cell or ())
    return sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
