"""The table as Markdown, and whether what was expected of it holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

FAMILIES = {
    "reference": "with the truth in hand",
    "data": "edit the data, then train plainly (published probabilities)",
    "own": "both ways with nothing but the network of the table",
    "model": "train with the errors: the eight published rows",
    "beside": "train with the errors: stronger methods, printed beside",
    "both": "edit the data, then train a robust method",
}
PUBLISHED = {  # Northcutt et al. (2021), table 4: 40 % noise, sparsity 0 and 0.6
    "argmax": (83.9, 84.2),
    "confident joint": (86.7, 86.9),
    "prune by class": (84.8, 86.2),
    "prune by noise rate": (87.1, 87.2),
    "both": (87.1, 87.2),
    "INCV": (84.4, 73.6),
    "Mixup": (76.1, 59.8),
    "SCE": (76.3, 58.3),
    "MentorNet": (64.4, 61.5),
    "Co-Teaching": (62.9, 58.1),
    "S-Model": (58.6, 57.5),
    "Reed": (60.5, 58.6),
    "plain": (60.2, 57.3),
}
SPARSE = "0.6"
LARGEST_DROP = 1.0  # points from sparsity 0 to 0.6
MIN_ERRORS = 2.0  # standard errors by which a row must be beaten


@dataclass(frozen=True)
class Line:
    """What was expected, and what came."""

    holds: bool
    text: str

    def __str__(self) -> str:
        return f"{'holds' if self.holds else 'FAILS'}: {self.text}"


def read_runs(path: Path, protocol: int) -> pd.DataFrame:
    """Return the runs of one protocol; empty where there are none."""
    if not path.exists():
        return pd.DataFrame()
    runs = pd.read_csv(path, dtype={"cell": str}, keep_default_na=False, na_values=[""])
    return runs[runs["protocol"] == protocol].reset_index(drop=True)


def finals(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the runs of the setting that noisy validation chose on the first seed."""
    first = runs[runs["seed"] == runs["seed"].min()]
    best = first.sort_values(["validation", "setting"], ascending=[False, True])
    chosen = best.groupby(["cell", "row"], sort=False).first()["setting"]
    keys = pd.MultiIndex.from_frame(runs[["cell", "row"]])
    return runs[runs["setting"].to_numpy() == chosen.reindex(keys).to_numpy()]


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """Return mean and standard deviation over seeds for each cell and row."""
    table = finals(runs).groupby(["cell", "row"], sort=False)
    found = table.agg(
        family=("family", "first"),
        setting=("setting", "first"),
        n_seeds=("seed", "nunique"),
        accuracy=("accuracy", "mean"),
        sd=("accuracy", "std"),
        last=("accuracy_last", "mean"),
        last_sd=("accuracy_last", "std"),
        validation=("validation", "mean"),
        precision=("precision", "mean"),
        recall=("recall", "mean"),
        f1=("f1", "mean"),
        label_accuracy=("label_accuracy", "mean"),
        n_trainings=("n_trainings", "mean"),
        seconds=("seconds", "mean"),
    )
    found = found.reset_index()
    seen = list(dict.fromkeys([*PUBLISHED, *runs["row"]]))
    place = {name: i for i, name in enumerate(seen)}
    ordered = found.assign(place=found["row"].map(place)).sort_values(["cell", "place"])
    return ordered.drop(columns="place").reset_index(drop=True)


def best_data_row(table: pd.DataFrame, by: str = "validation") -> str:
    """Return the data-centric row that is best over all cells, by noisy validation."""
    rows = table[(table["family"] == "data") & table["cell"].isin(["0.0", SPARSE])]
    means = rows.groupby("row", sort=False)[by].mean()
    return str(means.idxmax())


