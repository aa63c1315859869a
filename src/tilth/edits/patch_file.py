"""Patches as JSON Lines: one line for the source, one per edit, one per target."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd

from tilth.data.aside import written_aside
from tilth.edits.edit import Edit, Op, Reason
from tilth.edits.encoding import decode_dtype, decode_values, encode_dtype, encode_values
from tilth.edits.patch import Patch
from tilth.errors import InvalidInputError, UnreadableDataError

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 1
_NAMES = {"example_id": "id"}  # targets' columns that have another name in the file
_PLAIN = ("example_id", "position", "copy_of", "weight", "before", "after")


def write_patch(patch: Patch, path: str | Path) -> None:
    """Write `patch` to `path`, whole or not at all.

    The first line describes the source; then comes one line per edit, each followed by
    one line per target, so that two patches can be compared line by line.

    Raises
    ------
    InvalidInputError
        If a value in the patch has no written form.
    OutputError
        If the file cannot be written; what was there before is unchanged.

    Examples
    --------
    >>> import tempfile
    >>> from tilth.data.read import read
    >>> from tilth.edits.patch import make_patch
    >>> data = read({"x": [1, 2], "y": ["a", "b"]}, label="y")
    >>> reason = Reason("label_errors", "by hand", "seen on the form")
    >>> targets = pd.DataFrame({"example_id": [1], "before": ["b"], "after": ["a"]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_patch(make_patch(data, [Edit("relabel", targets, reason)]), f"{folder}/edits.jsonl")
    ...     [edit.reason.text for edit in read_patch(f"{folder}/edits.jsonl").edits]
    ['seen on the form']
    """
    with written_aside(Path(path)) as aside, aside.open("wb") as file:
        for line in _lines(patch):
            file.write(_text(line) + b"\n")


def read_patch(path: str | Path) -> Patch:
    """Read a patch that `write_patch` wrote, or a person edited.

    Raises
    ------
    UnreadableDataError
        If the file is absent, no patch, cut short, or of a newer format; says which line.

    Examples
    --------
    >>> import tempfile
    >>> from tilth.data.read import read
    >>> from tilth.edits.patch import make_patch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_patch(make_patch(read({"x": [1]}), []), f"{folder}/none.jsonl")
    ...     len(read_patch(f"{folder}/none.jsonl").edits)
    0
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UnreadableDataError(
            f"Cannot read patch `{path}`: {error.strerror}. Check its name."
        ) from error
    lines = [line for line in content.split(b"\n") if line.strip()]
    documents = []
    for number, line in enumerate(lines, start=1):
        try:
            documents.append(json.loads(line.decode("utf-8", "surrogatepass")))
        except ValueError as error:
            raise UnreadableDataError(
                f"`{path}` is no patch: line {number}: {error}. Give a file that --patch wrote."
            ) from error
    try:
        return _patch(documents)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        why = (
            f"{error} is missing" if isinstance(error, KeyError) else str(error).rstrip(".")
        )
        raise UnreadableDataError(
            f"`{path}` is no patch that can be read: {why}. Give a file that --patch wrote."
        ) from error


def _lines(patch: Patch) -> Iterator[dict[str, Any]]:
    yield {
        "tilth_patch": FORMAT,
        "source": patch.source,
        "fingerprint": patch.fingerprint,
        "id_column": patch.id_column,
        "n_examples": patch.n_examples,
        "n_edits": len(patch.edits),
        "label": patch.label,
        "inputs": list(patch.inputs),
        "id_dtype": encode_dtype(patch.addresses["example_id"].dtype),
    }
    addresses = patch.addresses
    hexed = [[f"{h:016x}" for h in addresses[name]] for name in ("content", "row")]
    rows = zip(*hexed, addresses["k"].tolist(), strict=True)
    where = dict(zip(addresses["example_id"].tolist(), rows, strict=True))
    for number, edit in enumerate(patch.edits):
        yield _edit_line(edit)
        yield from _target_lines(number, edit, where)


def _edit_line(edit: Edit) -> dict[str, Any]:
    columns = _written_columns(edit.targets)
    return {
        "op": edit.op,
        "n": edit.n,
        "column": edit.column,
        "params": dict(edit.params),
        "reason": {
            "check": edit.reason.check,
            "remedy": edit.reason.remedy,
            "text": edit.reason.text,
        },
        "author": edit.author,
        "time": edit.time,
        "n_targets": len(edit.targets),
        "dtypes": {
            _NAMES.get(name, name): encode_dtype(edit.targets[name].dtype)
            for name in columns
        },
    }


def _target_lines(
    number: int, edit: Edit, where: dict[Any, tuple[str, str, int]]
) -> Iterator[dict[str, Any]]:
    columns = _written_columns(edit.targets)
    values = [encode_values(edit.targets[name]) for name in columns]
    keys = [_NAMES.get(name, name) for name in columns]
    addressed = "copy_of" if edit.op == "add_examples" else "example_id"
    named = (
        edit.targets[addressed].tolist()
        if addressed in columns
        else [None] * len(edit.targets)
    )
    for example, row in zip(named, zip(*values, strict=True), strict=True):
        address = dict(zip(("content", "row", "k"), where.get(example, ()), strict=False))
        yield {"edit": number, **address, **dict(zip(keys, row, strict=True))}


def _written_columns(targets: pd.DataFrame) -> list[str]:
    cells = [str(name) for name in targets.columns if str(name).startswith("=")]
    return [name for name in _PLAIN if name in targets] + cells


def _text(line: dict[str, Any]) -> bytes:
    try:
        text = json.dumps(line, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"A patch cannot hold {line!r:.200}: {error}.") from error
    return text.encode("utf-8", "surrogatepass")


def _patch(documents: list[dict[str, Any]]) -> Patch:
    header = documents[0] if documents else {}
    version = header.get("tilth_patch")
    if version is None:
        raise ValueError("the first line must start with tilth_patch")
    if version != FORMAT:
        raise ValueError(f"it has format {version}, this tilth reads format {FORMAT}")
    edits: list[Edit] = []
    addressed: dict[Any, tuple[int, int, int]] = {}
    rest = documents[1:]
    while rest:
        first, n = rest[0], rest[0]["n_targets"]
        targets, rest = rest[1 : n + 1], rest[n + 1 :]
        if len(targets) < n or any(line.get("edit") != len(edits) for line in targets):
            raise ValueError(f"edit {len(edits)} must be followed by its {n:,} targets")
        edits.append(_edit(first, targets))
        column = "copy_of" if first["op"] == "add_examples" else "example_id"
        ids = edits[-1].targets[column].tolist() if column in edits[-1].targets else []
        for example, line in zip(ids, targets, strict=False):
            if "content" in line:
                hashes = int(line["content"], 16), int(line["row"], 16)
                addressed[example] = (*hashes, int(line["k"]))
    if len(edits) != header["n_edits"]:
        raise ValueError(f"it must hold {header['n_edits']} edits, got {len(edits)}")
    return Patch(
        edits=tuple(edits),
        fingerprint=header["fingerprint"],
        source=header["source"],
        n_examples=header["n_examples"],
        id_column=header["id_column"],
        inputs=tuple(header["inputs"]),
        label=header["label"],
        addresses=_address_table(addressed, header["id_dtype"]),
    )


def _edit(line: dict[str, Any], targets: list[dict[str, Any]]) -> Edit:
    names = {written: name for name, written in _NAMES.items()}
    columns = {
        names.get(key, key): decode_values(
            [row[key] for row in targets], decode_dtype(dtype)
        )
        for key, dtype in line["dtypes"].items()
    }
    reason = line["reason"]
    if line["op"] not in get_args(Op):
        raise ValueError(f"there is no edit {line['op']!r}")
    return Edit(
        op=line["op"],
        targets=pd.DataFrame(columns),
        reason=Reason(reason["check"], reason["remedy"], reason["text"]),
        column=line["column"],
        params=line["params"],
        author=line["author"],
        time=line["time"],
    )


def _address_table(
    addressed: dict[Any, tuple[int, int, int]], id_dtype: Any
) -> pd.DataFrame:
    content, row, k = (
        (list(part) for part in zip(*addressed.values(), strict=True))
        if addressed
        else ([], [], [])
    )
    return pd.DataFrame(
        {
            "example_id": pd.Series(list(addressed), dtype=decode_dtype(id_dtype)),
            "content": np.array(content, dtype=np.uint64),
            "row": np.array(row, dtype=np.uint64),
            "k": np.array(k, dtype=np.int64),
        }
    )
