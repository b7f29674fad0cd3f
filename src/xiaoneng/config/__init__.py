"""Settings, urls and connectors: the only place that joins all parts."""
