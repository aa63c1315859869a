"""Models: built-in ones, the user's own, and how they are trained and asked."""
