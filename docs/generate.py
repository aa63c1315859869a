"""Write the generated parts of the documents, or say which of them are stale.

    python docs/generate.py             writes pages and tables from the code
    python docs/generate.py --check     compares instead, and exits 1 where something differs
    python docs/generate.py --outputs   also runs the commands shown in pages (minutes)

Whole pages are generated for checks, the reference and the lists of examples and decisions.
Other pages hold generated regions between ``<!-- generated: NAME -->`` and ``<!-- end -->``.
Shown commands are run by outputs.py; compared, their numbers do not count.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(DOCS))  # also where a test loads this file

import outputs  # noqa: E402 - beside this file
import pages  # noqa: E402
import reference  # noqa: E402

_REGION = re.compile(
    r"(<!-- generated: (?P<name>[\w /-]+) -->\n).*?(<!-- end -->)", re.DOTALL
)


def documents() -> list[Path]:
    """Return every Markdown file of the project that may hold a generated region."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


def generated() -> dict[Path, str]:
    """Return every file that has something generated, with what it should hold."""
    wanted = {
        DOCS / name: text for name, text in (pages.whole() | reference.whole()).items()
    }
    for name, text in pages.stubs().items():
        if not (DOCS / name).exists():
            wanted[DOCS / name] = text
    for path in {*documents(), *wanted}:
        text = wanted[path] if path in wanted else path.read_text(encoding="utf-8")
        wanted[path] = _REGION.sub(_filled, text)
    return wanted


def _filled(match: re.Match[str]) -> str:
    return f"{match[1]}\n{pages.region(match['name'])}\n{match[3]}"


def stale() -> list[Path]:
    """Return the files whose generated parts are not what the code says, and those left over."""
    wanted = generated()
    differing = [
        path
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    return sorted([*differing, *_left_over(wanted)])


def _left_over(wanted: dict[Path, str]) -> list[Path]:
    """Return generated pages of checks and modules that are gone."""
    found = [*(DOCS / "checks").glob("*.md"), *(DOCS / "reference").rglob("*.md")]
    return [path for path in found if path not in wanted or wanted[path] == ""]


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--outputs", action="store_true", help="run shown commands too")
    parser.add_argument("pages", nargs="*", type=Path, help="with --outputs: these alone")
    chosen = parser.parse_args()
    differing = stale()
    if not chosen.check:
        wanted = generated()
        for path in differing:
            if path in wanted:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(wanted[path], encoding="utf-8")
            else:
                path.unlink()
    if chosen.outputs:
        runnable = [path for path in documents() if outputs.is_run(path)]
        asked = [path.resolve() for path in chosen.pages] or runnable
        for path in asked:
            if outputs.refresh(path, is_check=chosen.check):
                differing.append(path)
    for path in differing:
        done = "stale" if chosen.check else "written"
        sys.stdout.write(f"{done}: {path.relative_to(ROOT)}\n")
    if chosen.check and differing:
        sys.stdout.write("Run: python docs/generate.py\n")
    return int(chosen.check and bool(differing))


if __name__ == "__main__":
    sys.exit(main())
