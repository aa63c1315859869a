"""Label errors against cleanlab's default: CPU time, memory passes, extra memory.

    python benchmarks/label_speed.py [RUNS]

Each size is asked three ways in processes of their own, one thread each: cleanlab 2.9 in an
environment of its own, ours with numpy alone, ours with the extra ``fast``. CPU time is user plus
system of the process and its children, the median of the runs. One memory pass is the time of
one ``np.sum`` over the probabilities in the same process. Extra memory is the peak that
tracemalloc saw, as a share of the probabilities.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import numpy as np
from peers import PEERS, run_in_peer

SIZES = {
    "1,000,000 x 10": (1_000_000, 10),
    "100,000 x 100": (100_000, 100),
    "50,000 x 1,000": (50_000, 1_000),
}
METHODS = ("prune_by_noise_rate", "calibrated")
# The least speed-up wanted over cleanlab's default: numpy alone, with the extra, calibrated.
BARS = {
    "1,000,000 x 10": (8, 10, 3),
    "100,000 x 100": (4, 10, 3),
    "50,000 x 1,000": (2.5, 10, 3),
}
NOISE = 0.1


def noisy_labels(n_rows: int, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Make labels of which a tenth is wrong and the probabilities of a model that is 90 % right."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, n_classes, n_rows)
    pred_probs = rng.standard_normal((n_rows, n_classes), dtype=np.float32)
    pred_probs[np.arange(n_rows), true] += 2.5 + 0.5 * np.log(n_classes)
    pred_probs *= 2
    pred_probs -= pred_probs.max(axis=1, keepdims=True)
    np.exp(pred_probs, out=pred_probs)
    pred_probs /= pred_probs.sum(axis=1, keepdims=True)
    wrong = rng.random(n_rows) < NOISE
    return np.where(wrong, rng.integers(0, n_classes, n_rows), true), pred_probs


def ours(folder: Path, n_runs: int) -> None:
    """Time our methods on stored arrays and print one JSON document; runs in its own process."""
    from tilth.algorithms.labels import label_errors

    answer: dict[str, dict[str, float]] = {}
    for name in SIZES:
        labels = np.load(folder / f"{name}_labels.npy")
        pred_probs = np.load(folder / f"{name}_pred_probs.npy")
        passes = [cpu_of(pred_probs.sum) for _ in range(15)]
        for method in METHODS:

            def run(
                method: str = method,
                labels: np.ndarray = labels,
                pred_probs: np.ndarray = pred_probs,
            ) -> np.ndarray:
                return label_errors(labels, pred_probs, method=method)

            first = cpu_of(run)
            seconds = [cpu_of(run) for _ in range(n_runs)]
            tracemalloc.start()
            found = run()
            extra = tracemalloc.get_traced_memory()[1] / pred_probs.nbytes
            tracemalloc.stop()
            answer[f"{name}/{method}"] = {
                "median": statistics.median(seconds),
                "least": min(seconds),
                "most": max(seconds),
                "first": first,
                "passes": statistics.median(seconds) / statistics.median(passes),
                "extra": extra,
                "n_flagged": int(found.sum()),
            }
    print(json.dumps(answer))


def cpu_of(function) -> float:
    before = time.process_time()
    function()
    return time.process_time() - before


def ours_in_a_process(
    folder: Path, n_runs: int, *, fast: bool
) -> dict[str, dict[str, float]]:
    without = "" if fast else "sys.modules['numba'] = None; "
    code = f"import sys; {without}from pathlib import Path; import label_speed; label_speed.ours(Path({str(folder)!r}), {n_runs})"
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent,
        env=os.environ | one,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(run.stdout.strip().splitlines()[-1])


def main() -> None:
    n_runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}, {os.cpu_count()} cores; {PEERS['cleanlab'][0]}; median CPU seconds of {n_runs} runs [least, most]\n"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size, shape in SIZES.items():
            labels, pred_probs = noisy_labels(*shape)
            np.save(folder / f"{size}_labels.npy", labels)
            np.save(folder / f"{size}_pred_probs.npy", pred_probs)
        peer = run_in_peer("cleanlab", "in_peers/cleanlab_speed.py", folder, n_runs, *SIZES)
        answers = {
            "numpy": ours_in_a_process(folder, n_runs, fast=False),
            "fast": ours_in_a_process(folder, n_runs, fast=True),
        }
    for size in SIZES:
        theirs = peer[size]
        print(
            f"{size:16} cleanlab default{'':27} {theirs['median']:7.3f} [{theirs['least']:.3f}, {theirs['most']:.3f}]"
        )
        for method in METHODS:
            for column, (how, answer) in enumerate(answers.items()):
                us = answer[f"{size}/{method}"]
                bar = BARS[size][2 if method == "calibrated" else column]
                ratio = theirs["median"] / us["median"]
                print(
                    f"{'':16} {method:20} {how:6} first {us['first']:6.2f} {'':3} {us['median']:7.3f} [{us['least']:.3f}, {us['most']:.3f}]"
                    f"   1/{ratio:.1f} (bar 1/{bar:g}) {'ok ' if ratio >= bar else 'NOT'}  {us['passes']:5.1f} passes  extra {us['extra']:.2f}"
                )


if __name__ == "__main__":
    main()
