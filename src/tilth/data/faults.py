"""Planted faults whose truth is known: what benchmarks, tests and the demo find again.

Every function returns the faulty dataset and a boolean array over its rows that is True
where a fault was planted. The examples that were there keep their ids.
"""

from __future__ import annotations

import string
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from tilth.algorithms.label_noise import flip_labels
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tilth.data.dataset import Dataset

_FAR = 8.0  # standard deviations an outlier lies out; our own: clear, yet not absurd
_JITTER = 1e-3  # of a column's standard deviation, for near duplicates; our own


def plant_label_noise(
    dataset: Dataset, share: float, rng: np.random.Generator
) -> tuple[Dataset, NDArray[np.bool_]]:
    """Give a random part of the labelled examples another class, all others equally likely.

    Parameters
    ----------
    dataset : Dataset
        With class labels, of at least two classes.
    share : float
        Part of the labelled examples that become wrong, in [0, 1]; met exactly (rounded).
    rng : Generator
        Decides which, and what they become.

    Returns
    -------
    (Dataset, bool array of shape (n_examples,))
        True where the label is wrong now.

    Examples
    --------
    >>> from tilth.data import read
    >>> data = read({"y": ["a", "b"] * 10}, label="y")
    >>> int(plant_label_noise(data, 0.1, np.random.default_rng(0))[1].sum())
    2
    """
    rows = dataset.labelled[_chosen(len(dataset.labelled), share, rng)]
    codes = _codes(dataset)
    steps = rng.integers(1, len(dataset.classes), size=len(rows))
    codes[rows] = (codes[rows] + steps) % len(dataset.classes)
    return _relabelled(dataset, codes)


def plant_class_noise(
    dataset: Dataset, matrix: NDArray[np.floating], rng: np.random.Generator
) -> tuple[Dataset, NDArray[np.bool_]]:
    """Make labels wrong as a noise matrix says, in counts as near to it as there are.

    Parameters
    ----------
    dataset : Dataset
        With class labels, of at least two classes.
    matrix : float array of shape (n_classes, n_classes)
        P(given class | true class) in the order of `dataset.classes`, rows sum to 1; the
        functions of `tilth.algorithms.label_noise` make such matrices.
    rng : Generator
        Decides which examples of a class get which label.

    Returns
    -------
    (Dataset, bool array of shape (n_examples,))
        True where the label is wrong now.

    Examples
    --------
    >>> from tilth.data.read import read
    >>> data = read({"x": list(range(20)), "y": ["a", "b"] * 10}, label="y")
    >>> matrix = np.array([[1.0, 0.0], [0.3, 0.7]])
    >>> data.given[plant_class_noise(data, matrix, np.random.default_rng(0))[1]].tolist()
    ['b', 'b', 'b']
    """
    codes = _codes(dataset)
    if np.shape(matrix) != (len(dataset.classes),) * 2:
        raise InvalidInputError(
            f"`matrix` must have a row and a column for each of the {len(dataset.classes)} "
            f"classes, got shape {np.shape(matrix)}."
        )
    codes[dataset.labelled] = flip_labels(dataset.labels, matrix, rng=rng).labels
    return _relabelled(dataset, codes)


