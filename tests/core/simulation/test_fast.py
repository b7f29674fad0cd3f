"""The compiled kernel: the same rows, the same errors, and what it leaves to the first one."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from benchmarks.process_advance import permit
from benchmarks.process_simulation import world
from campaigns._simulation_models import random_plan
from campaigns.simulation_kernels import differences
from tests.core.simulation.models import model, plan, queue, row
from xiaoneng.core.errors import BadInput, CalendarNotPublished
from xiaoneng.core.simulation import Plan, bind, parse_scenario, simulate_once, study
from xiaoneng.core.simulation.chart import Chart
from xiaoneng.core.simulation.fast import simulate_fast
from xiaoneng.core.simulation.rows import WITHDRAWN


def alike(p: Plan, cases: int, seed: int = 1) -> None:
    found = simulate_fast(p, seed, 0, cases)
    assert found is not None
    assert differences(simulate_once(p, seed, 0, cases), found) == []


def test_queues_longer_than_the_room_first_made_for_them() -> None:
    alike(queue(1, {"exponential": {"mean": 400}}, 100), 6_000)


def test_several_blocks_and_a_chart_shared_by_replications() -> None:
    p = bind(permit(), parse_scenario(world()))
    chart = Chart(p)
    for replication in range(2):
        found = simulate_fast(p, 5, replication, 9_000, chart)
        assert found is not None
        assert differences(simulate_once(p, 5, replication, 9_000), found) == []


def test_an_end_that_withdraws_what_runs_beside_it() -> None:
    elements = [
        '<startEvent id="s"/><parallelGateway id="g"/><userTask id="a"/><userTask id="b"/>',
        '<endEvent id="stop"><terminateEventDefinition/></endEvent><endEvent id="e"/>',
    ]
    p = plan(
        model(elements, [("s", "g"), ("g", "a"), ("g", "b"), ("a", "stop"), ("b", "e")]),
        arrivals={"every": {"exponential": {"mean": 60}}},
        pools=[{"name": "d", "number": 2, "roles": ["r"]}],
        steps={
            "a": {"role": "r", "duration": {"exponential": {"mean": 50}}},
            "b": {"role": "r", "duration": {"exponential": {"mean": 50}}},
        },
    )
    alike(p, 3_000)
    assert WITHDRAWN in simulate_once(p, 1, 0, 50).state


def test_until_cuts_at_the_same_moment() -> None:
    p = queue(1, {"exponential": {"mean": 90}}, 100, until="2025-03-03T20:00:00+08:00")
    alike(p, 1_000)
    assert simulate_once(p, 1, 0, 1_000).in_progress > 0


@pytest.mark.parametrize(
    "parts",
    [
        {"steps": {"a": {"duration": 5, "batch": {"size": 2}}}},
        {"steps": {"a": {"duration": 5}}, "more": True},
    ],
)
def test_what_it_does_not_do_is_left_to_the_first_kernel(parts: dict[str, Any]) -> None:
    timed = parts.pop("more", False)
    event = (
        '<boundaryEvent id="t" attachedToRef="a"><timerEventDefinition><timeDuration>PT1S</timeDuration>'
        '</timerEventDefinition></boundaryEvent><endEvent id="x"/>'
    )
    elements = ['<startEvent id="s"/><userTask id="a"/><endEvent id="e"/>', event if timed else ""]
    flows = [("s", "a"), ("a", "e"), *([("t", "x")] if timed else [])]
    p = plan(model(elements, flows), **parts)
    assert simulate_fast(p, 1, 0, 20) is None
    by_either = [study(p, seed=1, replications=2, cases=20, kernel=k) for k in ("plain", "compiled")]
    assert by_either[0].mean("cycle") == by_either[1].mean("cycle")


def test_it_raises_what_the_first_one_raises() -> None:
    elements = [
        '<startEvent id="s"/><exclusiveGateway id="m"/><userTask id="a"/><exclusiveGateway id="g"/>',
        '<endEvent id="e"/>',
    ]
    flows = [("s", "m"), ("m", "a"), ("a", "g"), ("g", "m"), ("g", "e")]
    again = plan(model(elements, flows), flows={"f3": 1.0, "f4": 0.0}, steps={"a": {"duration": 1}})
    with pytest.raises(BadInput, match="round and round"):
        simulate_fast(again, 1, 0, 1)
    late = plan(
        row("a"),
        start="2026-12-28T08:00:00+08:00",
        calendars={"o": {"days": "cn"}},
        arrivals={"every": 60, "calendar": "always"},
        pools=[{"name": "d", "number": 1, "roles": ["r"], "calendar": "o"}],
        steps={"a": {"role": "r", "duration": "PT1H"}},
    )
    chart = Chart(late)
    simulate_once(late, 1, 0, 2, chart)
    with pytest.raises(CalendarNotPublished):
        simulate_fast(late, 1, 0, 200, chart)


def test_both_kernels_give_one_study() -> None:
    p = random_plan(9, rich=False)
    a, b = (study(p, seed=2, replications=3, cases=150, kernel=k) for k in ("plain", "compiled"))
    for what in ("cycle", "waiting", "working", "cost"):
        assert a.mean(what) == b.mean(what)
    assert np.array_equal(a.first.case, b.first.case)


def test_without_the_compiler_the_same_loop_runs() -> None:
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "from campaigns.simulation_kernels import one\n"
        "from xiaoneng.core.simulation.tight import COMPILED\n"
        "assert not COMPILED\n"
        "assert one(5, 15)[1] == [] and one(6, 15)[1] == []\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_expression_that_is_no_condition_is_not_asked() -> None:
    """A constant that a script assigns is no answer of a split, and a loop's condition is none either."""
    script = '<scriptTask id="c" xn:result="x"><script>"granted"</script></scriptTask>'
    loop = (
        '<userTask id="c"><standardLoopCharacteristics loopMaximum="3"><loopCondition>size &gt; 5'
        "</loopCondition></standardLoopCharacteristics></userTask>"
    )
    for middle in (script, loop):
        attributes = {"size": {"number": {"uniform": {"low": 0, "high": 10}}}} if middle == loop else {}
        p = plan(
            model(['<startEvent id="s"/>', middle, '<endEvent id="e"/>'], [("s", "c"), ("c", "e")]),
            attributes=attributes,
        )
        first, fast = simulate_once(p, 1, 0, 20), simulate_fast(p, 1, 0, 20)
        assert first.in_progress == 0
        assert fast is None or differences(first, fast) == []
