"""Cases past their limit: finished late, or still open after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from xiaoneng.core.mining.context import Context, NotMeasurable, days
from xiaoneng.core.mining.spans import end, stated
from xiaoneng.core.mining.statistics import wilson

LISTED = 50
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Basis:
    """What cases are held against, as SQL over ``cases``; ``late`` and ``late_open`` are conditions."""

    name: str
    end: str
    """``stated`` (the case's own end), ``events`` (its last event)."""
    known: str
    finished: str
    late: str
    late_open: str


def against_limits(context: Context) -> dict[str, Any]:
    """Overdue cases by every basis the log has; the headline figures follow the first of them.

    A case is overdue when it finished after its limit, or is open at ``as_of`` and the limit has passed. The
    rate leaves out open cases whose limit is still to come; its interval is Wilson's.
    """
    bases = _bases(context)
    steps = _steps(context)
    if not bases:
        raise NotMeasurable("no_deadline")
    by = [_figures(context, basis) for basis in bases]
    chief = by[0]
    return {
        "cases": chief["cases"],
        "finished": chief["finished"],
        "open": chief["open"],
        "basis": chief["basis"],
        "rate": chief["rate"],
        "by": by,
        "steps": steps,
        "list": _list(context, bases[0]) if bases[0].name != "limit" else [],
    }


def _bases(context: Context) -> list[Basis]:
    finish = end(context)
    source = "stated" if stated(context) else "events"
    found: list[Basis] = []
    for role in ("deadline", "planned"):
        if context.mapped(role):
            found.append(
                Basis(
                    role,
                    source,
                    f"{role} IS NOT NULL AND (({finish}) IS NOT NULL OR $as_of IS NOT NULL)",
                    f"({finish}) IS NOT NULL",
                    f"({finish}) > {role}",
                    f"({finish}) IS NULL AND {role} < $as_of",
                )
            )
            if stated(context):
                found.append(
                    Basis(role, "last_event", f"{role} IS NOT NULL", "true", f"last_local > {role}", "false")
                )
    limit = context.options.limit_working_days
    if limit is not None:
        age = _working_age(context)
        found.append(
            Basis(
                "limit",
                source,
                f"working_days IS NOT NULL AND (open IS DISTINCT FROM true OR {age} IS NOT NULL)",
                "open IS DISTINCT FROM true",
                f"open IS DISTINCT FROM true AND working_days > {limit}",
                f"open AND {age} > {limit}",
            )
        )
    return sorted(found, key=lambda basis: basis.end == "last_event")


def _working_age(context: Context) -> str:
    """SQL: working days from the first event to ``as_of``; null without a work clock."""
    clock = context.options.work_clock
    if clock is None or context.as_of is None:
        return "NULL::INT"
    first, last = context.row("SELECT min(first_local)::DATE, max(first_local)::DATE FROM cases")
    if first is None:
        return "NULL::INT"
    low, high, today = ((day - EPOCH).days for day in (first, last, context.as_of.date()))
    numbers = clock.day_number(np.arange(low, high + 1, dtype=np.int32))
    (now,) = clock.day_number(np.array([today], np.int32)).tolist()
    since = [None if now < 0 or number < 0 else now - number for number in numbers.tolist()]
    table = ", ".join("NULL" if n is None else str(n) for n in since)
    return f"([{table}]::INT[])[date_diff('day', DATE '1970-01-01', first_local::DATE) - {low} + 1]"


def _figures(context: Context, basis: Basis) -> dict[str, Any]:
    needed = {"as_of": context.as_of}
    query = f"""
        SELECT count(*), count(*) FILTER ({basis.late}), count(*) FILTER ({basis.late_open}),
               count(*) FILTER ({basis.finished})
        FROM cases WHERE {basis.known}
    """  # noqa: S608 own fragments
    with_basis, late, late_open, finished = context.row(query, needed if "$as_of" in query else None)
    decided = finished + late_open
    interval = wilson(late + late_open, decided)
    return {
        "basis": basis.name,
        "end": basis.end,
        "cases": late + late_open,
        "finished": late,
        "open": late_open,
        "with_basis": with_basis,
        "rate": {
            "value": (late + late_open) / decided if decided else None,
            "interval": None if interval is None else list(interval),
            "n": decided,
        },
    }


def _steps(context: Context) -> list[dict[str, Any]]:
    """Limits that the log gives for single events: how many events happened after theirs."""
    found = []
    for role in ("deadline", "planned"):
        if not context.mapped(role):
            continue
        with_basis, late = context.row(
            f"SELECT count({role}), count(*) FILTER (local > {role}) FROM events"  # noqa: S608 own columns
        )
        if with_basis:
            found.append({"basis": role, "with_basis": with_basis, "events": late})
    return found


def _list(context: Context, basis: Basis) -> list[dict[str, Any]]:
    """The most overdue cases with what they were at last."""
    finish = end(context)
    rows = context.rows(
        f"""
        WITH late AS (
            SELECT case_no, case_id, events, end_activity, {basis.name} AS due, {finish} AS finish,
                   epoch_us(coalesce({finish}, $as_of)) - epoch_us({basis.name}) AS late_us
            FROM cases WHERE {basis.known} AND ({basis.late} OR {basis.late_open})
            ORDER BY late_us DESC, case_no LIMIT {LISTED}
        )
        SELECT l.case_id, l.due, l.finish, l.late_us, b.name, a.name
        FROM late l
        LEFT JOIN events e ON e.case_no = l.case_no AND e.seq = l.events - 1
        LEFT JOIN bodies b ON b.id = e.body
        LEFT JOIN activities a ON a.id = l.end_activity
        ORDER BY l.late_us DESC, l.case_no
        """,  # noqa: S608 own fragments
        {"as_of": context.as_of},
    )
    return [
        {
            "case": case,
            "due": due.isoformat(),
            "end": None if finish is None else finish.isoformat(),
            "days_late": days(late_us / 1e6),
            "body": body,
            "activity": activity,
        }
        for case, due, finish, late_us, body, activity in rows
    ]
