"""Any table or text as numbers, without looking at labels."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from scipy import sparse

from tilth.models.directions import main_directions
from tilth.models.pictures import TREE_DIMENSIONS as PICTURE_WIDTH
from tilth.models.pictures import Picture, is_described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sklearn.feature_extraction.text import TfidfVectorizer

Matrix = Any  # a dense array or a sparse one: what scikit-learn takes

_ABSURD = 1e150  # numbers whose squares overflow measure nothing; missing like infinity
_MAX_CATEGORIES = 100  # our own: wide enough for countries, narrow enough for 255-bin trees
_MIN_DF_FROM = (
    1_000  # texts from which a phrase seen once is dropped: half the phrases, no signal
)
_MAX_PAIRS = 20_000_000  # characters up to which word pairs are counted too: 8 s, 1 GB
_TREE_DIMENSIONS = 50  # our own: trees get text as this many directions
_SPARSE_FROM = 200  # columns from which the linear view is kept sparse
_MIN_SPREAD = (
    0.2  # floor of a category's standard deviation (4 % share): rare ones are not blown up
)


class Column(Protocol):
    """One column, as its training rows said it should be encoded."""

    @property
    def name(self) -> Any:
        """The name of the column."""

    def base(self, values: pd.Series) -> Matrix:
        """Return what both views are made from; cheap to slice by rows."""

    def linear(self, base: Matrix) -> Matrix:
        """Return complete numbers of comparable spread."""

    def trees(self, base: Matrix) -> NDArray[np.float64]:
        """Return numbers in their own unit, NaN where missing."""


@dataclass(frozen=True)
class Number:
    """Numbers, dates and truth values."""

    name: Any
    middle: float
    low: float
    high: float
    center: float
    spread: float
    has_missing: bool

    @classmethod
    def fitted(cls, name: Any, values: NDArray[np.float64]) -> Number | None:
        """Return the encoding of `values`, None if they are all missing or all equal."""
        known = values[np.isfinite(values)]
        has_missing = len(known) < len(values)
        if len(known) == 0 or (known.min() == known.max() and not has_missing):
            return None
        bottom, middle, top = np.percentile(known, [1, 50, 99])
        # Our own: what lies farther out than three times the central 98 % is a typing error as
        # often as a value; clipped so that one such cell does not flatten the column.
        low, high = bottom - 3 * (top - bottom), top + 3 * (top - bottom)
        if low == high:
            low, high = known.min(), known.max()
        clipped = np.clip(known, low, high)
        spread = float(clipped.std()) or 1.0
        return cls(
            name,
            float(middle),
            float(low),
            float(high),
            float(clipped.mean()),
            spread,
            has_missing,
        )

    def base(self, values: pd.Series) -> NDArray[np.float64]:
        """Return one column of floats, NaN where missing."""
        return as_numbers(values)[:, None]

    def linear(self, base: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the standardised numbers, and whether they were missing."""
        missing = np.isnan(base)
        filled = np.where(missing, self.middle, np.clip(base, self.low, self.high))
        scaled = ((filled - self.center) / self.spread).astype(np.float32)
        return (
            np.hstack([scaled, missing.astype(np.float32)]) if self.has_missing else scaled
        )

    def trees(self, base: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the numbers as they are."""
        return base


@dataclass(frozen=True)
class Category:
    """Strings of few kinds; the last code is for everything rare or never seen."""

    name: Any
    categories: pd.Index
    share: NDArray[np.float64]

    @classmethod
    def fitted(cls, name: Any, values: pd.Series) -> Category | None:
        """Return the encoding of `values`, None if no two rows share a value, or all do."""
        counts = values.value_counts()
        counts = counts[counts >= max(2, min(10, len(values) // 1_000))]
        order = np.lexsort(
            (counts.index.to_numpy(dtype=object).astype(str), -counts.to_numpy())
        )
        kept = counts.iloc[order[:_MAX_CATEGORIES]]
        if len(kept) == 0 or kept.iloc[0] == len(values):
            return None
        share = np.append(kept.to_numpy(), len(values) - kept.sum()) / len(values)
        return cls(name, pd.Index(kept.index, dtype=object), share)

    def base(self, values: pd.Series) -> NDArray[np.float64]:
        """Return one column of codes, NaN where missing."""
        values = as_strings(values)
        codes = self.categories.get_indexer(pd.Index(values, dtype=object)).astype(
            np.float64
        )
        codes[codes < 0] = len(self.categories)
        return np.where(values.isna(), np.nan, codes)[:, None]

    def linear(self, base: NDArray[np.float64]) -> Matrix:
        """Return one column per category, standardised but not centred (0 stays 0)."""
        codes = base.ravel()
        rows = np.flatnonzero(~np.isnan(codes))
        columns = codes[rows].astype(np.intp)
        spread = np.maximum(np.sqrt(self.share * (1 - self.share)), _MIN_SPREAD)
        shape = (len(codes), len(self.share))
        values = (1 / spread[columns]).astype(np.float32)
        return sparse.csr_array((values, (rows, columns)), shape=shape)

    def trees(self, base: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the codes."""
        return base


@dataclass
class Text:
    """Free text as TF-IDF of words and word pairs."""

    name: Any
    vectorizer: TfidfVectorizer
    directions: NDArray[np.float32] | None = field(default=None, repr=False)

    @classmethod
    def fitted(cls, name: Any, values: pd.Series) -> tuple[Text, Matrix] | None:
        """Return the encoding and the encoded values, None if there is not a single word."""
        # Loaded where it is used: the first finding need not wait for scikit-learn.
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts = as_texts(values)
        analyzer, ngram_range = "word", (1, 2)
        if _has_no_spaces(texts):
            analyzer, ngram_range = "char", (1, 3)
        elif sum(map(len, texts)) > _MAX_PAIRS:
            ngram_range = (1, 1)
        vectorizer = TfidfVectorizer(
            analyzer=analyzer,
            ngram_range=ngram_range,
            min_df=max(2, len(texts) // 10_000) if len(texts) >= _MIN_DF_FROM else 1,
            sublinear_tf=True,
            dtype=np.float32,
        )
        try:
            matrix = vectorizer.fit_transform(texts)
        except ValueError:  # empty vocabulary, or every phrase is seen once
            return None
        return cls(name, vectorizer), sparse.csr_array(matrix)

    def base(self, values: pd.Series) -> Matrix:
        """Return the TF-IDF matrix."""
        return sparse.csr_array(self.vectorizer.transform(as_texts(values)))

    def linear(self, base: Matrix) -> Matrix:
        """Return the TF-IDF matrix."""
        return base

    def trees(self, base: Matrix) -> NDArray[np.float64]:
        """Return the main directions, found in the first texts this is asked for."""
        if self.directions is None:
            self.directions = main_directions(base, _TREE_DIMENSIONS)
        return np.asarray(base @ self.directions, dtype=np.float64)


@dataclass(frozen=True)
class Encoded:
    """Examples as numbers, one block per column, in two views."""

    columns: tuple[Column, ...]
    bases: tuple[Matrix, ...]
    n_rows: int

    def rows(self, positions: NDArray[Any]) -> Encoded:
        """Return the examples at `positions`."""
        n_rows = (
            int(np.count_nonzero(positions)) if positions.dtype == bool else len(positions)
        )
        return replace(
            self, bases=tuple(base[positions] for base in self.bases), n_rows=n_rows
        )

    def without(self, names: Sequence[str]) -> Encoded:
        """Return the same examples as if the columns `names` did not exist."""
        kept = [i for i, column in enumerate(self.columns) if column.name not in names]
        return replace(
            self,
            columns=tuple(self.columns[i] for i in kept),
            bases=tuple(self.bases[i] for i in kept),
        )

    @property
    def has_text(self) -> bool:
        """Whether free text is among the columns."""
        return any(isinstance(column, Text) for column in self.columns)

    @property
    def has_images(self) -> bool:
        """Whether images are among the columns."""
        return any(isinstance(column, Picture) for column in self.columns)

    @property
    def categorical(self) -> NDArray[np.bool_]:
        """Which columns of `trees` hold codes without order."""
        wide = {Text: _TREE_DIMENSIONS, Picture: PICTURE_WIDTH}
        widths = [wide.get(type(column), 1) for column in self.columns]
        is_code = [isinstance(column, Category) for column in self.columns]
        return np.repeat(is_code, widths).astype(bool)

    @property
    def linear_width(self) -> int:
        """How many columns `linear` has."""
        return int(self.rows(np.arange(0)).linear().shape[1])

    def linear(self) -> Matrix:
        """Return complete numbers of comparable spread; sparse where wide."""
        blocks = [c.linear(b) for c, b in zip(self.columns, self.bases, strict=True)]
        if not blocks:
            return np.zeros((self.n_rows, 1), dtype=np.float32)
        if sum(block.shape[1] for block in blocks) > _SPARSE_FROM:
            return sparse.csr_array(sparse.hstack(blocks, format="csr"))
        return np.hstack([dense(block) for block in blocks])

    def trees(self) -> NDArray[np.float64]:
        """Return numbers in their own unit, category codes, and NaN where missing."""
        blocks = [c.trees(b) for c, b in zip(self.columns, self.bases, strict=True)]
        return np.hstack(blocks) if blocks else np.zeros((self.n_rows, 1))


class Encoder:
    """Columns as numbers (a class because fitting costs more than the result weighs).

    Examples
    --------
    >>> frame = pd.DataFrame({"size": [1.0, 3.0, None], "colour": ["red", "red", None]})
    >>> _, encoded = Encoder.fitted(frame)
    >>> encoded.trees()
    array([[ 1.,  0.],
           [ 3.,  0.],
           [nan, nan]])
    """

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self.columns = columns

    @classmethod
    def fitted(
        cls, frame: pd.DataFrame, text: Sequence[str] = ()
    ) -> tuple[Encoder, Encoded]:
        """Return the encoder of `frame` and its rows encoded; `text` names the free text columns."""
        columns: list[Column] = []
        bases: list[Matrix] = []
        for name in frame.columns:
            fitted = _fitted_column(name, frame[name], is_text=name in text)
            if fitted is not None:
                columns.append(fitted[0])
                bases.append(fitted[1])
        return cls(tuple(columns)), Encoded(tuple(columns), tuple(bases), len(frame))

    def encode(self, frame: pd.DataFrame) -> Encoded:
        """Return the rows of `frame`, which has the columns of the fitted one."""
        bases = tuple(column.base(frame[column.name]) for column in self.columns)
        return Encoded(self.columns, bases, len(frame))


def dense(matrix: Matrix) -> NDArray[Any]:
    """Return the same numbers as a dense array."""
    return np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix)


def as_numbers(values: pd.Series) -> NDArray[np.float64]:
    """Return a column as floats; NaN where missing, infinite or no number; dates as days."""
    if pd.api.types.is_datetime64_any_dtype(
        values.dtype
    ) or pd.api.types.is_timedelta64_dtype(values.dtype):
        return _days(values)
    if _is_date_text(values):
        return _days(
            pd.to_datetime(
                values.astype(object), format="ISO8601", errors="coerce", utc=True
            )
        )
    if not pd.api.types.is_numeric_dtype(values.dtype):
        values = pd.to_numeric(values.astype(object), errors="coerce")
    if pd.api.types.is_complex_dtype(values.dtype):
        values = pd.Series(np.abs(values.to_numpy()))
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.abs(numbers) < _ABSURD, numbers, np.nan)


