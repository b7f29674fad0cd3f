"""Runners of other people's test suites against our engines."""
