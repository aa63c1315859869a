"""TODO trial."""
