"""The distinct paths of a log: each is replayed once, however many cases took it."""

from __future__ import annotations

from typing import Final, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt

from xiaoneng.core.eventlog.store import EventStore

LEFT_OUT: Final = -2
"""Stands for an event that takes no part: it begins a step of which another event tells the end."""
NAMELESS: Final = -1
"""Stands for an event without an activity."""


class Trace(NamedTuple):
    """A path as activity ids of the store (NAMELESS, LEFT_OUT), whether its cases are closed, and how many
    they are."""

    path: tuple[int, ...]
    closed: bool
    cases: int


class Traces(NamedTuple):
    """All paths of a log; ``of_case[case_no]`` is the position of a case's path."""

    traces: list[Trace]
    of_case: npt.NDArray[np.int64]


def read_traces(store: EventStore) -> Traces:
    """The paths of a store. Where the log tells of beginning and completing, completing counts."""
    with store.connection() as connection:
        ends = completions(connection)
        if ends is None:
            paths = [
                tuple(NAMELESS if a is None else a for a in path)
                for (path,) in connection.execute("SELECT path FROM variants ORDER BY id").fetchall()
            ]
            query = "SELECT variant, coalesce(open, false) AS open FROM cases ORDER BY case_no"
            columns = connection.execute(query).fetchnumpy()
            variant = np.asarray(columns["variant"], np.int64)
            closed = ~np.asarray(columns["open"], np.bool_)
        else:
            rows = connection.execute(
                """
                WITH kept AS (
                    SELECT case_no, list(CASE WHEN lifecycle IS NULL OR list_contains($ends, lifecycle)
                                         THEN coalesce(activity, -1) ELSE -2 END ORDER BY seq) AS path
                    FROM events GROUP BY case_no
                )
                SELECT k.path, list(c.case_no ORDER BY c.case_no), min(c.case_no), coalesce(c.open, false)
                FROM kept k JOIN cases c ON c.case_no = k.case_no
                GROUP BY k.path, coalesce(c.open, false) ORDER BY min(c.case_no)
                """,
                {"ends": ends},
            ).fetchall()
            paths = [tuple(path) for path, *_ in rows]
            total = sum(len(cases) for _, cases, *_ in rows)
            variant, closed = np.zeros(total, np.int64), np.zeros(total, np.bool_)
            for number, (_, cases, _, is_open) in enumerate(rows):
                variant[cases], closed[cases] = number, not is_open
    key = variant * 2 + closed
    kinds, of_case, counts = np.unique(key, return_inverse=True, return_counts=True)
    traces = [
        Trace(paths[kind // 2], bool(kind % 2), cases)
        for kind, cases in zip(kinds.tolist(), counts.tolist(), strict=True)
    ]
    return Traces(traces, np.asarray(of_case, np.int64))


def completions(connection: duckdb.DuckDBPyConnection) -> list[int] | None:
    """Ids of the lifecycle stages that end a step, where the log has others beside them; else None."""
    names = connection.execute(
        "SELECT id, lower(name) FROM lifecycles WHERE id IN (SELECT DISTINCT lifecycle FROM events)"
    ).fetchall()
    ends = [number for number, name in names if name == "complete"]
    return ends if ends and len(ends) < len(names) else None
