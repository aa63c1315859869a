"""The study behind tilth's claims: real rows, planted groups, clean data, controls.

    python benchmarks/study.py rows planted clean controls      any of the four; all by default

`rows` runs the command line on files and refits the judge with code of its own from what tilth
wrote. Everything printed is computed by this run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import judges
import numpy as np
import pandas as pd
from planted import SHARED, Case, cases
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from sklearn.model_selection import train_test_split

import tilth

HERE = Path(__file__).resolve().parent
METRICS = {"accuracy": accuracy_score, "balanced_accuracy": balanced_accuracy_score}


def inputs_and_labels(table: pd.DataFrame, label: str) -> tuple[object, np.ndarray]:
    X = table.drop(columns=[label])
    y = table[label].to_numpy()
    y = y if y.dtype.kind in "iuf" else y.astype(object)
    if X.shape[1] == 1 and not pd.api.types.is_numeric_dtype(X.dtypes.iloc[0]):
        X = X.iloc[:, 0].fillna("").astype(object).to_numpy()
    return X, y


def refit(
    train: pd.DataFrame,
    test: pd.DataFrame,
    label: str,
    judge: str,
    metric: str,
    seeds: int = 5,
) -> float:
    """Train the judge on a table and score it, with nothing of tilth's."""
    X, y = inputs_and_labels(train, label)
    X_test, y_test = inputs_and_labels(test, label)
    make = getattr(judges, judge)
    scores = [
        METRICS[metric](y_test, make(seed).fit(X, y).predict(X_test))
        for seed in range(seeds)
    ]
    return float(np.mean(scores))


def run_cli(*arguments: str, folder: Path) -> tuple[dict, float]:
    """Run a tilth command with --json; return its document and seconds."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "tilth", *arguments, "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"tilth {' '.join(arguments)}\n{done.stderr}")
    return json.loads(done.stdout), time.perf_counter() - began


def improve_files(
    train: pd.DataFrame, test: pd.DataFrame, label: str, judge: str, metric: str
) -> dict[str, object]:
    """Improve files through the command line and refit from everything it wrote."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train.to_csv(folder / "train.csv", index=False)
        test.to_csv(folder / "test.csv", index=False)
        document, seconds = run_cli(
            "improve",
            "train.csv",
            "--label",
            label,
            "--test",
            "test.csv",
            "--metric",
            metric,
            "--model",
            f"{HERE / 'judges.py'}:{judge}",
            "-o",
            "clean.csv",
            "--patch",
            "patch.jsonl",
            folder=folder,
        )
        again = document["verdict"] == "BETTER"
        if again:
            run_cli("apply", "patch.jsonl", "train.csv", "-o", "applied.csv", folder=folder)
            run_cli(
                "apply",
                "patch.jsonl",
                "test.csv",
                "-o",
                "test2.csv",
                "--transforms-only",
                folder=folder,
            )
        read = {n: pd.read_csv(folder / n) for n in ("train.csv", "test.csv", "clean.csv")}
        test_after = pd.read_csv(folder / "test2.csv") if again else read["test.csv"]
        same = not again or read["clean.csv"].equals(pd.read_csv(folder / "applied.csv"))
        return {
            "document": document,
            "seconds": seconds,
            "before": refit(read["train.csv"], read["test.csv"], label, judge, metric),
            "after": refit(read["clean.csv"], test_after, label, judge, metric),
            "same_from_patch": same,
            "kept": read["clean.csv"],
        }


def described(document: dict) -> str:
    return " + ".join(f"{e['remedy']}({e['n']})" for e in document["edits"]) or "nothing"


