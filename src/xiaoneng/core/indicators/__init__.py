"""Indicator definitions and their computation over events and facts."""
