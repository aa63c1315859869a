"""Labels of which the wrong ones are known, with probabilities of models: published and planted."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
MODELS = ("resnet18", "swin", "twins")
PUBLISHED = ("noise0.4_sparsity0.0", "noise0.4_sparsity0.2", "noise0.4_sparsity0.6")
RATES = (0.05, 0.2, 0.4)
_ROWS = 4_000
_HARDER = 2.0  # exponent of how much harder examples are more often wrong
_MOST = 0.4  # of those that may be wrong at all, or nobody could tell which half is


@dataclass(frozen=True, eq=False)
class Labels:
    """Given labels, which of them are wrong, out-of-sample probabilities; the truth where known."""

    group: str
    name: str
    labels: np.ndarray
    wrong: np.ndarray
    pred_probs: np.ndarray
    true: np.ndarray | None = None


def human() -> Iterator[Labels]:
    """Errors that people made: label_detection."""
    for name in ("cifar10n_aggregate", "roman_numeral"):
        true = _true_cifar10() if name == "cifar10n_aggregate" else None
        with np.load(SHARED / "label_detection" / f"{name}.npz") as file:
            labels, wrong = file["labels"].astype(np.int64), file["is_error"]
            for model in MODELS:
                probs = file[f"pred_probs_{model}"]
                yield Labels(name, f"{name} {model}", labels, wrong, probs, true)


def published(*, clean: bool = False) -> Iterator[Labels]:
    """The published class noise of CIFAR-10, or the clean labels with the same probabilities."""
    for name in PUBLISHED:
        with np.load(SHARED / "cl_cifar10" / f"{name}.npz") as file:
            true = file["true_labels"].astype(np.int64)
            labels = true if clean else file["noisy_labels"].astype(np.int64)
            group = "cl_cifar10, clean labels" if clean else "cl_cifar10"
            probs = file["pred_probs"]
            yield Labels(group, f"{group} {name}", labels, labels != true, probs, true)


def clean_human() -> Iterator[Labels]:
    """The clean CIFAR-10 labels with the probabilities of models trained on human labels."""
    with np.load(SHARED / "label_detection" / "cifar10n_aggregate.npz") as file:
        labels, wrong = file["labels"].astype(np.int64), file["is_error"]
        true = _true_cifar10()
        assert np.array_equal(true != labels, wrong)
        for model in MODELS:
            probs = file[f"pred_probs_{model}"]
            none = np.zeros(len(true), dtype=bool)
            yield Labels("cifar10n, clean labels", model, true, none, probs)


def _true_cifar10() -> np.ndarray:
    with np.load(SHARED / "cl_cifar10" / f"{PUBLISHED[0]}.npz") as file:
        return file["true_labels"].astype(np.int64)


def parts(of: Iterator[Labels], rng: np.random.Generator) -> Iterator[Labels]:
    """Three random parts of each set, of 1,000, 3,000 and 10,000 rows at most."""
    for one in of:
        for n in (1_000, 3_000, 10_000):
            rows = rng.permutation(len(one.labels))[:n]
            yield Labels(
                f"parts of {one.group}",
                f"{n} of {one.name}",
                one.labels[rows],
                one.wrong[rows],
                one.pred_probs[rows],
                None if one.true is None else one.true[rows],
            )


def planted(rng: np.random.Generator) -> Iterator[Labels]:
    """Noise of four kinds and three rates, and none, on data that no number was chosen on."""
    for name, inputs, true, models in _data():
        n_classes = int(true.max()) + 1
        hard = _doubt(models[0], inputs, true)
        for kind in ("none", "even", "pairs", "one class", "hard examples"):
            for rate in RATES if kind != "none" else (0.0,):
                labels = _noisy(true, hard, kind, rate, rng)
                for model in models:
                    probs = _out_of_sample(model, inputs, labels)
                    title = type(getattr(model, "steps", [("", model)])[-1][1]).__name__
                    group = f"planted, {kind}" + (f" {rate:.0%}" if rate else "")
                    assert probs.shape[1] == n_classes
                    wrong = labels != true
                    yield Labels(group, f"{name} {title}", labels, wrong, probs, true)


def _data() -> Iterator[tuple[str, np.ndarray, np.ndarray, tuple]]:
    strong = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=300))
    counts = KNeighborsClassifier(15)
    trees = RandomForestClassifier(60, min_samples_leaf=3, random_state=0)
    weak = make_pipeline(StandardScaler(), GaussianNB(var_smoothing=0.1))
    inputs, true = load_breast_cancer(return_X_y=True)
    yield "breast cancer", inputs, true, (strong, trees, weak)
    inputs, true = load_digits(return_X_y=True)
    yield "digits", inputs, true, (strong, counts, weak)
    with np.load(SHARED / "mnist_test" / "mnist_test.npz") as file:
        images = file["images"][:_ROWS].reshape(_ROWS, -1) / 255.0
        true = file["labels"][:_ROWS].astype(np.int64)
    yield "mnist", PCA(30, random_state=0).fit_transform(images), true, (counts, weak)
    table = pd.read_parquet(SHARED / "text" / "ag_news_test.parquet").iloc[:_ROWS]
    text = TfidfVectorizer(min_df=3, sublinear_tf=True).fit_transform(
        table["title"] + " " + table["description"]
    )
    true = np.unique(table["label"], return_inverse=True)[1]
    yield "ag news", text, true, (LogisticRegression(C=3.0), MultinomialNB(alpha=0.1))


def _out_of_sample(model, inputs, labels) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        return cross_val_predict(model, inputs, labels, cv=folds, method="predict_proba")


def _doubt(model, inputs, true) -> tuple[np.ndarray, np.ndarray]:
    """Return how unsure a model of clean labels is of each example, and its other class."""
    probs = _out_of_sample(model, inputs, true)
    rows = np.arange(len(true))
    doubt = 1.0 - probs[rows, true]
    probs[rows, true] = -1.0
    return doubt, probs.argmax(axis=1)


def _noisy(true, hard, kind, rate, rng) -> np.ndarray:
    n, n_classes = len(true), int(true.max()) + 1
    doubt, other = hard
    chance = np.ones(n)
    if kind == "one class":  # only the first half of the classes is ever given wrongly
        chance = (true < max(n_classes // 2, 1)).astype(float)
        rate = min(rate, _MOST * float(chance.mean()))
    elif kind == "hard examples":
        rank = np.argsort(np.argsort(doubt)) / n
        chance = rank**_HARDER
        rate = min(rate, _MOST * float(chance.mean()))
    flipped = rng.choice(n, round(rate * n), replace=False, p=chance / chance.sum())
    labels = true.copy()
    if kind == "even":
        labels[flipped] = (
            true[flipped] + rng.integers(1, n_classes, len(flipped))
        ) % n_classes
    elif kind == "hard examples":
        labels[flipped] = other[flipped]
    else:
        labels[flipped] = (true[flipped] + 1) % n_classes
    return labels
