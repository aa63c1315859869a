"""Run the commands that pages show, and put what they print behind them.

A page that starts with ``<!-- run: HASH -->`` is run from top to bottom in an empty folder that
holds the scripts of docs/examples: every line behind ``$`` of a ``console`` block in the shell,
every ``pycon`` block in one Python session. What changes from run to run is made plain: times,
dates, the folder. HASH is of the commands and the scripts, so that a changed command with an old
output is noticed without running it.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent
SRC = DOCS.parent / "src"
EXAMPLES = DOCS / "examples"
_MARK = re.compile(r"<!-- run: (\w*) -->\n")
_BLOCK = re.compile(
    r"(?P<head>^```(?P<kind>console|pycon)\n)(?P<body>.*?)(?P<tail>^```$)",
    re.DOTALL | re.MULTILINE,
)
_CHANGING = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"), "2026-01-05 09:00"),
    (re.compile(r"\d+(?:\.\d+)? (?:ms|s|min)(?= in all|$)", re.MULTILINE), "20 s"),
    (re.compile(r'"seconds": [\d.]+'), '"seconds": 20.0'),
    (re.compile(r"examples, [\d.]+ s"), "examples, 2.0 s"),
)
_SESSION = """
import code, contextlib, io, json, sys, warnings
warnings.simplefilter("ignore")
console = code.InteractiveConsole()
for line in sys.stdin:
    shown = []
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
        for statement in json.loads(line):
            out.seek(0), out.truncate()
            for part in [*statement, ""]:
                console.push(part)
            shown.append(out.getvalue())
    print(json.dumps(shown), flush=True)
"""


def is_run(path: Path) -> bool:
    """Whether the commands of a page are run."""
    return bool(_MARK.match(path.read_text(encoding="utf-8")))


def is_stale(path: Path) -> bool:
    """Whether commands or scripts of a page changed since it was last run."""
    text = path.read_text(encoding="utf-8")
    mark = _MARK.match(text)
    return mark is not None and mark[1] != _hash(text)


def refresh(path: Path, *, is_check: bool) -> bool:
    """Run a page and write what it prints; return whether that differs, numbers aside.

    Raises
    ------
    RuntimeError
        If a command or a statement was stopped by a traceback.
    """
    before = path.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "work"
        folder.mkdir()
        for script in EXAMPLES.glob("*.py"):
            shutil.copy(script, folder)
        with _Session(folder) as session:
            after = _BLOCK.sub(lambda block: _run_block(block, folder, session), before)
    after = _MARK.sub(f"<!-- run: {_hash(after)} -->\n", after, count=1)
    if not is_check:
        path.write_text(after, encoding="utf-8")
    return _without_numbers(before) != _without_numbers(after)


def _run_block(block: re.Match[str], folder: Path, session: _Session) -> str:
    if block["kind"] == "console":
        body, code = "", 0
        for command in _commands(block["body"]):
            printed, code = _shell(command, folder, code)
            body += f"$ {command}\n{printed}"
    else:
        statements = _statements(block["body"])
        printed = session.run([[line[4:] for line in lines] for lines in statements])
        if broken := [said for said in printed if said.startswith("Traceback")]:
            raise RuntimeError(broken[0])
        body = "".join(
            "\n".join(lines) + "\n" + made_plain(said, folder)
            for lines, said in zip(statements, printed, strict=True)
        )
    return block["head"] + body + block["tail"]


def _shell(command: str, folder: Path, code: int) -> tuple[str, int]:
    """Run a command after one that left `code`; return what a person sees, and its own code."""
    done = subprocess.run(
        ["bash", "-c", f"(exit {code})\n{command}"],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if "Traceback" in done.stderr:
        raise RuntimeError(f"$ {command}\n{done.stderr}")
    said = done.stdout + (done.stderr if done.returncode else "")
    return made_plain(said, folder), done.returncode


class _Session:
    """One Python interpreter for all blocks of a page (a class because it is held open)."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SESSION],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> _Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, statements: list[list[str]]) -> list[str]:
        """Run statements and return what each printed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(statements) + "\n")
        self._process.stdin.flush()
        printed: list[str] = json.loads(self._process.stdout.readline())
        return printed


def _environment() -> dict[str, str]:
    own = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(SRC),
        "OMP_NUM_THREADS": "1",
        "PYTHONWARNINGS": "ignore",
        "NO_COLOR": "1",
    }
    return {k: v for k, v in os.environ.items() if not k.startswith("TILTH_")} | own


def _commands(body: str) -> list[str]:
    r"""Return the commands of a block; one that ends in a backslash goes on in the next line."""
    found = re.findall(r"^\$ ((?:.*\\\n)*.*)$", body, re.MULTILINE)
    return [command.rstrip() for command in found]


def _statements(body: str) -> list[list[str]]:
    """Return the statements of a session, each as its lines with their prompts."""
    found: list[list[str]] = []
    for line in body.splitlines():
        if line.startswith(">>>"):
            found.append([line])
        elif line.startswith("...") and found:
            found[-1].append(line)
    return found


def made_plain(text: str, folder: Path) -> str:
    """Return output without what changes from run to run: times, dates, the folder."""
    text = text.replace(f"{folder.resolve()}/", "").replace(f"{folder}/", "")
    for pattern, instead in _CHANGING:
        text = pattern.sub(instead, text)
    lines = [line.rstrip() for line in text.splitlines()]
    return "".join(f"{line}\n" for line in lines)


def _hash(text: str) -> str:
    """Return a hash of what a page runs, with the scripts it names."""
    commands = [
        "\n".join(_commands(block["body"]))
        if block["kind"] == "console"
        else repr(_statements(block["body"]))
        for block in _BLOCK.finditer(text)
    ]
    said = "\n".join(commands)
    scripts = [
        ast.dump(ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(EXAMPLES.glob("*.py"))
        if path.name in said or path.stem in said
    ]
    return hashlib.sha256("\n".join([said, *scripts]).encode()).hexdigest()[:12]


def _without_numbers(text: str) -> str:
    """Make numbers and the spaces around them alike, outside of the commands."""
    lines = [
        line
        if line.startswith(("$ ", ">>> ", "... "))
        else re.sub(r"[\s+-]*\d[\d.,]*", "#", line)
        for line in text.splitlines()
    ]
    return "\n".join(lines)
