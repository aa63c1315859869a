"""Label errors of files larger than memory: peak memory and time against what must be paid.

    python benchmarks/label_stream.py [ROWS]

Writes ROWS (100,000,000) x 10 float16 probabilities (2 GB) and labels to a temporary folder, then
runs `tilth audit` on them with one thread, and with all while every flagged row is written. Time
is compared with reading the file twice plus the arithmetic of the in-memory version; that is
measured on a part of the rows and scaled. Memory is the peak resident set of the command.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

N_CLASSES = 10
MEMORY_BAR, TIME_BAR = 500.0, 1.5
CHUNK = 1_000_000
MOST_IN_MEMORY = 20_000_000  # rows of the in-memory version
ONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def write_files(folder: Path, n_rows: int) -> None:
    """Write labels, a tenth of them wrong, and the probabilities of a model that is 88 % right."""
    rng = np.random.default_rng(0)
    labels = np.lib.format.open_memmap(
        folder / "labels.npy", mode="w+", dtype=np.int64, shape=(n_rows,)
    )
    header = {"descr": "<f2", "fortran_order": False, "shape": (n_rows, N_CLASSES)}
    with (folder / "big.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, n_rows, CHUNK):
            n = min(CHUNK, n_rows - start)
            true = rng.integers(0, N_CLASSES, n)
            scores = rng.standard_normal((N_CLASSES, n), dtype=np.float32)
            scores[true, np.arange(n)] += 3.6
            scores *= 2
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=0)
            np.ascontiguousarray(scores.T, dtype=np.float16).tofile(file)
            wrong = rng.random(n) < 0.1
            labels[start : start + n] = np.where(wrong, rng.integers(0, N_CLASSES, n), true)
    labels.flush()


def reading_twice(path: Path) -> tuple[float, float]:
    """Return CPU and wall seconds of reading a file twice, piece by piece."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(2):
        with path.open("rb", buffering=0) as file:
            buffer = bytearray(1 << 24)
            while file.readinto(buffer):
                pass
    return time.process_time() - cpu, time.perf_counter() - wall


def in_memory(folder: Path) -> None:
    """Time the in-memory version on loaded arrays and print one JSON document."""
    from tilth.algorithms.labels import label_errors

    labels = np.load(folder / "labels.npy", mmap_mode="r")[:MOST_IN_MEMORY]
    pred_probs = np.load(folder / "big.npy", mmap_mode="r")[:MOST_IN_MEMORY]
    labels, pred_probs = np.array(labels), np.array(pred_probs)
    label_errors(labels[:10_000], pred_probs[:10_000])
    cpu, wall = time.process_time(), time.perf_counter()
    flagged = label_errors(labels, pred_probs)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(
        json.dumps(
            {"cpu": cpu, "wall": wall, "n": len(labels), "flagged": int(flagged.sum())}
        )
    )


def run(command: list[str], **options: object) -> tuple[str, float, float, float]:
    """Run a command; return what it prints, its CPU and wall seconds and peak memory in MB."""
    began = time.perf_counter()
    started = subprocess.Popen(
        command, env=os.environ | ONE, stdout=subprocess.PIPE, text=True, **options
    )
    said = started.stdout.read() if started.stdout else ""
    _, code, used = os.wait4(started.pid, 0)
    assert code == 0, said
    wall = time.perf_counter() - began
    return said, used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024


def in_a_process(code: str) -> str:
    return run([sys.executable, "-c", code], cwd=Path(__file__).parent)[0]


def main() -> None:
    n_rows = int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else 100_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begin = f"from pathlib import Path; import label_stream; folder = Path({name!r}); "
        # In a process of its own: a child is said to have had the memory of its parent.
        in_a_process(f"{begin}label_stream.write_files(folder, {n_rows})")
        size = (folder / "big.npy").stat().st_size / 1e9
        print(
            f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}, "
            f"{os.cpu_count()} cores; {n_rows:,} x {N_CLASSES} float16, {size:.2f} GB"
        )
        read_cpu, read_wall = reading_twice(folder / "big.npy")
        memory = json.loads(in_a_process(f"{begin}label_stream.in_memory(folder)"))
        scale = n_rows / memory["n"]
        paid_cpu = read_cpu + memory["cpu"] * scale
        paid_wall = read_wall + memory["wall"] * scale
        print(f"reading twice            {read_cpu:8.1f} s CPU  {read_wall:8.1f} s")
        print(
            f"in memory, {memory['n']:,} rows x {scale:g}  {memory['cpu'] * scale:8.1f} s CPU  "
            f"{memory['wall'] * scale:8.1f} s   {memory['flagged']:,} flagged"
        )
        audited(folder, ["--jobs", "1"], (paid_cpu, paid_wall))
        audited(folder, ["-o", "found.parquet"], (paid_cpu, paid_wall))


def audited(folder: Path, options: list[str], paid: tuple[float, float]) -> None:
    """Run the command and print what it took."""
    files = ["--labels", "labels.npy", "--pred-probs", "big.npy"]
    command = [sys.executable, "-m", "tilth", "audit", *files, *options, "--json"]
    said, cpu, wall, peak = run([*command, "--limit", "1", "--quiet"], cwd=folder)
    found = next(c for c in json.loads(said)["checks"] if c["name"] == "label_errors")
    print(
        f"tilth audit {' '.join(options):16} {cpu:6.1f} s CPU  {wall:8.1f} s   "
        f"{found['n_issues']:,} flagged"
    )
    for what, ratio, bar in (
        ("CPU time over what must be paid", cpu / paid[0], TIME_BAR),
        ("time over what must be paid", wall / paid[1], TIME_BAR),
        ("peak memory, MB", peak, MEMORY_BAR),
    ):
        print(f"  {what:32} {ratio:8.2f}  bar {bar:g}  {'ok' if ratio <= bar else 'NOT'}")


if __name__ == "__main__":
    main()
