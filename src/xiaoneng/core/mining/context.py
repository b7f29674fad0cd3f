"""What every section of the analysis gets: store, connection, options, and what was found so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

import duckdb

from xiaoneng.core.eventlog.enrich import WorkClock
from xiaoneng.core.eventlog.store import EventStore

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """What the reader of the analysis may choose."""

    as_of: datetime | None = None
    """Wall clock at which open cases are looked at; default: the last moment in the log."""
    top: int = 10
    """Length of the short lists (``dfg.top``, ``variant_list``, ...)."""
    limit_working_days: int | None = None
    """A limit that holds for every case, in working days; adds a basis to ``overdue``."""
    work_clock: WorkClock | None = None
    """The clock the log was enriched with; without it the working days of *open* cases are unknown."""


class NotMeasurable(Exception):
    """The log cannot support this figure; ``reason`` is the code that the reader sees in its place."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Context:
    """What a section may use."""

    store: EventStore
    connection: duckdb.DuckDBPyConnection
    options: Options
    results: dict[str, Any] = field(default_factory=dict)
    """What the sections before this one returned."""
    shared: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, compute: Callable[[], T]) -> T:
        """Compute something that several sections need a single time."""
        if name not in self.shared:
            self.shared[name] = compute()
        value: T = self.shared[name]
        return value

    def rows(self, query: str, parameters: object = None) -> list[tuple[Any, ...]]:
        """The result of a query as tuples."""
        return self.connection.execute(query, parameters).fetchall()

    def row(self, query: str, parameters: object = None) -> tuple[Any, ...]:
        """The only row of an aggregate query."""
        found = self.connection.execute(query, parameters).fetchone()
        assert found is not None, "an aggregate always has one row"
        return found

    def mapped(self, role: str) -> bool:
        """Whether the log has a column for this role."""
        return bool(self.store.meta["mapping"].get(role))

    @cached_property
    def activities(self) -> list[str]:
        """Activity names by id."""
        return self._names("activities")

    @cached_property
    def resources(self) -> list[str]:
        """Names of persons by id."""
        return self._names("resources")

    @cached_property
    def bodies(self) -> list[str]:
        """Names of bodies by id."""
        return self._names("bodies")

    @cached_property
    def as_of(self) -> datetime | None:
        """Wall clock at which open cases are looked at; None for a log without any time."""
        if self.options.as_of is not None:
            return self.options.as_of
        (last,) = self.row("SELECT max(last_local) FROM cases")
        return last if isinstance(last, datetime) else None

    def _names(self, table: str) -> list[str]:
        return [name for (name,) in self.rows(f"SELECT name FROM {table} ORDER BY id")]  # noqa: S608 own table


def by_count(items: list[dict[str, Any]], count: str, *names: str) -> list[dict[str, Any]]:
    """Sorted as every list of the analysis: by count descending, then by name."""
    return sorted(items, key=lambda item: (-item[count], *(item[name] for name in names)))


def rounded(value: float | None, digits: int = 6) -> float | None:
    """Without the last digits that depend on the order in which threads add up; None stays None."""
    return None if value is None else round(float(value), digits)


def days(seconds: float | None) -> float | None:
    """Seconds as days of 24 hours."""
    return None if seconds is None else round(float(seconds) / 86_400, 12)


def after_the_end(moment: str) -> str:
    """SQL that is true when ``moment`` (wall clock) lies after the end that case ``c`` states.

    Nobody waits for what is done afterwards (a later check, filing). An end without a time of day is the end
    of that day; a case without a stated end has nothing after it.
    """
    whole_day = "c.finished = date_trunc('day', c.finished)"
    end = f"CASE WHEN {whole_day} THEN c.finished + INTERVAL 1 DAY ELSE c.finished END"
    return f"coalesce({moment} >= {end}, false)"