def plant_group_label_noise(
    dataset: Dataset,
    mask: NDArray[np.bool_],
    kind: Literal["random", "inverted", "constant"],
    rng: np.random.Generator,
) -> tuple[Dataset, NDArray[np.bool_]]:
    """Spoil the labels of one group.

    Parameters
    ----------
    dataset : Dataset
        With class labels, of at least two classes.
    mask : bool array of shape (n_examples,)
        The group.
    kind : {"random", "inverted", "constant"}
        ``random`` draws each label anew, the classes equally likely, so some stay right;
        ``inverted`` gives each class the next one's name; ``constant`` gives all of them
        one class, drawn at random.
    rng : Generator
        Decides.

    Returns
    -------
    (Dataset, bool array of shape (n_examples,))
        True where the label is wrong now: a part of the group unless it is inverted.

    Examples
    --------
    >>> from tilth.data.read import read
    >>> data = read({"x": list(range(20)), "y": ["a", "b"] * 10}, label="y")
    >>> group, rng = np.arange(20) < 5, np.random.default_rng(0)
    >>> int(plant_group_label_noise(data, group, "inverted", rng)[1].sum())
    5
    """
    mask = _as_mask(dataset, mask)
    codes = _codes(dataset)
    rows = dataset.labelled[mask[dataset.labelled]]
    n_classes = len(dataset.classes)
    match kind:
        case "random":
            codes[rows] = rng.integers(n_classes, size=len(rows))
        case "inverted":
            codes[rows] = (codes[rows] + 1) % n_classes
        case "constant":
            codes[rows] = rng.integers(n_classes)
        case _:
            raise InvalidInputError(
                f'`kind` must be "random", "inverted" or "constant", got {kind!r}.'
            )
    return _relabelled(dataset, codes)


def plant_duplicates(
    dataset: Dataset, n: int, rng: np.random.Generator, *, near: bool = False
) -> tuple[Dataset, NDArray[np.bool_]]:
    """Append copies of examples drawn at random, with new ids.

    Parameters
    ----------
    dataset : Dataset
        At least one example.
    n : int
        How many copies; one example may be copied several times.
    rng : Generator
        Decides which.
    near : bool, default False
        Change every copy a little: two neighbouring letters of every text column change
        places, numbers that are no whole numbers move by a thousandth of the column's
        standard deviation. Without such columns the copies are exact.

    Returns
    -------
    (Dataset, bool array of shape (n_examples + n,))
        True for the copies. The label of a copy is that of its original.

    Examples
    --------
    >>> from tilth.data.read import read
    >>> once = read({"x": [1.0, 2.0, 3.0]})
    >>> len(plant_duplicates(once, 2, np.random.default_rng(0))[0])
    5
    """
    originals = rng.integers(len(dataset), size=n)
    copies = dataset.table.iloc[originals].reset_index(drop=True)
    ids = _new_ids(dataset, n)
    if dataset.schema.id is not None:
        copies[dataset.schema.id] = pd.Series(ids).astype(copies[dataset.schema.id].dtype)
    if near:
        for name in _input_names(dataset):
            copies[name] = _nearly(dataset, name, copies[name], rng)
    weights = dataset.weights
    made = replace(
        dataset,
        table=pd.concat([dataset.table, copies], ignore_index=True),
        example_id=np.concatenate([dataset.example_id, ids]),
        weights=None if weights is None else np.concatenate([weights, weights[originals]]),
    )
    return made, np.arange(len(made)) >= len(dataset)


def plant_outliers(
    dataset: Dataset, share: float, rng: np.random.Generator
) -> tuple[Dataset, NDArray[np.bool_]]:
    """Make a random part of the examples unlike all others.

    Half of the numeric inputs of such an example (at least one) are moved 8 standard
    deviations from the mean, up or down; its texts become random letters of the same
    length. Whole-number columns that are changed stay whole.

    Returns
    -------
    (Dataset, bool array of shape (n_examples,))
        True for the outliers.

    Examples
    --------
    >>> from tilth.data.read import read
    >>> spread = read({"x": np.linspace(0.0, 1.0, 50)})
    >>> int(plant_outliers(spread, 0.04, np.random.default_rng(0))[1].sum())
    2
    """
    truth = _chosen(len(dataset), share, rng)
    table = dataset.table.copy()
    names = [n for n in _input_names(dataset) if _is_number(table[n])]
    if not names and not dataset.schema.text:
        raise InvalidInputError(
            "`dataset` must have numeric or text inputs to plant outliers in, got "
            f"{', '.join(map(str, dataset.inputs.columns)) or 'none'}. Add a number column."
        )
    n_moved = (len(names) + 1) // 2
    moved = rng.permuted(np.tile(np.arange(len(names)), (len(table), 1)), axis=1)[
        :, :n_moved
    ]
    for i, name in enumerate(names):
        rows = np.flatnonzero(truth & (moved == i).any(axis=1))
        values = table[name].to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
        spread = np.nanstd(values) or 1.0
        values[rows] = np.nanmean(values) + rng.choice([-_FAR, _FAR], len(rows)) * spread
        table[name] = _as_before(values, table[name], rows)
    for name in dataset.schema.text:
        texts = table[name].astype(object).to_numpy(copy=True)
        for row in np.flatnonzero(truth):
            letters = rng.choice(
                list(string.ascii_lowercase), max(len(str(texts[row])), 20)
            )
            texts[row] = "".join(letters)
        table[name] = pd.Series(texts).infer_objects()
    return replace(dataset, table=table), truth


