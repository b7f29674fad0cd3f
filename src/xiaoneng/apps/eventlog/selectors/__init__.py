"""Reads, one file per subject. Those of logs can be called from here."""

from xiaoneng.apps.eventlog.selectors.logs import analysis, is_there, logs_visible

__all__ = ["analysis", "is_there", "logs_visible"]
