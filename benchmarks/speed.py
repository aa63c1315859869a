"""How long a person waits: start-up, first finding, whole audits, and their memory.

    python benchmarks/speed.py

Each line gives the bar, the median of the runs, and their ratio. CPU time is user plus system
of the command and its children; memory is the peak of the command itself.
"""

from __future__ import annotations

import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from planted import SHARED

import tilth


def timed(*arguments: str, folder: Path) -> dict[str, float]:
    """Run a tilth command; return seconds to the first finding and to the end, CPU, peak GB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    run = subprocess.Popen(
        [sys.executable, "-m", "tilth", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    first = float("nan")
    for line in run.stdout or ():
        if math.isnan(first) and line.startswith("  ") and " e.g. " in line:
            first = time.perf_counter() - began
    _, _, used = os.wait4(run.pid, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "first": first,
        "wall": time.perf_counter() - began,
        "cpu": cpu or used.ru_utime + used.ru_stime,
        "gb": used.ru_maxrss / 1e6,
    }


def report(what: str, bar: float, values: list[float], unit: str) -> None:
    median = statistics.median(values)
    print(
        f"{what:52} {median:8.2f} {unit:3}  bar {bar:g}  ratio {median / bar:.2f}  (n = {len(values)})",
        flush=True,
    )


def table_of(n_rows: int, n_columns: int) -> pd.DataFrame:
    """Make a table of numbers and categories with a label that depends on some of them."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(n_rows, n_columns - 4)).round(4)).add_prefix("x")
    for i in range(3):
        frame[f"c{i}"] = rng.choice(list("abcdefgh"), n_rows)
    signal = frame["x0"] + frame["x1"] * (frame["c0"] == "a") + rng.normal(size=n_rows)
    return frame.assign(label=np.where(signal > 0.5, "yes", "no"))


def main() -> None:
    print(
        f"tilth {tilth.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = [timed("--help", folder=folder) for _ in range(7)]
        report("tilth --help, CPU", 0.3, [r["cpu"] for r in runs], "s")
        if SHARED.exists():
            source = SHARED / "dcai_lab" / "data_centric_model_centric"
            runs = []
            for i in range(3):
                runs.append(
                    timed(
                        "--project",
                        f"p{i}",
                        "audit",
                        str(source / "reviews_train.csv"),
                        "--label",
                        "label",
                        "--test",
                        str(source / "reviews_test.csv"),
                        folder=folder,
                    )
                )
            report(
                "audit of 6,666 reviews: first finding", 3, [r["first"] for r in runs], "s"
            )
            report("audit of 6,666 reviews: all", 10, [r["wall"] for r in runs], "s")
            report("audit of 6,666 reviews: CPU", 20, [r["cpu"] for r in runs], "s")
        table_of(100_000, 20).to_csv(folder / "wide.csv", index=False)
        run = timed(
            "--project", "w", "audit", "wide.csv", "--label", "label", folder=folder
        )
        report("audit of 100,000 x 20: all", 60, [run["wall"]], "s")
        report("audit of 100,000 x 20: CPU", 120, [run["cpu"]], "s")
        report("audit of 100,000 x 20: peak memory", 2, [run["gb"]], "GB")


if __name__ == "__main__":
    main()
