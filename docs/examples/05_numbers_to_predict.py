"""Improve data with a number to predict, judged by the mean absolute error. Takes 20 seconds."""

import make_yield  # noqa: F401 - writes yield.csv and yield_test.csv here
from line_model import make

import tilth

data = tilth.read("yield.csv", label="yield")
better = tilth.improve(data, test="yield_test.csv", model=make, metric="mae")
print(better.proof)
for edit in better.edits:
    print(edit.op, edit.n, edit.reason.text, sep=" | ")
