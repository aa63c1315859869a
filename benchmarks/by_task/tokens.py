"""Tags of tokens: CoNLL-2003 against its human corrections, and errors planted into the corrected tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from by_task.cases import Case
from planted import SHARED
from sklearn.linear_model import LogisticRegression

from tilth.algorithms.labels import sentence_quality, token_quality
from tilth.models.token_model import tag_probabilities, tempered, token_features

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARE, SEEDS, N_FOLDS = 0.04, 2, 5
KINDS = ("kind", "left out", "too many", "boundary", "single token")
Arrays = tuple[np.ndarray, np.ndarray]


def cases() -> Iterator[Case]:
    """Yield tokens and sentences of the published tags with two models, then of planted errors."""
    table = pd.read_parquet(SHARED / "tokens" / "conll2003_testb.parquet")
    sentence = table["sentence"].to_numpy()
    offsets = np.append(0, np.cumsum(np.bincount(sentence)))
    classes, given = np.unique(table["tag"], return_inverse=True)
    right = np.searchsorted(classes, table["corrected_tag"])
    features = token_features(table["token"].tolist(), offsets)
    for seed in range(3):
        probs = _tagged(features, given, _folds(sentence, seed), seed)
        yield from _both(
            "corrected by people, linear tagger", (given, right), probs, offsets, classes
        )
    probs = _logistic(features, given, _folds(sentence, 0))
    yield from _both(
        "corrected by people, logistic", (given, right), probs, offsets, classes
    )
    for kind in KINDS:
        for seed in range(SEEDS):
            rng = np.random.default_rng([seed, len(kind)])
            wrong = planted(table["corrected_tag"].to_numpy(object), offsets, kind, rng)
            codes = np.searchsorted(classes, wrong.astype(str))
            probs = _tagged(features, codes, _folds(sentence, seed), seed)
            yield from _both(f"planted: {kind}", (codes, right), probs, offsets, classes)


def planted(
    tags: np.ndarray, offsets: np.ndarray, kind: str, rng: np.random.Generator
) -> np.ndarray:
    """Return the tags with a share of the entities wrong in one way."""
    given = tags.copy()
    kinds = ["PER", "LOC", "ORG", "MISC"]
    ends = np.repeat(offsets[1:], np.diff(offsets))
    spans = []
    for start in np.flatnonzero([tag[0] == "B" for tag in tags]):
        end = start + 1
        while end < ends[start] and tags[end] == "I" + tags[start][1:]:
            end += 1
        spans.append((start, end))
    n = int(SHARE * len(spans))
    if kind == "single token":
        names = np.unique(tags)
        for i in rng.choice(len(tags), len(tags) // 100, replace=False):
            given[i] = rng.choice(names[names != tags[i]])
    elif kind == "too many":
        for i in rng.choice(np.flatnonzero(tags == "O"), n, replace=False):
            given[i] = "B-" + rng.choice(kinds)
    else:
        for start, end in (spans[i] for i in rng.choice(len(spans), n, replace=False)):
            own = tags[start][2:]
            if kind == "left out":
                given[start:end] = "O"
            elif kind == "kind":
                other = rng.choice([k for k in kinds if k != own])
                given[start], given[start + 1 : end] = f"B-{other}", f"I-{other}"
            elif end - start > 1 and rng.random() < 0.5:
                given[end - 1] = "O"
            elif end < ends[start] and tags[end] == "O":
                given[end] = f"I-{own}"
    return given


def _both(
    group: str, labels: Arrays, probs: np.ndarray, offsets: np.ndarray, classes: np.ndarray
) -> Iterator[Case]:
    given, right = labels
    own = probs[np.arange(len(given)), given]
    quality = token_quality(given, probs, offsets, classes=classes.tolist())
    wrong = given != right
    inputs = {"labels": given, "pred_probs": probs, "offsets": offsets}
    yield Case(
        f"{group}: tokens", f"{group}: tokens", wrong, {"ours": quality, "self-confidence": own},
        inputs | {"unit": np.array("token")},
    )  # fmt: skip
    yield Case(
        f"{group}: sentences", f"{group}: sentences", np.add.reduceat(wrong, offsets[:-1]) > 0,
        {
            "ours": sentence_quality(quality, offsets),
            "self-confidence": sentence_quality(own, offsets),
        },
        inputs | {"unit": np.array("sentence")},
    )  # fmt: skip


def _folds(sentence: np.ndarray, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, N_FOLDS, sentence.max() + 1)[sentence]


def _tagged(features: Any, tags: np.ndarray, fold: np.ndarray, seed: int) -> np.ndarray:
    n_classes = int(tags.max()) + 1
    result = np.zeros((len(tags), n_classes))
    for wanted in range(N_FOLDS):
        result[fold == wanted] = tag_probabilities(
            features, tags, fold, wanted, n_classes=n_classes, seed=seed
        )
    return tempered(result, tags)


def _logistic(features: Any, tags: np.ndarray, fold: np.ndarray) -> np.ndarray:
    result = np.zeros((len(tags), int(tags.max()) + 1))
    for wanted in range(N_FOLDS):
        model = LogisticRegression(C=3, max_iter=60).fit(
            features[fold != wanted], tags[fold != wanted]
        )
        result[fold == wanted] = model.predict_proba(features[fold == wanted])
    return result
