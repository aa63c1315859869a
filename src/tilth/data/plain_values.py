"""Values of any library as JSON knows them."""

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any


def plain_value(value: Any) -> Any:  # noqa: PLR0911 - one return for each kind of value
    """Return `value` as JSON knows it: plain types, null for what is missing or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> plain_value({"a": np.float32(0.5), "b": (np.nan, np.int64(3))})
    {'a': 0.5, 'b': [None, 3]}
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(plain_value(key)): plain_value(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain_value(inner) for inner in value]
    if is_dataclass(value) and not isinstance(value, type):
        return plain_value(asdict(value))
    if hasattr(value, "tolist"):  # numpy and pandas scalars and arrays
        inner = value.tolist()
        return str(value) if type(inner) is type(value) else plain_value(inner)
    if hasattr(value, "isoformat"):
        text = value.isoformat()
        return None if text == "NaT" else text
    return None if _is_missing(value) else str(value)


def _is_missing(value: Any) -> bool:
    import pandas as pd

    return value is pd.NA or value is pd.NaT
