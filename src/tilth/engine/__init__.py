"""The loop: find, propose, prove, keep."""
