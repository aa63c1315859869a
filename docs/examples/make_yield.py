"""Make yield.csv and yield_test.csv, here: a number to predict from a messy table.

The numbers come from scikit-learn's make_friedman1 (Friedman 1991), with names of a plant that
does not exist. What went wrong: 999 where the flow was not measured, and a decimal point
that got lost in some of the pressures.
"""

import numpy as np
import pandas as pd
from sklearn.datasets import make_friedman1

rng = np.random.default_rng(5)
names = [
    "flow",
    "pressure",
    "heat",
    "speed",
    "load",
    "light",
    "noise",
    "wind",
    "humidity",
    "shift",
]
X, y = make_friedman1(n_samples=1500, noise=1.0, random_state=0)
table = pd.DataFrame(10 + 90 * X, columns=names).round(2)
table["yield"] = y.round(2)
train, test = table[:1000].copy(), table[1000:]

missing = rng.random(len(train)) < 0.06
train.loc[missing, "flow"] = 999.0
slipped = ~missing & (rng.random(len(train)) < 0.04)
train.loc[slipped, "pressure"] = train["pressure"][slipped] * 100

train.to_csv("yield.csv", index=False)
test.to_csv("yield_test.csv", index=False)
print(f"yield.csv: {len(train)} rows, yield_test.csv: {len(test)} rows")
print(
    f"planted: 999 in {missing.sum()} flows, {slipped.sum()} pressures a hundred times too high"
)
