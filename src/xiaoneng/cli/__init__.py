"""The xiaoneng command."""
