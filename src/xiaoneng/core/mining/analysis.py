"""The analysis of one log: a table of sections, each a small function over the enriched store.

``docs/reference/analysis.md`` describes every key. A section is a row of ``SECTIONS``: the key under which
its value stands, the words for the progress bar, and a function from the :class:`Context` to a JSON-able
value. Sections run in the order of the table; a later one may read what an earlier one found
(``context.results``). Nothing here reads the wall clock: open cases are looked at as of ``options.as_of``, by
default the log's own last moment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xiaoneng.core.eventlog.store import EventStore
from xiaoneng.core.mining.causes import sections as causes
from xiaoneng.core.mining.comparison import bodies, divergence
from xiaoneng.core.mining.context import Context, NotMeasurable, Options
from xiaoneng.core.mining.findings import select
from xiaoneng.core.mining.measures import (
    ages,
    dfg,
    dotted,
    handovers,
    histogram,
    log,
    overdue,
    rework,
    series,
    submissions,
    throughput,
    variants,
)
from xiaoneng.core.mining.waste import owners, stamps

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Section:
    """One key of the analysis."""

    key: str
    title: str
    """English, for the progress bar; translated at the edge."""
    compute: Callable[[Context], Any]


FLOW = "Following the cases"
TIME = "Measuring how long it takes"
AGAIN = "Looking for work done twice"
HANDS = "Following the cases from hand to hand"
LIMITS = "Comparing with the limits"
WAITS = "Finding out why cases wait"
BODIES = "Comparing the bodies"

SECTIONS: tuple[Section, ...] = (
    Section("log", "Describing the log", log.describe),
    Section("quality", "Describing the log", lambda context: context.store.quality),
    Section("variants", FLOW, variants.number),
    Section("variant_list", FLOW, variants.listed),
    Section("dfg", FLOW, dfg.flow),
    Section("throughput_days", TIME, throughput.calendar_days),
    Section("throughput_working_days", TIME, throughput.working_days),
    Section("histogram", TIME, histogram.throughput),
    Section("series", TIME, series.over_time),
    Section("dotted", TIME, dotted.sample),
    Section("rework", AGAIN, rework.repeated),
    Section("rework_summary", AGAIN, rework.summary),
    Section("loops", AGAIN, rework.loops),
    Section("submissions_again", AGAIN, submissions.again),
    Section("handovers", HANDS, handovers.between_persons),
    Section("handover_summary", HANDS, handovers.summary),
    Section("body_handovers", HANDS, handovers.between_bodies),
    Section("ping_pong", HANDS, handovers.ping_pong),
    Section("overdue", LIMITS, overdue.against_limits),
    Section("ages", LIMITS, ages.buckets),
    Section("oldest", LIMITS, ages.oldest),
    Section("time_split", WAITS, causes.time_split),
    Section("waiting_causes", WAITS, causes.waiting_causes),
    Section("owners", WAITS, owners.owners),
    Section("rubber_stamps", AGAIN, stamps.rubber_stamps),
    Section("bodies", BODIES, bodies.bodies),
    Section("divergence", BODIES, divergence.divergence),
    Section("findings", "Weighing what is worth acting on", select.findings),
)


def analyse(
    store: EventStore, *, options: Options | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Every section of the analysis, keyed as in ``docs/reference/analysis.md``.

    ``progress`` is called with the share done (0..1) and the title of the section that starts.
    """
    with store.connection() as connection:
        context = Context(store, connection, options or Options())
        for number, section in enumerate(SECTIONS):
            if progress is not None:
                progress(number / len(SECTIONS), section.title)
            try:
                context.results[section.key] = section.compute(context)
            except NotMeasurable as gap:
                context.results[section.key] = {"measurable": False, "reason": gap.reason}
    if progress is not None:
        progress(1.0, "Done")
    return context.results


def spoken(results: dict[str, Any], translate: Callable[[str], str]) -> dict[str, Any]:
    """A copy in which ``effect``, ``title`` and ``advice`` are translated and filled from their ``params``.

    The analysis itself carries English templates, so that it can be stored once and shown in any language.
    """
    out = dict(results)
    for key in ("quality", "findings"):
        items = results.get(key)
        if isinstance(items, list):
            out[key] = [_spoken_item(item, translate) for item in items]
    return out


def _spoken_item(item: dict[str, Any], translate: Callable[[str], str]) -> dict[str, Any]:
    filled = dict(item)
    for name in ("effect", "title", "advice"):
        if name in item:
            filled[name] = translate(item[name]).format(**item.get("params", {}))
    return filled
