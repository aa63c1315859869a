"""Files as one plain table: by ending or content, one or several, packed or not."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd
import pyarrow as pa

from tilth.data.arrow import table_of_arrow
from tilth.data.columns import text_names
from tilth.data.compressed import content_of
from tilth.data.delimited import read_delimited
from tilth.data.json_lines import read_json
from tilth.data.nearest import nearest
from tilth.errors import InvalidInputError, UnreadableDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

DELIMITERS = {".csv": None, ".tsv": "\t", ".tab": "\t"}
PARQUET = (".parquet", ".pq")
JSON = (".jsonl", ".ndjson", ".json")
_ARROW = (".arrow", ".feather")
_UNREAD = {
    **dict.fromkeys((".xlsx", ".xls", ".ods"), "Save the sheet as CSV."),
    **dict.fromkeys((".npy", ".npz"), "Give arrays with --pred-probs, or in Python as a dict."),
    **dict.fromkeys((".pkl", ".pickle", ".joblib", ".pt"), "Opening it would run code. Save the table as CSV or Parquet."),
    **dict.fromkeys((".db", ".sqlite", ".h5", ".hdf5", ".mat", ".rds"), "Save the table as CSV or Parquet."),
    ".svg": "An SVG is a program, not pixels. Save it as PNG.",
}  # fmt: skip
_MAX_NAMED = 3  # files named in a note

_Format = Literal["delimited", "parquet", "json", "arrow"]


def read_files(
    paths: Sequence[Path],
    *,
    has_header: bool = True,
    keep_lists: bool = False,
    as_text: bool = False,
) -> tuple[pd.DataFrame, list[str]]:
    """Read files, all of one format, as one table: the rows of the first, then of the next.

    With `keep_lists` no list becomes columns; all are JSON text. With `as_text` cells of CSV and
    TSV files stay as they are written; other formats say themselves what they hold.

    Raises
    ------
    UnreadableDataError
        If a file does not exist, holds no table, or differs from the others in its columns.
    """
    contents: list[tuple[str, bytes]] = []
    formats: list[_Format] = []
    endings: list[str] = []
    for path in paths:
        _check_there(path)
        try:
            inner, raw = content_of(path)
        except OSError as error:
            raise UnreadableDataError(
                f"Cannot read `{path}`: {error.strerror or error}. Check that it may be read."
            ) from error
        ending = Path(inner).suffix.lower()
        formats.append(_format_of(path, ending, raw))
        contents.append((str(path), raw))
        endings.append(ending)
    if len(set(formats)) > 1:
        other = next(i for i, found in enumerate(formats) if found != formats[0])
        raise UnreadableDataError(
            f"Cannot read `{paths[other]}` together with `{paths[0]}`: one is {formats[other]}, "
            f"the other {formats[0]}. Name files of one format."
        )
    how = {"has_header": has_header, "keep_lists": keep_lists, "as_text": as_text}
    table, notes = _parsed(contents, formats[0], endings[0], **how)
    if len(paths) > 1:
        shown = ", ".join(path.name for path in paths[:_MAX_NAMED])
        more = ", ..." if len(paths) > _MAX_NAMED else ""
        notes.insert(0, f"{len(paths):,} files were read as one: {shown}{more}.")
    return table, notes


def paths_of(source: str) -> list[Path]:
    """Return the files a source names: itself, or those that match its pattern, in order.

    Raises
    ------
    UnreadableDataError
        If it is a pattern that no file matches.
    """
    path = Path(source).expanduser()
    if path.exists() or not glob.has_magic(source):
        return [path]
    # A pattern may be absolute, which those of pathlib are not.
    names = glob.glob(str(path), recursive=True)  # noqa: PTH207
    found = [Path(name) for name in sorted(names) if Path(name).is_file()]
    if not found:
        raise UnreadableDataError(
            f"Cannot read `{source}`: no file matches this pattern. Check the folder: ls "
            f"{path.parent}"
        )
    return found


def _check_there(path: Path) -> None:
    if path.is_dir():
        raise UnreadableDataError(
            f"Cannot read `{path}`: it is a folder. Name a file in it."
        )
    if path.exists():
        return
    folder = path.parent
    others = [p.name for p in folder.iterdir() if p.is_file()] if folder.is_dir() else []
    near = nearest(path.name, others)
    hint = f"Did you mean {path.with_name(near)}?" if near else f"Look for it: ls {folder}/"
    raise UnreadableDataError(f"Cannot read `{path}`: there is no such file. {hint}")


def _format_of(path: Path, ending: str, raw: bytes) -> _Format:
    if ending in _UNREAD:
        raise UnreadableDataError(
            f"Cannot read `{path}`: {ending} files are not read. {_UNREAD[ending]}"
        )
    if ending in DELIMITERS:
        return "delimited"
    if ending in PARQUET or raw[:4] == b"PAR1":
        return "parquet"
    if ending in _ARROW or raw[:6] == b"ARROW1":
        return "arrow"
    return "json" if ending in JSON or raw.lstrip()[:1] == b"{" else "delimited"


def _parsed(
    contents: list[tuple[str, bytes]],
    form: _Format,
    ending: str,
    *,
    has_header: bool,
    keep_lists: bool,
    as_text: bool,
) -> tuple[pd.DataFrame, list[str]]:
    name = contents[0][0]
    try:
        match form:
            case "delimited":
                table, notes = read_delimited(
                    contents,
                    DELIMITERS.get(ending),
                    has_header=has_header,
                    as_text=as_text,
                )
                table.columns = pd.Index(text_names(list(table.columns)))
            case "json":
                table, notes = read_json(contents, keep_lists=keep_lists)
            case _:
                arrow = _stacked(contents, form)
                table, notes = table_of_arrow(arrow, keep_lists=keep_lists)
    except InvalidInputError as error:
        raise UnreadableDataError(f"Cannot read `{name}`: {error}") from error
    return table, notes


def _stacked(contents: list[tuple[str, bytes]], form: _Format) -> pa.Table:
    tables = [_arrow_table(name, raw, form) for name, raw in contents]
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        said = str(error).partition("\n")[0]
        raise UnreadableDataError(
            f"Cannot read `{contents[0][0]}` and the files after it as one: {said}. Give files "
            "with the same columns."
        ) from error


def _arrow_table(name: str, raw: bytes, form: _Format) -> pa.Table:
    import pyarrow.parquet as pq  # 0.06 s, for those who need it

    buffer = pa.BufferReader(raw)
    try:
        if form == "parquet":
            return pq.ParquetFile(buffer).read()
        is_file = raw[:6] == b"ARROW1"
        return (pa.ipc.open_file if is_file else pa.ipc.open_stream)(buffer).read_all()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        kind = "Parquet" if form == "parquet" else "Arrow"
        reason = str(error).partition("\n")[0]
        raise UnreadableDataError(
            f"Cannot read `{name}`: it is not a complete {kind} file: {reason.rstrip('.')}. "
            "If it is CSV, name it .csv."
        ) from error
