"""Before against after: the same model, the same seeds, the same untouched test examples."""
