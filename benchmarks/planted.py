"""Datasets with a planted bad group of known rows: text debris, template phrases, sources, time spans."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import train_test_split

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@dataclass(frozen=True, eq=False)
class Case:
    """A training table with bad rows, a clean test table, and the model that judges."""

    name: str
    train: pd.DataFrame
    test: pd.DataFrame
    label: str
    bad: np.ndarray
    judge: str


def noisy_labels(
    labels: pd.Series, bad: np.ndarray, kind: str, rng: np.random.Generator
) -> pd.Series:
    """Return labels with those of the bad rows random, inverted (shifted) or constant."""
    classes = np.array(sorted(labels.unique()))
    codes = np.searchsorted(classes, labels.to_numpy())
    if kind == "random":
        new = rng.integers(0, len(classes), len(labels))
    elif kind == "inverted":
        new = (codes + 1) % len(classes)
    else:
        new = np.zeros(len(labels), dtype=int)
    return pd.Series(classes[np.where(bad, new, codes)], index=labels.index)


def _debris(text: str, marker: str, rng: np.random.Generator) -> str:
    words = text.split(" ")
    for _ in range(int(rng.integers(1, 4))):
        words.insert(int(rng.integers(0, len(words) + 1)), marker)
    return " ".join(words)


def text_case(
    name: str, base: str, marker: str, kind: str, share: float, seed: int
) -> Case:
    """Plant a marker (debris, or a phrase at the end) in a share of texts and spoil their labels."""
    rng = np.random.default_rng(seed)
    train, test, text, label = _text_base(base, seed)
    bad = rng.random(len(train)) < share
    if marker.startswith("..."):
        dirty = [t + " " + marker[3:] for t in train[text]]
    else:
        dirty = [_debris(t, marker, rng) for t in train[text]]
    train = train.assign(**{text: np.where(bad, dirty, train[text])})
    train[label] = noisy_labels(train[label], bad, kind, rng).to_numpy()
    return Case(f"{base}: {name}, {kind} {share:.0%}", train, test, label, bad, "reviews")


def _text_base(base: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, str, str]:
    if base == "magazines":
        folder = SHARED / "dcai_lab" / "data_centric_model_centric"
        train, test = (
            pd.read_csv(folder / "reviews_train.csv"),
            pd.read_csv(folder / "reviews_test.csv"),
        )
        return (
            train[~train["review"].str.contains("<")].reset_index(drop=True),
            test,
            "review",
            "label",
        )
    table = pd.read_parquet(SHARED / "text" / f"{base}.parquet")
    text = max(table.columns, key=lambda c: table[c].astype(str).str.len().mean())
    label = next(c for c in table.columns if c != text)
    train, test = train_test_split(table, test_size=0.25, random_state=seed)
    return train.reset_index(drop=True), test.reset_index(drop=True), text, label


def table_case(base: str, column: str, kind: str, share: float, seed: int) -> Case:
    """Add a source or a date column whose one value, or one span, carries spoilt labels."""
    rng = np.random.default_rng(seed)
    table, label = _table_base(base, seed)
    n = len(table)
    if column == "source":
        weights = np.full(5, (1 - share) / 4)
        weights[2] = share
        table.insert(
            1,
            "source",
            np.array(["web", "store", "partner", "phone", "mail"])[
                rng.choice(5, n, p=weights)
            ],
        )
    else:
        days = np.sort(rng.integers(0, 730, n))
        table.insert(
            1,
            "collected",
            (pd.Timestamp("2021-01-01") + pd.to_timedelta(days, unit="D")).strftime(
                "%Y-%m-%d"
            ),
        )
        table = table.sample(frac=1, random_state=seed).reset_index(drop=True)
    train, test = train_test_split(table, test_size=0.25, random_state=seed)
    train, test = train.reset_index(drop=True), test.reset_index(drop=True)
    if column == "source":
        bad = (train["source"] == "partner").to_numpy()
    else:
        date = pd.to_datetime(train["collected"])
        bad = (
            (date >= "2021-06-01")
            & (date < pd.Timestamp("2021-06-01") + pd.Timedelta(days=730 * share))
        ).to_numpy()
    train[label] = noisy_labels(train[label], bad, kind, rng).to_numpy()
    judge = "logistic" if column == "source" else "logistic_no_dates"
    return Case(f"{base}: bad {column}, {kind} {share:.0%}", train, test, label, bad, judge)


def _table_base(base: str, seed: int) -> tuple[pd.DataFrame, str]:
    if base == "digits":
        data = load_digits(as_frame=True)
        return data.frame.copy(), "target"
    if base == "breast_cancer":
        data = load_breast_cancer(as_frame=True)
        return data.frame.copy(), "target"
    table = pd.read_parquet(SHARED / "tabular" / f"{base}.parquet")
    label = {
        "adult_train": table.columns[-1],
        "electricity_nsw": table.columns[-1],
        "credit_card_default": table.columns[-1],
    }[base]
    return table.sample(6000, random_state=seed).reset_index(drop=True), str(label)


def cases(seed: int = 0) -> list[Case]:
    """Return every case whose base data is at hand."""
    made = [
        table_case("digits", "source", "random", 0.3, seed),
        table_case("digits", "time", "random", 0.3, seed),
        table_case("breast_cancer", "source", "inverted", 0.3, seed),
    ]
    if SHARED.exists():
        made += [
            text_case("BBCode", "magazines", "[/quote]", "random", 0.35, seed),
            text_case("mojibake", "custrev", "â€™", "inverted", 0.3, seed),
            text_case(
                "template phrase",
                "magazines",
                "...sent from my reader app",
                "random",
                0.35,
                seed,
            ),
            text_case(
                "template phrase",
                "subj",
                "...read more on our site",
                "constant",
                0.25,
                seed,
            ),
            text_case("debris", "custrev", "&#x27;", "random", 0.4, seed),
            text_case("debris", "subj", "\\n\\t", "inverted", 0.3, seed),
            table_case("adult_train", "source", "inverted", 0.25, seed),
            table_case("electricity_nsw", "time", "random", 0.3, seed),
            table_case("credit_card_default", "source", "inverted", 0.3, seed),
            table_case("electricity_nsw", "source", "constant", 0.25, seed),
        ]
    return made
