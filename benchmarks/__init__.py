"""Ratios that can be measured again: ``python -m benchmarks NAME [--json]``."""
