"""tilth: find what is wrong with a dataset, edit it, and prove that it got better."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tilth.data.read import read
    from tilth.edits.patch import apply_patch as apply
    from tilth.engine.audit import audit
    from tilth.engine.improve import improve
    from tilth.engine.proving import prove
    from tilth.report.runs import write_report

__version__ = "0.1.0"
__all__ = ["apply", "audit", "improve", "prove", "read", "write_report"]

# Imported when first used, so that `tilth --help` and `import tilth` load no arrays.
_WHERE = {
    "apply": ("tilth.edits.patch", "apply_patch"),
    "audit": ("tilth.engine.audit", "audit"),
    "improve": ("tilth.engine.improve", "improve"),
    "prove": ("tilth.engine.proving", "prove"),
    "read": ("tilth.data.read", "read"),
    "write_report": ("tilth.report.runs", "write_report"),
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'tilth' has no attribute {name!r}")
    module, attribute = _WHERE[name]
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
