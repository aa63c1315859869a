"""Make edits by hand, prove them, keep them as a patch, and take them back."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tilth
from tilth.edits.edit import Edit, Reason
from tilth.edits.patch import make_patch
from tilth.edits.patch_file import read_patch, write_patch

table = load_breast_cancer(as_frame=True).frame
train, test = table[:400].copy(), table[400:].reset_index(drop=True)
slipped = train.index[:160]  # somebody coded these the other way round
train.loc[slipped, "target"] = 1 - train.loc[slipped, "target"]
data = tilth.read(train, label="target")

before = train.loc[slipped, "target"].to_numpy()
targets = pd.DataFrame({"example_id": slipped, "before": before, "after": 1 - before})
reason = Reason("label_errors", "by hand", "the first 160 forms use the old coding")
patch = make_patch(data, [Edit("relabel", targets, reason, author="ana")])

model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
edited = tilth.apply(patch, data)
print(tilth.prove(data, edited, test=test, model=model))

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "edits.jsonl"
    write_patch(patch, path)
    shuffled = tilth.read(train.sample(frac=1, random_state=0), label="target")
    again = tilth.apply(read_patch(path), shuffled)
same = np.array_equal(np.sort(again.row_hash), np.sort(edited.row_hash))
print(f"the same edits on the same rows in another order: {same}")
