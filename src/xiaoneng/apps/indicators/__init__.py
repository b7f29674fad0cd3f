"""CHECK: results of the indicators by body, item, region and period, stored and served."""
