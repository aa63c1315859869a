"""A case of the benchmark of label errors by task, and the table of what each method makes of it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from peers import run_in_peer
from sklearn.metrics import average_precision_score

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PEER = "in_peers/label_tasks.py"


@dataclass(frozen=True, eq=False)
class Case:
    """Labels of which some are known to be wrong, and what is asked of them.

    `wrong` and each of `quality` have one entry per unit (example, token, box, image);
    a lower quality says wrong. `inputs` are arrays for the peer; `group` is the line of the table.
    """

    name: str
    group: str
    wrong: np.ndarray
    quality: Mapping[str, np.ndarray]
    inputs: Mapping[str, Any]


def average_precision(wrong: np.ndarray, quality: np.ndarray) -> float:
    """Return the average precision of low quality as a sign of wrong labels."""
    return float(average_precision_score(wrong, -np.nan_to_num(quality, nan=1.0)))


def with_peer(task: str, cases: list[Case]) -> list[dict[str, float]]:
    """Return the average precision of every method of each case, cleanlab's among them."""
    with tempfile.TemporaryDirectory() as folder:
        given, answered = Path(folder) / "given.npz", Path(folder) / "answered.npz"
        np.savez(
            given,
            **{
                f"{i}/{k}": v
                for i, case in enumerate(cases)
                for k, v in case.inputs.items()
            },
        )
        run_in_peer("cleanlab", PEER, task, given, answered)
        with np.load(answered) as file:
            peers = [
                {k.split("/", 1)[1]: file[k] for k in file.files if k.startswith(f"{i}/")}
                for i in range(len(cases))
            ]
    return [
        {
            name: average_precision(case.wrong, quality)
            for name, quality in {**case.quality, **theirs}.items()
        }
        for case, theirs in zip(cases, peers, strict=True)
    ]


def print_table(title: str, cases: Iterable[Case], scores: list[dict[str, float]]) -> None:
    """Print mean average precision by group, and how often ours is the best of all."""
    cases = list(cases)
    names = list(dict.fromkeys(name for score in scores for name in score))
    print(f"\n{title}")
    print(f"{'':40} {'n':>4}  " + "".join(f"{name:>30}" for name in names) + "   ours best")
    for group in [*dict.fromkeys(case.group for case in cases), "all"]:
        rows = [
            score
            for case, score in zip(cases, scores, strict=True)
            if group in {case.group, "all"}
        ]
        cells = []
        for name in names:
            values = np.array([row[name] for row in rows])
            cells.append(f"{values.mean():.4f} (sd {values.std():.4f})")
        best = np.mean([row["ours"] >= max(row.values()) for row in rows])
        line = "".join(f"{cell:>30}" for cell in cells)
        print(f"{group:40} {len(rows):4}  {line}   {best:.0%}", flush=True)
