"""Named arrays about one dataset, each computed at most once."""

from __future__ import annotations

import hashlib
import inspect
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tilth.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    import pandas as pd

    from tilth.data.dataset import Dataset

Arrays = dict[str, np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Signal:
    """How one named array is made.

    `compute` takes other signals by name as positional parameters, exactly as a check
    does. A signal with `pack` is costly: it is cached as plain arrays and restored by
    `unpack`.
    """

    name: str
    compute: Callable[..., Any]
    pack: Callable[[Any], Arrays] | None = None
    unpack: Callable[[Arrays], Any] | None = None


def signal_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the signals a check, remedy or signal asks for: its positional parameters."""
    positional = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    parameters = inspect.signature(function).parameters.values()
    return tuple(p.name for p in parameters if p.kind in positional)


class Signals:
    """The signals of one dataset, by name (a class because they cost more to rebuild than to keep).

    Parameters
    ----------
    dataset : Dataset
        The examples described.
    providers : mapping of str to Signal
        How to make each signal that is not read off the dataset.
    context : mapping
        What else signals may ask for by name: `test` (Dataset or None), `model`, `n_jobs`,
        `progress`; also any signal the caller brings (`pred_probs`, `embeddings`), which
        then is not computed. An UnavailableError as a value is raised when asked for.
    cache : mapping of str to dict of arrays, optional
        Where costly signals are kept between runs.
    seed : int
        Each signal that asks for `rng` gets a Generator of its own from it.

    Examples
    --------
    >>> import pandas as pd
    >>> from tilth.data.dataset import Dataset
    >>> from tilth.data.schema import Schema
    >>> data = Dataset(pd.DataFrame({"x": [1, 2]}), Schema("none"), np.arange(2))
    >>> double = Signal("double", lambda table: table["x"].to_numpy() * 2)
    >>> Signals(data, {"double": double})["double"]
    array([2, 4])
    """

    def __init__(
        self,
        dataset: Dataset,
        providers: Mapping[str, Signal],
        *,
        context: Mapping[str, Any] | None = None,
        cache: MutableMapping[str, Arrays] | None = None,
        seed: int = 0,
    ) -> None:
        self.dataset = dataset
        self._providers = providers
        self._context = dict(context or {})
        self._cache = cache if cache is not None else {}
        self.seed = seed
        if dataset.images is not None and cache is not None:
            dataset.images.cache = cache
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return the signal, computing it and what it needs first.

        Raises
        ------
        UnavailableError
            If this dataset cannot have it; the message is the reason.
        """
        if name not in self._known:
            try:
                self._known[name] = self._find(name)
            except UnavailableError as reason:
                self._known[name] = reason
        value = self._known[name]
        if isinstance(value, UnavailableError):
            raise value
        return value

    def has(self, name: str) -> bool:
        """Say whether this dataset can have the signal (computing it if need be)."""
        try:
            self[name]
        except UnavailableError:
            return False
        return True

    def is_given(self, name: str) -> bool:
        """Say whether the caller brought the signal, so that it is not computed."""
        return name in self._context

    def call(self, function: Callable[..., Any], **options: Any) -> Any:
        """Call `function` with the signals its positional parameters name."""
        return function(*(self[name] for name in signal_names(function)), **options)

    def _find(self, name: str) -> Any:
        if name in self._context:
            return self._context[name]
        if name in _OF_DATASET:
            return _OF_DATASET[name](self.dataset)
        if name not in self._providers:
            raise UnavailableError(f"needs {name}, which was not given")
        signal = self._providers[name]
        if signal.pack is None or signal.unpack is None or self._rests_on_given(signal):
            return self._computed(signal)
        key = f"{name}-{code()}-{self.dataset.version_id}-{self.seed}-{self._context.get('model')}"
        kept = self._cache.get(key)
        if kept is not None:
            return signal.unpack(kept)
        value = self._computed(signal)
        self._cache[key] = signal.pack(value)
        return value

    def _rests_on_given(self, signal: Signal) -> bool:
        """Say whether it is made from something the caller brought: no key says what that was."""
        return any(
            wanted in self._providers
            and (self.is_given(wanted) or self._rests_on_given(self._providers[wanted]))
            for wanted in signal_names(signal.compute)
        )

    def _computed(self, signal: Signal) -> Any:
        arguments = [
            np.random.default_rng([self.seed, zlib.crc32(signal.name.encode())])
            if wanted == "rng"
            else self[wanted]
            for wanted in signal_names(signal.compute)
        ]
        return signal.compute(*arguments)


@cache
def code() -> str:
    """Return a hash of the code that computes signals: arrays of another release are not ours."""
    folder = Path(__file__).parents[1]
    rooms = ("algorithms", "data", "models", "signals")
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(path for room in rooms for path in (folder / room).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def plain_columns(dataset: Dataset) -> pd.DataFrame:
    """Return every column but the label and the images: what a table can say."""
    inputs = dataset.inputs
    return inputs.drop(columns=[c for c in inputs.columns if c == dataset.schema.image])


def _text(dataset: Dataset) -> Any:
    columns = dataset.schema.text
    if not columns:
        raise UnavailableError("needs a text column; name one with --text")
    parts = [
        dataset.table[c].astype(object).where(dataset.table[c].notna(), "") for c in columns
    ]
    joined = parts[0].map(str)
    for part in parts[1:]:
        joined = joined + "\n" + part.map(str)
    return joined.to_numpy(dtype=object)


def _labels(dataset: Dataset) -> Any:
    if dataset.schema.learned_as != "classification":
        raise UnavailableError(
            f"needs one class per example; the task is {dataset.schema.task}"
        )
    return dataset.labels


def _targets(dataset: Dataset) -> Any:
    if dataset.schema.task != "regression":
        raise UnavailableError(f"needs a numeric label; the task is {dataset.schema.task}")
    return dataset.given[dataset.labelled].astype(np.float64)


_OF_DATASET: dict[str, Callable[[Dataset], Any]] = {
    "dataset": lambda dataset: dataset,  # schema, ids, hashes
    "table": plain_columns,  # every column but label and images
    "example_id": lambda dataset: dataset.example_id,
    "given": lambda dataset: dataset.given,  # labels as given, None where missing; all rows
    "labelled": lambda dataset: dataset.labelled,  # rows that carry a label
    "labels": _labels,  # class codes of the labelled rows
    "classes": lambda dataset: dataset.classes,
    "targets": _targets,  # numeric labels of the labelled rows
    "text": _text,  # one string per row, "" where missing
}
