"""Cells that a spreadsheet would run as formulas, and how to write them so that it does not."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

# What OWASP's page on CSV injection lists. A lone sign and a number are no formulas.
_BEGINS = "^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]."
_NUMBER = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"


def guarded(text: pa.Array) -> tuple[pa.Array, int]:
    """Put an apostrophe before cells that would run, and count them.

    Parameters
    ----------
    text : Array of large_string

    Examples
    --------
    >>> cells, n = guarded(pa.array(["=1+1", "-2", "+", "a=b", None], pa.large_string()))
    >>> cells.to_pylist(), n
    (["'=1+1", '-2', '+', 'a=b', None], 1)
    """
    begins = pc.match_substring_regex(text, f"(?s){_BEGINS}")
    runs = pc.and_not(begins, pc.match_substring_regex(text, _NUMBER))
    marked = pc.binary_join_element_wise(
        pa.scalar("'", pa.large_string()), text, pa.scalar("", pa.large_string())
    )
    return pc.if_else(runs, marked, text), pc.sum(runs).as_py() or 0
