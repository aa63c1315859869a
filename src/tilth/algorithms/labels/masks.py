"""Errors in masks that give each pixel of an image a class: regions left out, filled, shifted, swapped."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import ndimage, special

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The numbers were chosen by benchmarks/label_tasks.py, on cells with the errors called known there.
_LEAST = 2e-3  # probabilities are no surer than one error in 500
_NEAR = 1.0  # pixels of the neighbourhood that edges may be off by (standard deviation)
_IMAGE = 2.0  # weight of the whole image beside neighbourhood and part
_SURE = 2.0  # no image speaks for its mask by more: else it would excuse a wrong part of it
_WORST = 0.1  # share of an image's pixels that says how good it is
_CUT = 0.4  # quality below which a pixel is called wrong
_AROUND = 1.25  # times the cut: pixels next to wrong ones that belong to their region
_SMALLEST = 1 / 32  # of the side of an image: smaller regions are rough edges
_MAX_ROW_SUM_ERROR = 0.02  # float16 probabilities stay within it
_ALL_SIDES = np.ones((3, 3), dtype=bool)


class MaskQuality(NamedTuple):
    """How well the mask of one image and a model go together.

    Attributes
    ----------
    pixels : float array of shape (height, width)
        Of each pixel, in [0, 1]; 1 where the mask says nothing.
    image : float
        Of the whole mask, in [0, 1].
    """

    pixels: NDArray[np.float64]
    image: float


class Regions(NamedTuple):
    """Regions of one image whose class is doubted, worst first.

    Attributes
    ----------
    quality : float array of shape (n_regions,)
        Mean of the region's pixels, in [0, 1].
    areas : int array of shape (n_regions,)
        Pixels.
    boxes : int array of shape (n_regions, 4)
        Left, top, width and height around it, in pixels.
    given, suggested : int array of shape (n_regions,)
        Most common class given, and the one the model sees where it was given.
    shares : float array of shape (n_regions,)
        Share of the region that this is true of.
    map : int array of shape (height, width)
        Number of the region at each pixel, from 1 in the order of the others; 0 elsewhere.
    """

    quality: NDArray[np.float64]
    areas: NDArray[np.int64]
    boxes: NDArray[np.int64]
    given: NDArray[np.int64]
    suggested: NDArray[np.int64]
    shares: NDArray[np.float64]
    map: NDArray[np.int64]


def mask_quality(
    mask: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> MaskQuality:
    """Score the mask of an image, pixel by pixel and as a whole.

    Parameters
    ----------
    mask : int array of shape (height, width)
        Class of each pixel, coded 0 .. n_classes - 1; below 0 where nothing is said.
    pred_probs : float array of shape (n_classes, height, width)
        Out-of-sample probabilities: of a model that did not train on the image.

    Returns
    -------
    MaskQuality

    Raises
    ------
    InvalidInputError
        If shapes do not go together, a class has no probabilities, or they are none.

    Notes
    -----
    A pixel is judged by the logarithm of how much more probable its class is than the best other
    one: near it (a Gaussian of one pixel), over the part it belongs to (connected pixels of the
    same class that the model sees alike) and, counting twice but never for more than 2, over the
    whole image. Its quality is the logistic function of the mean. People err on whole parts and whole images, models at
    edges. The image is as good as the worst tenth of its pixels by neighbourhood and part. Time
    O(n_classes * height * width).

    References
    ----------
    Our own; benchmarks/label_tasks.py compares it with the probability of the given class and
    with its soft minimum over the image (Lad & Mueller 2023, "Estimating label quality and errors
    in semantic segmentation data via any model").

    Examples
    --------
    >>> import numpy as np
    >>> mask = np.zeros((32, 32), dtype=int)
    >>> second = np.full((32, 32), 0.02)
    >>> mask_quality(mask, np.stack([1 - second, second])).image > 0.9
    True
    >>> second[:10, :10] = 0.98
    >>> found = mask_quality(mask, np.stack([1 - second, second]))
    >>> bool(found.pixels[3, 3] < 0.4), bool(found.pixels[20, 20] > 0.9), found.image < 0.2
    (True, True, True)
    """
    mask, probs = checked_mask(mask, pred_probs)
    said = mask >= 0
    if not said.any():
        return MaskQuality(np.ones(mask.shape), 1.0)
    ratio = _log_ratio(mask, probs)
    near = ndimage.gaussian_filter(ratio, _NEAR)
    near /= np.maximum(ndimage.gaussian_filter(said.astype(np.float64), _NEAR), 1e-9)
    part = _mean_of_parts(ratio, mask, probs)
    both = near + part
    whole = min(float(ratio[said].mean()), _SURE)
    pixels = special.expit((both + _IMAGE * whole) / (2.0 + _IMAGE))
    pixels[~said] = 1.0
    values = np.sort(both[said]) / 2.0
    worst = values[: max(int(_WORST * len(values)), 1)]
    return MaskQuality(pixels, float(special.expit(worst.mean())))


def mask_regions(
    mask: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    found: MaskQuality,
    *,
    max_quality: float | None = None,
) -> Regions:
    """Bring doubted pixels of an image together into regions.

    Parameters
    ----------
    mask, pred_probs
        As for `mask_quality`.
    found : MaskQuality
        What it returned.
    max_quality : float, optional
        Doubt pixels of less quality; None: 0.4, which the benchmark of `mask_quality` chose.

    Returns
    -------
    Regions
        Connected ones, also by corners, with what is next to them and hardly better. Those with
        fewer doubted pixels than a 32nd of the image's side squared are left out: the rough edges
        of a mask are no error.

    Raises
    ------
    InvalidInputError
        If shapes do not go together, a class has no probabilities, or they are none.

    Examples
    --------
    >>> import numpy as np
    >>> mask = np.zeros((32, 32), dtype=int)
    >>> second = np.full((32, 32), 0.02)
    >>> second[:10, :10] = 0.98
    >>> pred_probs = np.stack([1 - second, second])
    >>> regions = mask_regions(mask, pred_probs, mask_quality(mask, pred_probs))
    >>> regions.areas.tolist(), regions.given.tolist(), regions.suggested.tolist()
    ([99], [0], [1])
    """
    mask, probs = checked_mask(mask, pred_probs)
    cut = _CUT if max_quality is None else max_quality
    said = mask >= 0
    around = said & (found.pixels < _AROUND * cut)
    labels, n = ndimage.label(around, structure=_ALL_SIDES)
    n_doubted = np.bincount(labels[said & (found.pixels < cut)], minlength=n + 1)[1:]
    areas = np.bincount(labels.ravel(), minlength=n + 1)[1:]
    kept = np.flatnonzero(n_doubted >= max(mask.size * _SMALLEST**2, 1))
    quality = np.asarray(ndimage.mean(found.pixels, labels, kept + 1), dtype=np.float64)
    order = kept[np.lexsort((kept, -areas[kept], quality))]
    number = np.zeros(n + 1, dtype=np.int64)
    number[order + 1] = np.arange(1, len(order) + 1)
    places = ndimage.find_objects(labels)
    boxes, pairs, shares = [], [], []
    seen, n_classes = _best_other(mask, probs), len(probs)
    for i in order:
        rows, columns = places[i]
        boxes.append(
            (
                columns.start,
                rows.start,
                columns.stop - columns.start,
                rows.stop - rows.start,
            )
        )
        inside = labels[rows, columns] == i + 1
        codes = mask[rows, columns][inside] * n_classes + seen[rows, columns][inside]
        counts = np.bincount(codes)
        pairs.append(divmod(int(counts.argmax()), n_classes))
        shares.append(counts.max() / counts.sum())
    pair = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Regions(
        np.sort(quality),
        areas[order].astype(np.int64),
        np.array(boxes, dtype=np.int64).reshape(-1, 4),
        pair[:, 0],
        pair[:, 1],
        np.array(shares, dtype=np.float64),
        number[labels],
    )


def checked_mask(
    mask: NDArray[np.integer], pred_probs: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return a mask and its probabilities as arrays, or say what does not fit.

    Raises
    ------
    InvalidInputError
        If shapes do not go together, a class has no probabilities, or they are none.
    """
    given, probs = np.asarray(mask), np.asarray(pred_probs)
    if given.ndim != 2 or given.dtype.kind not in "iub" or not given.size:
        raise InvalidInputError(
            f"`mask` must be class codes of shape (height, width), got {given.dtype} of shape "
            f"{given.shape}. Give one image at a time."
        )
    if probs.ndim != 3 or probs.shape[1:] != given.shape or probs.dtype.kind not in "fiu":
        raise InvalidInputError(
            f"`pred_probs` must be numbers of shape (n_classes, {given.shape[0]}, {given.shape[1]}) as the mask "
            f"is, got {probs.dtype} of shape {probs.shape}. Scale predictions to the size of the mask."
        )
    given, probs = given.astype(np.int64), probs.astype(np.float64)
    if given.max() >= len(probs):
        row, column = np.unravel_index(int(given.argmax()), given.shape)
        raise InvalidInputError(
            f"`mask` must be class codes 0..{len(probs) - 1}, one per class of `pred_probs`, got {given.max()} in row "
            f"{row}, column {column}. Pixels that say nothing are below 0."
        )
    if (
        not (probs >= 0).all()
        or (np.abs(probs.sum(axis=0) - 1.0) > _MAX_ROW_SUM_ERROR).any()
    ):
        sums = probs.sum(axis=0)
        raise InvalidInputError(
            f"`pred_probs` must not be negative and sum to 1 at every pixel, got {probs.min():.3g} at least and sums of "
            f"{sums.min():.3g} to {sums.max():.3g}. Pass probabilities, not scores."
        )
    return given, probs


def _log_ratio(mask: NDArray[np.int64], probs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of given to best other class; 0 where nothing is given."""
    places = np.maximum(mask, 0)[None]
    own = np.take_along_axis(probs, places, axis=0)[0]
    other = np.take_along_axis(probs, _best_other(mask, probs)[None], axis=0)[0]
    ratio = np.log(np.maximum(own, _LEAST)) - np.log(np.maximum(other, _LEAST))
    return np.where(mask >= 0, ratio, 0.0)


def _best_other(mask: NDArray[np.int64], probs: NDArray[np.float64]) -> NDArray[np.int64]:
    others = probs.copy()
    if len(probs) > 1:
        np.put_along_axis(others, np.maximum(mask, 0)[None], -1.0, axis=0)
    return np.asarray(others.argmax(axis=0), dtype=np.int64)


def _mean_of_parts(
    ratio: NDArray[np.float64], mask: NDArray[np.int64], probs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean over connected pixels of one class in which the model sees one class."""
    kind = np.where(mask >= 0, mask * len(probs) + probs.argmax(axis=0), -1)
    parts, n = np.zeros(mask.shape, dtype=np.int64), 0
    for one in np.unique(kind):
        labels, n_new = ndimage.label(kind == one)
        parts += np.where(labels > 0, labels + n, 0)
        n += n_new
    flat = parts.ravel() - 1
    means = np.bincount(flat, weights=ratio.ravel()) / np.bincount(flat)
    return means[parts - 1]
