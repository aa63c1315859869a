"""What MkDocs does with these pages beyond reading them: order, reference, formulas, links to code."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.structure.files import File

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
SECTIONS = (
    "start",
    "how",
    "checks",
    "commands",
    "why",
    "examples",
    "reference",
    "decisions",
)
_LINK = re.compile(r"\]\(([\w./-]+\.\w+)")
_API = re.compile(
    r"<!-- api: ([\w.]+) -->\n## (\w+)\n\n(.*?)\n.*?<!-- end -->\n", re.DOTALL
)
_FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)


def on_config(config: Any) -> Any:
    """Order pages as the README of their section links them."""
    nav: list[Any] = ["README.md"]
    for section in SECTIONS:
        pages = [page for page in _linked(section) if (DOCS / page).exists()]
        rest = sorted(p.relative_to(DOCS).as_posix() for p in (DOCS / section).glob("*.md"))
        index = f"{section}/README.md"
        ordered = dict.fromkeys([index, *pages, *(page for page in rest if page != index)])
        nav.append({section.capitalize(): list(ordered)})
    config["nav"] = nav
    return config


def on_files(files: Any, config: Any) -> Any:
    """Take the code that pages link to into the site, as plain text."""
    linked = {
        target
        for page in DOCS.rglob("*.md")
        for link in _LINK.findall(page.read_text(encoding="utf-8"))
        for target in [(page.parent / link).resolve()]
        if target.is_file() and _is_code(target)
    }
    for target in sorted(linked):
        name = f"code/{target.relative_to(ROOT).as_posix()}.txt"
        files.append(File.generated(config, name, abs_src_path=str(target)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put docstrings where a code host shows summaries, and turn links to code to the copies."""
    folder = (DOCS / page.file.src_uri).parent

    def turned(match: re.Match[str]) -> str:
        target = (folder / match[1]).resolve()
        if not (target.is_file() and _is_code(target)):
            return match[0]
        copy = f"code/{target.relative_to(ROOT).as_posix()}.txt"
        return "](" + posixpath.relpath(copy, posixpath.dirname(page.file.src_uri) or ".")

    return _LINK.sub(
        turned, _API.sub(r"::: \1\n    options:\n      heading: \2\n", markdown)
    )


def on_page_content(html: str, **_: Any) -> str:
    """Write formulas as MathML: browsers show it without a script."""
    return _FORMULA.sub(
        lambda m: convert(m[2], display="block" if m[1] == "div" else "inline"), html
    )


def _linked(section: str) -> list[str]:
    readme = DOCS / section / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    return [f"{section}/{link}" for link in _LINK.findall(text) if "/" not in link]


def _is_code(path: Path) -> bool:
    return DOCS not in path.parents or path.suffix == ".py"
