"""Working days: the State Council's yearly arrangement, office overrides, working hours."""
