"""Steps done more than once in a case, and the circles in which cases turn."""

from __future__ import annotations

from typing import Any

from xiaoneng.core.mining.context import Context, NotMeasurable, by_count, rounded

REPEATED = """
    SELECT activity, count(*) FILTER (occurrence = 2) AS cases, count(*) AS extra_events
    FROM events
    WHERE occurrence >= 2 AND activity IS NOT NULL
    GROUP BY activity
"""
"""A case in which an activity occurs at least twice has exactly one second occurrence of it."""

TIME_BEFORE = """
    SELECT r.activity, sum(p.gap_work_s)
    FROM (SELECT case_no, seq, activity FROM events WHERE occurrence >= 2 AND activity IS NOT NULL) r
    JOIN events p ON p.case_no = r.case_no AND p.seq = r.seq - 1
    GROUP BY r.activity
"""
"""Working time between a repetition and the event before it."""

LISTED = 20


def counts(context: Context) -> list[tuple[int, int, int]]:
    """(activity id, cases in which it occurs at least twice, events beyond the first of their case)."""
    return [(a, cases, extra) for a, cases, extra in context.rows(REPEATED)]


def repeated(context: Context) -> list[dict[str, Any]]:
    """Per activity: the cases in which it occurs at least twice, and what the repetitions took."""
    if not context.activities:
        raise NotMeasurable("no_activity")
    events = context.store.meta["counts"]["events"]
    took = dict(context.rows(TIME_BEFORE))
    found = [
        {
            "activity": context.activities[activity],
            "cases": cases,
            "extra_events": extra,
            "share_of_events": extra / events,
            "work_seconds": rounded(took.get(activity)),
        }
        for activity, cases, extra in counts(context)
    ]
    return by_count(found, "cases", "activity")


def summary(context: Context) -> dict[str, Any]:
    """Cases with any repetition, and all events beyond the first of their activity in their case."""
    if not context.activities:
        raise NotMeasurable("no_activity")
    cases, extra = context.row("SELECT count(*) FILTER (rework > 0), coalesce(sum(rework), 0) FROM cases")
    return {
        "cases_with_any_repeat": cases,
        "extra_events": int(extra),
        "share_of_cases": cases / context.store.meta["counts"]["cases"],
    }


def loops(context: Context) -> list[dict[str, Any]]:
    """Circles of one to three steps (A→A, A→B→A, A→B→C→A) and the cases that turn in them."""
    if not context.activities:
        raise NotMeasurable("no_activity")
    rows = context.rows(
        """
        WITH steps AS (
            SELECT e.case_no, e.activity AS a, e.next_activity AS b,
                   lead(e.next_activity, 1) OVER w AS c, lead(e.next_activity, 2) OVER w AS d
            FROM events e SEMI JOIN (SELECT case_no FROM cases WHERE rework > 0) r USING (case_no)
            WINDOW w AS (PARTITION BY e.case_no ORDER BY e.seq)
        ),
        circles AS (
            SELECT case_no, [a, b] AS path FROM steps WHERE a = b
            UNION ALL SELECT case_no, [a, b, c] FROM steps WHERE a = c AND a <> b
            UNION ALL SELECT case_no, [a, b, c, d] FROM steps WHERE a = d AND a <> b AND a <> c AND b <> c
        )
        SELECT path, count(DISTINCT case_no) AS cases FROM circles GROUP BY path
        """
    )
    names = context.activities
    found = [{"path": [names[activity] for activity in path], "cases": cases} for path, cases in rows]
    return by_count(found, "cases", "path")[:LISTED]
