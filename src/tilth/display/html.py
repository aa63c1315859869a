"""Fragments of HTML from templates that escape whatever they are given."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tilth.display import charts, numbers, verdicts
from tilth.display.evidence import KINDS, MEANINGS, said
from tilth.display.headlines import DONE
from tilth.display.terminal import clipped, plain

TEMPLATES = Path(__file__).parent / "templates"
NAME_WIDTH = 80  # characters of a name from the data: of a column, a class, a rule


@cache
def environment(*folders: Path) -> Environment:
    """Return the templates of `folders` and of this room; none of them may switch escaping off."""
    made = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,  # whatever a template is called
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "capitalize_first": lambda text: text[:1].upper() + text[1:],
        "count": numbers.count,
        "duration": numbers.duration,
        "interval": lambda pair: numbers.interval(*pair),
        "name": lambda value: clipped(value, NAME_WIDTH),
        "number": numbers.number,
        "plain": plain,
        "score": numbers.score,
        "share": numbers.share,
        "signed": numbers.signed,
        "tick": lambda value: f"{value:+g}",
    }
    made.globals |= {
        "axis": charts.axis,
        "done": DONE,
        "kinds": KINDS,
        "meanings": MEANINGS,
        "meaning": verdicts.meaning,
        "said": said,
        "shade": charts.shade,
        "shows_gain": verdicts.shows_gain,
    }
    return made


def rendered(template: str, *folders: Path, **values: Any) -> str:
    """Return a template filled with values."""
    return environment(*folders).get_template(template).render(**values)


def source_hash(text: str) -> str:
    """Return the name a content security policy has for an inline style or script.

    Examples
    --------
    >>> source_hash("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
