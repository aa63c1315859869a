"""How a run can be repeated: what ran, on which data, with which seed and versions."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from tilth import __version__

if TYPE_CHECKING:
    from tilth.data.dataset import Dataset
    from tilth.data.label_files import LabelFiles

_PACKAGES = ("numpy", "scipy", "scikit-learn", "pandas", "pyarrow")


def made(
    dataset: Dataset | LabelFiles, *, command: str = "", seed: int | None = None
) -> dict[str, Any]:
    """Return what it takes to repeat a run, ready for JSON.

    Parameters
    ----------
    dataset : Dataset or LabelFiles
        What the run looked at; ``data`` is the hash of its content, ids, weights and roles.
    command : str
        The command line as typed; empty from Python.
    seed : int, optional
    """
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "data": dataset.version_id,
        "seed": seed,
        "tilth": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "packages": {name: version(name) for name in _PACKAGES},
    }
