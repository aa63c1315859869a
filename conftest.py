"""What cannot be collected without an extra is left out; its tests say so when they skip."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("torch") else ["src/tilth/models/robust/*"]
if not find_spec("numba"):
    collect_ignore_glob.append("src/tilth/algorithms/labels/compiled.py")
