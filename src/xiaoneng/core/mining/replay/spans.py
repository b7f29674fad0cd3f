"""How long each step waited and was worked on: from the event that enabled it to its own.

*Waiting* runs from the end of the event that enabled the step (by the model, not the event before it in the
log) to its begin, *working* from begin to end, *elapsed* is both. A log with one moment per event has elapsed
times only. Seconds of the calendar clock; a step that began before it was enabled has waited 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from xiaoneng.core.eventlog.store import EventStore
from xiaoneng.core.mining.replay.judge import Verdict
from xiaoneng.core.mining.replay.traces import completions
from xiaoneng.core.process.model import NONE

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]


class Span(NamedTuple):
    """Median and 90 % quantile in seconds of ``steps`` steps."""

    steps: int
    median: float
    p90: float


class Spans(NamedTuple):
    """Times of one step; None where the log does not tell."""

    elapsed: Span | None
    waiting: Span | None
    working: Span | None


UNKNOWN_TIMES: Final = Spans(None, None, None)
ROWS: Final = """
    SELECT epoch_us(time) AS begun, epoch_us(coalesce(ended, time)) AS done, ended IS NOT NULL AS both
    FROM events ORDER BY case_no, seq
"""
PAIRS: Final = """
    WITH marked AS (
        SELECT e.case_no, e.seq, e.activity, epoch_us(e.time) AS moment, lower(l.name) AS stage
        FROM events e LEFT JOIN lifecycles l ON l.id = e.lifecycle
    ), counted AS (
        SELECT *, row_number() OVER (PARTITION BY case_no, activity, stage ORDER BY seq) AS nth FROM marked
    )
    SELECT s.moment AS begun, c.moment AS done, s.moment IS NOT NULL AS both
    FROM counted c LEFT JOIN counted s
      ON s.case_no = c.case_no AND s.activity = c.activity AND s.nth = c.nth AND s.stage = 'start'
     AND c.stage = 'complete'
    ORDER BY c.case_no, c.seq
"""
"""The k-th begin of an activity in a case belongs to its k-th end."""


def measure(store: EventStore, verdicts: Sequence[Verdict], of_case: Int) -> dict[int, Spans]:
    """Times by number of the node. ``of_case`` tells the verdict of each case of the store."""
    with store.connection() as connection:
        paired = completions(connection) is not None
        columns = connection.execute(PAIRS if paired else ROWS).fetchnumpy()
    begun, done = _seconds(columns["begun"]), _seconds(columns["done"])
    both = np.asarray(columns["both"], np.bool_)
    nodes, before = _expand(verdicts, of_case)
    enabled = np.where(before >= 0, done[np.maximum(before, 0)], np.nan)
    working = np.where(both, done - begun, np.nan)
    waiting = np.where(both, np.maximum(begun - enabled, 0.0), np.nan)
    elapsed = np.maximum(done - enabled, 0.0)
    order = np.argsort(nodes, kind="stable")
    numbers, starts = np.unique(nodes[order], return_index=True)
    ends = np.append(starts[1:], len(order))
    return {
        number: Spans(*(_span(values[order[a:b]]) for values in (elapsed, waiting, working)))
        for number, a, b in zip(numbers.tolist(), starts.tolist(), ends.tolist(), strict=True)
        if number != NONE
    }


def _seconds(column: npt.NDArray[np.generic]) -> Float:
    return np.ma.filled(np.ma.asarray(column).astype(np.float64), np.nan) / 1e6


def _expand(verdicts: Sequence[Verdict], of_case: Int) -> tuple[Int, Int]:
    """For every event of the store, in order of cases: the node it was, and the row of the event that enabled
    it (negative: none)."""
    lengths = np.array([len(v.nodes) for v in verdicts], np.int64)
    flat = np.array([n for v in verdicts for n in v.nodes], np.int64)
    enablers = np.array([n for v in verdicts for n in v.enablers], np.int64)
    begins = np.cumsum(lengths) - lengths
    of_events = lengths[of_case]
    first = np.cumsum(of_events) - of_events
    rows = np.arange(int(of_events.sum()))
    place = np.repeat(begins[of_case] - first, of_events) + rows
    enabler = enablers[place] if len(enablers) else enablers
    before = np.where(enabler >= 0, np.repeat(first, of_events) + enabler, enabler)
    return (flat[place] if len(flat) else flat), before


def _span(values: Float) -> Span | None:
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    median, p90 = np.quantile(known, (0.5, 0.9)).tolist()
    return Span(len(known), median, p90)
