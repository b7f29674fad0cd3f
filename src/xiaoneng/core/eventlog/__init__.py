"""Event logs in and out, and the enriched store that every measure reads."""
