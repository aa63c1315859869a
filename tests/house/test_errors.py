"""Every deliberate error carries what came and says what to do next, counted over all of them."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tilth import errors
from tilth.cli.failures import failure_of

SOURCES = sorted((Path(__file__).resolve().parents[2] / "src").rglob("*.py"))
KINDS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.TilthError)
}

MIN_WITH_VALUE = 0.85
MIN_WITH_NEXT_STEP = 0.60


@dataclass(frozen=True)
class Raised:
    """A deliberate error as it is written: values are a placeholder."""

    where: str
    message: str
    has_value: bool
    has_next_step: bool


def _written(node: ast.expr, known: dict[str, ast.expr]) -> tuple[str, bool]:
    """Return the message with placeholders, and whether it has one."""
    match node:
        case ast.Constant():
            return str(node.value), False
        case ast.JoinedStr():
            parts = [_written(part, known) for part in node.values]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = [_written(left, known), _written(right, known)]
        case ast.Name() if node.id in known:
            return _written(known[node.id], {})
        case _:
            return "X", True
    return "".join(text for text, _ in parts), any(has for _, has in parts)


def _raised() -> list[Raised]:
    found = []
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        known = {
            node.targets[0].id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(tree):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if not is_call or node.func.id not in KINDS or not node.args:
                continue
            message, has_value = _written(node.args[0], known)
            told = failure_of(getattr(errors, node.func.id)(message))
            where = f"{path.name}:{node.lineno}"
            found.append(Raised(where, message, has_value, bool(told.hint)))
    return found


@pytest.mark.parametrize(
    ("what", "bar"),
    [("has_value", MIN_WITH_VALUE), ("has_next_step", MIN_WITH_NEXT_STEP)],
)
def test_errors_carry_the_value_that_came_and_the_next_step(what: str, bar: float) -> None:
    found = _raised()
    without = [error for error in found if not getattr(error, what)]
    share = 1 - len(without) / len(found)
    counted = f"{what}: {share:.1%} of {len(found)} deliberate errors (bar {bar:.0%})"
    offenders = "\n".join(f"  {error.where}  {error.message}" for error in without)
    sys.stdout.write(f"{counted}\n{offenders}\n")  # shown with -s, or where it fails
    assert len(found) > 100
    assert share >= bar


def test_no_message_shouts_or_begs() -> None:
    rude = [
        e
        for e in _raised()
        if "!" in e.message.replace("!r", "") or "please" in e.message.lower()
    ]
    assert rude == []
