"""Edit the data or bend the training: CIFAR-10 with 40 % wrong labels, one protocol for all rows.

    python benchmarks/noisy_table.py --scale small             2 CPU cores, about 20 minutes
    python benchmarks/noisy_table.py --device cuda             the whole table on one accelerator

Every run is appended to a CSV under benchmarks/results as it ends and never run twice, so the
table may be stopped and gone on with; `--only` and `--cells` pick parts of it. When nothing is
left to run, the Markdown beside the CSV is written and what was expected of it is printed, also
where it failed. Needs the extra `torch`, Pillow, and the images beside the project.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

try:
    from joblib import Parallel, delayed
    from noisy import cifar, page, report
    from noisy.protocol import Setup, full_setup, small_setup
    from noisy.rows import ROWS, Row
    from noisy.runs import PROTOCOL, run, written
except ImportError as missing:
    sys.exit(f"skipped: {missing}")

RESULTS = Path(__file__).resolve().parent / "results"
Task = tuple[str, Row, dict[str, Any], int]


def main() -> None:
    options = arguments()
    if not (cifar.SHARED / "cifar10").exists():
        sys.exit("skipped: CIFAR-10 is not beside the project")
    setup = small_setup() if options.scale == "small" else full_setup(options.device)
    path = RESULTS / f"noisy_table_{options.scale}.csv"
    rows = [row for row in ROWS if not options.only or row.name in options.only]
    for stage in (first_seed, other_seeds):
        tasks = stage(rows, options.cells, options.seeds, report.read_runs(path, PROTOCOL))
        run_all(setup, tasks, options, path)
    runs = report.read_runs(path, PROTOCOL)
    path.with_suffix(".md").write_text(report.markdown(runs))
    table = report.summary(runs)
    print(path.with_suffix(".md").read_text())
    if {"0.0", report.SPARSE} <= set(table["cell"]) and not options.only:
        if options.scale == "small":
            page.write("table", report.page_block(runs))
        failed = [line for line in report.lines(table) if not line.holds]
        print(f"{len(failed)} of {len(report.lines(table))} expectations fail")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", choices=("small", "full"))
    parser.add_argument(
        "--device", default="cpu", help="cpu or cuda; cuda is the full table"
    )
    parser.add_argument(
        "--cells", nargs="+", default=["0.0", "0.6"], help="0.0 0.2 0.6 aggre worse"
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", metavar="ROW", help="some rows, by name")
    parser.add_argument("--jobs", type=int, default=2, help="runs at once on a CPU")
    options = parser.parse_args()
    options.scale = options.scale or ("small" if options.device == "cpu" else "full")
    return options


def first_seed(
    rows: list[Row], cells: list[str], n_seeds: int, done: pd.DataFrame
) -> list[Task]:
    """Return every setting of every row on the first seed, as far as it was not run."""
    wanted = [(c, row, s, 0) for c in cells for row in rows for s in row.settings]
    return [task for task in wanted if not was_run(task, done)]


def other_seeds(
    rows: list[Row], cells: list[str], n_seeds: int, done: pd.DataFrame
) -> list[Task]:
    """Return the setting that validation chose for every row on the other seeds."""
    chosen = report.finals(done).set_index(["cell", "row"])["setting"]
    wanted = [
        (cell, row, setting, seed)
        for seed in range(1, n_seeds)
        for cell in cells
        for row in rows
        for setting in row.settings
        if written(setting) in set(np.atleast_1d(chosen.loc[(cell, row.name)]))
    ]
    return [task for task in wanted if not was_run(task, done)]


def was_run(task: Task, done: pd.DataFrame) -> bool:
    cell, row, setting, seed = task
    return bool(
        len(done)
        and (
            (done["cell"] == cell)
            & (done["row"] == row.name)
            & (done["setting"] == written(setting))
            & (done["seed"] == seed)
        ).any()
    )


def run_all(
    setup: Setup, tasks: list[Task], options: argparse.Namespace, path: Path
) -> None:
    """Run tasks, several at once on a CPU, and append each result as it ends."""
    if not tasks:
        return
    print(f"{len(tasks)} runs to go", file=sys.stderr)
    path.parent.mkdir(exist_ok=True)
    if setup.scale == "small":
        cifar.features(options.seeds * 10_000)  # once, before the workers want them
    jobs = options.jobs if setup.device == "cpu" else 1
    work = (
        delayed(run)(setup, cell, row.name, setting, seed, options.seeds)
        for cell, row, setting, seed in tasks
    )
    for n, result in enumerate(
        Parallel(n_jobs=jobs, return_as="generator_unordered")(work), 1
    ):
        frame = pd.DataFrame([result])
        frame.to_csv(path, mode="a", header=not path.exists(), index=False)
        print(
            f"{n}/{len(tasks)} {result['cell']} {result['row']} seed {result['seed']} "
            f"{result['setting']}: {result['accuracy']:.4f} in {result['seconds']:.0f} s",
            file=sys.stderr,
            flush=True,
        )


if __name__ == "__main__":
    main()
