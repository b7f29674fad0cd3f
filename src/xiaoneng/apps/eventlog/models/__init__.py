"""Models of this app, one file per subject."""

from xiaoneng.apps.eventlog.models.chains import CaseEvent, Chain, Seal
from xiaoneng.apps.eventlog.models.logs import Log

__all__ = ["CaseEvent", "Chain", "Log", "Seal"]
