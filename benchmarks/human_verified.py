"""Test labels that people checked: MNIST and 20 newsgroups, ours against cleanlab's.

    python benchmarks/human_verified.py

Only rows that an early confident learning run suspected were shown to five people each; a label
is wrong where fewer than three of them chose it. Precision is among the checked rows of the first k,
k being how many cleanlab's default flags; average precision is over the checked rows. MNIST has
15 wrong labels among 100, so a single one moves its precision by .07.
"""

from __future__ import annotations

import platform
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from peers import run_in_peer
from sklearn.metrics import average_precision_score

from tilth.algorithms.labels import error_probabilities, label_errors, label_quality

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data"
SETS = ("mnist", "20news")
METHODS = ("self_confidence", "normalized_margin", "confidence_weighted_entropy", "auto")


def main() -> None:
    print(f"{platform.machine()}, Python {platform.python_version()}")
    for name in SETS:
        with np.load(SHARED / "label_errors" / f"{name}.npz") as file:
            labels, probs = file["given_labels"].astype(np.int64), file["pred_probs"]
        table = pd.read_parquet(SHARED / "label_errors" / f"{name}_mturk.parquet")
        rows = table["index"].to_numpy()
        wrong = np.full(len(labels), np.nan)
        wrong[rows] = table["is_error"]
        peer = _of_peer(labels, probs)
        k = len(peer["flagged"])
        print(
            f"\n{name}: {len(rows)} checked, {int(np.nansum(wrong))} wrong; cleanlab flags {k}"
        )
        _line("cleanlab default flags", wrong, np.array(peer["flagged"]))
        flagged = np.flatnonzero(label_errors(labels, probs))
        _line("our default flags", wrong, flagged)
        pruned = label_errors(labels, probs, method="prune_by_noise_rate")
        _line("our prune_by_noise_rate", wrong, np.flatnonzero(pruned))
        for method, quality in peer["quality"].items():
            _line(
                f"cleanlab {method}", wrong, np.argsort(quality, kind="stable")[:k], quality
            )
        for method in METHODS:
            quality = label_quality(labels, probs, method=method)
            _line(f"ours {method}", wrong, np.argsort(quality, kind="stable")[:k], quality)
        rank = np.empty(len(labels), dtype=int)
        rank[np.argsort(-error_probabilities(labels, probs), kind="stable")] = np.arange(
            1, len(labels) + 1
        )
        agreed = table[(table["votes_given"] == 0) & (table["votes_guessed"] == 5)]
        places = {
            int(i): int(rank[i])
            for i in sorted(agreed["index"].to_numpy(), key=lambda i: rank[i])
        }
        ours = np.sort(rank[(wrong == 1)])
        print(f"places of all the wrong: {ours.tolist()}")
        print(f"row: place of what all five people corrected {places}")


def _of_peer(labels: np.ndarray, probs: np.ndarray) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "given.npz"
        np.savez(given, labels=labels, pred_probs=probs)
        return run_in_peer("cleanlab", "in_peers/human_verified.py", given)


def _line(title: str, wrong: np.ndarray, flagged: np.ndarray, quality=None) -> None:
    seen = wrong[flagged][~np.isnan(wrong[flagged])]
    precision = f"{seen.mean():.3f}" if len(seen) else "unknown"
    checked = ~np.isnan(wrong)
    cells = f"{len(flagged):4} rows, {len(seen):3} checked, precision {precision}, found {seen.sum() / np.nansum(wrong):.3f}"
    if quality is not None:
        score = average_precision_score(wrong[checked], -np.asarray(quality)[checked])
        cells += f", average precision {score:.3f}"
    print(f"{title:40} {cells}")


if __name__ == "__main__":
    main()
