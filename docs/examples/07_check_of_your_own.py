"""Ask a question of your own: a check is a function, and its parameters name what it reads."""

import numpy as np
import pandas as pd

import tilth
from tilth.checks.check import Check, Findings
from tilth.engine.audit import examine
from tilth.signals import PROVIDERS
from tilth.signals.signals import Signals


def find_shouting(text: np.ndarray, *, min_share: float = 0.7) -> Findings:
    """Flag texts in capitals: at least `min_share` of their letters."""
    letters = [[c for c in t if c.isalpha()] for t in text]
    share = np.array([sum(c.isupper() for c in own) / max(len(own), 1) for own in letters])
    table = pd.DataFrame(
        {
            "key": np.arange(len(text)),
            "quality": 1 - share,
            "is_issue": share >= min_share,
            "capitals": share,
        }
    )
    return Findings(unit="example", table=table, cut=f"{min_share:.0%} of the letters")


SHOUTING = Check("shouting", "Which texts are in capitals?", find_shouting)

data = tilth.read(
    {"text": ["fine, thank you", "WHERE IS MY ORDER", "it broke"]}, text="text"
)
outcomes = examine(Signals(data, PROVIDERS), [SHOUTING])
print(outcomes["shouting"].issues.to_string())