def plant_debris(
    dataset: Dataset,
    where: float | NDArray[np.bool_],
    marker: str,
    rng: np.random.Generator,
) -> tuple[Dataset, NDArray[np.bool_]]:
    """Put a marker (``<br>``, ``&#39;``, ``[ad]``, ...) into texts, between two words.

    Parameters
    ----------
    dataset : Dataset
        With at least one text column.
    where : float or bool array of shape (n_examples,)
        The part of the examples, or which.
    marker : str
        What to put in, once in each text column.
    rng : Generator
        Decides which and at which word.

    Returns
    -------
    (Dataset, bool array of shape (n_examples,))
        True where a text holds the marker now because of us; missing texts stay missing.

    Examples
    --------
    >>> from tilth.data.read import read
    >>> data = read({"text": ["good"]}, text="text")
    >>> plant_debris(data, 1.0, "<br>", np.random.default_rng(0))[1].tolist()
    [True]
    """
    if not dataset.schema.text:
        raise InvalidInputError(
            f"`dataset` must have a text column, got {', '.join(map(str, dataset.table.columns))}. "
            "Name one with `text` where it is read."
        )
    if isinstance(where, np.ndarray):
        mask = _as_mask(dataset, where)
    else:
        mask = _chosen(len(dataset), where, rng)
    truth = np.zeros(len(dataset), dtype=bool)
    table = dataset.table.copy()
    for name in dataset.schema.text:
        texts = table[name].astype(object).to_numpy(copy=True)
        rows = np.flatnonzero(mask & table[name].notna().to_numpy())
        for row in rows:
            words = str(texts[row]).split(" ")
            words.insert(int(rng.integers(len(words) + 1)), marker)
            texts[row] = " ".join(words)
        truth[rows] = True
        table[name] = pd.Series(texts).infer_objects()
    return replace(dataset, table=table), truth


def plant_missing(
    dataset: Dataset, column: str, share: float, rng: np.random.Generator
) -> tuple[Dataset, NDArray[np.bool_]]:
    """Empty a random part of the cells of one column.

    Whole numbers become floats, as in a file that is read with such gaps.

    Returns
    -------
    (Dataset, bool array of shape (n_examples,))
        True where a value was taken away.

    Examples
    --------
    >>> from tilth.data.read import read
    >>> rng = np.random.default_rng(0)
    >>> int(plant_missing(read({"x": [1.0, 2.0, 3.0, 4.0]}), "x", 0.5, rng)[1].sum())
    2
    """
    if column not in dataset.table.columns:
        raise InvalidInputError(
            f'`column` must be in the dataset, got "{column}". Name one of its columns.'
        )
    given = np.flatnonzero(dataset.table[column].notna().to_numpy())
    truth = np.zeros(len(dataset), dtype=bool)
    truth[given[_chosen(len(given), share, rng)]] = True
    values = dataset.table[column]
    if values.dtype.kind in "iu" and isinstance(values.dtype, np.dtype):
        values = values.astype("Int64" if column == dataset.schema.label else np.float64)
    if values.dtype == np.bool_:
        values = values.astype("boolean")
    table = dataset.table.assign(**{column: values.mask(truth)})
    return replace(dataset, table=table), truth


