"""Government bodies on four levels, who belongs to which, and the one scope function."""
