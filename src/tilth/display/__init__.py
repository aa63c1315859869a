"""Values as escaped text and terminal-safe strings; knows no records."""
