"""A report as one HTML file that needs nothing else and runs nothing it was not given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.display.html import rendered, source_hash

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEMPLATES = Path(__file__).parent / "templates"


def page(document: Mapping[str, Any]) -> str:
    """Return a report document as HTML.

    Parameters
    ----------
    document : mapping
        As `report_document` makes it.

    Returns
    -------
    str
        One page: style and script inline and named by their hashes in a content security
        policy that forbids everything else, so it opens no connection. All of it can be
        read without the script, which sorts and filters tables.
    """
    style, script = rendered("page_style.css", _TEMPLATES), rendered("page.js", _TEMPLATES)
    policy = (
        f"default-src 'none'; style-src {source_hash(style)}; script-src {source_hash(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return rendered("page.html", _TEMPLATES, report=document, policy=policy)
