"""The analysis of one log: a table of sections, each a small function over the enriched store.

``docs/reference/analysis.md`` describes every key. A section is a row of ``SECTIONS``: the key under which its value
stands, the words for the progress bar, and a function from the :class:`Context` to a JSON-able value. Sections run in
the order of the table; a later one may read what an earlier one found (``context.results``). Nothing here reads the
wall clock: the moment at which open cases are looked at is ``options.as_of``, by default the log's own last moment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import duckdb

from xiaoneng.core.eventlog.store import EventStore

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What the reader of the analysis may choose."""

    as_of: datetime | None = None
    """Wall clock at which open cases are looked at; default: the last moment in the log."""
    top: int = 10
    """Length of the short lists (``dfg.top``, ``variant_list``, ...)."""
    limit_working_days: int | None = None
    """A limit that holds for every case, in working days; adds a basis to ``overdue``."""


class NotMeasurable(Exception):
    """The log cannot support this figure; ``reason`` is the code that the reader sees in its place."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Context:
    """What a section may use: the store, one connection, the options, and the results so far."""

    store: EventStore
    connection: duckdb.DuckDBPyConnection
    options: Options
    results: dict[str, Any] = field(default_factory=dict)

    def rows(self, query: str, parameters: object = None) -> list[tuple[Any, ...]]:
        """The result of a query as tuples."""
        return self.connection.execute(query, parameters).fetchall()

    def row(self, query: str, parameters: object = None) -> tuple[Any, ...]:
        """The only row of an aggregate query."""
        found = self.connection.execute(query, parameters).fetchone()
        assert found is not None, "an aggregate always has one row"
        return found

    @cached_property
    def as_of(self) -> datetime | None:
        """Wall clock at which open cases are looked at; None for a log without any time."""
        if self.options.as_of is not None:
            return self.options.as_of
        (last,) = self.row("SELECT max(last_local) FROM cases")
        return last if isinstance(last, datetime) else None


@dataclass(frozen=True, slots=True)
class Section:
    """One key of the analysis."""

    key: str
    title: str
    """English, for the progress bar; translated at the edge."""
    compute: Callable[[Context], Any]


SECTIONS: tuple[Section, ...] = ()


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
    """A copy in which every template (``effect``, ``title``, ``advice``) is translated and filled from its ``params``.

    The analysis itself carries English templates, so that it can be stored once and shown in any language.
    """
    out = dict(results)
    for key in ("quality", "findings"):
        items = results.get(key)
        if isinstance(items, list):
            out[key] = [_spoken_item(item, translate) for item in items]
    return out


def _spoken_item(item: dict[str, Any], translate: Callable[[str], str]) -> dict[str, Any]:
    filled = {
        name: translate(item[name]).format(**item.get("params", {}))
        for name in ("effect", "title", "advice")
        if name in item
    }
    return {**item, **filled}