def rows() -> None:
    """The three real datasets of the main loop."""
    lab = SHARED / "dcai_lab"
    print("\n== rows: same model refitted by this script from the files tilth wrote")
    for name, folder, label, metric, judge in (
        (
            "reviews",
            "data_centric_model_centric/reviews_{}.csv",
            "label",
            "accuracy",
            "reviews",
        ),
        (
            "evaluation",
            "data_centric_evaluation/{}.csv",
            "y",
            "balanced_accuracy",
            "evaluation",
        ),
    ):
        train, test = (pd.read_csv(lab / folder.format(part)) for part in ("train", "test"))
        got = improve_files(train, test, label, judge, metric)
        print(
            f"{name:12} {metric} {got['before']:.4f} -> {got['after']:.4f}   {got['document']['verdict']}   "
            f"{described(got['document'])}   patch = output: {got['same_from_patch']}   {got['seconds']:.0f} s",
            flush=True,
        )
    grades()


def grades() -> None:
    """Student grades: noisy labels to train on, true ones to test on, six splits."""
    table = pd.read_csv(SHARED / "dcai_lab" / "label_errors" / "student-grades.csv")
    columns = ["exam_1", "exam_2", "exam_3", "notes"]
    shares, verdicts = [], []
    for split in range(6):
        train, test = train_test_split(table, random_state=split)
        noisy = train[[*columns, "noisy_letter_grade"]].rename(
            columns={"noisy_letter_grade": "grade"}
        )
        clean = test[[*columns, "letter_grade"]].rename(columns={"letter_grade": "grade"})
        right = (train["noisy_letter_grade"] == train["letter_grade"]).to_numpy()
        oracle = refit(noisy[right], clean, "grade", "boosted", "accuracy", seeds=1)
        got = improve_files(noisy, clean, "grade", "boosted", "accuracy")
        shares.append((got["after"] - got["before"]) / (oracle - got["before"]))
        verdicts.append(got["document"]["verdict"])
        print(
            f"grades {split}     accuracy {got['before']:.4f} -> {got['after']:.4f}   oracle {oracle:.4f}   share {shares[-1]:.2f}   "
            f"{verdicts[-1]}   {described(got['document'])}   {got['seconds']:.0f} s",
            flush=True,
        )
    print(
        f"grades       share of the oracle's gain: mean {np.mean(shares):.2f}, sd {np.std(shares, ddof=1):.2f}   {verdicts}"
    )


def named_group(case: Case, document: dict) -> str:
    """Precision and recall of the group rule that `improve` acted on, over the bad rows."""
    with tempfile.TemporaryDirectory() as name:
        case.train.to_csv(Path(name) / "train.csv", index=False)
        audit, _ = run_cli(
            "audit",
            "train.csv",
            "--label",
            case.label,
            "--select",
            "label_patterns",
            "--model",
            f"{HERE / 'judges.py'}:{case.judge}",
            folder=Path(name),
        )
    issues = audit["checks"][0]["issues"]
    if not issues:
        return "no group named"
    named = np.isin(
        np.arange(len(case.train)), [i for issue in issues for i in issue["example_ids"]]
    )
    hit = np.sum(named & case.bad)
    rules = "; ".join(issue["key"] for issue in issues)
    return f"precision {hit / named.sum():.2f} recall {hit / case.bad.sum():.2f}   {rules[:90]}"


def planted(only: str = "") -> None:
    """Other corruptions: the share of an oracle's gain, and whether the group is named."""
    print("\n== planted groups")
    for case in cases():
        if only not in case.name:
            continue
        oracle = refit(
            case.train[~case.bad], case.test, case.label, case.judge, "accuracy", seeds=3
        )
        got = improve_files(case.train, case.test, case.label, case.judge, "accuracy")
        share = (got["after"] - got["before"]) / (oracle - got["before"])
        print(
            f"{case.name:48} {got['before']:.3f} -> {got['after']:.3f} (oracle {oracle:.3f}, share {share:.2f}) {got['document']['verdict']:13} "
            f"{got['seconds']:4.0f} s   {described(got['document'])}\n{'':48} {named_group(case, got['document'])}",
            flush=True,
        )


