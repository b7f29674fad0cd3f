"""Activity instances: the piece of work between a start and an end, read from rows or from lifecycle
pairs."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from xiaoneng.core.mining.context import NotMeasurable, after_the_end

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]

MISSING = -1
"""Stands for "the log has none" in id columns."""
ENOUGH_ENDS = 0.5
"""Share of the events (or of the completions) that must have both moments before waiting can be told from
working."""


@dataclass(frozen=True, slots=True)
class Instances:
    """Columns of equal length, sorted by case, then start, then position in the case. Moments are µs of the
    wall clock."""

    case: Int32
    activity: Int32
    resource: Int32
    body: Int32
    start: Int64
    end: Int64
    arrived: Int64
    """When the case itself began, where the log says so (``cases.started``); -1 elsewhere."""
    afterwards: npt.NDArray[np.bool_]
    """Begun after the end that the case states: it keeps people busy, but nobody waits for it."""

    def __len__(self) -> int:
        return len(self.case)


FROM_ROWS = """
    SELECT case_no, coalesce(activity, -1) AS activity, coalesce(resource, -1) AS resource,
           coalesce(body, -1) AS body,
           epoch_us(local) AS started, greatest(epoch_us(local), epoch_us(local) + epoch_us(ended) -
           epoch_us(time)) AS done, seq
    FROM events WHERE local IS NOT NULL AND ended IS NOT NULL AND activity IS NOT NULL
"""
"""``ended`` is an instant; the wall clock at the end is taken to have the offset of the start."""

FROM_PAIRS = """
    WITH marked AS (
        SELECT e.case_no, e.seq, e.activity, e.resource, e.body, e.local, lower(l.name) AS step
        FROM events e JOIN lifecycles l ON l.id = e.lifecycle
        WHERE e.local IS NOT NULL AND e.activity IS NOT NULL AND lower(l.name) IN ('start', 'complete')
    ), counted AS (
        SELECT *, row_number() OVER (PARTITION BY case_no, activity, step ORDER BY seq) AS nth FROM marked
    )
    SELECT a.case_no, a.activity, coalesce(b.resource, a.resource, -1) AS resource,
           coalesce(b.body, a.body, -1) AS body,
           epoch_us(a.local) AS started, greatest(epoch_us(a.local), epoch_us(b.local)) AS done, a.seq
    FROM counted a JOIN counted b
      ON b.case_no = a.case_no AND b.activity = a.activity AND b.nth = a.nth
    WHERE a.step = 'start' AND b.step = 'complete'
"""
"""The k-th start of an activity in a case belongs to its k-th completion; who completes is who did it."""


def read_instances(connection: duckdb.DuckDBPyConnection) -> Instances:
    """The log's activity instances; raises :class:`NotMeasurable` (``one_timestamp``) when it has single
    moments only.

    A log whose every end equals its start counts as one with single moments: nobody measured the work.
    """
    both, timed, started, completed = _counts(connection)
    if timed and both >= ENOUGH_ENDS * timed:
        source = FROM_ROWS
    elif completed and started >= ENOUGH_ENDS * completed:
        source = FROM_PAIRS
    else:
        raise NotMeasurable("one_timestamp")
    columns = connection.execute(
        f"""
        SELECT i.case_no, i.activity, i.resource, i.body, i.started, i.done,
               coalesce(epoch_us(c.started), -1) AS arrived,
               {after_the_end("make_timestamp(i.started)")} AS afterwards
        FROM ({source}) i JOIN cases c ON c.case_no = i.case_no
        ORDER BY i.case_no, i.started, i.seq
        """  # noqa: S608 two constant queries of this module
    ).fetchnumpy()
    found = Instances(
        case=_int32(columns["case_no"]),
        activity=_int32(columns["activity"]),
        resource=_int32(columns["resource"]),
        body=_int32(columns["body"]),
        start=np.asarray(columns["started"], np.int64),
        end=np.asarray(columns["done"], np.int64),
        arrived=np.asarray(columns["arrived"], np.int64),
        afterwards=np.asarray(columns["afterwards"], np.bool_),
    )
    if not np.any(found.end > found.start):
        raise NotMeasurable("one_timestamp")
    return found


def _counts(connection: duckdb.DuckDBPyConnection) -> tuple[int, int, int, int]:
    row = connection.execute(
        """
        SELECT count(*) FILTER (ended IS NOT NULL), count(*),
               count(*) FILTER (lower(l.name) = 'start'), count(*) FILTER (lower(l.name) = 'complete')
        FROM events e LEFT JOIN lifecycles l ON l.id = e.lifecycle WHERE e.time IS NOT NULL
        """
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2]), int(row[3])


def _int32(values: npt.NDArray[np.generic]) -> Int32:
    return np.asarray(values, np.int32)
