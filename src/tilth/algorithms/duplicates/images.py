"""Near-duplicate images: nearly the same pixels, also a little shifted or brighter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tilth.algorithms.duplicates.text import Pairs
from tilth.algorithms.neighbors import nearest_neighbors
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_GRID = 8  # coarse view in which candidates are sought
_PARTNERS = 10  # candidates looked at per image; our own
_FLAT = (
    2.0  # standard deviation of pixel values below which an image shows nothing; our own
)
_SHIFT = 2  # pixels of the thumbnail that a copy may be off; our own
_COARSE = 0.8  # coarse distance of candidates: a copy one pixel off reaches 0.7; our own
_PAIRS_AT_ONCE = 512  # aligned together: 25 MB
_EQUAL = 1e-3  # distance of the same picture, whatever else there is; our own
_SAMPLE = 1_000  # images whose neighbors say how crowded the set is; our own


def near_image_pairs(
    thumbnails: NDArray[np.uint8],
    reference: NDArray[np.uint8] | None = None,
    *,
    max_distance: float = 0.3,
    max_chance: float = 0.01,
) -> Pairs:
    """Find images that show the same picture, beyond what chance explains.

    Parameters
    ----------
    thumbnails : uint8 array of shape (n_images, side, side, 3)
        Side a multiple of 8.
    reference : uint8 array of shape (n_reference, side, side, 3), optional
        None: pairs inside `thumbnails`.
    max_distance : float, default 0.3
        Of two images that are laid over each other as well as they go, each centred and
        scaled to length 1. Copies that were compressed, brightened, shifted or given noise
        reach 0.21; on the 10,000 test images of CIFAR-10 the pairs up to 0.3 are copies to
        the eye and those beyond 0.4 are not (benchmarks/images.py).
    max_chance : float, default 0.01
        Pairs the whole comparison may show by chance, seen from how far the tenth neighbor is:
        digits and X-rays resemble each other without being copies.

    Returns
    -------
    Pairs
        Similarity is one minus the distance. Images with equal thumbnails are paired with the
        first of them, which stands for all in other pairs. Images of one plain colour show
        nothing and are in no pair. Sorted by ``i`` and ``j``.

    Notes
    -----
    Candidates are the 10 nearest in an 8 x 8 view, found exactly. Time O(n^2) with a small
    constant: 1 s for 2,000 images, a minute for 50,000.

    References
    ----------
    The contrast-normalised small view is that of Barz & Denzler (2020), "Do we train on test
    data? Purging CIFAR of near-duplicates", without their network; chance as in
    `near_numeric_pairs`. The alignment is our own.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> images = rng.integers(0, 256, size=(30, 32, 32, 3), dtype=np.uint8)
    >>> images[7] = np.roll(images[3], 1, axis=1)
    >>> pairs = near_image_pairs(images)
    >>> pairs.i, pairs.j, pairs.similarity.round(2)
    (array([3]), array([7]), array([1.]))
    """
    own, other = _checked(thumbnails, reference)
    among = reference is None
    first = _first_of_equals(other)
    shows = np.flatnonzero(_spread(other) >= _FLAT)
    known = np.intersect1d(np.flatnonzero(first == np.arange(len(other))), shows)
    asking = known if among else np.flatnonzero(_spread(own) >= _FLAT)
    found, distance = np.empty((0, 2), dtype=np.int64), np.empty(0)
    if len(asking) and len(known) > among:
        found, distance = _alike((own, other), (asking, known), max_distance, max_chance)
    if among:
        copies = np.intersect1d(np.flatnonzero(first != np.arange(len(other))), shows)
        found = np.concatenate([found, np.column_stack([first[copies], copies])])
        distance = np.concatenate([distance, np.zeros(len(copies))])
        found = np.sort(found, axis=1)
        found, once = np.unique(found, axis=0, return_index=True)
        distance = distance[once]
    order = np.lexsort((found[:, 1], found[:, 0]))
    return Pairs(found[order, 0], found[order, 1], 1.0 - distance[order])


def _checked(
    thumbnails: NDArray[np.uint8], reference: NDArray[np.uint8] | None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    other = thumbnails if reference is None else reference
    for images in (thumbnails, other):
        side = images.shape[1] if images.ndim == 4 else 0
        if (
            images.dtype != np.uint8
            or not side
            or side % _GRID
            or images.shape[2:] != (side, 3)
        ):
            raise InvalidInputError(
                "`thumbnails` must be uint8 arrays of shape (n_images, side, side, 3), side a "
                f"multiple of {_GRID}, got {images.dtype} of shape {images.shape}. Resize them."
            )
    if thumbnails.shape[1:] != other.shape[1:]:
        raise InvalidInputError(
            "`thumbnails` and `reference` must be of one size, got "
            f"{thumbnails.shape[1:3]} and {other.shape[1:3]}. Resize one."
        )
    return thumbnails, other


def _alike(
    both: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    rows: tuple[NDArray[np.intp], NDArray[np.intp]],
    max_distance: float,
    max_chance: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return pairs of the rows asked about and the rows known, and their aligned distances."""
    own, other = both
    asking, known = rows
    among = own is other
    coarse = _coarse(other[known])
    k = min(_PARTNERS, len(known) - among)
    asked = coarse if among else _coarse(own[asking])
    gaps, places = nearest_neighbors(asked, None if among else coarse, k=k)
    near = gaps < _COARSE
    i, j = asking[np.nonzero(near)[0]], known[places[near]]
    distance = _aligned(own, other, i, j)
    close = distance <= max_distance
    i, j, distance = i[close], j[close], distance[close]
    # The tenth neighbor is no copy of the image, unless there are ten.
    crowd = gaps[:, -1].astype(np.float64)
    around = crowd[np.searchsorted(asking, i)]
    share = np.divide(distance, around, out=np.ones_like(distance), where=around > 0)
    chance = (k - 1) * np.minimum(share, 1.0) ** _dimension(coarse) * len(asking)
    believed = (chance < max_chance) | (distance < _EQUAL) | (len(known) <= _PARTNERS)
    pairs = np.column_stack([i, j])[believed].astype(np.int64)
    return pairs, distance[believed]


