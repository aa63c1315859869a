"""Whether compiled twins of the hot kernels are there and worth loading."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

# Values from which loading numba (0.2 s) is soon repaid; benchmarks/label_speed.py.
_PAYS = 1 << 22


def compiled(n_values: int) -> ModuleType | None:
    """Return the compiled twins, or None where numpy does the work.

    The twins return the same bits. They come with the extra ``fast``, are compiled at their
    first use on a machine (a few seconds) and kept on disk.
    """
    if n_values < _PAYS or not _has_numba():
        return None
    from tilth.algorithms.labels import compiled as twins

    return twins


@cache
def _has_numba() -> bool:
    return find_spec("numba") is not None
