"""Datasets of Hugging Face's `datasets`: in memory or saved to disk; the library is not needed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tilth.errors import InvalidInputError, UnreadableDataError

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

_STATE, _SPLITS = "state.json", "dataset_dict.json"  # what `save_to_disk` writes


def is_hugging_face(source: Any) -> bool:
    """Say whether an object is a dataset of that library, or a dict of its splits."""
    return type(source).__module__.partition(".")[0] == "datasets"


def arrow_of_dataset(source: Any) -> pa.Table:
    """Return the rows of a dataset in memory, in its order.

    Raises
    ------
    InvalidInputError
        If it holds several splits, or streams.
    """
    if isinstance(source, dict):
        names = [str(name) for name in source]
        if len(names) == 1:
            return arrow_of_dataset(source[names[0]])
        raise InvalidInputError(
            f"`source` must be one split, got {', '.join(names) or 'none'}. Give one of them, "
            'such as source["train"].'
        )
    if not hasattr(source, "with_format") or not hasattr(source, "__len__"):
        raise InvalidInputError(
            f"`source` must hold its rows, got {type(source).__name__}, which streams them. Load "
            "it without streaming=True."
        )
    table: pa.Table = source.with_format("arrow")[:]
    return table


def is_saved_dataset(folder: Path) -> bool:
    """Say whether `save_to_disk` made a folder."""
    return (folder / _STATE).is_file() or (folder / _SPLITS).is_file()


def saved_files(folder: Path) -> list[Path]:
    """Return the Arrow files of a dataset on disk, in their order.

    Raises
    ------
    UnreadableDataError
        If it holds several splits, or its description is damaged or leads out of the folder.
    """
    if (folder / _SPLITS).is_file():
        splits = _names(folder / _SPLITS, "splits")
        if len(splits) == 1:
            return saved_files(_inside(folder, splits[0]))
        test = next((s for s in splits if s.startswith("test")), "")
        first = next((s for s in splits if s != test), splits[0] if splits else "")
        more = f" --test {folder / test}" if test else ""
        raise UnreadableDataError(
            f"Cannot read `{folder}`: it holds the splits {', '.join(splits)}. Name one: "
            f"{folder / first}{more}"
        )
    files = [_inside(folder, name) for name in _names(folder / _STATE, "_data_files")]
    if not files:
        raise UnreadableDataError(
            f"Cannot read `{folder}`: its {_STATE} names no data file. Save the dataset again."
        )
    return files


def _names(path: Path, key: str) -> list[str]:
    try:
        found = json.loads(path.read_text("utf-8"))[key]
        return [str(f["filename"] if isinstance(f, dict) else f) for f in found]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableDataError(
            f"Cannot read `{path}`: it does not list its {key.strip('_')} ({error}). Save the "
            "dataset again with save_to_disk."
        ) from error


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UnreadableDataError(
            f"Cannot read `{folder}`: it names {name}, which lies outside of it. Save the dataset "
            "again with save_to_disk."
        )
    return path
