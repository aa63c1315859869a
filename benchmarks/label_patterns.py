"""How well label_patterns names planted groups, and how often it names one in sound data.

    python benchmarks/label_patterns.py [--seeds 3]

For every planted case: precision and recall of the rows in the groups named, and the groups. For
sound data, resplit: the number of runs that name any group. Everything printed is computed by this run.
"""

from __future__ import annotations

import argparse
import time

import judges
import numpy as np
import pandas as pd
from planted import SHARED, Case, cases, table_case, text_case
from sklearn.datasets import load_breast_cancer, load_digits, load_wine

import tilth


def named(
    train: pd.DataFrame, label: str, judge: str
) -> tuple[pd.DataFrame, np.ndarray, float]:
    start = time.perf_counter()
    data = tilth.read(train, label=label)
    found = tilth.audit(
        data, model=getattr(judges, judge)(0), select=["label_patterns"], n_jobs=1
    )
    outcome = found.outcomes["label_patterns"]
    inside = np.zeros(len(train), dtype=bool)
    inside[outcome.members["position"].to_numpy(dtype=int)] = True
    return outcome.issues, inside, time.perf_counter() - start


def more_cases(seed: int) -> list[Case]:
    made = [
        table_case("digits", "source", kind, 0.2, seed) for kind in ("inverted", "constant")
    ] + [table_case("digits", "time", "constant", 0.2, seed)]
    if SHARED.exists():
        for kind in ("random", "inverted", "constant"):
            made += [
                text_case("replacement", "subj", "\ufffd", kind, 0.1, seed),
                text_case(
                    "template", "custrev", "...posted with acme mobile", kind, 0.2, seed
                ),
                table_case("adult_train", "time", kind, 0.15, seed),
                table_case("credit_card_default", "source", kind, 0.1, seed),
            ]
    return made


def sound_tables() -> dict[str, tuple[pd.DataFrame, str, str]]:
    tables = {
        "breast_cancer": (load_breast_cancer(as_frame=True).frame, "target", "logistic"),
        "wine": (load_wine(as_frame=True).frame, "target", "logistic"),
        "digits": (load_digits(as_frame=True).frame, "target", "logistic"),
    }
    if SHARED.exists():
        for name in ("subj", "custrev"):
            table = pd.read_parquet(SHARED / "text" / f"{name}.parquet")
            label = min(table.columns, key=lambda c: table[c].astype(str).str.len().mean())
            tables[name] = table, str(label), "reviews"
        for name in ("adult_train", "electricity_nsw"):
            table = pd.read_parquet(SHARED / "tabular" / f"{name}.parquet")
            tables[name] = table, str(table.columns[-1]), "logistic"
    return tables


def planted(n_seeds: int) -> None:
    good = total = 0
    for seed in range(n_seeds):
        for case in [*cases(seed), *more_cases(seed)]:
            issues, inside, seconds = named(case.train, case.label, case.judge)
            hits = float((inside & case.bad).sum())
            precision = hits / inside.sum() if inside.any() else 0.0
            recall = hits / max(case.bad.sum(), 1)
            total += 1
            good += precision >= 0.9 and recall >= 0.8
            groups = "; ".join(
                f"{row.key} ({row.n} rows, {row.kind}, {row.noise_rate:.0%} wrong)"
                for row in issues.itertuples()
            )
            print(
                f"{case.name:48} {seed}  precision {precision:.2f}  recall {recall:.2f}  {seconds:4.1f} s  {groups}",
                flush=True,
            )
    print(f"precision >= 0.9 and recall >= 0.8 in {good} of {total}")


def sound(n_seeds: int) -> None:
    alarms = total = 0
    for name, (table, label, judge) in sound_tables().items():
        for seed in range(n_seeds):
            part = (
                table.sample(frac=0.75, random_state=seed).head(4000).reset_index(drop=True)
            )
            issues, _, _seconds = named(part, label, judge)
            alarms += len(issues) > 0
            total += 1
            if len(issues):
                print(
                    f"{name:16} {seed}  false alarm: {'; '.join(issues['key'])}", flush=True
                )
    print(f"a group named in {alarms} of {total} sound data sets")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    n_seeds = parser.parse_args().seeds
    planted(n_seeds)
    sound(n_seeds)


if __name__ == "__main__":
    main()
