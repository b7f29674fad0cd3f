"""People, calendars, queues, batches, events: cases worked out by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from tests.core.simulation.models import OFFICE, model, plan, row
from xiaoneng.core.errors import BadInput, CalendarNotPublished
from xiaoneng.core.process import Model
from xiaoneng.core.simulation import Plan, simulate_once, study
from xiaoneng.core.simulation.chance import Chance
from xiaoneng.core.simulation.draws import attributes
from xiaoneng.core.simulation.fast import simulate_fast
from xiaoneng.core.simulation.limits import due_of_limit
from xiaoneng.core.simulation.measures import figures
from xiaoneng.core.simulation.rows import DONE, WITHDRAWN
from xiaoneng.core.simulation.scenario import EPOCH, micros

CHINA = timedelta(hours=8)
CN = {"days": "cn", "hours": ["09:00-12:00", "13:00-17:00"]}


def clock(us: int) -> str:
    """Local time of an instant."""
    return (EPOCH + timedelta(microseconds=int(us)) + CHINA).strftime("%m-%d %H:%M")


def spans(p: Plan, cases: int) -> list[tuple[str, str, str]]:
    """(step, begin, end) of every row that was done, in order of opening."""
    o = simulate_once(p, 1, 0, cases)
    return [
        (p.model.nodes[n].id, clock(b), clock(e))
        for n, b, e, s in zip(o.node, o.begun, o.finished, o.state, strict=True)
        if s == DONE
    ]


def desk(times: list[str], duration: Any, number: int = 1, **parts: Any) -> Plan:
    pool = {
        "name": "desk",
        "number": number,
        "roles": ["clerk"],
        "calendar": "office",
        **parts.pop("pool", {}),
    }
    step = {"role": "clerk", "duration": duration, **parts.pop("step", {})}
    return plan(
        row("a"),
        calendars={"office": parts.pop("office", CN)},
        arrivals={"times": times},
        pools=[pool],
        steps={"a": step},
        **parts,
    )


@pytest.mark.parametrize(
    ("arrival", "hours", "begin", "end"),
    [
        # within the morning; over the noon break; over the night; over a weekend
        ("2025-03-03T09:30", 2, "03-03 09:30", "03-03 11:30"),
        ("2025-03-03T11:00", 2, "03-03 11:00", "03-03 14:00"),
        ("2025-03-03T16:00", 2, "03-03 16:00", "03-04 10:00"),
        ("2025-03-07T16:00", 2, "03-07 16:00", "03-10 10:00"),
        ("2025-03-08T10:00", 1, "03-10 09:00", "03-10 10:00"),
        # exactly at closing time: the next morning; ends exactly at closing time: that evening
        ("2025-03-03T17:00", 1, "03-04 09:00", "03-04 10:00"),
        ("2025-03-03T13:00", 4, "03-03 13:00", "03-03 17:00"),
        # Spring Festival 2025 (28 Jan to 4 Feb off), Sunday 26 January and Saturday 8 February are worked
        ("2025-01-25T10:00", 1, "01-26 09:00", "01-26 10:00"),
        ("2025-01-27T16:00", 2, "01-27 16:00", "02-05 10:00"),
        ("2025-02-07T16:00", 2, "02-07 16:00", "02-08 10:00"),
    ],
)
def test_work_pauses_at_closing_time(arrival: str, hours: int, begin: str, end: str) -> None:
    p = desk([arrival], f"PT{hours}H", start="2025-01-20T08:00:00+08:00")
    assert spans(p, 1) == [("a", begin, end)]


def test_work_that_needs_nobody_keeps_to_the_scenario_s_calendar() -> None:
    p = plan(
        row("a"),
        calendar="office",
        calendars={"office": OFFICE},
        arrivals={"times": ["2025-03-03T18:00"]},
        steps={"a": {"duration": "PT8H"}},
    )
    assert spans(p, 1) == [("a", "03-04 09:00", "03-05 10:00")]


def test_who_waits_longest_comes_first_but_the_urgent_before() -> None:
    times = ["2025-03-03T09:00", "2025-03-03T09:10", "2025-03-03T09:20", "2025-03-03T09:30"]
    assert [b for _, b, _ in spans(desk(times, "PT1H"), 4)] == [
        "03-03 09:00", "03-03 10:00", "03-03 11:00", "03-03 13:00"
    ]  # fmt: skip
    urgent = {
        "attributes": {"hot": {"choice": [{"value": True, "share": 0.5}, {"value": False, "share": 0.5}]}}
    }
    p = desk(times, "PT1H", priority="if hot then 1 else 0", **urgent)
    o = simulate_once(p, 3, 0, 4)

    hot = [row["hot"] for row in attributes(p, Chance(3, 0), 4)]
    expected = [0, *sorted((1, 2, 3), key=lambda case: (not hot[case], case))]
    assert len(set(hot[1:])) == 2, "this seed decides nothing"
    assert np.argsort(o.begun, kind="stable").tolist() == expected


def test_the_night_s_tasks_begin_by_priority_at_opening() -> None:
    """Two steps of one office: what came later but matters more is done first."""
    elements = [
        '<startEvent id="s"/><parallelGateway id="g"/><userTask id="a"/><userTask id="b"/><endEvent id="e"/>'
    ]
    flows = [("s", "g"), ("g", "a"), ("g", "b"), ("a", "e"), ("b", "e")]
    p = plan(
        model(elements, flows),
        calendars={"office": OFFICE},
        arrivals={"times": ["2025-03-03T20:00"]},
        pools=[{"name": "d", "number": 1, "roles": ["clerk", "other"], "calendar": "office"}],
        steps={
            "a": {"role": "clerk", "duration": "PT1H"},
            "b": {"role": "other", "duration": "PT1H", "priority": 3},
        },
    )
    assert spans(p, 1) == [("a", "03-04 10:00", "03-04 11:00"), ("b", "03-04 09:00", "03-04 10:00")]


def test_skills_take_the_first_pool_that_is_free() -> None:
    times = ["2025-03-03T09:00", "2025-03-03T09:00", "2025-03-03T09:00"]
    p = plan(
        row("a"),
        arrivals={"times": times},
        pools=[
            {"name": "first", "number": 1, "roles": ["clerk"]},
            {"name": "other", "number": 1, "roles": ["judge", "clerk"]},
        ],
        steps={"a": {"role": "clerk", "duration": "PT1H"}},
    )
    o = simulate_once(p, 1, 0, 3)
    assert o.person.tolist() == [0, 1, 0]
    assert [clock(b) for b in o.begun] == ["03-03 09:00", "03-03 09:00", "03-03 10:00"]


def test_an_absence_leaves_fewer_people() -> None:
    times = ["2025-03-03T09:00", "2025-03-03T09:00", "2025-03-04T09:00", "2025-03-04T09:00"]
    away = {"absence": [{"from": "2025-03-04", "to": "2025-03-04", "number": 1}]}
    begun = [b for _, b, _ in spans(desk(times, "PT1H", 2, pool=away), 4)]
    assert begun == ["03-03 09:00", "03-03 09:00", "03-04 09:00", "03-04 10:00"]
    everybody = {"absence": [{"from": "2025-03-04", "to": "2025-03-05", "number": 2}]}
    assert [b for _, b, _ in spans(desk(times[2:3], "PT1H", 2, pool=everybody), 1)] == ["03-06 09:00"]


def test_a_drawn_absence_takes_its_share_of_the_days() -> None:
    p = desk(["2025-03-03T09:00"], 1, 40, pool={"absent_share": 0.2, "calendar": "office"}, office=OFFICE)

    whole = len(p.offices[0].starts)
    shares = [1 - len(crew.agenda.starts) / whole for crew in p.crews(Chance(5, 0))[0]]
    assert 0.17 < float(np.mean(shares)) < 0.23
    assert len(p.crews(Chance(5, 0))[0]) == 40


def test_a_batch_waits_for_its_size_or_its_time() -> None:
    times = [f"2025-03-03T09:{minute:02d}" for minute in (0, 10, 20, 30)]
    batch = {"size": 3, "wait": "PT2H", "together": True}
    found = spans(desk(times, "PT1H", step={"batch": batch}), 4)
    assert found == [("a", "03-03 09:20", "03-03 10:20")] * 3 + [("a", "03-03 11:30", "03-03 13:30")]
    apart = spans(desk(times, "PT1H", step={"batch": {**batch, "together": False}}), 4)
    assert [b for _, b, _ in apart] == ["03-03 09:20", "03-03 10:20", "03-03 11:20", "03-03 13:20"]


def boundary(inside: str, interrupting: str = "true") -> Model:
    elements = [
        '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><endEvent id="e"/><endEvent id="e2"/>',
        f'<boundaryEvent id="t" attachedToRef="a" cancelActivity="{interrupting}">{inside}</boundaryEvent>',
    ]
    return model(
        elements, [("s", "a"), ("a", "e"), ("t", "b"), ("b", "e2")], more='<message id="m" name="news"/>'
    )


TIMER = "<timerEventDefinition><timeDuration>PT{}M</timeDuration></timerEventDefinition>"
NEWS = '<messageEventDefinition messageRef="m"/>'


def test_a_timer_takes_a_task_away_and_frees_who_was_at_it() -> None:
    p = plan(
        boundary(TIMER.format(30)),
        arrivals={"times": ["2025-03-03T09:00", "2025-03-03T09:01"]},
        pools=[{"name": "desk", "number": 1, "roles": ["clerk"]}],
        steps={"a": {"role": "clerk", "duration": "PT1H"}, "b": {"duration": "PT5M"}},
    )
    o = simulate_once(p, 1, 0, 2)
    rows = [
        (p.model.nodes[n].id, clock(b) if b >= 0 else "", clock(e), int(s))
        for n, b, e, s in zip(o.node, o.begun, o.finished, o.state, strict=True)
    ]
    assert rows == [
        ("a", "03-03 09:00", "03-03 09:30", WITHDRAWN),
        ("a", "03-03 09:30", "03-03 09:31", WITHDRAWN),
        ("b", "03-03 09:30", "03-03 09:35", DONE),
        ("b", "03-03 09:31", "03-03 09:36", DONE),
    ]
    assert o.in_progress == 0
    assert figures(o).busy_hours[0] == pytest.approx(31 / 60)


def test_a_timer_beside_a_task_adds_a_step() -> None:
    p = plan(
        boundary(TIMER.format(30), "false"),
        arrivals={"times": ["2025-03-03T09:00"]},
        steps={"a": {"duration": "PT1H"}, "b": {"duration": "PT5M"}},
    )
    assert spans(p, 1) == [("a", "03-03 09:00", "03-03 10:00"), ("b", "03-03 09:30", "03-03 09:35")]
    quick = plan(
        boundary(TIMER.format(30)), steps={"a": {"duration": "PT1M"}}, arrivals={"times": ["2025-03-03"]}
    )
    assert len(spans(quick, 1)) == 1


def test_a_message_comes_after_its_delay_or_never() -> None:
    parts: dict[str, Any] = {
        "arrivals": {"times": ["2025-03-03T09:00"]},
        "steps": {"a": {"duration": "PT1H"}},
    }
    p = plan(boundary(NEWS), events={"t": {"delay": "PT20M"}}, **parts)
    o = simulate_once(p, 1, 0, 1)
    assert [clock(t) for t in o.finished] == ["03-03 09:20", "03-03 09:20"]
    assert len(spans(plan(boundary(NEWS), **parts), 1)) == 1


def test_limits_of_days_are_counted_by_the_calendar() -> None:
    for unit, ends in (("wd", "02-08 00:00"), ("cd", "01-31 00:00"), ("hour", "01-27 13:00")):
        p = plan(row("a"), calendar="office", calendars={"office": CN})
        now = micros(datetime.fromisoformat("2025-01-27T10:00:00+08:00"))
        # after 27 January: 5, 6 and 7 February are the next working days
        assert clock(due_of_limit(now, 3, unit, p)) == ends


def test_a_loop_without_end_is_an_error() -> None:
    elements = ['<startEvent id="s"/><exclusiveGateway id="m"/><userTask id="a"/><exclusiveGateway id="g"/>',
                '<endEvent id="e"/>']  # fmt: skip
    flows = [("s", "m"), ("m", "a"), ("a", "g"), ("g", "m"), ("g", "e")]
    p = plan(model(elements, flows), flows={"f3": 1.0, "f4": 0.0}, steps={"a": {"duration": 1}})
    with pytest.raises(BadInput, match="round and round"):
        simulate_once(p, 1, 0, 1)


def test_the_end_of_the_calendar_is_an_error() -> None:
    p = desk(["2026-12-31T16:30"], "PT2H", start="2026-12-30T08:00:00+08:00")
    with pytest.raises(CalendarNotPublished, match="2026-12-31"):
        simulate_once(p, 1, 0, 1)


def test_an_end_of_the_simulation_leaves_cases_under_way() -> None:
    p = desk(["2025-03-03T09:00", "2025-03-03T09:30"], "PT1H", until="2025-03-03T10:30:00+08:00")
    o = simulate_once(p, 1, 0, 2)
    assert (len(o.arrived), o.in_progress) == (2, 1)


def test_costs_are_hours_and_fees() -> None:
    p = desk(["2025-03-03T16:00"], "PT2H", pool={"cost_per_hour": 60}, step={"cost": 5}, case_cost=1)
    found = figures(simulate_once(p, 1, 0, 1))
    assert found.cost.tolist() == pytest.approx([126])
    assert found.working.tolist() == [7200]  # the night does not count
    assert found.cycle.tolist() == [18 * 3600]


def test_cases_that_nothing_moves_are_named() -> None:
    """An exclusive split into a parallel join: the second branch never comes."""
    elements = ['<startEvent id="s"/><exclusiveGateway id="g"/><userTask id="a"/><userTask id="b"/>',
                '<parallelGateway id="j"/><endEvent id="e"/>']  # fmt: skip
    flows = [("s", "g"), ("g", "a"), ("g", "b"), ("a", "j"), ("b", "j"), ("j", "e")]
    p = plan(model(elements, flows), flows={"f1": 0.5}, steps={"a": {"duration": 1}, "b": {"duration": 1}})
    for o in (simulate_once(p, 1, 0, 6), simulate_fast(p, 1, 0, 6)):
        assert o is not None
        assert (o.in_progress, o.stuck) == (6, {"j": 6})
    kinds = {remark.kind: remark for remark in study(p, seed=1, replications=2, cases=6).remarks()}
    assert kinds["stuck"].element == "j"
    assert kinds["in_progress"].params == {"count": 12, "cases": 12}


def test_an_expression_without_its_data_is_null_and_said() -> None:
    script = '<scriptTask id="c" xn:result="fee"><script>area * 2</script></scriptTask>'
    elements = ['<startEvent id="s"/>', script, '<endEvent id="e"/>']
    p = plan(model(elements, [("s", "c"), ("c", "e")]))
    assert [remark.kind for remark in p.remarks] == ["script_without_data"]
    assert simulate_once(p, 1, 0, 3).in_progress == 0
