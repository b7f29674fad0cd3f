"""Who hands to whom: between persons and between bodies, and the cases that come straight back."""

from __future__ import annotations

from typing import Any

from xiaoneng.core.eventlog.enrich import BODY_BACK, PERSON_BACK
from xiaoneng.core.mining.context import Context, NotMeasurable, by_count

PERSON_PAIRS = """
    SELECT resource, next_resource, count(*) AS n FROM events
    WHERE resource IS NOT NULL AND next_resource IS NOT NULL
    GROUP BY resource, next_resource
"""
"""Directly following events that both name a person; the same person twice is among them."""

BODY_PAIRS = """
    SELECT body, next_body, count(*) AS n FROM events
    WHERE body IS NOT NULL AND next_body IS NOT NULL
    GROUP BY body, next_body
"""

BRIDGED_PAIRS = """
    SELECT resource, following, count(*) AS n FROM (
        SELECT resource, lead(resource) OVER (PARTITION BY case_no ORDER BY seq) AS following
        FROM events WHERE resource IS NOT NULL
    ) WHERE following IS NOT NULL
    GROUP BY resource, following
"""
"""The other rule in use: events without a person are dropped first, so that a handover may bridge them."""

LISTED = 1000

Pairs = list[tuple[int, int, int]]


def pairs(context: Context, query: str) -> Pairs:
    """(from id, to id, count) of a query above."""
    return [(a, b, n) for a, b, n in context.rows(query)]


def between_persons(context: Context) -> list[dict[str, Any]]:
    """Directly following events with both persons present and different."""
    if not context.resources:
        raise NotMeasurable("no_resource")
    found = context.once("person pairs", lambda: pairs(context, PERSON_PAIRS))
    return _named(found, context.resources)


def between_bodies(context: Context) -> list[dict[str, Any]]:
    """Directly following events with both bodies present and different."""
    if not context.bodies:
        raise NotMeasurable("no_body")
    found = context.once("body pairs", lambda: pairs(context, BODY_PAIRS))
    return _named(found, context.bodies)


def summary(context: Context) -> dict[str, Any]:
    """Totals by the contract's rule, and ``bridged`` by the rule that drops events without a person first."""
    if not context.resources:
        raise NotMeasurable("no_resource")
    cases = context.store.meta["counts"]["cases"]
    direct = context.once("person pairs", lambda: pairs(context, PERSON_PAIRS))
    (nameless,) = context.row("SELECT count(*) FROM events WHERE resource IS NULL")
    bridged = pairs(context, BRIDGED_PAIRS) if nameless else direct
    bodies: Pairs = context.shared.get("body pairs") or (pairs(context, BODY_PAIRS) if context.bodies else [])
    return {
        **_totals(direct, cases),
        "bridged": {
            **_totals(bridged, cases),
            "top": _named(bridged, context.resources)[: context.options.top],
        },
        "bodies": _totals(bodies, cases) if context.bodies else {"measurable": False, "reason": "no_body"},
    }


def ping_pong(context: Context) -> list[dict[str, Any]]:
    """A hands to B and gets the case straight back; ``level`` is ``person`` or ``body``."""
    levels = [
        ("person", "resource", PERSON_BACK, context.resources),
        ("body", "body", BODY_BACK, context.bodies),
    ]
    found: list[dict[str, Any]] = []
    for level, column, flag, names in levels:
        rows = context.rows(
            f"""
            SELECT {column}, next_{column}, count(DISTINCT case_no) FROM events
            WHERE flags & {flag} > 0 GROUP BY {column}, next_{column}
            """  # noqa: S608 own columns
        )
        found += [{"level": level, "a": names[a], "b": names[b], "cases": cases} for a, b, cases in rows]
    if not context.resources and not context.bodies:
        raise NotMeasurable("no_resource")
    return by_count(found, "cases", "level", "a", "b")[:LISTED]


def _named(found: Pairs, names: list[str]) -> list[dict[str, Any]]:
    different = [{"from": names[a], "to": names[b], "count": n} for a, b, n in found if a != b]
    return by_count(different, "count", "from", "to")[:LISTED]


def _totals(found: Pairs, cases: int) -> dict[str, Any]:
    different = sum(n for a, b, n in found if a != b)
    return {
        "pairs": len(found),
        "different": different,
        "same": sum(n for a, b, n in found if a == b),
        "mean_per_case": different / cases,
    }
