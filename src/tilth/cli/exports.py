"""Datasets as files of the user's: nothing in them runs where they are opened."""

from pathlib import Path
from typing import TYPE_CHECKING

from tilth.display.numbers import count

if TYPE_CHECKING:
    from tilth.cli.screen import Screen
    from tilth.data.dataset import Dataset


def write_out(
    screen: "Screen", dataset: "Dataset", out: Path, *, keep_formulas: bool
) -> None:
    """Write a dataset, and say so if cells were written otherwise than they are."""
    from tilth.data.write import write

    n_guarded = write(dataset, out, guard_formulas=not keep_formulas)
    if n_guarded:
        screen.note(
            f"  note: {count(n_guarded, 'cell')} that a spreadsheet would run as a formula "
            f"{'was' if n_guarded == 1 else 'were'} written with ' in front; --keep-formulas "
            "leaves such cells, and so does a .parquet file"
        )
