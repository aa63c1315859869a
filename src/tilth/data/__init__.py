"""Datasets in and out: reading, schema, identity, splits, planted faults."""

from tilth.data.dataset import Dataset
from tilth.data.encode import encode_labels
from tilth.data.read import read
from tilth.data.schema import Guess, Schema
from tilth.data.write import write

__all__ = ["Dataset", "Guess", "Schema", "encode_labels", "read", "write"]