def _coarse(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return each image as 8 x 8 colours, centred and scaled to length 1."""
    n, side = images.shape[:2]
    step = side // _GRID
    cells = images.reshape(n, _GRID, step, _GRID, step, 3).mean(
        axis=(2, 4), dtype=np.float32
    )
    flat = cells.reshape(n, -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    floor = np.float32(_FLAT * np.sqrt(flat.shape[1]))
    return np.asarray(flat / np.maximum(length, floor))


def _spread(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return how far pixels are from the mean of their channel."""
    return np.array([float(np.sqrt(i.var(axis=(0, 1)).mean())) for i in images])


def _first_of_equals(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return for each image the first image with the same pixels."""
    first: dict[bytes, int] = {}
    return np.array(
        [first.setdefault(image.tobytes(), i) for i, image in enumerate(images)],
        dtype=np.int64,
    )


def _aligned(
    own: NDArray[np.uint8],
    other: NDArray[np.uint8],
    i: NDArray[np.intp],
    j: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Return the distance in colour of each pair, shifted as brings its grey images nearest."""
    result = np.empty(len(i))
    for start in range(0, len(i), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        left, right = own[i[part]], other[j[part]]
        grey = [x.astype(np.float32).mean(axis=3, keepdims=True) for x in (left, right)]
        shifts = list(_shifts(left.shape[1]))
        gaps = [_distance(grey[0][here], grey[1][there]) for here, there in shifts]
        best = np.argmin(gaps, axis=0)
        for number in np.unique(best):
            rows = np.flatnonzero(best == number)
            (_, *here), (_, *there) = shifts[number]
            result[start + rows] = _distance(
                left[(rows, *here)].astype(np.float32),
                right[(rows, *there)].astype(np.float32),
            )
    return result


def _shifts(side: int) -> Iterator[tuple[tuple[slice, ...], tuple[slice, ...]]]:
    for down in range(-_SHIFT, _SHIFT + 1):
        for across in range(-_SHIFT, _SHIFT + 1):
            here = tuple(slice(max(0, d), side + min(0, d)) for d in (down, across))
            there = tuple(slice(max(0, -d), side + min(0, -d)) for d in (down, across))
            yield (slice(None), *here), (slice(None), *there)


def _distance(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float64]:
    left, right = _normal(left), _normal(right)
    left -= right
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", left, left)), dtype=np.float64)


def _normal(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Centre each channel and scale to length 1, so that brightness and contrast do not count."""
    centred = images - images.mean(axis=(1, 2), keepdims=True)
    flat: NDArray[np.float32] = centred.reshape(len(images), -1)
    floor = np.float32(_FLAT * np.sqrt(flat.shape[1]))
    length = np.sqrt(np.einsum("ij,ij->i", flat, flat))
    flat /= np.maximum(length, floor)[:, None]
    return flat


def _dimension(coarse: NDArray[np.float32]) -> float:
    """Return the intrinsic dimension of the set (Facco et al. 2017, equation 5)."""
    rows = np.linspace(0, len(coarse) - 1, min(_SAMPLE, len(coarse))).astype(np.int64)
    if len(coarse) < 4:
        return 1.0
    distances, _ = nearest_neighbors(coarse[rows], coarse, k=3)
    near, next_near = distances[:, 1].astype(np.float64), distances[:, 2].astype(np.float64)
    ratio = next_near[near > 0] / near[near > 0]
    middle = float(np.log(np.median(ratio))) if len(ratio) else 0.0
    found = np.log(2.0) / middle if middle > 0 else float(coarse.shape[1])
    return float(np.clip(found, 1.0, coarse.shape[1]))
