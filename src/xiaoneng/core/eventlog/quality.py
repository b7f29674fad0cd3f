"""What is wrong with a log, and what that does to the figures: ``quality.json``.

Every remark has a code, a count, an English ``effect`` with ``{name}`` fields and the ``params`` that fill
it, so that an edge can say it in the reader's language; ``examples`` are case ids.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import duckdb

from xiaoneng.core.eventlog.raw import ReadResult
from xiaoneng.core.eventlog.store import EventStore

EXAMPLES = 5
LONG_GAP_DAYS = 365


@dataclass(frozen=True, slots=True)
class Check:
    """One way in which a log can be poor; ``where`` selects the events or cases that show it."""

    code: str
    table: str
    where: str
    effect: str
    extra: dict[str, str] = field(default_factory=dict)
    """Further params: name → SQL expression over all rows of the table."""


CHECKS: tuple[Check, ...] = (
    Check(
        "no_time",
        "events",
        "flags & 1 > 0",
        "{count} of {all} events ({percent} %) have no time: they are counted, but stand in no duration.",
    ),
    Check(
        "missing_activity",
        "events",
        "activity IS NULL",
        "{count} of {all} events ({percent} %) name no activity: the process map leaves them out.",
    ),
    Check(
        "missing_resource",
        "events",
        "resource IS NULL",
        "{count} of {all} events ({percent} %) name no person: handovers are seen only where two "
        "events in a row name one.",
    ),
    Check(
        "missing_body",
        "events",
        "body IS NULL",
        "{count} of {all} events ({percent} %) name no body: time and handovers between bodies are "
        "seen only in part.",
    ),
    Check(
        "midnight",
        "events",
        "flags & 2 > 0",
        "{count} of {all} event times ({percent} %) are at midnight, probably dates without a time "
        "of day: durations are exact to the day only.",
    ),
    Check(
        "ties",
        "events",
        "flags & 4 > 0",
        "{count} of {all} events ({percent} %) have the same time as the event before: their order "
        "is that of the file, and no time passes between them.",
    ),
    Check(
        "out_of_order",
        "events",
        "flags & 8 > 0",
        "{count} of {all} events ({percent} %) stand in the file after a later event of their case: "
        "the order in time is used.",
    ),
    Check(
        "duplicates",
        "events",
        "flags & 16 > 0",
        "{count} of {all} events ({percent} %) repeat an earlier event of their case exactly: they "
        "are counted like any other, so repetitions may look more frequent than they were.",
    ),
    Check(
        "end_before_start",
        "events",
        "ended < time",
        "{count} of {all} events ({percent} %) end before they start: their end is taken for wrong, "
        "and no working time is counted for them.",
    ),
    Check(
        "outside_calendar",
        "events",
        "time IS NOT NULL AND work_s IS NULL",
        "{count} of {all} events ({percent} %) lie outside the years of the calendar {calendar}: the "
        "cases they belong to have no working days.",
    ),
    Check(
        "long_gaps",
        "events",
        f"gap_s > {LONG_GAP_DAYS * 86400}",
        "{count} times nothing happened in a case for more than a year; these gaps are {share} % of "
        "all elapsed time and pull the means up. Read the medians.",
        {
            "share": f"round(100.0 * sum(gap_s) FILTER (gap_s > {LONG_GAP_DAYS * 86400}) "
            "/ nullif(sum(gap_s), 0), 1)"
        },
    ),
    Check(
        "one_event_cases",
        "cases",
        "events = 1 AND first = last",
        "{count} of {all} cases ({percent} %) have a single moment: their duration counts as zero.",
    ),
    Check(
        "open_cases",
        "cases",
        "open",
        "{count} of {all} cases ({percent} %) are still open: their duration is only that so far, "
        "which makes plain means and medians too short. The estimate that allows for open cases is "
        "shown beside them.",
    ),
    Check(
        "partial_cover",
        "cases",
        "(started < first_local - INTERVAL 1 DAY) OR (finished > last_local + INTERVAL 1 DAY)",
        "In {count} of {all} cases ({percent} %) the events cover only part of the time between the "
        "start and the end that the case states: half of the cases took {stated_days} days by these, "
        "{event_days} by the events. Durations here follow the events.",
        {
            "stated_days": "round(median(stated_s) / 86400, 1)",
            "event_days": "round(median(duration_s) FILTER (stated_s IS NOT NULL) / 86400, 1)",
        },
    ),
)


OTHER_EFFECTS = {
    "no_resource": "The log names no persons: handovers and workload cannot be measured.",
    "no_body": "The log names no bodies: nothing can be said about the time of each body.",
    "no_activity": "The log names no activities: there is no process map.",
    "one_timestamp": "Every event has one time only: working and waiting time cannot be told apart.",
    "end_unknown": "The log does not say of {count} cases whether they are finished: an unfinished case "
    "counts with its duration so far.",
    "mixed_offsets": "The times carry {kinds} different offsets ({offsets}): elapsed time is measured "
    "between the instants, the calendar looks at the clock on the wall.",
    "own_flag_differs": "The log's own flag {column} says something else than the dates in {count} cases, or "
    "nothing: overdue cases are counted by the dates.",
}
"""Remarks that are no simple condition on one row: code → effect."""
EFFECTS = {**{check.code: check.effect for check in CHECKS}, **OTHER_EFFECTS}


def quality_report(store: EventStore, result: ReadResult) -> list[dict[str, Any]]:
    """All remarks on a store, the most frequent first; ``result`` brings what the reader noticed."""
    remarks: list[dict[str, Any]] = []
    with store.connection() as db:
        for table in ("events", "cases"):
            remarks += _run_checks(db, table, str(store.meta["calendar"]["name"]))
        for look in (_nothing_at_all, _one_timestamp, _end_unknown, _own_verdict):
            remarks += look(db, store)
    remarks += _mixed_offsets(result)
    remarks += [
        {
            "code": remark.code,
            "count": remark.count,
            "effect": remark.effect,
            "params": {"count": remark.count, **remark.params},
            "examples": list(remark.examples),
        }
        for remark in result.remarks
    ]
    absent = {remark["code"].removeprefix("no_") for remark in remarks if remark["code"].startswith("no_")}
    kept = [remark for remark in remarks if remark["code"].removeprefix("missing_") not in absent]
    return sorted(kept, key=lambda remark: (-remark["count"], remark["code"]))


def _remark(code: str, count: int, examples: Iterable[str] = (), **params: object) -> dict[str, Any]:
    return {
        "code": code,
        "count": count,
        "effect": EFFECTS[code],
        "params": {"count": count, **params},
        "examples": list(examples),
    }


def _run_checks(db: duckdb.DuckDBPyConnection, table: str, calendar: str) -> list[dict[str, Any]]:
    """All checks of one table in one pass over it, then examples for those that found something."""
    checks = [check for check in CHECKS if check.table == table]
    counted = ", ".join(f"count(*) FILTER ({check.where})" for check in checks)
    total, *counts = db.execute(f"SELECT count(*), {counted} FROM {table}").fetchone() or (0,)  # noqa: S608 own SQL
    remarks = []
    for check, count in zip(checks, counts, strict=True):
        if not count:
            continue
        extra: dict[str, object] = {}
        if check.extra:
            expressions = ", ".join(check.extra.values())
            values = db.execute(f"SELECT {expressions} FROM {table}").fetchone() or ()  # noqa: S608 own SQL
            extra = dict(zip(check.extra, values, strict=True))
        remarks.append(
            _remark(
                check.code,
                count,
                _examples(db, f"SELECT case_no FROM {table} WHERE {check.where} LIMIT 500"),  # noqa: S608 own SQL
                all=total,
                percent=round(100 * count / total, 1),
                calendar=calendar,
                **extra,
            )
        )
    return remarks


def _examples(db: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """The first few case ids of a query for case numbers."""
    numbers = list(dict.fromkeys(number for (number,) in db.execute(query).fetchall()))[:EXAMPLES]
    found = db.execute(
        "SELECT case_id FROM cases WHERE list_contains(?, case_no) ORDER BY case_no", [numbers]
    )
    return [case_id for (case_id,) in found.fetchall()]


def _nothing_at_all(db: duckdb.DuckDBPyConnection, store: EventStore) -> list[dict[str, Any]]:
    """A column that the log does not have at all is one remark, not one per event."""
    codes = {"resources": "no_resource", "bodies": "no_body", "activities": "no_activity"}
    counts = store.meta["counts"]
    return [_remark(code, counts["events"]) for table, code in codes.items() if not counts[table]]


def _one_timestamp(db: duckdb.DuckDBPyConnection, store: EventStore) -> list[dict[str, Any]]:
    row = db.execute(
        "SELECT (SELECT count(*) FROM events WHERE ended IS NOT NULL),"
        " (SELECT count(*) FROM lifecycles WHERE lower(name) = 'start')"
    ).fetchone()
    if row is None or any(row):
        return []
    return [_remark("one_timestamp", store.meta["counts"]["events"])]


def _end_unknown(db: duckdb.DuckDBPyConnection, store: EventStore) -> list[dict[str, Any]]:
    row = db.execute("SELECT count(*) FILTER (open IS NULL) FROM cases").fetchone()
    if row is None or not row[0]:
        return []
    return [_remark("end_unknown", row[0])]


def _mixed_offsets(result: ReadResult) -> list[dict[str, Any]]:
    if len(result.offsets) < 2:
        return []
    most = max(result.offsets.values())
    listed = ", ".join(sorted(_offset_text(minutes) for minutes in result.offsets))
    count = sum(result.offsets.values()) - most
    return [_remark("mixed_offsets", count, kinds=len(result.offsets), offsets=listed)]


def _offset_text(minutes: int | None) -> str:
    if minutes is None:
        return "-"
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


VERDICTS = {
    "overdue": True,
    "late": True,
    "超期": True,
    "逾期": True,
    "ontime": False,
    "on time": False,
    "按时": False,
    "按期": False,
}
"""Words with which a system itself says whether a case was late."""


def _own_verdict(db: duckdb.DuckDBPyConnection, store: EventStore) -> list[dict[str, Any]]:
    """Where the log carries its own overdue flag beside deadline and end: does it say what the dates say?"""
    if not {"deadline"} & set(store.meta["mapping"]) or "event_attributes" not in store.tables():
        return []
    columns = db.execute("DESCRIBE event_attributes").fetchall()
    flags = [name for name, kind, *_ in columns if kind == "VARCHAR" and _may_be_verdict(name)]
    remarks: list[dict[str, Any]] = []
    for name in flags:
        quoted = name.replace('"', '""')
        distinct = f'SELECT DISTINCT "{quoted}" FROM event_attributes LIMIT 9'  # noqa: S608 quoted
        words = {word for (word,) in db.execute(distinct).fetchall()}
        if not words - {None} or not all(word is None or word.strip().lower() in VERDICTS for word in words):
            continue
        late = [word for word in words if word is not None and VERDICTS[word.strip().lower()]]
        differing = f"""
            SELECT DISTINCT c.case_no
            FROM cases c JOIN events e USING (case_no) JOIN event_attributes a USING (row)
            WHERE c.deadline IS NOT NULL AND coalesce(c.finished, c.last_local) IS NOT NULL AND NOT c.open
              AND (coalesce(c.finished, c.last_local) > c.deadline)
                  IS DISTINCT FROM list_contains(?, a."{quoted}")"""  # noqa: S608 quoted
        numbers = sorted(number for (number,) in db.execute(differing, [late]).fetchall())
        if numbers:
            examples = _examples(db, f"SELECT unnest({numbers[:EXAMPLES]})")
            remarks.append(_remark("own_flag_differs", len(numbers), examples, column=name))
    return remarks


def _may_be_verdict(name: str) -> bool:
    plain = name.lower().replace("_", "").replace(" ", "")
    return any(word in plain for word in ("ontime", "overdue", "late", "sla", "超期", "逾期", "按时", "按期"))
