"""Bodies side by side: for all their cases, and for the same item."""