def lines(table: pd.DataFrame, by: str = "validation") -> list[Line]:
    """Return what was expected of the best data-centric row, each with its numbers."""
    at = table.set_index(["cell", "row"])
    best = best_data_row(table, by)
    models = set(table.loc[table["family"] == "model", "row"])
    found = [_beats(at, SPARSE, best, row) for row in PUBLISHED if row in models]
    mine = at.loc[(SPARSE, best)]
    drop = 100 * float(at.loc[("0.0", best), "accuracy"] - mine["accuracy"])
    text = (
        f"{best} loses at most {LARGEST_DROP:g} point from sparsity 0.0 to {SPARSE}: it loses "
        f"{drop:.1f}"
    )
    return [*found, Line(drop <= LARGEST_DROP, text)]


def _error(line: pd.Series) -> float:
    """Return the standard error of a mean over seeds."""
    return float(line["sd"]) / float(line["n_seeds"]) ** 0.5


def markdown(runs: pd.DataFrame) -> str:
    """Return the whole report."""
    table = summary(runs)
    cells = sorted(table["cell"].unique())
    parts = [
        _header(runs, table),
        *(_cell_table(table, cell) for cell in cells),
    ]
    if {"0.0", SPARSE} <= set(cells):
        parts.append(_expected(table))
    parts.append(_settings(table, cells))
    return "\n\n".join(parts) + "\n"


def page_block(runs: pd.DataFrame) -> str:
    """Return the part of the documentation page that the runs decide."""
    runs = runs[runs["cell"].isin(["0.0", SPARSE])]
    table = summary(runs)
    at = table.set_index(["cell", "row"])
    rows = [
        "| row | sparsity 0 | sparsity 0.6 | change | published: 0 | published: 0.6 |",
        "|---|---|---|---|---|---|",
    ]
    for family, words in FAMILIES.items():
        names = table.loc[table["family"] == family, "row"].drop_duplicates()
        if len(names):
            rows.append(f"| **{words}** | | | | | |")
        for name in names:
            dense, sparse = at.loc[("0.0", name)], at.loc[(SPARSE, name)]
            published = PUBLISHED.get(name, ("", ""))
            change = 100 * (sparse["accuracy"] - dense["accuracy"])
            cells = [name, _score(dense), _score(sparse), f"{change:+.1f}", *published]
            rows.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n\n".join([_made(runs), "\n".join(rows), _expected(table, "###")])


def _score(line: pd.Series) -> str:
    return f"{100 * line['accuracy']:.1f} ± {100 * line['sd']:.1f}"


def _made(runs: pd.DataFrame) -> str:
    scale = runs["scale"].iloc[0]
    machines = "; ".join(sorted(runs["machine"].unique()))
    versions = "; ".join(sorted(runs["versions"].unique()))
    clock = "CPU" if scale == "small" else "wall"
    cells = sorted(runs["cell"].unique())
    asked = "" if cells == ["0.0", SPARSE] else f" --cells {' '.join(cells)}"
    return (
        f"Made by `python benchmarks/noisy_table.py --scale {scale}{asked}` on {machines}; "
        f"{versions}; {runs['seconds'].sum() / 60:.0f} minutes of {clock} time for {len(runs)} runs."
    )


def _header(runs: pd.DataFrame, table: pd.DataFrame) -> str:
    scale = runs["scale"].iloc[0]
    what = {
        "small": (
            "10,000 images for each seed (others each time), fixed features (histograms of "
            "oriented gradients and colours, 160 principal directions), a network of two hidden "
            "layers of 256, 20 epochs"
        ),
        "full": "50,000 images, a residual network of nine layers, 16 epochs",
    }[scale]
    return (
        f"# The noisy-label table, {scale} scale\n\n"
        f"CIFAR-10 (JPEG) with 40 % label noise: {what}; the same network, steps and "
        "augmentation for every row. A tenth of the noisy training labels is held out: it "
        "chooses the epoch, and on the first seed the setting of each row. Accuracy in percent "
        f"on the 10,000 clean test images, mean ± standard deviation over "
        f"{int(table['n_seeds'].max())} seeds.\n\n{_made(runs)}"
    )


