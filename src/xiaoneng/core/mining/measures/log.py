"""What the log is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from xiaoneng.core.mining.context import Context


def describe(context: Context) -> dict[str, Any]:
    """Counts, first and last event, and where the log came from."""
    meta = context.store.meta
    first, last = context.row("SELECT min(first), (SELECT max(time) FROM events) FROM cases")
    first_local, last_local = context.row(
        "SELECT min(first_local), (SELECT max(local) FROM events) FROM cases"
    )
    counts = meta["counts"]
    return {
        "cases": counts["cases"],
        "events": counts["events"],
        "activities": counts["activities"],
        "resources": counts["resources"],
        "first": _instant(first),
        "last": _instant(last),
        "first_local": None if first_local is None else first_local.isoformat(),
        "last_local": None if last_local is None else last_local.isoformat(),
        "bodies": counts["bodies"],
        "roles": counts["roles"],
        "name": meta["name"],
        "format": meta["format"],
        "sha256": meta["sha256"],
        "mapping": meta["mapping"],
        "tz": meta["tz"],
        "calendar": meta["calendar"]["name"],
        "as_of": None if context.as_of is None else context.as_of.isoformat(),
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.replace(tzinfo=UTC).isoformat()
