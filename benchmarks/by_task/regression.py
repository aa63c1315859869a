"""Wrong numbers: the planted Boston file, and errors planted into seven tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from by_task.cases import Case
from planted import SHARED
from sklearn.datasets import load_diabetes
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tilth.algorithms.labels import target_quality

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES = SHARED / "tabular"
MODELS = {
    "boosted trees": lambda: HistGradientBoostingRegressor(max_iter=60, random_state=0),
    "extra trees": lambda: ExtraTreesRegressor(60, min_samples_leaf=2, random_state=0),
    "ridge": lambda: make_pipeline(StandardScaler(), RidgeCV(np.logspace(-3, 3, 13))),
    "neighbours": lambda: make_pipeline(StandardScaler(), KNeighborsRegressor(10)),
}
SHARE, SEEDS, MOST = 0.05, 2, 1500
# The numbers of the method were chosen on these; the others came after.
KINDS = ("mixed", "x 0.1", "x 10", "one or two sd", "swapped", "half or double")
NEW_KINDS = ("x 2.54", "unit of the decade", "sign")


def cases() -> Iterator[Case]:
    """Yield the given file with every model, then each table, model and kind of error."""
    given = pd.read_csv(TABLES / "boston_housing_bad_targets.csv")
    x = given.drop(columns=["MEDV", "MEDV_given", "is_outlier"]).to_numpy(float)
    for seed in range(5):
        for name in MODELS:
            yield _case(
                "the given file", f"boston_housing_bad_targets, {name}",
                (x, given["MEDV_given"].to_numpy(float)), given["is_outlier"].to_numpy(bool), name, seed,
            )  # fmt: skip
    for is_new, tables, kinds in (
        (False, _tables(), KINDS),
        (True, _new_tables(), NEW_KINDS),
    ):
        for table, (x, right) in tables.items():
            for kind in kinds:
                for seed in range(SEEDS):
                    rng = np.random.default_rng([seed, len(table), len(kind)])
                    numbers = planted(right, kind, rng)
                    group = f"{'new: ' if is_new else ''}{table}"
                    for name in ("boosted trees", "ridge", "neighbours"):
                        yield _case(
                            group,
                            f"{table}, {kind}, {name}",
                            (x, numbers),
                            numbers != right,
                            name,
                            seed,
                        )


def planted(right: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Return the numbers with a share of them wrong in one way."""
    numbers, spread = right.copy(), right.std()
    rows = rng.choice(len(right), max(5, int(SHARE * len(right))), replace=False)
    y, k = right[rows], len(rows)
    signs = rng.choice([-1.0, 1.0], k)
    numbers[rows] = {
        "mixed": lambda: np.choose(rng.integers(0, 4, k), [y * 0.1, y * 10, -y, y + 3.3 * spread]),
        "x 0.1": lambda: y * 0.1,
        "x 10": lambda: y * 10,
        "one or two sd": lambda: y + signs * spread * rng.uniform(1, 2, k),
        "swapped": lambda: rng.permutation(y),
        "half or double": lambda: y * rng.choice([0.5, 2.0], k),
        "x 2.54": lambda: y * 2.54,
        "unit of the decade": lambda: y + signs * 10.0 ** np.ceil(np.log10(spread)),
        "sign": lambda: -y,
    }[kind]()  # fmt: skip
    return numbers


def _tables() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    houses = pd.read_csv(SHARED / "dcai_lab" / "interpretable_features" / "train_data.csv")
    diabetes = load_diabetes(as_frame=True).frame
    return {
        "boston": _xy(pd.read_csv(TABLES / "boston_housing.csv"), "MEDV"),
        "red wine, alcohol": _xy(pd.read_csv(TABLES / "winequality-red.csv"), "alcohol"),
        "bicycles": _xy(
            pd.read_csv(TABLES / "bike_sharing_hour.csv").drop(
                columns=["instant", "casual", "registered"]
            ),
            "cnt",
        ),
        "houses": _xy(houses, "SalePrice"),
        "diabetes": _xy(diabetes, "target"),
    }


def _new_tables() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {
        "white wine, sugar": _xy(
            pd.read_csv(TABLES / "winequality-white.csv"), "residual_sugar"
        ),
        "electricity, x3": _xy(
            pd.read_parquet(TABLES / "electricity_nsw.parquet").drop(columns="label"), "x3"
        ),
    }


def _xy(table: pd.DataFrame, target: str) -> tuple[np.ndarray, np.ndarray]:
    table = table.sample(min(len(table), MOST), random_state=0)
    x = table.drop(columns=target).select_dtypes("number").fillna(-1).to_numpy(float)
    return x, table[target].to_numpy(float)


def _case(
    group: str,
    name: str,
    data: tuple[np.ndarray, np.ndarray],
    wrong: np.ndarray,
    model: str,
    seed: int,
) -> Case:
    x, numbers = data
    folds = KFold(5, shuffle=True, random_state=seed)
    predictions = cross_val_predict(MODELS[model](), x, numbers, cv=folds)
    quality = {
        "ours": target_quality(numbers, predictions),
        "residual": -np.abs(numbers - predictions),
    }
    return Case(
        name, group, wrong, quality, {"labels": numbers, "predictions": predictions}
    )
