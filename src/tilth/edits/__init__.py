"""What may be done to data, as data: apply, invert, compare, patch files."""
