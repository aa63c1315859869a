"""Classes in order: grades with their real errors, and errors planted into binned numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from by_task.cases import Case
from planted import SHARED
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tilth.algorithms.labels import ordinal_quality

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES = SHARED / "tabular"
GRADES = ("F", "D", "C", "B", "A")
MODELS = {
    "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
    "extra trees": lambda: ExtraTreesClassifier(60, min_samples_leaf=2, random_state=0),
}
SHARE, SEEDS, MOST = 0.08, 2, 1500
# The numbers of the method were chosen on these; the others came after.
KINDS = ("any class", "next class", "far", "reversed", "near, seldom far", "one too high")
NEW_KINDS = ("lowest", "two classes off")


def cases() -> Iterator[Case]:
    """Yield the grades as given, then each table and kind of error with each model."""
    x, right, given = _grades()
    for seed in range(3):
        for model in MODELS:
            yield _case("grades as given", (x, given), given != right, model, seed)
    old = {
        "grades": (x, right),
        "alcohol of red wine": _binned("winequality-red.csv", "alcohol", 5),
        "prices of houses": _binned("boston_housing.csv", "MEDV", 5),
        "quality of white wine": _white_wine(),
    }
    new = {
        "sulphates of red wine": _binned("winequality-red.csv", "sulphates", 6),
        "tax of houses": _binned("boston_housing.csv", "NOX", 5),
    }
    for is_new, tables, kinds in ((False, old, KINDS), (True, new, KINDS + NEW_KINDS)):
        for name, (x, right) in tables.items():
            for kind in kinds:
                for seed in range(SEEDS):
                    rng = np.random.default_rng([seed, len(name), len(kind)])
                    given = planted(right, kind, rng)
                    for model in MODELS:
                        group = f"{'new: ' if is_new else ''}{name}"
                        yield _case(group, (x, given), given != right, model, seed)


def planted(right: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Return the classes with a share of them wrong in one way."""
    given, n_classes = right.copy(), int(right.max()) + 1
    rows = rng.choice(len(right), int(SHARE * len(right)), replace=False)
    y, k, top = right[rows], len(rows), n_classes - 1
    signs = rng.choice([-1, 1], k)
    given[rows] = {
        "any class": lambda: (y + rng.integers(1, n_classes, k)) % n_classes,
        "next class": lambda: np.where(y == 0, 1, np.where(y == top, top - 1, y + signs)),
        "far": lambda: np.where(y < n_classes / 2, top - rng.integers(0, 2, k), rng.integers(0, 2, k)),
        "reversed": lambda: top - y,
        "near, seldom far": lambda: np.clip(y + np.minimum(rng.geometric(0.6, k), top) * signs, 0, top),
        "one too high": lambda: np.minimum(y + 1, top),
        "lowest": lambda: np.zeros(k, dtype=int),
        "two classes off": lambda: np.clip(y + 2 * signs, 0, top),
    }[kind]()  # fmt: skip
    return given


def _case(
    group: str,
    data: tuple[np.ndarray, np.ndarray],
    wrong: np.ndarray,
    model: str,
    seed: int,
) -> Case:
    x, given = data
    probs = np.zeros((len(given), int(given.max()) + 1))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(x, given):
        fitted = MODELS[model]().fit(x[train], given[train])
        probs[np.ix_(test, fitted.classes_)] = fitted.predict_proba(x[test])
    quality = {
        "ours": ordinal_quality(given, probs),
        "self-confidence": probs[np.arange(len(given)), given],
    }
    return Case(group, group, wrong, quality, {"labels": given, "pred_probs": probs})


def _grades() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = pd.read_csv(SHARED / "dcai_lab" / "label_errors" / "student-grades.csv")
    place = {grade: i for i, grade in enumerate(GRADES)}
    right, given = (
        table[c].map(place).to_numpy() for c in ("letter_grade", "noisy_letter_grade")
    )
    rest = table.drop(columns=["letter_grade", "noisy_letter_grade", "stud_ID"])
    return pd.get_dummies(rest).fillna(0).to_numpy(float), right, given


def _binned(file: str, column: str, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    table = pd.read_csv(TABLES / file)
    table = table.sample(min(len(table), MOST), random_state=0)
    y = pd.qcut(table[column], n_classes, labels=False, duplicates="drop").to_numpy()
    return table.drop(columns=column).to_numpy(float), y


def _white_wine() -> tuple[np.ndarray, np.ndarray]:
    table = pd.read_csv(TABLES / "winequality-white.csv").drop_duplicates()
    table = table.sample(MOST, random_state=0)
    y = table["quality"].clip(4, 8).to_numpy() - 4
    return table.drop(columns="quality").to_numpy(float), y
