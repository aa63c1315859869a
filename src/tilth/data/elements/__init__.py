"""Labels that are more than one class or number: read from what people have, kept as text cells."""
