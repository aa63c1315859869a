"""The documents: nothing is missing, nothing is stale, no link is dead, what is shown runs."""

import ast
import importlib
import inspect
import pkgutil
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import tilth
import tilth.algorithms
from tilth.checks import CHECKS
from tilth.cli.app import COMMANDS, app

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md")], key=lambda path: path.relative_to(ROOT)
)
EXAMPLES = sorted((DOCS / "examples").glob("[0-9]*.py"))
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def script(name: str) -> Any:
    """Import a script of docs/ as it is."""
    sys.path.insert(0, str(DOCS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(DOCS))


def test_every_generated_part_is_what_the_code_says() -> None:
    assert [named(path) for path in script("generate").stale()] == [], (
        "run: python docs/generate.py"
    )


def test_no_command_or_script_changed_behind_a_shown_output() -> None:
    outputs = script("outputs")
    stale = [
        named(path) for path in PAGES if outputs.is_run(path) and outputs.is_stale(path)
    ]
    assert stale == [], "run: python docs/generate.py --outputs"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    dead = []
    for link in _LINK.findall(_FENCE.sub("", page.read_text())):
        if re.match(r"https?://|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            dead.append(link)
    assert dead == []


def _anchors(page: Path) -> set[str]:
    text = _FENCE.sub("", page.read_text())
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


def _options() -> Iterator[tuple[str, str]]:
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        for parameter in command.params:
            if parameter.param_type_name == "option":
                yield name, max(parameter.opts, key=len)


def test_every_command_has_a_page_with_every_option() -> None:
    assert {path.stem for path in (DOCS / "commands").glob("*.md")} == {*COMMANDS, "README"}
    missing = [
        f"{name} {option}"
        for name, option in _options()
        if option != "--help"
        and not re.search(
            rf"^\| `[^`]*{option}\b", (DOCS / "commands" / f"{name}.md").read_text(), re.M
        )
    ]
    assert missing == []


def test_the_readme_lists_every_command_and_every_check() -> None:
    readme = (ROOT / "README.md").read_text()
    links = [f"docs/commands/{name}.md" for name in COMMANDS]
    links += [f"docs/checks/{check.name}.md" for check in CHECKS]
    assert [link for link in links if link not in readme] == []
    assert len(readme.splitlines()) <= 150


def test_every_check_has_a_page_on_the_site() -> None:
    pages = {path.stem for path in (DOCS / "checks").glob("*.md")}
    assert pages == {*(check.name for check in CHECKS), "README"}


def _public() -> Iterator[tuple[str, str, Any]]:
    """Yield every public name of the package and of the algorithms, with its value."""
    for name in tilth.__all__:
        yield "tilth", name, getattr(tilth, name)
    found = pkgutil.iter_modules(tilth.algorithms.__path__, "tilth.algorithms.")
    for module in (importlib.import_module(each.name) for each in found):
        own = (
            name
            for name, value in vars(module).items()
            if getattr(value, "__module__", None) == module.__name__ and name[0] != "_"
        )
        for name in getattr(module, "__all__", own):
            value = getattr(module, name)
            if inspect.isfunction(value) or inspect.isclass(value):
                yield module.__name__, name, value


def test_every_public_name_has_an_entry_in_the_reference() -> None:
    entries = {
        (match[1], match[2])
        for page in (DOCS / "reference").glob("*.md")
        for match in re.finditer(r"^`from ([\w.]+) import (\w+)`$", page.read_text(), re.M)
    }
    assert [
        f"{module}.{name}" for module, name, _ in _public() if (module, name) not in entries
    ] == []


def test_every_public_function_has_an_example_that_runs() -> None:
    missing = [
        f"{module}.{name}"
        for module, name, value in _public()
        if inspect.isfunction(value)
        and not re.search(r"Examples\n-+\n+>>>", inspect.getdoc(value) or "")
    ]
    assert missing == []  # doctests run them


def test_every_public_class_says_what_it_is() -> None:
    missing = [
        f"{module}.{name}"
        for module, name, value in _public()
        if inspect.isclass(value) and not inspect.getdoc(value)
    ]
    assert missing == []


def _shown_commands() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        text = page.read_text().replace("\\\n", " ")
        blocks = [body for kind, body in _FENCE.findall(text) if kind in ("console", "sh")]
        blocks += re.findall(r"(?:^ {4}\S.*\n)+", _FENCE.sub("", text), re.MULTILINE)
        for line in "\n".join(blocks).splitlines():
            command = re.match(r"\s*(?:\$ )?(?:[A-Z_]+=\S+ )?(tilth [^|>]*)", line)
            if command:
                yield named(page), command[1].strip()


def test_commands_shown_anywhere_are_those_there_are() -> None:
    known = {(name, option) for name, option in _options()}
    shared = {"--project", "--quiet", "--debug", "--version", "--install-completion"}
    short = {"-o": "--out", "-q": "--quiet", "-h": "--help"}
    wrong = []
    for page, line in _shown_commands():
        words = shlex.split(line, comments=True)[1:]
        names = [word for word in words if word in COMMANDS]
        options = [
            short.get(word, word.partition("=")[0]) for word in words if word[0] == "-"
        ]
        is_known = all(
            option in shared or (names and (names[0], option) in known)
            for option in options
            if option not in {"--help", "-"}
        )
        if not (is_known and (names or options)):
            wrong.append(f"{page}: {line}")
    assert wrong == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_says_what_it_shows(path: Path) -> None:
    first = (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]
    assert first.endswith(".")
    assert len(first) > 20


@pytest.mark.parametrize(
    "path",
    [path for path in EXAMPLES if "Takes" not in path.read_text().partition('"""\n')[0]],
    ids=lambda path: path.stem,
)
def test_an_example_runs(path: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
