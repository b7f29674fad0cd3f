"""Appending events to chains against the bare statements: what the canonical form, the hashes and the checks
of the vocabulary cost.

A step of a case appends three events (a task completed, a gateway, the next task scheduled). Ours is
``append``; the peer runs the very INSERT and UPDATE that it writes, with rows prepared beforehand, through
the same cursor on the same database, a hundred steps per transaction on both sides. CPU time per event, the
best of five rounds. ``python`` is the part of ours that is no SQL.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

STEPS = 2_000
TOGETHER = 100
ROUNDS = 5
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def run() -> dict[str, Any]:
    """Ours, the statements alone, and the Python part."""
    with tempfile.TemporaryDirectory(prefix="xiaoneng-bench-") as home:
        os.environ["XIAONENG_HOME"] = home
        # never the platform's own database: events cannot be taken out again
        os.environ["XIAONENG_DATABASE_URL"] = os.environ.get("XIAONENG_BENCH_DATABASE_URL", "")
        from xiaoneng.config.run import _ready

        _ready()
        return measured(Path(home))


def measured(home: Path) -> dict[str, Any]:
    """In a home folder of its own."""
    from django.core.management import call_command
    from django.db import connection

    from xiaoneng.apps.eventlog import sql
    from xiaoneng.apps.eventlog.contracts import ChainRef
    from xiaoneng.apps.eventlog.services.events import append, chain_open

    call_command("migrate", interactive=False, verbosity=0)
    number = 0

    def fresh() -> ChainRef:
        nonlocal number
        number += 1
        return chain_open(f"case-{number}", AT)

    def ours(chain: ChainRef, steps: range) -> ChainRef:
        for step in steps:
            at = AT + timedelta(seconds=step)
            chain = append(chain, events(step, at), at)
        return chain

    writes: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    real = sql.events_add

    def noted(*values: Any, **more: Any) -> bool:
        writes.append((values, more))
        return True

    def alone(chain: ChainRef, steps: range) -> ChainRef:
        for step in steps:
            values, more = writes[step]
            if not real(*values, **more):
                raise RuntimeError("the statements of the peer wrote nothing")
        return chain

    full = python = statements = float("inf")
    for _ in range(ROUNDS):  # one after the other, so that a busy machine is busy for all three
        sql.events_add = real
        full = min(full, timed(ours, fresh()))
        sql.events_add = noted
        writes.clear()
        chain = fresh()
        python = min(python, timed(ours, chain))
        statements = min(statements, timed(alone, chain))
    sql.events_add = real
    return {
        "name": "event_append",
        "how": f"{STEPS} steps of 3 events, {TOGETHER} steps per transaction, {connection.vendor}, CPU time",
        "unit": "µs per event",
        "ours": round(full, 2),
        "peer": {"the same statements": round(statements, 2)},
        "ratio": round(full / statements, 2),
        "python": round(python, 2),
    }


def events(step: int, at: datetime) -> list[Any]:
    """What one step of a permit writes."""
    from xiaoneng.apps.eventlog.contracts import NewEvent

    body, item, version = "11990000MB00000001", "990100001000", "2026-1"
    return [
        NewEvent(
            "step.examined", at, "complete", f"Task_{step % 9}", "现场核查", "p0123456789abcdef", "handler",
            body, item, version, step, {"command": "5f0c5b8a-7f0e-4a55-9a5e-0f4f6a1a7b11"},
        ),
        NewEvent(
            "gateway.split", at, "complete", "Gateway_1", "", "system", "", body, item, version, None,
            {"flows": ["Flow_1", "Flow_2"]},
        ),
        NewEvent(
            "step.signed", at, "schedule", f"Task_{step % 9 + 1}", "科长审签", "system", "", body, item,
            version, step + 1, {"due": at},
        ),
    ]  # fmt: skip


def timed(work: Callable[[Any, range], Any], chain: Any) -> float:
    """CPU microseconds per event."""
    from django.db import transaction

    start = time.process_time()
    for first in range(0, STEPS, TOGETHER):
        with transaction.atomic():
            chain = work(chain, range(first, first + TOGETHER))
    return (time.process_time() - start) / (STEPS * 3) * 1e6
