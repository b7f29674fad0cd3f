"""One row per case with what a comparison needs: item, body, days, finished or still open, overdue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xiaoneng.core.mining.context import Context
from xiaoneng.core.mining.spans import START, end
from xiaoneng.core.mining.statistics import Bool, Float64

CASE_BODY = """
    SELECT c.case_no, coalesce(c.item_body, b.name) AS body
    FROM cases c
    LEFT JOIN (
        SELECT case_no, body, row_number() OVER (PARTITION BY case_no ORDER BY count(*) DESC, min(seq)) AS
        place
        FROM events WHERE body IS NOT NULL GROUP BY case_no, body
    ) m ON m.case_no = c.case_no AND m.place = 1
    LEFT JOIN bodies b ON b.id = m.body
"""
"""The body of a case: the one named for its item, else the body with most of its events (the first of
equals)."""


@dataclass(frozen=True, slots=True)
class Casework:
    """Columns of equal length, one row per case that has a time."""

    case_id: npt.NDArray[np.object_]
    item: npt.NDArray[np.object_]
    """Item name or None."""
    body: npt.NDArray[np.object_]
    """Body name or None."""
    days: Float64
    """Calendar days from begin to end; for an open case its age at ``as_of``."""
    finished: Bool
    late: Float64
    """1 overdue (ended after, or open past, its deadline), 0 in time, NaN without a deadline or not yet
    decided."""
    variant: npt.NDArray[np.int64]


def read_casework(context: Context) -> Casework:
    """All cases that have a time; open ones are looked at as of the analysis.

    A case runs from its recorded start to its recorded end (:mod:`xiaoneng.core.mining.spans`).
    """
    rows = context.rows(
        f"""
        SELECT c.case_id, c.item, b.body, coalesce(c.variant, -1) AS variant, c.ended IS NOT NULL AS finished,
               greatest(0, epoch_us(coalesce(c.ended, $as_of)) - epoch_us(c.began)) / 86400e6 AS days,
               CASE WHEN c.deadline IS NULL OR (c.ended IS NULL AND c.deadline > $as_of) THEN NULL
                    WHEN coalesce(c.ended, $as_of) > c.deadline THEN 1.0 ELSE 0.0 END AS late
        FROM (SELECT *, {START} AS began, {end(context)} AS ended FROM cases) c
        JOIN ({CASE_BODY}) b USING (case_no)
        WHERE c.began IS NOT NULL AND c.began <= $as_of ORDER BY c.case_no
        """,  # noqa: S608 constant parts of this package
        {"as_of": context.as_of},
    )
    columns = list(zip(*rows, strict=True)) if rows else [()] * 7
    return Casework(
        case_id=_objects(columns[0]),
        item=_objects(columns[1]),
        body=_objects(columns[2]),
        variant=np.array(columns[3], np.int64),
        finished=np.array(columns[4], np.bool_),
        days=np.array(columns[5], np.float64),
        late=np.array(columns[6], np.float64),
    )


def _objects(values: Sequence[Any]) -> npt.NDArray[np.object_]:
    result = np.empty(len(values), np.object_)
    result[:] = values
    return result
