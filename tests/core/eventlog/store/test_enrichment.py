"""Every column of the store against a plain rewrite of its definition, on random logs."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.eventlog.store.rows import EveryDayEightHours, at, make_store
from xiaoneng.core.eventlog.mapping import Mapping
from xiaoneng.core.eventlog.store import EventStore

START = at("2024-03-29T00:00")
HALF_HOUR = timedelta(minutes=30)
CLOCK = EveryDayEightHours()

maybe_time = st.one_of(st.none(), st.integers(0, 200).map(lambda n: START + n * HALF_HOUR))
row = st.fixed_dictionaries(
    {
        "case_id": st.sampled_from(["NA", "b", "c", "d 中"]),
        "activity": st.sampled_from(["x", "y", "z", None]),
        "time": maybe_time,
        "ended": st.one_of(st.none(), st.integers(0, 200).map(lambda n: START + n * HALF_HOUR)),
        "resource": st.sampled_from(["p", "q", None]),
        "body": st.sampled_from(["B1", "B2", None]),
        "lifecycle": st.sampled_from(["start", "complete", None]),
        "deadline": maybe_time,
        "finished": maybe_time,
        "started": maybe_time,
        "item": st.sampled_from(["i", "j", None]),
    }
)
logs = st.lists(row, min_size=1, max_size=40)
MAPPING = Mapping(
    case="c", activity="a", time="t", end="e", deadline="d", finished="case:f", started="case:s", item="i"
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=logs, batch=st.integers(1, 7))
def test_store_says_what_the_definitions_say(rows: list[dict[str, Any]], batch: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = make_store(Path(folder) / "store", rows, MAPPING, batch=batch)
        events, cases, variants = read(store)
    expected_events, expected_cases = expected(rows)
    assert events == expected_events
    assert [{k: v for k, v in case.items() if k != "variant"} for case in cases] == expected_cases
    check_variants(variants, events, cases)


def read(store: EventStore) -> tuple[list[dict[str, Any]], ...]:
    """Events and cases with names instead of ids, and the variants."""
    with store.connection() as db:
        names = {
            table: dict(db.execute(f"SELECT id, name FROM {table}").fetchall())
            for table in ("activities", "resources", "bodies", "lifecycles", "roles")
        }
    tables = {
        "activity": "activities",
        "next_activity": "activities",
        "start_activity": "activities",
        "end_activity": "activities",
        "resource": "resources",
        "next_resource": "resources",
        "body": "bodies",
        "next_body": "bodies",
        "lifecycle": "lifecycles",
        "role": "roles",
    }

    def named(record: dict[str, Any]) -> dict[str, Any]:
        return {k: names[tables[k]].get(v) if k in tables else v for k, v in record.items()}

    found = [store.sql(f"FROM {table} ORDER BY 1, 2").to_pylist() for table in ("events", "cases")]
    variants = [
        {**v, "path": [names["activities"].get(a) for a in v["path"]]}
        for v in store.sql("FROM variants ORDER BY id").to_pylist()
    ]
    return [named(r) for r in found[0]], [named(r) for r in found[1]], variants


def work(moment: datetime | None) -> float | None:
    if moment is None:
        return None
    us = np.array([(moment - at("1970-01-01T00:00")) // timedelta(microseconds=1)])
    return float(CLOCK.seconds(us)[0])


def minus(later: float | None, earlier: float | None) -> float | None:
    return None if later is None or earlier is None else later - earlier


def seconds(later: datetime | None, earlier: datetime | None) -> float | None:
    return None if later is None or earlier is None else (later - earlier).total_seconds()


def expected(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The definitions of docs/reference/event-store.md, word by word."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for number, given_row in enumerate(rows):
        grouped.setdefault(given_row["case_id"], []).append({**given_row, "row": number})
    all_events, all_cases = [], []
    for case_no, (case_id, members) in enumerate(grouped.items()):
        for before, this in pairwise([None, *members]):
            late = before and this["time"] and before["time"] and this["time"] < before["time"]
            this["late"] = 8 if late else 0
        ordered = sorted(members, key=lambda e: (e["time"] is None, e["time"] or START, e["row"]))
        counter: Counter[Any] = Counter()
        seen: set[Any] = set()
        events = []
        for seq, event in enumerate(ordered):
            following = ordered[seq + 1] if seq + 1 < len(ordered) else None
            before = ordered[seq - 1] if seq else None
            counter[event["activity"]] += 1
            same = tuple(event[k] for k in ("time", "activity", "resource", "lifecycle", "body", "ended"))
            flags = event["late"]
            flags |= 1 if event["time"] is None else 0
            flags |= 2 if event["time"] and event["time"].time() == START.time() else 0
            flags |= 4 if event["time"] and before and before["time"] == event["time"] else 0
            flags |= 16 if same in seen else 0
            for bit, role in ((32, "resource"), (64, "body")):
                three = [e[role] for e in ordered[seq : seq + 3]]
                back = len(three) == 3 and None not in three and three[0] == three[2] != three[1]
                flags |= bit if back else 0
            seen.add(same)
            events.append(
                {
                    "case_no": case_no,
                    "seq": seq,
                    "row": event["row"],
                    "activity": event["activity"],
                    "time": event["time"],
                    "local": event["time"],
                    "ended": event["ended"],
                    "lifecycle": event["lifecycle"],
                    "resource": event["resource"],
                    "role": None,
                    "body": event["body"],
                    "occurrence": counter[event["activity"]],
                    "next_activity": following and following["activity"],
                    "next_resource": following and following["resource"],
                    "next_body": following and following["body"],
                    "gap_s": seconds(following and following["time"], event["time"]),
                    "work_s": work(event["time"]),
                    "gap_work_s": minus(work(following["time"]) if following else None, work(event["time"])),
                    "end_work_s": work(event["ended"]),
                    "flags": flags,
                    "deadline": event["deadline"],
                    "planned": None,
                }
            )
        all_events += events
        all_cases.append(expected_case(case_no, case_id, ordered, events))
    return all_events, all_cases


def expected_case(
    case_no: int, case_id: str, ordered: list[dict[str, Any]], events: list[dict[str, Any]]
) -> dict[str, Any]:
    times = [e["time"] for e in events if e["time"] is not None]
    ends = [e["ended"] for e in events if e["ended"] is not None]
    first = times[0] if times else None
    last = max([times[-1], *ends]) if times else None

    def known(role: str, place: int) -> Any:
        values = [e[role] for e in ordered if e[role] is not None]
        return values[place] if values else None

    def different(one: str) -> int:
        return sum(
            a[one] is not None and b[one] is not None and a[one] != b[one] for a, b in pairwise(events)
        )

    finished = known("finished", -1)
    return {
        "case_no": case_no,
        "case_id": case_id,
        "events": len(events),
        "activities": len({e["activity"] for e in events} - {None}),
        "resources": len({e["resource"] for e in events} - {None}),
        "bodies": len({e["body"] for e in events} - {None}),
        "start_activity": events[0]["activity"],
        "end_activity": events[-1]["activity"],
        "first": first,
        "last": last,
        "first_local": first,
        "last_local": last,
        "duration_s": seconds(last, first),
        "work_s": minus(work(last), work(first)),
        "working_days": (last.date() - first.date()).days if first and last else None,
        "handovers": different("resource"),
        "body_handovers": different("body"),
        "rework": sum(e["occurrence"] >= 2 and e["activity"] is not None for e in events),
        "deadline": known("deadline", -1),
        "planned": None,
        "started": known("started", 0),
        "finished": finished,
        "stated_s": seconds(finished, known("started", 0)),
        "open": finished is None,
        "item": known("item", 0),
        "item_body": None,
        "status": None,
    }


def check_variants(
    variants: list[dict[str, Any]], events: list[dict[str, Any]], cases: list[dict[str, Any]]
) -> None:
    paths: dict[int, list[Any]] = {}
    for event in events:
        paths.setdefault(event["case_no"], []).append(event["activity"])
    count = Counter(tuple(path) for path in paths.values())
    assert {tuple(v["path"]): v["cases"] for v in variants} == count
    assert [v["id"] for v in variants] == list(range(len(count)))
    assert [v["cases"] for v in variants] == sorted(count.values(), reverse=True)
    assert all(v["events"] == v["cases"] * len(v["path"]) for v in variants)
    assert len({v["hash"] for v in variants}) == len(variants)
    for case in cases:
        assert variants[case["variant"]]["path"] == paths[case["case_no"]]
