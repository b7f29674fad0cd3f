"""The hash of an audit line: SHA-256 over its fields and the hash of the line before, in one canonical
form."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC

from xiaoneng.apps.audit.models import AuditLine

START = "0" * 64
COVERED = (
    "seq",
    "actor",
    "role",
    "action",
    "object_type",
    "object_id",
    "outcome",
    "reason",
    "address_hash",
    "request",
    "previous",
)


def digest(line: AuditLine) -> str:
    """The hash that ``line`` must carry."""
    content = {name: getattr(line, name) for name in COVERED}
    content["at"] = line.at.astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
