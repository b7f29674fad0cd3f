"""How the durations of the cases are distributed."""

from __future__ import annotations

import math
from typing import Any

from xiaoneng.core.mining.context import Context, NotMeasurable

BARS = 20


def throughput(context: Context) -> dict[str, Any]:
    """Cases per span of days, equally wide up to the 98th percentile, the last one open to the right."""
    n, high = context.row("SELECT count(duration_s), quantile_cont(duration_s, 0.98) FROM cases")
    if not n:
        raise NotMeasurable("no_time")
    width = nice_width(high / 86_400 / (BARS - 1))
    rows = context.rows(
        "SELECT least(floor(duration_s / $width), $last)::INT AS bar, count(*)"
        " FROM cases WHERE duration_s IS NOT NULL GROUP BY bar",
        {"width": width * 86_400, "last": BARS - 1},
    )
    counts = dict(rows)
    last = max(counts)
    bars = [
        {
            "from_days": round(i * width, 9),
            "to_days": None if i == BARS - 1 else round((i + 1) * width, 9),
            "cases": counts.get(i, 0),
        }
        for i in range(last + 1)
    ]
    return {"throughput": bars}


def nice_width(at_least: float) -> float:
    """The smallest of 1, 2 or 5 times a power of ten that is not smaller; a minute at the least."""
    floor = max(at_least, 1 / 1440)
    power = 10.0 ** math.floor(math.log10(floor))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= floor * (1 - 1e-9))
