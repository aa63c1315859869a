"""TODO display."""
