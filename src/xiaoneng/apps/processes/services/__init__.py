"""Writes, one file per subject; each function is one transaction."""
