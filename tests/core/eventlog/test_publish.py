"""Live events become the rows that measures read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from xiaoneng.core.eventlog.proof.evidence import StoredEvent
from xiaoneng.core.eventlog.publish import SCHEMA, rows_of, to_table
from xiaoneng.core.eventlog.running import PROCESS_TYPES

HOUR = 3_600_000_000
NINE = 1795395600000000  # 2026-11-23 09:00 in Shanghai


def ev(seq: int, kind: str, lifecycle: str, hours: float = 0, **more: Any) -> StoredEvent:
    at = NINE + int(hours * HOUR)
    values: dict[str, Any] = {
        "element": "T1", "activity": "初审", "actor": "p1", "role": "handler", "body": "C1",
        "item": "990100001000", "version": "2", "task": 7, "data": "{}", **more,
    }  # fmt: skip
    return StoredEvent(
        case="A", seq=seq, type=kind, lifecycle=lifecycle, occurred=at, recorded=at, hash=b"", **values
    )


def test_a_step_is_one_row_from_start_to_end() -> None:
    events = [
        ev(1, "step.examined", "schedule"),
        ev(2, "step.examined", "start", 2),
        ev(3, "gateway.split", "complete", 2.5, task=None),
        ev(4, "step.examined", "complete", 3, actor="p2"),
    ]
    (row,) = rows_of(events)
    table = to_table([row])
    assert table.schema == SCHEMA
    found = table.to_pylist()[0]
    assert (found["time"], found["occurred_at"]) == (datetime(2026, 11, 23, 11), datetime(2026, 11, 23, 12))
    assert (found["type"], found["actor"], found["body"], found["element"], found["lifecycle"]) == (
        "step.examined",
        "p2",
        "C1",
        "T1",
        "complete",
    )


def test_who_completes_without_taking_leaves_a_moment() -> None:
    (row,) = rows_of([ev(1, "step.done", "schedule"), ev(2, "step.done", "complete", 5)])
    assert row["time"] == row["occurred_at"] == NINE + 5 * HOUR


def test_a_step_handed_over_begins_again() -> None:
    events = [
        ev(1, "step.done", "start", 1),
        ev(2, "step.done", "reassign", 2, data='{"to":"p9"}'),
        ev(3, "step.done", "start", 4),
        ev(4, "step.done", "complete", 5),
    ]
    (row,) = rows_of(events)
    assert row["time"] == NINE + 4 * HOUR


def test_steps_at_once_are_told_apart() -> None:
    events = [
        ev(1, "step.done", "start", 1, task=1),
        ev(2, "step.done", "start", 2, task=2),
        ev(3, "step.done", "complete", 3, task=1),
        ev(4, "step.done", "withdraw", 4, task=2),
    ]
    (row,) = rows_of(events)
    assert row["time"] == NINE + HOUR


def test_the_opening_says_what_the_case_is() -> None:
    data = (
        '{"kind":"approval","item":"食品经营许可","region":"990100","promised_limit":5,"high_frequency":true}'
    )
    events = [
        ev(1, "process.started", "start", data='{"process":"permit"}'),
        ev(2, "case.submitted", "complete", task=None, data=data),
        ev(3, "case.accepted", "complete", 1, data='{"due":"2026-11-27T15:59:59.999999+00:00"}'),
        ev(4, "case.decided", "complete", 9, data='{"result":"granted","command":"x"}'),
    ]
    opening, accepted, decided = to_table(rows_of(events, body_name={"C1": "甲局"}.__getitem__)).to_pylist()
    assert (opening["item"], opening["item_code"], opening["version"]) == (
        "食品经营许可",
        "990100001000",
        "2",
    )
    assert (opening["case_body"], opening["region"], opening["promised_limit"]) == ("甲局", "990100", 5)
    assert accepted["item"] is None
    assert accepted["due"] == datetime(2026, 11, 27, 23, 59, 59, 999_999)
    assert decided["finished"] == datetime(2026, 11, 23, 18)
    assert (decided["result"], opening["finished"]) == ("granted", None)


def test_the_end_may_be_a_withdrawal() -> None:
    (row,) = rows_of([ev(1, "case.withdrawn", "complete")])
    assert (row["lifecycle"], row["finished"]) == ("withdraw", NINE)


def test_only_what_is_new() -> None:
    events = [ev(1, "step.done", "start", 1), ev(2, "step.done", "complete", 2, task=3),
              ev(3, "step.done", "complete", 3)]  # fmt: skip
    assert len(list(rows_of(events))) == 2
    (row,) = rows_of(events, after=2)
    assert (row["time"], row["occurred_at"]) == (NINE + HOUR, NINE + 3 * HOUR)


def test_what_somebody_changed_does_not_stop_the_rest() -> None:
    events = [
        ev(1, "case.submitted", "complete", data='{"materials":"many","region":7,"due":"soon"}'),
        ev(2, "step.done", "complete", data="no json"),
        ev(3, "step.done", "complete", data="[1]"),
    ]
    table = to_table(rows_of(events)).to_pylist()
    assert [row["materials"] for row in table] == [None] * 3
    assert [row["due"] for row in table] == [None] * 3


kinds = st.sampled_from(
    ["step.done", "step.examined", "case.decided", *(kind.name for kind in PROCESS_TYPES)]
)
lifecycles = st.sampled_from(["schedule", "start", "complete", "reassign", "withdraw"])


@given(st.lists(st.tuples(kinds, lifecycles, st.integers(1, 3)), max_size=20), st.integers(0, 20))
def test_rows_in_parts_are_the_rows_at_once(found: list[tuple[str, str, int]], cut: int) -> None:
    events = [ev(n, kind, cycle, n, task=task) for n, (kind, cycle, task) in enumerate(found, 1)]
    at_once = list(rows_of(events))
    assert list(rows_of(events[:cut])) + list(rows_of(events, after=cut)) == at_once
    assert len(at_once) == sum(
        k.startswith(("step.done", "step.ex", "case.")) and c == "complete" for k, c, _ in found
    )
    assert all(row["time"] <= row["occurred_at"] for row in at_once)
