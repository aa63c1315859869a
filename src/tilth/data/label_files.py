"""Labels and class probabilities in files larger than memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tilth.algorithms.labels.inputs import checked_examples
from tilth.data.row_files import (
    RowFile,
    checked_path,
    extracted,
    npy_file,
    table_rows,
    written,
)
from tilth.errors import InvalidInputError, UnreadableDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from tilth.algorithms.labels.inputs import Examples
    from tilth.data.row_files import TableRows

    OnRows = Callable[[int], None]

_LISTED = 5  # names quoted in a message
_COUNTED = 1 << 16  # distinct labels looked at


@dataclass(frozen=True, eq=False)
class LabelFiles:
    """Labels and probabilities on disk, row by row.

    Attributes
    ----------
    source : str
        The path of the labels, as the user gave it.
    labels : RowFile
        Codes.
    pred_probs : RowFile
        Probabilities, one column for each class.
    classes : array of shape (n_classes,)
        The name of each column.
    notes : tuple of str
        How names and columns were put together.
    sizes : int array of shape (n_classes,), optional
        Examples of each class, once they are counted.
    version_id : str
        Hash of the content, once it was read.
    """

    source: str
    labels: RowFile
    pred_probs: RowFile
    classes: NDArray[Any]
    notes: tuple[str, ...] = ()
    sizes: NDArray[np.int64] | None = None
    version_id: str = ""

    def __len__(self) -> int:
        return self.labels.shape[0]

    @property
    def n_classes(self) -> int:
        """How many columns the probabilities have."""
        return self.pred_probs.shape[1]

    @property
    def example_id(self) -> RowNumbers:
        """What each example is called: its row number."""
        return RowNumbers()

    def loader(self, start: int, stop: int) -> LoadExamples:
        """Return what loads some rows."""
        return LoadExamples(self.labels, self.pred_probs, start, stop)


class RowNumbers:
    """The row number of each row (a class because there may be billions)."""

    def __getitem__(self, positions: Any) -> Any:
        return positions


@dataclass(frozen=True)
class LoadExamples:
    """Loads some rows of two files when called; can be sent to a worker."""

    labels: RowFile
    pred_probs: RowFile
    start: int
    stop: int

    def __call__(self) -> Examples:
        """Return the rows, checked."""
        return checked_examples(
            self.labels.read(self.start, self.stop),
            self.pred_probs.read(self.start, self.stop),
            first_row=self.start,
        )


def open_label_files(
    labels: str,
    pred_probs: str,
    folder: Path,
    *,
    classes: Sequence[str] | None = None,
    has_header: bool = True,
    on_rows: OnRows = lambda _: None,
) -> LabelFiles:
    """Open labels and probabilities without holding them in memory.

    Parameters
    ----------
    labels : str
        .npy, .npz, .parquet or .csv with one column: codes (0 is the first column of
        `pred_probs`), or names of classes.
    pred_probs : str
        .npy, .npz, or .parquet or .csv with one column for each class, or .parquet with one
        column of lists of fixed size.
    folder : Path
        Where what cannot be read row by row is unpacked: all but .npy, and named labels.
    classes : sequence of str, optional
        The names of the classes in the order of the columns of `pred_probs`; None: the names
        of the columns, if they have any.
    has_header : bool, default True
        Whether the first line of a .csv names its columns.
    on_rows : callable (n_rows), optional
        Told how many more rows were unpacked.

    Returns
    -------
    LabelFiles

    Raises
    ------
    UnreadableDataError
        If a file is missing or cannot be read.
    InvalidInputError
        If they do not fit together.

    Notes
    -----
    Names of classes are matched with the names of columns where there are such; else they are
    sorted, and the first belongs to the first column.
    """
    unpack = _Unpacking(folder, has_header, on_rows)
    probs, names, notes = _probabilities(checked_path(pred_probs), unpack)
    if classes is not None:
        names = _checked_names(classes, probs.shape[1])
    given = _Given(checked_path(labels), unpack)
    if given.n_rows not in (None, probs.shape[0]):
        raise _unequal(probs.shape[0], given.n_rows or 0)
    codes, found, note = _encoded(given, names, probs.shape[1], is_said=classes is not None)
    if codes.shape[0] != probs.shape[0]:
        raise _unequal(probs.shape[0], codes.shape[0])
    return LabelFiles(labels, codes, probs, found, (*notes, *given.notes, note))


def _checked_names(classes: Sequence[str], n_classes: int) -> tuple[str, ...]:
    if len(set(classes)) != n_classes or len(classes) != n_classes:
        raise InvalidInputError(
            f"`classes` must name each of the {n_classes} columns of `pred_probs` once, got "
            f"{len(classes)} names ({', '.join(classes[:_LISTED])}). Name them in the order "
            "of the columns."
        )
    return tuple(classes)


class _Unpacking(NamedTuple):
    folder: Path
    has_header: bool
    on_rows: OnRows

    def table(self, path: Path) -> TableRows:
        return table_rows(path, has_header=self.has_header)

    def written(self, pieces: Iterable[NDArray[Any]], name: str) -> RowFile:
        return written(pieces, self.folder / name, self.on_rows)


def _unequal(n_probs: int, n_labels: int) -> InvalidInputError:
    return InvalidInputError(
        f"`pred_probs` must have one row per label, got {n_probs} rows for {n_labels} labels. "
        "Rows dropped by the model's own filter must be dropped from the labels too."
    )


def _probabilities(
    path: Path, unpack: _Unpacking
) -> tuple[RowFile, tuple[str, ...] | None, tuple[str, ...]]:
    """Return probabilities as rows on disk, the names of their columns if any, and notes."""
    names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    if path.suffix.lower() == ".npy":
        rows = npy_file(path)
    elif path.suffix.lower() == ".npz":
        rows = extracted(path, unpack.folder)
    else:
        table = unpack.table(path)
        notes = table.notes
        names = table.names if len(table.names) > 1 else None
        rows = unpack.written(
            (_matrix(batch, path) for batch in table.batches), "pred_probs.rows"
        )
    if len(rows.shape) != 2 or rows.dtype.kind != "f":
        raise InvalidInputError(
            f"`pred_probs` must be floats of shape (n_examples, n_classes), got {rows.dtype} "
            f"of shape {rows.shape} in {path}."
        )
    return rows, names, notes


def _matrix(batch: Any, path: Path) -> NDArray[np.floating]:
    """Return the rows of a batch: one column of lists, or a column for each class."""
    import pyarrow as pa

    kinds = [field.type for field in batch.schema]
    if len(kinds) == 1 and pa.types.is_fixed_size_list(kinds[0]):
        values = batch.column(0).flatten().to_numpy(zero_copy_only=False)
        return np.ascontiguousarray(values.reshape(len(batch), kinds[0].list_size))
    for field in batch.schema:
        if not (pa.types.is_floating(field.type) or pa.types.is_integer(field.type)):
            raise InvalidInputError(
                f"`{path}` must hold one column of numbers for each class, or one of lists of "
                f'fixed size; got {field.type} in column "{field.name}". Leave it out.'
            )
    columns = [column.to_numpy(zero_copy_only=False) for column in batch.columns]
    matrix = np.column_stack(columns)
    return matrix if matrix.dtype.kind == "f" else matrix.astype(np.float64)


class _Given:
    """The labels of a file, read from the start as often as needed (a class: they are on disk)."""

    def __init__(self, path: Path, unpack: _Unpacking) -> None:
        self.path, self.unpack = path, unpack
        self.rows: RowFile | None = None
        self.notes: tuple[str, ...] = ()
        if path.suffix.lower() == ".npy":
            self.rows = npy_file(path)
        elif path.suffix.lower() == ".npz":
            self.rows = extracted(path, unpack.folder)
        if self.rows is not None and any(size != 1 for size in self.rows.shape[1:]):
            raise InvalidInputError(
                f"`labels` must be in one dimension, got shape {self.rows.shape} in {path}."
            )

    @property
    def n_rows(self) -> int | None:
        """How many there are, where that is known before they are read."""
        return None if self.rows is None else self.rows.shape[0]

    def pieces(self) -> Iterator[NDArray[Any]]:
        """Yield labels, some at a time; none is missing."""
        start = 0
        for piece in self._pieces():
            labels = piece
            if piece.dtype.kind == "f":
                is_whole = np.isfinite(piece) & (piece == np.rint(piece))
                if not is_whole.all():
                    raise _missing(start + int(np.flatnonzero(~is_whole)[0]))
                labels = piece.astype(np.int64)
            elif piece.dtype.kind not in "iubUSO":
                raise InvalidInputError(
                    f"`labels` must be codes or names of classes, got {piece.dtype} in "
                    f"{self.path}."
                )
            yield labels
            start += len(piece)

    def _pieces(self) -> Iterator[NDArray[Any]]:
        if self.rows is not None:
            yield from (piece.reshape(len(piece)) for piece in self.rows.pieces())
            return
        table = self.unpack.table(self.path)
        if len(table.names) != 1:
            raise InvalidInputError(
                f"`{self.path}` must hold one column of labels, got {len(table.names)}. Write "
                "the one alone, or give the file as SOURCE and name the column with --label."
            )
        self.notes = table.notes
        start = 0
        for batch in table.batches:
            column = batch.column(0)
            if column.null_count:
                is_null = column.is_null().to_numpy(zero_copy_only=False)
                raise _missing(start + int(np.flatnonzero(is_null)[0]))
            yield column.to_numpy(zero_copy_only=False)
            start += len(batch)


def _missing(row: int) -> InvalidInputError:
    return InvalidInputError(
        f"`labels` must be there for every row, row {row} has none. Drop the rows without a "
        "label from both files."
    )


def _encoded(
    given: _Given, names: tuple[str, ...] | None, n_classes: int, *, is_said: bool
) -> tuple[RowFile, NDArray[Any], str]:
    """Return codes as rows on disk, the classes, and how they were matched."""
    distinct = _distinct(given, n_classes)
    is_named = names is not None and {str(value) for value in distinct} <= set(names)
    is_code = distinct.dtype.kind in "iu" and distinct[0] >= 0 and distinct[-1] < n_classes
    if names is not None and is_named:
        classes = np.array(names)
        note = f"Labels were matched by name: {names[0]} is the first column of the probabilities."
    elif is_code:
        classes = np.array(names) if is_said else np.arange(n_classes)
        note = "Labels are codes: 0 is the first column of the probabilities."
        if given.rows is not None and given.rows.dtype.kind in "iu":
            return replace(given.rows, shape=given.rows.shape[:1]), classes, note
    elif len(distinct) == n_classes and not is_said:
        classes = distinct
        note = (
            f"Class names were sorted: {distinct[0]} is the first column of the "
            f"probabilities, {distinct[-1]} the last."
        )
    else:
        raise _no_match(distinct, n_classes)
    text = (np.arange(n_classes) if is_code and not is_named else classes).astype(str)
    order = np.argsort(text, kind="stable")
    kind = np.min_scalar_type(max(n_classes - 1, 0))
    pieces = (
        order[np.searchsorted(text[order], piece.astype(str))].astype(kind)
        for piece in given.pieces()
    )
    return given.unpack.written(pieces, "labels.rows"), classes, note


def _no_match(distinct: NDArray[Any], n_classes: int) -> InvalidInputError:
    some = ", ".join(str(value) for value in distinct[:_LISTED])
    return InvalidInputError(
        f"`labels` must have one class for each of the {n_classes} columns of `pred_probs`, "
        f"got {len(distinct)} ({some}{', ...' if len(distinct) > _LISTED else ''}). Save codes, "
        "0 for the first column, or name the columns as the classes (.csv or .parquet)."
    )


def _distinct(given: _Given, n_classes: int) -> NDArray[Any]:
    """Return the distinct labels, sorted."""
    seen: NDArray[Any] | None = None
    for piece in given.pieces():
        found = _distinct_of(piece)
        seen = found if seen is None else np.unique(np.concatenate([seen, found]))
        if len(seen) > max(2 * n_classes, _COUNTED):
            raise _no_match(seen, n_classes)
    if seen is None or not len(seen):
        raise UnreadableDataError(f"Cannot read `{given.path}`: it holds no labels.")
    return seen


def _distinct_of(piece: NDArray[Any]) -> NDArray[Any]:
    is_small = piece.dtype.kind in "iu" and len(piece) and piece.min() >= 0
    if is_small and piece.max() < _COUNTED:  # codes are counted, not sorted
        return np.flatnonzero(np.bincount(piece))
    return np.unique(piece)
