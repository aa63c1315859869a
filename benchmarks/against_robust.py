"""Editing against robust training on real texts: the magazine reviews with their bad group removed.

    python benchmarks/against_robust.py        about five CPU minutes

Writes benchmarks/results/against_robust.json and its part of the documentation page. The edit
is the one `tilth improve` finds and proves: reviews that hold markup are dropped.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pandas as pd
from noisy import page
from planted import SHARED

import tilth

RESULTS = Path(__file__).resolve().parent / "results" / "against_robust.json"


def main() -> None:
    folder = SHARED / "dcai_lab" / "data_centric_model_centric"
    if not folder.exists():
        sys.exit("skipped: the reviews are not beside the project")
    try:
        from noisy.protocol import machine, versions
    except ImportError as missing:
        sys.exit(f"skipped: {missing}")
    train, test = (
        pd.read_csv(folder / f"reviews_{part}.csv") for part in ("train", "test")
    )
    before = tilth.read(train, label="label")
    after = before.rows((~train["review"].str.contains("<")).to_numpy().nonzero()[0])
    start = time.process_time()
    proof = tilth.prove(
        before,
        after,
        test=test,
        model="logistic",
        against_robust=True,
        control="shuffled",
        n_jobs=1,
    )
    seconds = time.process_time() - start
    found = {
        "proof": {k: v for k, v in proof.to_document().items() if k != "slices"},
        "cpu_seconds": round(seconds),
        "machine": machine("cpu"),
        "versions": versions(),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    page.write("reviews", page.reviews(found))
    print(page.reviews(found))


if __name__ == "__main__":
    main()
