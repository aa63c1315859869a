"""Datasets in and out: reading, schema, identity, splits, planted faults."""
