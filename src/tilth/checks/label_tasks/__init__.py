"""How label errors are found where the label is not one of several classes; one task a file."""
