"""Errors in tags of tokens: named entities, parts of speech, and whatever else is tagged in a row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tilth.algorithms.labels.calibration import error_probabilities, noise_calibration
from tilth.algorithms.labels.inputs import checked_labels
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

# B-PER, I-PER, ...: a place in a span, and the kind of the span. Ramshaw & Marcus (1995).
_SPAN_TAG = re.compile(r"([BIESLUM])[-_:](.+)", re.DOTALL)
_OUTSIDE = ("O", "o", "OUT", "NONE")
_BELIEVED = 1.0 / 3.0  # of the sum of two readings; benchmarks/label_tasks.py
_OPENS = "BSU"  # places where a new span begins


class Scheme(NamedTuple):
    """What tags say of spans.

    Attributes
    ----------
    kind : int array of shape (n_classes,)
        Code of the span's kind; equal for B-PER and I-PER.
    opens : bool array of shape (n_classes,)
        Whether a new span begins with the tag.
    outside : int
        The kind of tokens in no span.
    """

    kind: NDArray[np.int64]
    opens: NDArray[np.bool_]
    outside: int


def token_quality(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    offsets: ArrayLike,
    *,
    classes: Sequence[str] | None = None,
) -> NDArray[np.float64]:
    """Score how likely the tag of each token is to be right.

    Parameters
    ----------
    labels : int array of shape (n_tokens,)
        Given tag of each token, coded 0 .. n_classes - 1, sentence after sentence.
    pred_probs : float array of shape (n_tokens, n_classes)
        Out-of-sample probabilities of the tags: no token of a sentence may have trained the
        model that predicts it. Rows sum to 1.
    offsets : int array of shape (n_sentences + 1,)
        Sentence ``i`` holds the tokens ``offsets[i]`` to ``offsets[i + 1] - 1``.
    classes : sequence of str, optional
        Names of the tags. Where they mark spans (``B-PER``, ``I-PER``, ``O``), tokens of one
        span are judged together. None: each token stands alone.

    Returns
    -------
    float array of shape (n_tokens,)
        In [0, 1]; 1 means the model agrees, 0 means the tag is probably wrong.

    Raises
    ------
    InvalidInputError
        If lengths differ, a label has no column, or `offsets` do not fit.

    Notes
    -----
    People err on whole entities and on where they end, models stumble over single tokens inside.
    So a token is judged with the run it stands in: the tokens of its span around it that the model
    sees alike (all of an entity, or none of one); where such tokens lie inside of the span, with
    the same entity on both sides, the run is the whole span. A token tagged as outside belongs to
    the span that the model sees there.

    With the margin of a probability half of one plus it minus the best other one, the quality is
    the geometric mean of three numbers: the mean of the token's own margin and of the margins of
    the kind over run and span; the margin of the kind over the run; and the probability of the
    kind over the run. Time O(n_tokens * n_classes).

    References
    ----------
    Our own; benchmarks/label_tasks.py compares it with self-confidence of single tokens, which is
    Wang & Mueller (2022), "Detecting label errors in token classification data".

    Examples
    --------
    >>> import numpy as np
    >>> classes = ["B-LOC", "B-PER", "I-LOC", "I-PER", "O"]
    >>> pred_probs = np.array([[0.8, 0.2, 0, 0, 0], [0, 0, 0.5, 0.5, 0], [0, 0, 0, 0.1, 0.9]])
    >>> token_quality(np.array([1, 3, 4]), pred_probs, [0, 3], classes=classes).round(2)
    array([0.33, 0.37, 0.9 ])
    """
    labels, pred_probs = checked_labels(labels, pred_probs)
    offsets = checked_offsets(offsets, len(labels))
    own, margin = _own_and_margin(pred_probs, labels)
    scheme = span_scheme(classes, pred_probs.shape[1])
    if scheme is None or not len(labels):
        return np.clip(own, 0.0, 1.0)
    n_kinds = int(scheme.kind.max()) + 1
    of_kind = np.stack(
        [pred_probs[:, scheme.kind == kind].sum(axis=1) for kind in range(n_kinds)], axis=1
    )
    first = np.zeros(len(labels), dtype=bool)
    first[offsets[:-1][np.diff(offsets) > 0]] = True
    spans, parts = _spans(
        labels, pred_probs.argmax(axis=1), of_kind.argmax(axis=1), first, scheme=scheme
    )
    at_end = _reach_an_end(parts, spans)
    known, kind_margin = _own_and_margin(of_kind, scheme.kind[labels])
    span_margin = _mean_of(kind_margin, spans)
    run_margin = np.where(at_end, _mean_of(kind_margin, parts), span_margin)
    run_known = np.where(at_end, _mean_of(known, parts), _mean_of(known, spans))
    quality = (margin + run_margin + span_margin) / 3.0 * run_margin * run_known
    return np.cbrt(np.clip(quality, 0.0, 1.0))


def sentence_quality(
    quality: NDArray[np.floating], offsets: ArrayLike
) -> NDArray[np.float64]:
    """Score each sentence by its worst token.

    Parameters
    ----------
    quality : float array of shape (n_tokens,)
        As `token_quality` returns.
    offsets : int array of shape (n_sentences + 1,)
        Sentence ``i`` holds the tokens ``offsets[i]`` to ``offsets[i + 1] - 1``.

    Returns
    -------
    float array of shape (n_sentences,)
        In [0, 1]; 1 for a sentence without tokens.

    Examples
    --------
    >>> import numpy as np
    >>> sentence_quality(np.array([0.9, 0.2, 0.8]), [0, 2, 2, 3])
    array([0.2, 1. , 0.8])
    """
    quality = np.asarray(quality, dtype=np.float64)
    offsets = checked_offsets(offsets, len(quality))
    worst = np.ones(len(offsets) - 1)
    np.minimum.at(worst, np.repeat(np.arange(len(worst)), np.diff(offsets)), quality)
    return worst


def token_errors(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    offsets: ArrayLike,
    *,
    classes: Sequence[str] | None = None,
) -> NDArray[np.bool_]:
    """Flag as many of the worst tags as are expected to be wrong.

    Parameters
    ----------
    labels, pred_probs, offsets, classes
        As for `token_quality`.

    Returns
    -------
    bool array of shape (n_tokens,)
        True where the tag is called an error.

    Notes
    -----
    The number is a third of the sum of P(error), with labels doubted as little as is
    plausible and in the middle (`error_probabilities`): most of what a tagger cannot tell is
    its own. It is never less than the number of tags that are likelier wrong than right
    however little labels are doubted. Equal qualities are flagged together.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.tile([0, 1], 500)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.99, 0.01)
    >>> labels[5:10] = 1 - labels[5:10]
    >>> np.flatnonzero(token_errors(labels, pred_probs, [0, 1000]))
    array([5, 6, 7, 8, 9])
    """
    quality = token_quality(labels, pred_probs, offsets, classes=classes)
    return quality <= token_cut(labels, pred_probs, quality)


def token_cut(
    labels: NDArray[np.integer],
    pred_probs: NDArray[np.floating],
    quality: NDArray[np.floating],
) -> float:
    """Return the quality up to which tags are called errors; below 0 where none is.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.tile([0, 1], 100)
    >>> pred_probs = np.where(labels[:, None] == [0, 1], 0.95, 0.05)
    >>> token_cut(labels, pred_probs, token_quality(labels, pred_probs, [0, 200])) < 0
    True
    """
    if not len(quality) or np.asarray(pred_probs).shape[1] < 2:
        return -1.0
    known = noise_calibration(labels, pred_probs)
    low = error_probabilities(labels, pred_probs, calibration=known, doubt="low")
    middle = error_probabilities(labels, pred_probs, calibration=known)
    n_flagged = max(round(_BELIEVED * float((low + middle).sum())), int((low > 0.5).sum()))
    return float(np.sort(quality)[n_flagged - 1]) if n_flagged else -1.0


def span_scheme(classes: Sequence[str] | None, n_classes: int) -> Scheme | None:
    """Return what tags say of spans; None where they mark none.

    Raises
    ------
    InvalidInputError
        If there is not one name per class.

    Examples
    --------
    >>> span_scheme(["B-PER", "I-PER", "O"], 3).kind
    array([1, 1, 0])
    >>> span_scheme(["NOUN", "VERB"], 2) is None
    True
    """
    if classes is None:
        return None
    names = [str(name) for name in classes]
    if len(names) != n_classes:
        raise InvalidInputError(
            f"`classes` must name every column of `pred_probs`, got {len(names)} names for "
            f"{n_classes} columns. Name them in the order of the columns."
        )
    found = [_SPAN_TAG.fullmatch(name) for name in names]
    others = [name for name, match in zip(names, found, strict=True) if match is None]
    if len(others) == len(names) or any(name not in _OUTSIDE for name in others):
        return None
    kinds = sorted({match.group(2) for match in found if match})
    code = {kind: i + 1 for i, kind in enumerate(kinds)}
    return Scheme(
        kind=np.array([code[m.group(2)] if m else 0 for m in found], dtype=np.int64),
        opens=np.array([m is not None and m.group(1) in _OPENS for m in found]),
        outside=0,
    )


def checked_offsets(offsets: ArrayLike, n_elements: int) -> NDArray[np.int64]:
    """Return offsets as an array, or say what does not fit."""
    array = np.asarray(offsets)
    if array.ndim != 1 or array.dtype.kind not in "iu" or not len(array):
        raise InvalidInputError(
            "`offsets` must be whole numbers in one dimension, one more than there are examples, "
            f"got {array.dtype} of shape {array.shape}. Begin with 0, end with the number of elements."
        )
    array = array.astype(np.int64)
    if array[0] != 0 or array[-1] != n_elements or (np.diff(array) < 0).any():
        raise InvalidInputError(
            f"`offsets` must rise from 0 to the number of elements ({n_elements}), got "
            f"{array[0]} to {array[-1]}. Use np.append(0, np.cumsum(lengths))."
        )
    return array


def _own_and_margin(
    probs: NDArray[np.floating], codes: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the probability of one column per row, and half of one plus it minus the best other."""
    rows = np.arange(len(codes))
    others = probs.astype(np.float64)
    own = others[rows, codes]
    others[rows, codes] = 0.0
    return own, (1.0 + own - others.max(axis=1)) / 2.0