def as_strings(values: pd.Series) -> pd.Series:
    """Return a column as an object column of strings, None where missing."""
    missing = values.isna().to_numpy()
    return values.astype(object).map(str).astype(object).where(~missing, None)


def as_texts(values: pd.Series) -> list[str]:
    """Return a column as a list of strings, "" where missing."""
    return list(as_strings(values).where(values.notna().to_numpy(), ""))


def _fitted_column(
    name: Any, values: pd.Series, *, is_text: bool
) -> tuple[Column, Matrix] | None:
    if is_described(values):
        return Picture.fitted(name, values)
    if not is_text and _is_number_like(values):
        numbers = as_numbers(values)
        number = Number.fitted(name, numbers)
        return None if number is None else (number, numbers[:, None])
    if is_text or _reads_like_text(values):
        return Text.fitted(name, values)
    category = Category.fitted(name, as_strings(values))
    return None if category is None else (category, category.base(values))


def _is_number_like(values: pd.Series) -> bool:
    kind = pd.api.types
    if isinstance(values.dtype, pd.CategoricalDtype):
        return False
    if kind.is_numeric_dtype(values.dtype) or kind.is_bool_dtype(values.dtype):
        return True
    if kind.is_datetime64_any_dtype(values.dtype) or kind.is_timedelta64_dtype(
        values.dtype
    ):
        return True
    known = values.dropna()
    if len(known) == 0 or _is_date_text(values):
        return True
    parsed = pd.to_numeric(known.astype(object), errors="coerce")
    return bool(parsed.notna().mean() > 0.9)  # our own: numbers with a few stray words


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?")


def _is_date_text(values: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(values.dtype) or isinstance(
        values.dtype, pd.CategoricalDtype
    ):
        return False
    known = values.dropna().astype(object).iloc[:200]
    return len(known) > 0 and bool(
        known.map(lambda v: bool(_DATE.fullmatch(str(v)))).mean() > 0.9
    )


def _reads_like_text(values: pd.Series) -> bool:
    """Whether most values are different and have several words (the rule of the schema)."""
    known = as_strings(values).dropna()
    if len(known) < 2 or known.nunique() < 0.5 * len(known):
        return False
    return bool(known.iloc[:1_000].map(lambda v: len(v.split())).median() >= 4)


def _has_no_spaces(texts: list[str]) -> bool:
    """Whether words are not set apart by spaces, as in Chinese, Japanese or Thai."""
    some = " ".join(texts[:1_000])
    return len(some) > 25 * max(len(some.split()), 1)  # our own: German averages 6


def _days(values: pd.Series) -> NDArray[np.float64]:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    seconds = values.to_numpy().astype(f"{values.dtype.kind}8[s]")  # years 0 to 9999 fit
    return np.where(np.isnat(seconds), np.nan, seconds.astype(np.int64) / 86_400)
