"""The project folder: datasets, versions, edits, findings, proofs, runs, cached arrays."""