def clean_tables() -> dict[str, pd.DataFrame]:
    """Data with nothing planted in them."""
    made = {
        "breast cancer": load_breast_cancer(as_frame=True).frame,
        "wine": load_wine(as_frame=True).frame,
        "digits": load_digits(as_frame=True).frame,
    }
    made = {k: v.rename(columns={"target": "label"}) for k, v in made.items()}
    if SHARED.exists():
        for name in ("subj", "custrev"):
            table = pd.read_parquet(SHARED / "text" / f"{name}.parquet")
            text = max(table.columns, key=lambda c: table[c].astype(str).str.len().mean())
            label = next(c for c in table.columns if c != text)
            made[name] = table.rename(columns={label: "label", text: "text"})[
                ["text", "label"]
            ]
    return made


def clean(resplits: int) -> None:
    """How often data with nothing wrong come out BETTER."""
    print("\n== clean data")
    total: dict[str, int] = {}
    for name, table in clean_tables().items():
        verdicts: dict[str, int] = {}
        began = time.perf_counter()
        for seed in range(resplits):
            part = table.sample(min(len(table), 1500), random_state=seed)
            train, test = train_test_split(
                part, test_size=max(100, len(part) // 3), random_state=seed
            )
            judge = "reviews" if "text" in part else "logistic"
            got = tilth.improve(
                tilth.read(train.reset_index(drop=True), label="label"),
                test=tilth.read(test.reset_index(drop=True), label="label"),
                model=f"{HERE / 'judges.py'}:{judge}",
                seed=seed,
            )
            verdicts[got.proof.verdict] = verdicts.get(got.proof.verdict, 0) + 1
            if got.proof.verdict == "BETTER":
                print(
                    "   BETTER:",
                    name,
                    seed,
                    round(got.proof.difference, 4),
                    [e.reason.text for e in got.edits],
                )
        for verdict, n in verdicts.items():
            total[verdict] = total.get(verdict, 0) + n
        print(
            f"{name:14} {verdicts}   {(time.perf_counter() - began) / resplits:.1f} s each",
            flush=True,
        )
    print(f"all            {total}")


def controls() -> None:
    """Where there is nothing to gain, or the test is not what it should be."""
    print("\n== controls")
    table = clean_tables()["digits"]
    train, test = train_test_split(table, test_size=0.3, random_state=0)
    rng = np.random.default_rng(0)
    shuffled = train.assign(label=rng.permutation(train["label"].to_numpy()))
    leaked = pd.concat([train, test])
    repeated = pd.concat([test] * 1 + [train.iloc[:30]])
    for name, (a, b) in {
        "shuffled labels": (shuffled, test),
        "test inside training": (leaked, test),
        "30 test rows leaked": (train, repeated),
    }.items():
        got = tilth.improve(
            tilth.read(a.reset_index(drop=True), label="label"),
            test=tilth.read(b.reset_index(drop=True), label="label"),
            model=f"{HERE / 'judges.py'}:logistic",
        )
        print(
            f"{name:24} {got.proof.verdict}   left out {got.proof.n_test_left_out}   {got.proof.why}",
            flush=True,
        )
    if SHARED.exists():
        reviews = pd.read_csv(
            SHARED / "dcai_lab/data_centric_model_centric/reviews_train.csv"
        )
        got = tilth.improve(
            tilth.read(reviews, label="label"), model=f"{HERE / 'judges.py'}:reviews"
        )
        print(
            f"{'reviews, no test set':24} {got.proof.verdict}   {got.proof.why}", flush=True
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=[], help="rows planted clean controls")
    parser.add_argument("--resplits", type=int, default=40, help="per clean dataset")
    parser.add_argument("--only", default="", help="planted cases whose name holds this")
    chosen = parser.parse_args()
    warnings.filterwarnings("ignore")
    parts = chosen.parts or ["rows", "planted", "clean", "controls"]
    if "rows" in parts and SHARED.exists():
        rows()
    if "planted" in parts:
        planted(chosen.only)
    if "clean" in parts:
        clean(chosen.resplits)
    if "controls" in parts:
        controls()


if __name__ == "__main__":
    main()
