"""The options commands share, and how their values are read."""

import glob
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from tilth.cli import completion
from tilth.errors import InvalidInputError

Source = Annotated[
    str | None,
    typer.Argument(
        metavar="SOURCE",
        help="CSV, TSV, JSON Lines or Parquet file, also compressed; a quoted pattern for several; "
        "a folder of images; or a version such as v2; left out: the project's last dataset.",
        show_default=False,
    ),
]
Label = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="Column with the labels; several columns of 0 and 1 as a,b,c.",
        show_default="guessed",
    ),
]
Text = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN", help="Column with free text; repeatable.", show_default="guessed"
    ),
]
Task = Annotated[
    str | None,
    typer.Option(
        metavar="TASK",
        help="What the labels are: classification, ordinal, multilabel, regression, tokens, boxes, masks or none.",
        show_default="guessed",
    ),
]
Classes = Annotated[
    str | None,
    typer.Option(
        metavar="A,B,...",
        help="Ordinal classes from lowest to highest; or those of the columns of --pred-probs.",
        show_default="in order of numbers, else sorted",
    ),
]
Image = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="Column with paths of images, or images.",
        show_default="guessed",
    ),
]
ImageRoot = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Folder that image paths are relative to and lie in.",
        show_default="the table's",
    ),
]
KeepFormulas = Annotated[
    bool,
    typer.Option(
        "--keep-formulas",
        help="In CSV, leave cells that a spreadsheet would run as they are.",
    ),
]
Id = Annotated[
    str | None,
    typer.Option("--id", metavar="COLUMN", help="Column that names each example."),
]
Group = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column whose groups are never split by folds."),
]
Time = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column to order by: train on the past."),
]
Annotator = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column that says who labelled."),
]
Split = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column that says train or test."),
]
Test = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Test examples: never trained on, never edited."),
]
Model = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="auto, logistic, boosted-trees, knn, mlp, package.module:attribute or file.py:attribute.",
        autocompletion=completion.models,
        show_default="auto",
    ),
]
TextAs = Annotated[
    str | None,
    typer.Option(
        metavar="frame|array",
        help="Hand a single text column to the model as a DataFrame or as an array of strings.",
        show_default="array where it is the only input",
    ),
]
Metric = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="accuracy, balanced_accuracy, f1_macro, r2, mae or rmse.",
        autocompletion=completion.metrics,
        show_default="accuracy, or r2 for numbers",
    ),
]
NoHeader = Annotated[
    bool,
    typer.Option(
        "--no-header", help="Files have no header: columns are column_1, column_2, ..."
    ),
]
Seed = Annotated[int, typer.Option(metavar="N", help="Decides folds and samples.", min=0)]
Jobs = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Models trained at once.", show_default="all cores", min=1
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--out",
        metavar="FILE",
        help="Write the data here (.csv, .tsv, .jsonl, .parquet).",
    ),
]

Html = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Write a report to share: one HTML file."),
]
Redact = Annotated[
    bool,
    typer.Option(
        "--redact", help="Leave texts, values and ids of examples out of the report."
    ),
]

_DURATION = re.compile(
    r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?:in)?)?(?:(\d+(?:\.\d+)?)s?)?"
)


def seconds(text: str) -> float:
    """Read a duration such as ``90``, ``45s``, ``10m`` or ``1h30m``.

    Examples
    --------
    >>> seconds("10m"), seconds("1h30m"), seconds("45")
    (600.0, 5400.0, 45.0)
    """
    match = _DURATION.fullmatch(text.strip().replace(" ", "").lower())
    parts = match.groups() if match else (None, None, None)
    if not any(parts):
        raise typer.BadParameter(
            f"must be a duration such as 45s, 10m or 1h30m; got {text!r}."
        )
    hours, minutes, rest = (float(part or 0) for part in parts)
    total = 3600 * hours + 60 * minutes + rest
    if total <= 0:
        raise typer.BadParameter(f"must be longer than nothing; got {text!r}.")
    return total


def text_as(value: str | None) -> Literal["frame", "array"] | None:
    """Return how the model gets a single text column, or say what may be asked for."""
    match value:
        case None | "frame" | "array":
            return value
        case _:
            raise InvalidInputError(
                f"--text-as must be frame or array, got {value}. Choose one."
            )


def n_cores() -> int:
    """Return how many models may be trained at once: the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def roles(
    *,
    label: str | None,
    text: list[str] | None,
    classes: str | None,
    **others: str | None,
) -> dict[str, str | list[str] | None]:
    """Return what was said of columns, as `tilth.read` takes it.

    Examples
    --------
    >>> roles(label="y", text=[], classes="low,high", id="no")
    {'label': 'y', 'text': None, 'classes': ['low', 'high'], 'id': 'no'}
    """
    listed = names([classes]) if classes else None
    return {"label": label, "text": text or None, "classes": listed, **others}


def names(values: list[str] | None) -> list[str]:
    """Split repeated and comma-separated names.

    Examples
    --------
    >>> names(["outliers,label_errors", "missing_values"])
    ['outliers', 'label_errors', 'missing_values']
    """
    return [
        name.strip() for value in values or [] for name in value.split(",") if name.strip()
    ]


def check_output(
    path: Path | None,
    option: str,
    endings: Collection[str] = (),
    others: Mapping[str, str | Path | None] | None = None,
) -> None:
    """Refuse an output that cannot or must not be written, before any work is done.

    `others` are the command's other files by what they are: SOURCE, --test, another output.

    Raises
    ------
    InvalidInputError
        If its folder is not there, it is a folder, its ending is not one of `endings`, or
        it is one of `others`.
    """
    if path is None:
        return
    if path.is_dir():
        raise InvalidInputError(
            f"{option} must name a file, got the folder {path}. Put a file name behind it."
        )
    if endings and path.suffix.lower() not in endings:
        raise InvalidInputError(
            f"{option} must end in {', '.join(endings)}, got {path}. Rename it."
        )
    if not path.parent.is_dir():
        raise InvalidInputError(
            f"{option} must lie in a folder that exists, got {path}. "
            f"Make it: mkdir -p {path.parent}"
        )
    if not os.access(path.parent, os.W_OK):
        raise InvalidInputError(
            f"{option} must lie in a folder that may be written to, got {path}. Choose another."
        )
    for name, other in (others or {}).items():
        if other is not None and any(_is_same_file(path, file) for file in _files(other)):
            raise InvalidInputError(
                f"{option} must not be {name}, got {path} for both. Name another file: "
                "no file a command reads or writes is written over."
            )


def _files(source: str | Path) -> list[Path]:
    """Return the files a source may mean: itself, and those its pattern matches."""
    name = str(source)
    if not glob.has_magic(name):
        return [Path(name)]
    # A pattern may be absolute, which those of pathlib are not.
    return [Path(name), *map(Path, glob.glob(name, recursive=True))]  # noqa: PTH207


def _is_same_file(left: Path, right: Path) -> bool:
    """Whether both name one file, also through links, and where neither is there yet."""
    left, right = left.expanduser(), right.expanduser()
    if left.exists() and right.exists():
        return left.samefile(right)
    return left.resolve() == right.resolve()
