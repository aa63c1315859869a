"""Peers to compare with: each in an environment of its own, never in ours.

    from peers import run_in_peer
    answer = run_in_peer("cleanlab", "in_peers/script.py", "one", "two")

An environment is made under ``benchmarks/.peers`` (git-ignored) the first time it is needed,
and again when the packages named here change. The script prints one JSON document as the last
line of its output, which comes back; it lies in ``in_peers``, out of the way of `make bench`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PEERS = {
    "cleanlab": ("cleanlab==2.9.0",),
}
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)


def peer_python(name: str) -> Path:
    """Return the interpreter of a peer's environment; the first call makes and fills it."""
    folder = HERE / ".peers" / name
    python, stamp = folder / "bin" / "python", folder / "packages.txt"
    wanted = "\n".join(PEERS[name])
    if not stamp.exists() or stamp.read_text() != wanted:
        print(
            f"making {folder.relative_to(HERE)} with {', '.join(PEERS[name])}",
            file=sys.stderr,
        )
        venv.create(folder, clear=True, with_pip=True)
        pip = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        subprocess.run([*pip, *PEERS[name]], check=True)
        stamp.write_text(wanted)
    return python


def run_in_peer(name: str, script: str, *arguments: object) -> Any:
    """Run a script of this folder with a peer's interpreter, one thread; return what it answers."""
    command = [str(peer_python(name)), str(HERE / script), *map(str, arguments)]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | _ONE_THREAD
    run = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(run.stdout.strip().splitlines()[-1])
