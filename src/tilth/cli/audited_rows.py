"""Held-out rows that go to a person without their labels and come back with them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from tilth.cli import again
from tilth.cli.exports import write_out
from tilth.data.files import paths_of, read_files
from tilth.display.terminal import command_line
from tilth.engine.held_out import audit_sample
from tilth.errors import InvalidInputError
from tilth.trial.protocol import MIN_ROWS

if TYPE_CHECKING:
    import typer

    from tilth.cli.screen import Screen
    from tilth.data.dataset import Dataset

DEFAULT = Path("audit-sample.csv")


@dataclass(frozen=True)
class Asked:
    """What was asked for: how many rows, drawn by which seed, to which file."""

    n: int
    seed: int
    out: Path | None
    keep_formulas: bool


def ask(screen: "Screen", dataset: "Dataset", asked: Asked, ctx: "typer.Context") -> None:
    """Write held-out rows with an empty label column, and say what to do with them."""
    sample = audit_sample(dataset, asked.n, seed=asked.seed)
    path = asked.out or DEFAULT
    if path.exists():
        raise InvalidInputError(
            f"`{path}` exists and may hold answers. Name another file with -o, or remove it."
        )
    ids = [str(example) for example in sample.example_id]
    table = sample.table.assign(**{_id_column(dataset): ids})
    write_out(screen, replace(sample, table=table), path, keep_formulas=asked.keep_formulas)
    label = str(dataset.schema.label)
    written = {
        "schema": "tilth.audit_sample/1",
        "out": str(path),
        "n": asked.n,
        "label": label,
    }
    words = again.words(ctx, "improve", dataset, {"audited": str(path)})
    for said in sample_lines(written, command_line(*ctx.obj.program, "improve", *words)):
        screen.line(said)
    screen.document(written)


def sample_lines(written: dict[str, Any], then: str) -> list[str]:
    """Say what to do with the rows, and the command that follows."""
    out, label = written["out"], written["label"]
    lines = [
        f"written    {out}: {written['n']} held-out rows, drawn at random; their labels are taken out",
        f'next       fill in the column "{label}" by looking at the rows, then: {then}',
    ]
    if written["n"] < MIN_ROWS:
        lines.append(f"note       a proof needs {MIN_ROWS} labelled rows or more")
    return lines


def read_answers(path: str, dataset: "Dataset") -> pd.Series:
    """Return the labels a person gave, as they are written, indexed by example id as text.

    Raises
    ------
    InvalidInputError
        If the file lacks the id or the label column.
    """
    table, _ = read_files(paths_of(path), as_text=True)
    example, label = _id_column(dataset), str(dataset.schema.label)
    for column in (example, label):
        if column not in table.columns:
            raise InvalidInputError(
                f"`{path}` must have the columns {example} and {label}, got {', '.join(table.columns)}. "
                "Give the file that --audit-sample wrote, with its labels filled in."
            )
    answers = [text if text.strip() else None for text in _texts(table[label])]
    known = set(map(str, dataset.example_id))
    # An id that a spreadsheet would run carries the guard of the export.
    ids = [i if i in known else i.removeprefix("'") for i in _texts(table[example])]
    return pd.Series(answers, index=pd.Index(ids), dtype=object)


def _id_column(dataset: "Dataset") -> str:
    """Return the name that ids are written under: one that no column of the data has."""
    name = "example_id"
    while name in dataset.table.columns:
        name = f"tilth_{name}"
    return name


def _texts(column: pd.Series) -> list[str]:
    """Return cells as text, empty where missing: only that made floats of whole numbers."""
    cells = column.convert_dtypes()
    return ["" if gone else str(v) for v, gone in zip(cells, cells.isna(), strict=True)]