def _chosen(n: int, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    if not 0 <= share <= 1:
        raise InvalidInputError(
            f"`share` must be between 0 and 1, got {share}. Use 0.1 for one in ten."
        )
    mask = np.zeros(n, dtype=bool)
    mask[rng.permutation(n)[: round(share * n)]] = True
    return mask


def _as_mask(dataset: Dataset, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    mask = np.asarray(mask)
    if mask.dtype != bool or mask.shape != (len(dataset),):
        raise InvalidInputError(
            f"`mask` must be boolean with one entry per row ({len(dataset)}), got {mask.dtype} "
            f"of shape {mask.shape}. Use a comparison such as table[column] == value."
        )
    return mask


def _codes(dataset: Dataset) -> NDArray[np.int64]:
    if dataset.schema.learned_as != "classification" or len(dataset.classes) < 2:
        raise InvalidInputError(
            f"`dataset` must have labels of at least two classes, got {len(dataset.classes)}. Name "
            "its label column where it is read."
        )
    codes = np.full(len(dataset), -1, dtype=np.int64)
    codes[dataset.labelled] = dataset.labels
    return codes


def _relabelled(
    dataset: Dataset, codes: NDArray[np.int64]
) -> tuple[Dataset, NDArray[np.bool_]]:
    truth = codes != _codes(dataset)
    name = str(dataset.schema.label)
    values = dataset.given.copy()
    values[truth] = dataset.classes[codes[truth]]
    column = pd.Series(values, dtype=dataset.table[name].dtype)
    return replace(dataset, table=dataset.table.assign(**{name: column})), truth


def _new_ids(dataset: Dataset, n: int) -> NDArray[Any]:
    ids = dataset.example_id
    if ids.dtype.kind in "iu":
        return np.arange(n) + int(ids.max()) + 1
    used = set(ids)
    names = (f"copy-{i}" for i in range(1, n + len(used) + 1))
    return np.array([name for name in names if name not in used][:n], dtype=object)


def _input_names(dataset: Dataset) -> list[str]:
    schema = dataset.schema
    roles = {
        schema.label,
        schema.id,
        schema.group,
        schema.time,
        schema.annotator,
        schema.split,
    }
    return [str(name) for name in dataset.table.columns if name not in roles]


def _is_number(column: pd.Series) -> bool:
    is_bool = pd.api.types.is_bool_dtype(column.dtype)
    return pd.api.types.is_numeric_dtype(column.dtype) and not is_bool


def _nearly(
    dataset: Dataset, name: str, copies: pd.Series, rng: np.random.Generator
) -> pd.Series:
    if pd.api.types.is_float_dtype(copies.dtype):
        spread = float(np.nan_to_num(dataset.table[name].std())) or 1.0
        return (copies + rng.choice([-_JITTER, _JITTER], len(copies)) * spread).astype(
            copies.dtype
        )
    if name in dataset.schema.text:
        return copies.map(lambda text: _swapped(str(text), rng), na_action="ignore")
    return copies


def _swapped(text: str, rng: np.random.Generator) -> str:
    """Let two neighbouring letters that differ change places; add a full stop if none do."""
    places = [i for i in range(len(text) - 1) if text[i] != text[i + 1]]
    if not places:
        return text + "."
    i = places[int(rng.integers(len(places)))]
    return text[:i] + text[i + 1] + text[i] + text[i + 2 :]


def _as_before(
    values: NDArray[np.float64], before: pd.Series, rows: NDArray[np.intp]
) -> pd.Series:
    """Put the new `values` at `rows` into the column, in its own type."""
    new = values[rows]
    dtype = before.dtype
    if not pd.api.types.is_float_dtype(dtype):
        whole = np.iinfo(getattr(dtype, "numpy_dtype", dtype))
        new = np.clip(np.rint(new), max(whole.min, -(2**53)), min(whole.max, 2**53))
    column = before.copy()
    column.iloc[rows] = pd.Series(new).astype(dtype).to_numpy()
    return column