def _mean_of(values: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each entry the mean of its group."""
    means = np.bincount(groups, weights=values) / np.bincount(groups)
    return np.asarray(means[groups], dtype=np.float64)


def _reach_an_end(parts: NDArray[np.int64], spans: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of each token whether its part of a span begins or ends it."""
    change = spans[1:] != spans[:-1]
    edge = np.append(True, change) | np.append(change, True)
    return np.asarray((np.bincount(parts, weights=edge) > 0)[parts])


def _spans(
    labels: NDArray[np.int64],
    best: NDArray[np.int64],
    seen: NDArray[np.int64],
    first: NDArray[np.bool_],
    *,
    scheme: Scheme,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a number per span (given, or seen where nothing is given), and per part of one.

    `best` is the most probable tag of each token, `seen` the most probable kind, `first`
    marks where sentences begin. A part ends where the model begins or ceases to see a span.
    """
    given = scheme.kind[labels]
    is_outside, unseen = given == scheme.outside, seen == scheme.outside
    kind = np.where(is_outside, seen, given)
    opens = np.where(is_outside, scheme.opens[best], scheme.opens[labels])
    begins = first | opens | (is_outside & unseen)
    begins[1:] |= (kind[1:] != kind[:-1]) | (is_outside[1:] != is_outside[:-1])
    begins[:1] = True
    parts = begins.copy()
    parts[1:] |= unseen[1:] != unseen[:-1]
    return np.cumsum(begins) - 1, np.cumsum(parts) - 1