def _expected(table: pd.DataFrame, heading: str = "##") -> str:
    """Say what holds for the row that validation chose, and for the best on the test."""
    chosen, luckiest = best_data_row(table), best_data_row(table, "accuracy")
    parts = [
        f"{heading} What was expected of it",
        f"Of the data-centric rows, noisy validation chooses *{chosen}* (over both cells):",
        _listed(lines(table)),
    ]
    if luckiest != chosen:
        parts += [
            f"Chosen on the test, as no user could, it would be *{luckiest}*:",
            _listed(lines(table, "accuracy")),
        ]
    own = own_lines(table)
    if own:
        parts += ["With nothing but the network of the table:", _listed(own)]
    return "\n\n".join(parts)


def own_lines(table: pd.DataFrame) -> list[Line]:
    """Compare both ways without probabilities from elsewhere; nothing was expected here."""
    own = table[(table["family"] == "own") & ~table["row"].str.startswith("S-Model")]
    if own.empty:
        return []
    own = own[own["cell"].isin(["0.0", SPARSE])]
    best = str(own.groupby("row", sort=False)["validation"].mean().idxmax())
    at = table.set_index(["cell", "row"])
    others = [n for n in ("plain", "S-Model, own", "DivideMix") if (SPARSE, n) in at.index]
    return [_beats(at, cell, best, other) for cell in ("0.0", SPARSE) for other in others]


def _beats(at: pd.DataFrame, cell: str, name: str, other: str) -> Line:
    mine, theirs = at.loc[(cell, name)], at.loc[(cell, other)]
    gain = float(mine["accuracy"] - theirs["accuracy"])
    errors = gain / float(np.hypot(_error(mine), _error(theirs)))
    text = (
        f"{name} beats {other} at sparsity {cell}: {100 * gain:+.1f} points, {errors:.1f} "
        "standard errors"
    )
    return Line(errors >= MIN_ERRORS, text)


def _listed(found: list[Line]) -> str:
    return "\n".join(f"- {line}" for line in found)


def _cell_table(table: pd.DataFrame, cell: str) -> str:
    title = f"40 % noise, sparsity {cell}"
    if not cell[0].isdigit():
        title = f"labels by people (CIFAR-10N, {cell}); own probabilities throughout"
    rows = [
        f"## {title}",
        "",
        "| row | best epoch | last epoch | published | edits: P / R / F1 | labels right | trainings |",
        "|---|---|---|---|---|---|---|",
    ]
    here = table[table["cell"] == cell]
    for family, words in FAMILIES.items():
        part = here[here["family"] == family]
        if len(part):
            rows.append(f"| **{words}** | | | | | | |")
            rows += [_row(line, cell) for _, line in part.iterrows()]
    return "\n".join(rows)


def _row(line: pd.Series, cell: str) -> str:
    published = PUBLISHED.get(line["row"]) if cell in {"0.0", SPARSE} else None
    edits = (
        ""
        if pd.isna(line["f1"])
        else (f"{line['precision']:.2f} / {line['recall']:.2f} / {line['f1']:.2f}")
    )
    cells = [
        line["row"],
        _score(line),
        f"{100 * line['last']:.1f} ± {100 * line['last_sd']:.1f}",
        "" if published is None else f"{published[int(cell == SPARSE)]}",
        edits,
        f"{100 * line['label_accuracy']:.1f}",
        f"{line['n_trainings']:g}",
    ]
    return "| " + " | ".join(cells) + " |"


def _settings(table: pd.DataFrame, cells: list[str]) -> str:
    rows = [
        "## Settings chosen by noisy validation",
        "",
        "| row | " + " | ".join(cells) + " |",
    ]
    rows.append("|---" * (len(cells) + 1) + "|")
    for name, part in table.groupby("row", sort=False):
        told = part.set_index("cell")["setting"].reindex(cells).fillna("{}")
        if any(json.loads(text) for text in told):
            words = [
                ", ".join(f"{k} {_plain(v)}" for k, v in json.loads(text).items())
                for text in told
            ]
            rows.append(f"| {name} | " + " | ".join(words) + " |")
    return "\n".join(rows)


def _plain(value: object) -> str:
    if isinstance(value, list):  # ["noise rate", 0.5]: estimated, times a factor
        return f"{value[0]} estimated" + (f" x {value[1]:g}" if len(value) > 1 else "")
    return str(value)
