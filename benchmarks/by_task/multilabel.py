"""Several classes per example: entity kinds of sentences, properties of digits and of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from by_task.cases import Case
from planted import SHARED
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler

from tilth.algorithms.labels import multilabel_error_probabilities, multilabel_quality

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("flipped", "left out", "too many", "swapped", "other example's", "one class")
SEEDS = 2
Data = tuple[Any, np.ndarray]


def cases() -> Iterator[Case]:
    """Yield, for each table and kind of error, the classes and the examples as units."""
    x, given, right = _sentences()
    for seed in range(3):  # other folds: the corrections are those of people
        probs = _probabilities(x, given, seed)
        yield from _both("sentences, corrected by people", given, given != right, probs)
    tables = {"sentences": (x, right), "digits": _digits(), "people": _people()}
    for name, (x, right) in tables.items():
        for kind in KINDS:
            for seed in range(SEEDS):
                given = planted(
                    right, kind, np.random.default_rng([seed, len(name), len(kind)])
                )
                probs = _probabilities(x, given, seed)
                yield from _both(f"{name}, planted", given, given != right, probs)


def planted(right: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Return the classes with some of them wrong in one way."""
    given, (n, n_classes) = right.copy(), right.shape
    drawn = rng.random((n, n_classes))
    match kind:
        case "flipped":
            given ^= drawn < 0.03
        case "left out":
            given &= ~(drawn < 0.08)
        case "too many":
            given |= drawn < 0.04
        case "one class":
            column = rng.integers(n_classes)
            given[:, column] ^= rng.random(n) < 0.1
        case "other example's":
            rows = np.flatnonzero(rng.random(n) < 0.04)
            given[rows] = given[rng.permutation(rows)]
        case _:
            for row in np.flatnonzero(rng.random(n) < 0.06):
                on, off = np.flatnonzero(given[row]), np.flatnonzero(~given[row])
                if len(on) and len(off):
                    given[row, rng.choice(on)], given[row, rng.choice(off)] = False, True
    return given


def _both(
    group: str, given: np.ndarray, wrong: np.ndarray, probs: np.ndarray
) -> Iterator[Case]:
    """Yield the same data twice: each class of each example, and each example as a whole."""
    own = np.where(given, probs, 1.0 - probs)
    inputs = {"labels": given.astype(int), "pred_probs": probs}
    yield Case(
        group,
        f"{group}: classes",
        wrong.ravel(),
        {
            "ours": 1.0 - multilabel_error_probabilities(given, probs).ravel(),
            "self-confidence": own.ravel(),
        },
        inputs | {"unit": np.array("class")},
    )
    yield Case(
        group,
        f"{group}: examples",
        wrong.any(axis=1),
        {"ours": multilabel_quality(given, probs), "self-confidence": own.min(axis=1)},
        inputs | {"unit": np.array("example")},
    )


def _probabilities(x: Any, given: np.ndarray, seed: int) -> np.ndarray:
    probs = np.zeros(given.shape)
    for train, test in KFold(4, shuffle=True, random_state=seed).split(x):
        for column in range(given.shape[1]):
            model = LogisticRegression(C=10, max_iter=300).fit(
                x[train], given[train, column]
            )
            probs[test, column] = model.predict_proba(x[test])[:, 1]
    return probs


def _sentences() -> tuple[Any, np.ndarray, np.ndarray]:
    tokens = pd.read_parquet(SHARED / "tokens" / "conll2003_testb.parquet")
    sentences = tokens.groupby("sentence")
    x = TfidfVectorizer(
        lowercase=False,
        token_pattern=r"\S+",
        ngram_range=(1, 2),
        min_df=2,
        sublinear_tf=True,
    ).fit_transform(sentences["token"].agg(" ".join))
    kinds = ("LOC", "ORG", "PER", "MISC")
    given, right = (
        np.stack(
            [sentences[c].agg(lambda tags, k=k: tags.str.endswith(k).any()) for k in kinds],
            axis=1,
        ).astype(bool)
        for c in ("tag", "corrected_tag")
    )
    return x, given, right


def _digits() -> Data:
    digits = load_digits()
    y = digits.target
    properties = (y % 2 == 0, np.isin(y, [2, 3, 5, 7]), np.isin(y, [0, 6, 8, 9]), y > 4)
    return digits.data / 16.0, np.stack(properties, axis=1)


def _people() -> Data:
    people = pd.read_parquet(SHARED / "tabular" / "adult_train.parquet")
    people = people.sample(3000, random_state=0)
    education = (
        people["education"].astype(str).str.contains("Bachelors|Masters|Doctor|Prof")
    )
    properties = {
        "male": people["sex"].astype(str).str.strip() == "Male",
        "married": people["marital_status"].astype(str).str.contains("Married"),
        "rich": people["income"].astype(str).str.contains(">50K"),
        "degree": education,
    }
    used = ["sex", "marital_status", "education", "education_num", "relationship", "income"]
    x = pd.get_dummies(people.drop(columns=used)).to_numpy(float)
    return StandardScaler().fit_transform(x), np.stack(list(properties.values()), axis=1)
