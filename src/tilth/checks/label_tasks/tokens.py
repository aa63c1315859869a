"""Label errors of tokens: tags that a model doubts, judged span by span."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.algorithms.labels import sentence_quality, token_cut, token_quality
from tilth.checks.check import Findings, NotApplicable
from tilth.checks.chosen_cut import chosen_quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AROUND = 4  # tokens shown on either side; our own
_BEST = "which flags as many tags as are expected to be wrong"
_PAIRS = 10  # pairs of tags named in the facts; more are not read. Our own.


def find_token_errors(  # noqa: PLR0913, PLR0917 - the positional ones are signals
    tags: NDArray[np.int64],
    tag_probs: NDArray[np.floating],
    offsets: NDArray[np.int64],
    tokens: NDArray[Any],
    labelled: NDArray[np.intp],
    example_id: NDArray[Any],
    classes: NDArray[Any],
    *,
    max_quality: float | None = None,
    count: int | None = None,
) -> Findings | NotApplicable:
    """Flag tags whose quality is at most `max_quality`, or the `count` worst and their equals.

    None of both: as many as are expected to be wrong.
    """
    if len(np.unique(tags)) < 2:
        return NotApplicable("tags can only be wrong where there are two or more")
    quality = token_quality(tags, tag_probs, offsets, classes=classes.tolist())
    best = token_cut(tags, tag_probs, quality)
    cut, where = chosen_quality(quality, best, _BEST, max_quality=max_quality, count=count)
    is_issue = quality <= cut
    sentence = np.repeat(np.arange(len(labelled)), np.diff(offsets))
    place = np.arange(len(tags)) - offsets[sentence]
    rows = np.arange(len(tags))
    others = tag_probs.astype(np.float64)
    others[rows, tags] = -1.0
    suggested = others.argmax(axis=1)
    names = example_id[labelled]
    key = [f"sentence {names[s]} token {p}" for s, p in zip(sentence, place, strict=True)]
    table = pd.DataFrame(
        {
            "key": key,
            "quality": quality,
            "is_issue": is_issue,
            "given": classes[tags],
            "suggested": classes[suggested],
            "token": tokens,
            "excerpt": _excerpts(tokens, offsets, sentence, np.flatnonzero(is_issue)),
            "p_given": tag_probs[rows, tags].astype(np.float64),
            "p_suggested": others[rows, suggested],
            "example_quality": sentence_quality(quality, offsets)[sentence],
        }
    )
    return Findings(
        unit="element",
        table=table,
        members=pd.DataFrame({"key": key, "position": labelled[sentence]}),
        cut=f"quality of {where}",
        facts={
            "n_elements": len(tags),
            "confused_pairs": _confused(table[is_issue]),
        },
    )


def _excerpts(
    tokens: NDArray[Any],
    offsets: NDArray[np.int64],
    sentence: NDArray[np.int64],
    wanted: NDArray[np.intp],
) -> NDArray[Any]:
    """Return the surroundings of the tokens `wanted`, each in brackets; "" elsewhere."""
    excerpts = np.full(len(tokens), "", dtype=object)
    for i in wanted:
        start, end = offsets[sentence[i]], offsets[sentence[i] + 1]
        before = tokens[max(start, i - _AROUND) : i].tolist()
        after = tokens[i + 1 : min(end, i + 1 + _AROUND)].tolist()
        excerpts[i] = " ".join([*before, f"[{tokens[i]}]", *after])
    return excerpts


def _confused(flagged: pd.DataFrame) -> list[dict[str, Any]]:
    pairs = Counter(zip(flagged["given"], flagged["suggested"], strict=True))
    ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return [
        {"given": given, "suggested": suggested, "n": n}
        for (given, suggested), n in ordered[:_PAIRS]
    ]
