"""Start the command line; `tilth --version` answers without loading it."""

from __future__ import annotations

import sys

from tilth import __version__


def main() -> int:
    """Run the command line and return its exit code."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"tilth {__version__}\n")
        return 0
    from tilth.cli.app import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
