"""Readers: one module per format, all with the protocol of ``core/eventlog/raw.py``."""
