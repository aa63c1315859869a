"""How long, how large and how talkative an audit of a large CSV file is.

    python benchmarks/large_table.py [ROWS]

Writes a file of 20 columns (14 continuous, counts, categories; 3 % of the labels flipped) to a
temporary folder, runs `tilth audit` on it as a stranger would, and prints wall and CPU time, peak
memory of the process and the longest time it said nothing, on stderr or stdout. Bars: 10 minutes
and 6 GB at 1,000,000 rows, and never silent: a line every 10 seconds, plus what a busy machine
adds. The file is removed.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import tilth

N_ROWS = 1_000_000


def table(n_rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    columns = {f"x{i}": rng.normal(size=n_rows).round(4) for i in range(14)}
    colours = ["red", "green", "blue", "black", "white"]
    columns |= {f"c{i}": rng.choice(colours, n_rows) for i in range(3)}
    columns["count"] = rng.poisson(5, n_rows)
    columns["site"] = rng.choice([f"s{i}" for i in range(40)], n_rows)
    drift = columns["x0"] + columns["x1"] * columns["x2"] + (columns["c0"] == "red")
    is_yes = (drift + rng.normal(scale=0.5, size=n_rows) > 0) ^ (rng.random(n_rows) < 0.03)
    return pd.DataFrame(columns | {"label": np.where(is_yes, "yes", "no")})


def main() -> None:
    n_rows = int(sys.argv[1]) if len(sys.argv) > 1 else N_ROWS
    print(
        f"tilth {tilth.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"{platform.machine()}"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        table(n_rows).to_csv(path, index=False)
        print(f"{n_rows:,} rows x 20 columns, {path.stat().st_size / 1e6:,.0f} MB")
        watch(["audit", str(path), "--label", "label"], folder)


def watch(words: list[str], folder: str) -> None:
    """Run a command, print what it says with the time it said it, then what it took."""
    began = last = time.perf_counter()
    longest, spoke = 0.0, 0
    with subprocess.Popen(
        [sys.executable, "-m", "tilth", *words],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            now = time.perf_counter()
            longest, last, spoke = max(longest, now - last), now, spoke + 1
            print(f"  {now - began:6.1f}  {line.rstrip()}", flush=True)
    longest = max(longest, time.perf_counter() - last)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"exit {running.returncode}, {time.perf_counter() - began:.0f} s (bar 600), "
        f"{used.ru_utime + used.ru_stime:.0f} s of CPU, peak {used.ru_maxrss / 1e6:.2f} GB (bar 6), "
        f"{spoke} lines, longest silence {longest:.0f} s"
    )


if __name__ == "__main__":
    main()
