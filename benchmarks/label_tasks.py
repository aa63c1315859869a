"""Label errors by task: average precision of ours, of the plain score, and of cleanlab.

    python benchmarks/label_tasks.py [regression ...]

Every case has labels of which some are known to be wrong, and out-of-sample predictions of a
small model trained here; all methods see the same. The numbers are the mean and the standard
deviation of the average precision over the cases of a line; "ours best" is the share of cases
where no other method has more. Groups called "new" were not looked at when numbers were chosen.
"""

from __future__ import annotations

import importlib
import platform
import sys
import time

from by_task.cases import print_table, with_peer

PARTS = ("regression", "multilabel", "ordinal", "tokens", "boxes", "masks")


def main(parts: tuple[str, ...]) -> None:
    print(f"{platform.machine()}, Python {platform.python_version()}, one thread")
    for part in parts:
        began = time.process_time()
        cases = list(importlib.import_module(f"by_task.{part}").cases())
        scores = with_peer(part, cases)
        print_table(f"{part}: average precision of wrong labels", cases, scores)
        print(f"{time.process_time() - began:.0f} s of CPU, cleanlab not counted")


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or PARTS)
