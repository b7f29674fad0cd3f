"""Basic measures: one module per measure, plain SQL over the enriched store."""
