"""What a notebook shows of a record, as one piece of HTML that styles nothing but itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from tilth.display.evidence import said
from tilth.display.html import rendered
from tilth.display.terminal import clipped

if TYPE_CHECKING:
    from collections.abc import Mapping

N_SHOWN = 20  # rows of findings; the table of them is an index away
WIDTH = 160  # characters of a sentence or text
_NOT_EVIDENCE = frozenset({"key", "quality", "is_issue", "given", "suggested"})


def notebook_html(
    kind: Literal["audit", "findings", "proof", "improvement"],
    title: str,
    shown: Mapping[str, Any],
) -> str:
    """Return HTML for a notebook: readable without scripts, light or dark as the reader has it.

    Parameters
    ----------
    kind : str
        Which template.
    title : str
    shown : mapping
        What the template names.
    """
    return rendered("notebook.html", kind=kind, title=title, shown=shown)


def issue_said(check: str, row: Mapping[str, Any]) -> str:
    """Say why a row of findings is flagged; `check` may be empty where it is not known."""
    evidence = {
        name: None if value != value else value  # noqa: PLR0124 - NaN of whatever type
        for name, value in row.items()
        if name not in _NOT_EVIDENCE
    }
    issue = {"given": row.get("given"), "suggested": row.get("suggested")}
    return clipped(said(check, {**issue, "evidence": evidence}), WIDTH)
