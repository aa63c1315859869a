"""TODO algorithms."""
