"""Tests of the event log app."""
