"""What a user's model depends on: the modules its file imports, and what an object holds."""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# Helper files as they were when the model's file was loaded, by path.
_LOADED: dict[str, str] = {}


def user_files(file: Path) -> list[Path]:
    """Return a Python file and the user's modules that it imports, directly or not.

    Installed packages and the standard library are not among them, nor modules that are
    imported under a name made at run time.
    """
    file = file.resolve()
    if _is_installed(file):
        return [file]
    roots = [Path(entry).resolve() for entry in (*sys.path, str(file.parent), ".")]
    roots = [root for root in dict.fromkeys(roots) if not _is_installed(root)]
    found: set[Path] = set()
    wanted = [file]
    while wanted:
        path = wanted.pop()
        if path not in found:
            found.add(path)
            wanted += _imported_by(path, roots)
    return sorted(found)


def code_digest(file: Path) -> str:
    """Return a hash of what is written in `user_files`, wherever they lie."""
    files = [f"{path.name} {digest(path.read_bytes())}" for path in user_files(file)]
    return digest("\n".join(sorted(files)).encode())


def forget_changed(file: Path) -> None:
    """Let modules be imported anew that `file` imports and that changed since it was loaded."""
    for path in set(user_files(file)) - {file.resolve()}:
        now = digest(path.read_bytes())
        if _LOADED.setdefault(str(path), now) != now:
            _LOADED[str(path)] = now
            for name, module in list(sys.modules.items()):
                if getattr(module, "__file__", None) == str(path):
                    del sys.modules[name]


def described(value: Any) -> str:
    """Write what an object in memory holds, without memory addresses: equal for equal ones."""
    if isinstance(value, str | bytes | int | float | complex | None):
        return repr(value)
    if isinstance(value, dict):
        parts = [f"{described(key)}: {described(held)}" for key, held in value.items()]
        return f"{{{', '.join(parts)}}}"
    if isinstance(value, list | tuple | set | frozenset):
        parts = [described(held) for held in value]
        shown = parts if isinstance(value, list | tuple) else sorted(parts)
        return f"{type(value).__name__}({', '.join(shown)})"
    if inspect.isroutine(value) or inspect.isclass(value):
        return _described_code(value)
    from joblib import hash as hash_of  # 0.1 s, for those who hold more than numbers

    try:
        return f"{_described_code(type(value))} {hash_of(value)}"
    except Exception:  # noqa: BLE001  what a foreign object raises when it is taken apart
        return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))


def _described_code(made: Any) -> str:
    """Write a function's or class's name, its source, and a hash of its file where it is the user's."""
    name = f"{made.__module__}.{getattr(made, '__qualname__', made)}"
    try:
        source, file = inspect.getsource(made), Path(inspect.getfile(made))
    except (OSError, TypeError):  # typed at a prompt, or compiled
        return name
    is_users = file.is_file() and not _is_installed(file.resolve())
    return f"{name} {source} {code_digest(file) if is_users else ''}"


def digest(content: bytes) -> str:
    """Return a short hash."""
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def _imported_by(path: Path, roots: list[Path]) -> Iterator[Path]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):  # loading it says what is wrong
        return
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                for alias in node.names:
                    yield from _files_of(alias.name, roots)
            case ast.ImportFrom(level=0):
                for alias in node.names:
                    yield from _files_of(f"{node.module}.{alias.name}", roots)
            case ast.ImportFrom():
                package = path.parents[node.level - 1]
                before = f"{node.module}." if node.module else ""
                yield from (p for p in [package / "__init__.py"] if p.is_file())
                for alias in node.names:
                    yield from _files_of(before + alias.name, [package])
            case _:
                pass


def _files_of(name: str, roots: list[Path]) -> Iterator[Path]:
    """Return the files that importing a dotted name runs, from the first root that has any."""
    parts = name.split(".")
    if parts[0] == "tilth":  # part of every key by itself
        return
    for root in roots:
        places = [root.joinpath(*parts[: i + 1]) for i in range(len(parts))]
        candidates = [
            p for place in places for p in (place / "__init__.py", place.with_suffix(".py"))
        ]
        files = [p for p in candidates if p.is_file()]
        if files:
            yield from files
            return


def _is_installed(path: Path) -> bool:
    if {"site-packages", "dist-packages"} & set(path.parts):
        return True
    known = sysconfig.get_paths()
    return any(
        path.is_relative_to(known[name]) for name in ("stdlib", "purelib", "platlib")
    )
