"""Probabilities of pixels a user brings: set against the masks of a dataset, image by image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.algorithms.labels.masks import checked_mask
from tilth.data.elements.masks import array_files
from tilth.errors import InvalidInputError
from tilth.signals.masks import MaskProbs, given_masks

if TYPE_CHECKING:
    from tilth.data.dataset import Dataset

_IN_SAMPLE = (
    0.999  # mean probability of the given class of which nothing else is believed; our own
)


def checked_mask_probs(data: Dataset, pred_probs: Any) -> MaskProbs:
    """Return the probabilities of the labelled images, each opened once, or say what is wrong.

    Those of a folder or archive are found by their name, those of a stack by their place.
    """
    files, masks = array_files(pred_probs), given_masks(data)
    wanted = [str(name) for name in data.example_id[data.labelled]]
    names: list[str | None]
    if files.is_stack:
        _check_stack(data, len(files), is_named=not masks.files.is_stack)
        rows = range(len(data)) if len(files) == len(data) else range(len(wanted))
        names = [str(i) for i in (data.labelled if len(files) == len(data) else rows)]
    else:
        known = set(files.names)
        names = [name if name in known else None for name in wanted]
        if all(name is None for name in names):
            raise InvalidInputError(
                f"`pred_probs` must be called as the masks are ({', '.join(wanted[:3])}, ...), got "
                f"{', '.join(files.names[:3])}. Name each array or file after its mask."
            )
    found = MaskProbs(files, names, len(data.classes))
    own = []
    for i, name in enumerate(names):
        if (probs := found.probs(i)) is None:
            continue
        try:
            mask, probs = checked_mask(masks.codes(i), probs)
        except InvalidInputError as error:
            raise InvalidInputError(f'Of the image "{name}": {error}') from error
        given = np.take_along_axis(probs, np.maximum(mask, 0)[None], axis=0)[0][mask >= 0]
        own.append(given.mean() if given.size else np.nan)
    mean = float(np.nanmean(own)) if not np.all(np.isnan(own)) else 0.0
    if mean > _IN_SAMPLE:
        raise InvalidInputError(
            f"These `pred_probs` look in-sample: the given class has a probability of {mean:.4f} on average. "
            "Predict each image with a model that did not train on it."
        )
    return found


def _check_stack(data: Dataset, n: int, *, is_named: bool) -> None:
    if n not in (len(data), len(data.labelled)):
        raise InvalidInputError(
            f"`pred_probs` must have one array per mask, got {n} for {len(data)} masks. Leave out no image."
        )
    names = [str(name) for name in data.example_id]
    if is_named and names != sorted(names):
        raise InvalidInputError(
            f"`pred_probs` must name its images where masks are files, got a stack: which comes first, "
            f"{names[1]} or {sorted(names)[1]}? Give a folder or a .npz file with the names of the masks."
        )
