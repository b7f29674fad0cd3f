"""Each cause is recovered from logs in which it was planted; none appears where it was not."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from tests.core.mining.planted import CAUSES, MONDAY, Planted, Server, connection, simulate
from xiaoneng.core.calendar.builtin import weekdays
from xiaoneng.core.calendar.workclock import work_clock
from xiaoneng.core.mining.causes.decompose import decompose
from xiaoneng.core.mining.causes.instances import Instances, read_instances
from xiaoneng.core.mining.causes.sections import causes_of, measure, split_of
from xiaoneng.core.mining.context import NotMeasurable

HOURS = ((540, 720), (810, 1050))
WEEK = (0, 1, 2, 3, 4)
OFFICE = {"hours": HOURS, "weekdays": WEEK}

WITHIN = 0.10
"""A planted cause comes back within 10 %."""
NOTHING = 0.02
"""A cause that was not planted stays below 2 % of the waiting, or of the whole time where nothing waits."""

PLANTED = {
    "contention": ({"Review": [Server("A", service=100)]}, 11.0),
    "off-hours": ({"Review": [Server("A", service=10, hours=((540, 1020),), weekdays=WEEK)]}, 5.0),
    "lunch and leave": ({"Review": [Server("A", service=10, absent=((30, 44),), **OFFICE)]}, 8.0),
    "priority": ({"Review": [Server("A", service=100, urgent_first=True)]}, 12.0),
    "ten at a time": ({"Review": [Server("A", service=5, batch_size=10)]}, 8.0),
    "ten at a time in office hours": ({"Review": [Server("A", service=5, batch_size=10, **OFFICE)]}, 8.0),
    "three at a time, busy": ({"Review": [Server("A", service=80, batch_size=3)]}, 11.0),
    "Fridays only": (
        {
            "Review": [Server("A", service=5, batch_at=(4, 540), **OFFICE)],
            "Decide": [Server("B", service=10, **OFFICE)],
        },
        8.0,
    ),
    "every day at four, in one go": (
        {
            "Review": [Server("A", service=5, batch_at=(-1, 960), together=True, **OFFICE)],
            "Decide": [Server("B", service=10, **OFFICE)],
        },
        8.0,
    ),
    "hidden delay": ({"Review": [Server("A", service=5, delay=2000)]}, 8.0),
    "hidden delay of a busy person": ({"Review": [Server("A", service=80, delay=2000)]}, 9.0),
    "hidden delay and office hours": ({"Review": [Server("A", service=15, delay=2000, **OFFICE)]}, 8.0),
    "everything": (
        {
            "Review": [
                Server("A", service=25, **OFFICE),
                Server("A2", service=40, urgent_first=True, **OFFICE),
            ],
            "Decide": [Server("B", service=10, batch_size=8, **OFFICE)],
            "Seal": [Server("C", service=3, delay=900, **OFFICE)],
        },
        14.0,
    ),
}


def found(planted: Planted) -> dict[str, dict[str, float]]:
    with connection(planted.rows) as con:
        rows = causes_of(measure(con))["activities"]
    return {row["activity"]: row for row in rows}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_cause_is_recovered_and_no_other(name: str, seed: int) -> None:
    stages, per_day = PLANTED[name]
    planted = simulate(stages, seed=seed, per_day=per_day)
    recovered = found(planted)
    for activity, truth in planted.truth.items():
        waiting = sum(truth.values())
        for cause in CAUSES:
            got = recovered[activity][cause]
            if truth[cause] > 0.10 * waiting:
                assert got == pytest.approx(truth[cause], rel=WITHIN), (activity, cause)
            else:
                # a small cause beside large ones: within a tenth of the waiting, and absent where it is
                # absent
                limit = WITHIN * waiting if truth[cause] > 0 else NOTHING * waiting
                assert abs(got - truth[cause]) <= limit, (activity, cause)
        assert sum(recovered[activity][cause] for cause in CAUSES) == pytest.approx(waiting, rel=1e-9, abs=1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_clean_log_shows_no_cause(seed: int) -> None:
    planted = simulate({"Review": [Server("A", service=0.5)]}, seed=seed, per_day=2)
    with connection(planted.rows) as con:
        measured = measure(con)
    split = split_of(measured)
    total = split["waiting_seconds"] + split["working_seconds"]
    assert all(causes_of(measured)["total"][cause] <= NOTHING * total for cause in CAUSES)


def test_official_hours_tell_a_weekly_sitting_from_a_person_who_is_away() -> None:
    """Nobody else works before the sitting has delivered; only official hours show an open office."""
    stages = {
        "Review": [Server("A", service=5, batch_at=(1, 600), **OFFICE)],
        "Decide": [Server("B", service=8, **OFFICE)],
    }
    planted = simulate(stages, seed=3, days=150, per_day=6)
    with connection(planted.rows) as con:
        measured = measure(con, work_clock(weekdays()))
    row = next(row for row in causes_of(measured)["activities"] if row["activity"] == "Review")
    assert row["batching"] == pytest.approx(planted.truth["Review"]["batching"], rel=WITHIN)


def test_one_timestamp_is_not_measurable() -> None:
    rows = [("c1", "A", MONDAY, None, "x"), ("c1", "B", MONDAY + timedelta(hours=1), None, "x")]
    with connection(rows) as con, pytest.raises(NotMeasurable) as gap:
        measure(con)
    assert gap.value.reason == "one_timestamp"


def test_ends_equal_to_starts_count_as_one_timestamp() -> None:
    rows = [("c1", "A", MONDAY, MONDAY, "x"), ("c1", "B", MONDAY, MONDAY, "x")]
    with connection(rows) as con, pytest.raises(NotMeasurable):
        measure(con)


def test_without_persons_waiting_is_measured_but_its_causes_are_not() -> None:
    planted = simulate({"Review": [Server("A", service=100)]}, seed=1, days=20)
    with connection([(*row[:4], None) for row in planted.rows]) as con:
        measured = measure(con)
    assert split_of(measured)["waiting_seconds"] == pytest.approx(sum(planted.truth["Review"].values()))
    with pytest.raises(NotMeasurable) as gap:
        causes_of(measured)
    assert gap.value.reason == "no_resource"


def test_lifecycle_pairs_give_the_same_causes_as_rows_with_two_times() -> None:
    planted = simulate({"Review": [Server("A", service=100)]}, seed=1, days=40)
    with connection(planted.rows) as con:
        expected = measure(con).waits.contention
        con.execute("INSERT INTO lifecycles VALUES (0, 'START'), (1, 'complete')")
        con.execute("""
            CREATE OR REPLACE TABLE events AS
            SELECT case_no,
                   (row_number() OVER (PARTITION BY case_no ORDER BY time, seq, lifecycle) - 1)::INT AS seq,
                   activity, resource, body, lifecycle, time, time AS local, NULL::TIMESTAMP AS ended
            FROM (SELECT case_no, seq, activity, resource, body, 0 AS lifecycle, time FROM events
                  UNION ALL SELECT case_no, seq, activity, resource, body, 1, ended FROM events)
        """)
        assert np.nansum(measure(con).waits.contention) == pytest.approx(np.nansum(expected))


def test_parallel_steps_do_not_enable_each_other() -> None:
    """Two opinions are asked for at once; the later one waited since the request, not since the other's
    end."""
    rows: list[tuple[str, str, datetime, datetime | None, str | None]] = []
    for number in range(30):
        zero = MONDAY + timedelta(days=number)
        hour = timedelta(hours=1)
        rows += [
            (f"c{number}", "Ask", zero, zero + hour, "a"),
            (f"c{number}", "Fire", zero + 2 * hour, zero + 5 * hour, "b"),
            # overlaps the other opinion in most cases, follows it in the last
            (f"c{number}", "Health", zero + (4 if number else 6) * hour, zero + 7 * hour, "c"),
        ]
    with connection(rows) as con:
        split = {row["activity"]: row for row in split_of(measure(con))["activities"]}
    assert split["Health"]["waiting_seconds"] == pytest.approx((29 * 3 + 5) * 3600)


def test_causes_add_up_to_the_wait_in_half_a_million_instances() -> None:
    rng = np.random.default_rng(7)
    n = 500_000
    start = np.sort(rng.integers(0, 2 * 365 * 86_400, n)) * 1_000_000 + 1_700_000_000_000_000
    case = rng.integers(0, n // 5, n).astype(np.int32)
    order = np.lexsort((start, case))
    instances = Instances(
        case=case[order],
        activity=rng.integers(0, 20, n).astype(np.int32),
        resource=rng.integers(0, 200, n).astype(np.int32),
        body=np.zeros(n, np.int32),
        start=start[order],
        end=start[order] + rng.integers(0, 3600, n) * 1_000_000,
        arrived=np.full(n, -1, np.int64),
        afterwards=np.zeros(n, np.bool_),
    )
    waits = decompose(instances)
    parts = sum(getattr(waits, cause) for cause in CAUSES)
    known = ~np.isnan(waits.waiting)
    np.testing.assert_allclose(parts[known], waits.waiting[known], atol=1e-3)


def test_read_instances_sorts_by_case_and_start() -> None:
    planted = simulate({"Review": [Server("A")]}, seed=5, days=5)
    with connection(planted.rows) as con:
        instances = read_instances(con)
    keys = list(zip(instances.case.tolist(), instances.start.tolist(), strict=True))
    assert keys == sorted(keys)
    assert len(keys) == len(planted.rows)
