"""Label errors of segmentation: regions of an image whose class a model doubts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from tilth.algorithms.labels import mask_quality, mask_regions
from tilth.checks.check import Findings, NotApplicable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tilth.algorithms.labels import Regions
    from tilth.signals.masks import MaskProbs, Masks

_MOST = 0.9  # share of an image from which a region is all of it
_PURE = 0.99  # share of a region from which it is not worth a word that not all of it is so
_COLUMNS = (
    "key", "quality", "is_issue", "given", "suggested", "error", "why", "area", "share",
    "left", "top", "width", "height", "example_quality",
)  # fmt: skip


def find_mask_errors(
    given_masks: Masks,
    mask_probs: MaskProbs,
    labelled: NDArray[np.intp],
    classes: NDArray[Any],
    *,
    max_quality: float | None = None,
) -> Findings | NotApplicable:
    """Flag connected pixels whose quality is below `max_quality`; None: below 0.4."""
    if len(classes) < 2:
        return NotApplicable("pixels can only be wrong where there are two classes or more")
    units, position, n_unseen = [], [], 0
    for i in range(len(given_masks)):
        probs = mask_probs.probs(i)
        if probs is None:
            n_unseen += 1
            continue
        mask = given_masks.codes(i)
        found = mask_quality(mask, probs)
        regions = mask_regions(mask, probs, found, max_quality=max_quality)
        name = given_masks.cells[i][0]
        units += _of_image(name, regions, found.image, classes)
        position += [labelled[i]] * (len(regions.areas) + 1)
    table = pd.DataFrame(units, columns=[*_COLUMNS])
    cut = (
        "quality of pixels below 0.4"
        if max_quality is None
        else f"below {max_quality:.2f}, as asked"
    )
    cut += ", in regions of at least a 32nd of the image's side squared"
    if n_unseen:
        cut += f"; {n_unseen:,} images without probabilities were not judged"
    return Findings(
        unit="element",
        table=table,
        members=pd.DataFrame({"key": table["key"], "position": position}),
        cut=cut,
        facts={
            "n_elements": len(table) - (len(given_masks) - n_unseen),
            "n_examples_without_predictions": n_unseen,
        },
    )


def _of_image(
    name: str, regions: Regions, quality: float, classes: NDArray[Any]
) -> list[dict[str, Any]]:
    """Return a row per region, and one of the whole mask, which is no issue of its own."""
    high, wide = regions.map.shape
    whole = {"key": f"{name} whole", "quality": quality, "is_issue": False}
    whole |= {"error": "", "why": "", "area": high * wide, "share": 1.0}
    whole |= {"left": 0, "top": 0, "width": wide, "height": high}
    units = [whole | {"example_quality": quality}]
    for i in range(len(regions.areas)):
        given, seen = classes[regions.given[i]], classes[regions.suggested[i]]
        left, top, width, height = regions.boxes[i].tolist()
        area = int(regions.areas[i])
        where = f"{width} x {height} pixels at {left}, {top}"
        if area >= _MOST * regions.map.size:
            where = "all of the image"
        why = f"{given} given where the model sees {seen}, in {where}"
        if regions.shares[i] < _PURE:
            why += f", true of {regions.shares[i]:.0%} of the region"
        units.append(
            {
                "key": f"{name} region {i + 1}",
                "quality": float(regions.quality[i]),
                "is_issue": True,
                "given": str(given),
                "suggested": str(seen),
                "error": "wrong region",
                "why": why,
                "area": area,
                "share": area / regions.map.size,
                "left": left,
                "top": top,
                "width": width,
                "height": height,
                "example_quality": quality,
            }
        )
    return units
