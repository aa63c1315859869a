"""TODO remedies."""
