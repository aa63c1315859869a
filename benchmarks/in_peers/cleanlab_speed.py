"""CPU seconds of cleanlab's default label error search on stored arrays: FOLDER RUNS NAME..."""

import json
import resource
import statistics
import sys
from pathlib import Path

import numpy as np
from cleanlab.filter import find_label_issues


def cpu_seconds() -> float:
    """Return user and system time of this process and of those it started."""
    used = [
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    folder, n_runs, names = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    answer = {}
    for name in names:
        labels = np.load(folder / f"{name}_labels.npy")
        pred_probs = np.load(folder / f"{name}_pred_probs.npy")
        find_label_issues(labels[:5000], pred_probs[:5000])
        seconds = []
        for _ in range(n_runs):
            before = cpu_seconds()
            found = find_label_issues(labels, pred_probs)
            seconds.append(cpu_seconds() - before)
        answer[name] = {
            "median": statistics.median(seconds),
            "least": min(seconds),
            "most": max(seconds),
            "n_flagged": int(found.sum()),
        }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
