"""Time by owner, and work that changes nothing."""
