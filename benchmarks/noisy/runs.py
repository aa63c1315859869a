"""One run of the table: a row under a setting on a seed, trained and scored."""

from __future__ import annotations

import json
import time
from typing import Any

import torch
from noisy.protocol import Material, Setup, machine, material, versions
from noisy.rows import ROWS, Fitted

PROTOCOL = 1  # raised when anything every row shares changes: older runs no longer count


def written(setting: dict[str, Any]) -> str:
    """Write a setting as the CSV has it."""
    return json.dumps(setting, sort_keys=True)


def run(
    setup: Setup, cell: str, name: str, setting: dict[str, Any], seed: int, n_seeds: int
) -> dict[str, Any]:
    """Train one row under one setting on one seed, and score it."""
    row = next(row for row in ROWS if row.name == name)
    data = material(setup, cell, seed, n_seeds)
    if setup.device == "cpu":
        torch.set_num_threads(1)
    else:
        # No search for the fastest convolution: rows differ in the sizes of their batches.
        torch.set_float32_matmul_precision("high")
    clock = time.process_time if setup.device == "cpu" else time.perf_counter
    start = clock()
    fitted = row.fit(setup, data, setting)
    seconds = clock() - start
    return {
        "protocol": PROTOCOL,
        "scale": setup.scale,
        "cell": cell,
        "row": row.name,
        "family": row.family,
        "seed": seed,
        "setting": written(setting),
        **scores(fitted, data),
        "n_trainings": fitted.n_trainings,
        "seconds": round(seconds, 2),
        "machine": machine(setup.device),
        "versions": versions(),
    }


def scores(fitted: Fitted, data: Material) -> dict[str, float]:
    """Score a row: both epochs on the clean test, and its edits against the truth."""
    model, labels = fitted.classifier, fitted.labels
    test, truth = data.test
    wrong = data.given != data.truth
    edited = labels != data.given
    hits = float((edited & wrong).sum())
    precision, recall = hits / max(edited.sum(), 1), hits / max(wrong.sum(), 1)
    kept = labels >= 0
    return {
        "accuracy": float((model.predict(test) == truth).mean()),
        "accuracy_last": float((model.predict(test, epoch="last") == truth).mean()),
        "validation": max(epoch["validation"] for epoch in model.history_),
        "best_epoch": model.best_epoch_,
        "n_epochs": len(model.history_),
        "n_edited": int(edited.sum()),
        "precision": precision if edited.any() else float("nan"),
        "recall": recall if edited.any() else float("nan"),
        "f1": 2 * hits / (edited.sum() + wrong.sum()) if edited.any() else float("nan"),
        "label_accuracy": float((labels[kept] == data.truth[kept]).mean()),
    }
