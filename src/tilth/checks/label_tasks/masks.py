"""Label errors of segmentation: regions of an image whose class a model doubts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.algorithms.labels import mask_quality, mask_regions
from tilth.checks.check import Findings, NotApplicable
from tilth.checks.chosen_cut import count_quality, most_doubtful

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.algorithms.labels import MaskQuality, Regions
    from tilth.signals.masks import MaskProbs, Masks

_MOST = 0.9  # share of an image from which a region is all of it
_PURE = 0.99  # share of a region from which it is not worth a word that not all of it is so
# Qualities below which pixels are doubted for a count: None is the cut of `mask_regions`. From
# 0.8 on a region would take in everything.
_LOOSER = (None, 0.5, 0.6, 0.7)
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
    count: int | None = None,
) -> Findings | NotApplicable:
    """Flag connected pixels whose quality is below `max_quality`, or the `count` worst regions.

    None of both: below 0.4. For a count regions are also looked for among better pixels.
    """
    if len(classes) < 2:
        return NotApplicable("pixels can only be wrong where there are two classes or more")
    units: list[dict[str, Any]] = []
    position: list[np.intp] = []
    n_unseen = 0
    for i in range(len(given_masks)):
        probs = mask_probs.probs(i)
        if probs is None:
            n_unseen += 1
            continue
        mask = given_masks.codes(i)
        found = mask_quality(mask, probs)
        cuts = (max_quality,) if count is None else _LOOSER
        regions = _regions(mask, probs, found, cuts)
        units += _of_image(given_masks.cells[i][0], regions, found, classes)
        position += [labelled[i]] * (len(units) - len(position))
    table = pd.DataFrame(units, columns=[*_COLUMNS])
    cut = "quality of pixels below "
    cut += "0.4" if max_quality is None else f"{max_quality:.2f}, as asked"
    if count is not None:
        cut = _flag_worst(table, count)
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


def _regions(
    mask: NDArray[np.integer],
    probs: NDArray[np.floating],
    found: MaskQuality,
    cuts: tuple[float | None, ...],
) -> list[tuple[Regions, int]]:
    """Return the regions of each cut, as record and place in it, none that holds an earlier one."""
    taken = np.zeros(mask.shape, dtype=bool)
    kept: list[tuple[Regions, int]] = []
    for cut in cuts:
        regions = mask_regions(mask, probs, found, max_quality=cut)
        known = np.unique(regions.map[taken])
        kept += [(regions, i) for i in range(len(regions.areas)) if i + 1 not in known]
        taken |= regions.map > 0
    return kept


def _flag_worst(table: pd.DataFrame, count: int) -> str:
    """Flag the `count` worst regions of the table and their equals; say where that cuts."""
    is_region = (table["error"] != "").to_numpy(dtype=bool)
    quality = table["quality"].to_numpy(dtype=np.float64)
    cut = count_quality(quality[is_region], count)
    table["is_issue"] = is_region & (quality <= cut)
    return f"mean quality of at most {max(cut, 0.0):.2f}, {most_doubtful(count)}"


def _of_image(
    name: str,
    regions: list[tuple[Regions, int]],
    found: MaskQuality,
    classes: NDArray[Any],
) -> list[dict[str, Any]]:
    """Return a row of the whole mask, which is no issue of its own, and one per region."""
    high, wide = found.pixels.shape
    whole = {"key": f"{name} whole", "quality": found.image, "is_issue": False}
    whole |= {"error": "", "why": "", "area": high * wide, "share": 1.0}
    whole |= {"left": 0, "top": 0, "width": wide, "height": high}
    units = [whole]
    for number, (one, i) in enumerate(regions, start=1):
        given, seen = classes[one.given[i]], classes[one.suggested[i]]
        left, top, width, height = one.boxes[i].tolist()
        area = int(one.areas[i])
        where = f"{width} x {height} pixels at {left}, {top}"
        if area >= _MOST * high * wide:
            where = "all of the image"
        why = f"{given} given where the model sees {seen}, in {where}"
        if one.shares[i] < _PURE:
            why += f", true of {one.shares[i]:.0%} of the region"
        units.append(
            {
                "key": f"{name} region {number}",
                "quality": float(one.quality[i]),
                "is_issue": True,
                "given": str(given),
                "suggested": str(seen),
                "error": "wrong region",
                "why": why,
                "area": area,
                "share": area / (high * wide),
                "left": left,
                "top": top,
                "width": width,
                "height": height,
            }
        )
    return [unit | {"example_quality": found.image} for unit in units]
