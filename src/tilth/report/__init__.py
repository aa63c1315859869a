"""A run as a document to read or to share: JSON, Markdown, one HTML file."""
