"""Make the messy CSV of the tutorial: clinic.csv, clinic_test.csv and planted.csv, here.

Measurements and diagnoses are real: scikit-learn's breast cancer data (Wolberg, Street &
Mangasarian 1995). What is invented is how the file came about, and what went wrong on the way:

- one of four labs swapped the two diagnoses;
- the export of two instruments wrote -999 for "not measured";
- 12 samples were entered twice, the second time with rounded numbers.

The test set was split off before any of this happened. planted.csv lists the rows; tilth never reads it.
"""

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

rng = np.random.default_rng(7)
real = load_breast_cancer(as_frame=True)
table = real.data.iloc[:, :10].rename(columns=lambda name: name.removeprefix("mean "))
table = table.rename(columns=lambda name: name.replace(" ", "_"))
table.insert(
    0, "sample_id", [f"S{number:04d}" for number in rng.permutation(len(table)) + 1]
)
table.insert(
    1,
    "lab",
    rng.choice(["Aare", "Birs", "Doubs", "Emme"], len(table), p=[0.25, 0.25, 0.3, 0.2]),
)
table["diagnosis"] = real.target_names[real.target]

train, test = train_test_split(table, test_size=0.35, random_state=0)
train, test = train.reset_index(drop=True), test.reset_index(drop=True)

swapped = train["lab"] == "Doubs"
other = {"benign": "malignant", "malignant": "benign"}
train.loc[swapped, "diagnosis"] = train.loc[swapped, "diagnosis"].map(other)

missing = rng.random(len(train)) < 0.08
train.loc[missing, ["smoothness", "fractal_dimension"]] = -999.0

again = train[~swapped].sample(12, random_state=0)
again = again.assign(sample_id=[f"{name}b" for name in again["sample_id"]])
numbers = again.select_dtypes("number").columns
again[numbers] = again[numbers].map(lambda value: float(f"{value:.3g}"))
train = pd.concat([train, again], ignore_index=True)

train.to_csv("clinic.csv", index=False)
test.to_csv("clinic_test.csv", index=False)
planted = {
    "swapped diagnosis": train.loc[train["lab"] == "Doubs", "sample_id"],
    "-999": train.loc[train["smoothness"] == -999.0, "sample_id"],
    "entered twice": again["sample_id"],
}
rows = [(fault, sample) for fault, samples in planted.items() for sample in samples]
pd.DataFrame(rows, columns=["fault", "sample_id"]).to_csv("planted.csv", index=False)
print(f"clinic.csv: {len(train)} rows, clinic_test.csv: {len(test)} rows")
for fault, samples in planted.items():
    print(f"planted: {fault}, {len(samples)} rows")
