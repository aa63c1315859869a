"""Datasets in and out: reading, schema, identity, splits, planted faults."""

from tilth.data.dataset import Dataset
from tilth.data.encode import encode_labels
from tilth.data.faults import (
    plant_debris,
    plant_duplicates,
    plant_group_label_noise,
    plant_label_noise,
    plant_missing,
    plant_outliers,
)
from tilth.data.read import read, read_like
from tilth.data.schema import Guess, Role, Schema, Task
from tilth.data.splits import folds, split
from tilth.data.times import read_times
from tilth.data.write import write

__all__ = [
    "Dataset",
    "Guess",
    "Role",
    "Schema",
    "Task",
    "encode_labels",
    "folds",
    "plant_debris",
    "plant_duplicates",
    "plant_group_label_noise",
    "plant_label_noise",
    "plant_missing",
    "plant_outliers",
    "read",
    "read_like",
    "read_times",
    "split",
    "write",
]
