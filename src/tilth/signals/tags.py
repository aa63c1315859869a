"""A tag per token: flat arrays over all labelled sentences, and how probable each tag is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.data.elements.cells import lists_of
from tilth.data.elements.tokens import parted
from tilth.errors import UnavailableError
from tilth.models.token_model import tag_probabilities, tempered, token_features
from tilth.signals.cross_fit import fold_units
from tilth.signals.folds import stratified_folds
from tilth.signals.signals import Signal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset
    from tilth.models.model import Model
    from tilth.signals.pred_probs import Progress

_MANY = 200_000  # tokens from which three folds teach as much as five; our own


def tags(dataset: Dataset) -> NDArray[np.int64]:
    """Return the code of every tag, sentence after sentence."""
    place = {name: i for i, name in enumerate(dataset.classes)}
    found = [place[tag] for tags in _tag_lists(dataset) for tag in tags]
    return np.array(found, dtype=np.int64)


def offsets(dataset: Dataset) -> NDArray[np.int64]:
    """Return where each labelled sentence begins and ends among the tags."""
    lengths = [len(tags) for tags in _tag_lists(dataset)]
    return np.append(0, np.cumsum(lengths, dtype=np.int64)).astype(np.int64)


def tokens(dataset: Dataset) -> NDArray[Any]:
    """Return every token of the labelled sentences."""
    texts = dataset.table[dataset.schema.text[0]].iloc[dataset.labelled]
    found = [
        token
        for text, tags in zip(texts, _tag_lists(dataset), strict=True)
        if tags
        for token in parted(text)
    ]
    return np.array(found, dtype=object)


def tag_probs(  # noqa: PLR0917 - positional parameters are signals
    dataset: Dataset,
    tags: NDArray[np.int64],
    offsets: NDArray[np.int64],
    tokens: NDArray[Any],
    model: Model | None,
    progress: Progress | None,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return out-of-sample probabilities of all tags, by the built-in tagger."""
    if model is not None:
        raise UnavailableError(
            "needs probabilities of your model, which is trained on tags elsewhere; give them "
            "with --pred-probs"
        )
    units = fold_units(dataset)
    n_folds = min(3 if len(tags) > _MANY else 5, len(np.unique(units)))
    if n_folds < 2:
        raise UnavailableError("needs at least two different sentences")
    alike = np.zeros(len(units), dtype=np.int64)
    by_sentence = stratified_folds(alike, units, n_folds=n_folds, rng=rng)
    fold = np.repeat(by_sentence, np.diff(offsets))
    seed = int(rng.integers(2**31))
    features = token_features(tokens.tolist(), offsets)
    result = np.zeros((len(tags), len(dataset.classes)))
    for wanted in range(n_folds):
        result[fold == wanted] = tag_probabilities(
            features, tags, fold, wanted, n_classes=result.shape[1], seed=seed
        )
        if progress is not None:
            progress("tag_probs", wanted + 1, n_folds)
    return tempered(result, tags)


def _tag_lists(dataset: Dataset) -> list[list[str]]:
    if dataset.schema.task != "tokens":
        raise UnavailableError(f"needs a tag per token; the task is {dataset.schema.task}")
    found = lists_of(dataset.table[dataset.schema.label].iloc[dataset.labelled])
    return [tags or [] for tags in found]


SIGNALS = (
    Signal("tags", tags),
    Signal("offsets", offsets),
    Signal("tokens", tokens),
    Signal(
        "tag_probs",
        tag_probs,
        pack=lambda value: {"tag_probs": value},
        unpack=lambda arrays: arrays["tag_probs"],
    ),
)
