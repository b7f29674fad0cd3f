"""Event logs in and out, and the enriched store that every measure reads."""

from __future__ import annotations

from xiaoneng.core.eventlog.enrich import WorkClock
from xiaoneng.core.eventlog.ingest import ingest
from xiaoneng.core.eventlog.mapping import Mapping
from xiaoneng.core.eventlog.store import EventStore

__all__ = ["EventStore", "Mapping", "WorkClock", "ingest"]
