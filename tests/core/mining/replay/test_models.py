"""What models have besides blocks: events, sub-processes, instances; names and times of steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from benchmarks import blocks
from tests.core.mining.replay.logs import replayed
from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.errors import BadInput, NotFound
from xiaoneng.core.eventlog.ingest import ingest
from xiaoneng.core.eventlog.mapping import Mapping
from xiaoneng.core.eventlog.store import EventStore
from xiaoneng.core.mining.replay import StepMap, heat, replay, steps_of
from xiaoneng.core.process import Model, NotExecutable, compile_document, read_document

TIMER = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
SIGNAL = '<signalEventDefinition signalRef="sig"/>'


def model(body: str, flows: str, before: str = "") -> Model:
    """A process ``p``; flows as ``a>b a>c``."""
    lines = "".join(
        f'<sequenceFlow id="f{n}" sourceRef="{a}" targetRef="{b}"/>'
        for n, (a, b) in enumerate(pair.split(">") for pair in flows.split())
    )
    return compile_document(
        read_document(
            '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d">'
            f'<signal id="sig" name="sig"/>{before}<process id="p">{body}{lines}</process>'
            "</definitions>".encode()
        )
    )


def tasks(*names: str) -> str:
    return "".join(f'<userTask id="{name}" name="{name}"/>' for name in names)


def fits(m: Model, *paths: str) -> list[bool]:
    found = replayed(m, [path.split() for path in paths])
    return [verdict.fits for verdict in found.verdicts]


def test_a_timer_on_the_border_may_come_or_not() -> None:
    border = f'<boundaryEvent id="late" attachedToRef="check">{TIMER}</boundaryEvent>'
    m = model(
        f'<startEvent id="s"/>{tasks("check", "remind", "decide")}{border}<endEvent id="e"/>',
        "s>check check>decide late>remind remind>decide decide>e",
    )
    assert fits(m, "check decide", "remind decide", "check remind decide") == [True, True, False]


def test_a_border_event_that_does_not_interrupt_adds_a_branch() -> None:
    border = f'<boundaryEvent id="x" attachedToRef="check" cancelActivity="false">{TIMER}</boundaryEvent>'
    ends = '<endEvent id="e"/><endEvent id="f"/>'
    m = model(
        f'<startEvent id="s"/>{tasks("check", "remind", "decide")}{border}{ends}',
        "s>check check>decide x>remind remind>f decide>e",
    )
    expected = [True, True, True, False, False]
    paths = ("check decide", "remind check decide", "check decide remind", "remind decide", "check remind")
    assert fits(m, *paths) == expected


def test_an_event_sub_process_may_stop_everything() -> None:
    sub = (
        '<subProcess id="withdrawal" triggeredByEvent="true"><startEvent id="w">'
        f'{SIGNAL}</startEvent>{tasks("withdraw")}<endEvent id="we"/>'
        '<sequenceFlow id="w1" sourceRef="w" targetRef="withdraw"/>'
        '<sequenceFlow id="w2" sourceRef="withdraw" targetRef="we"/></subProcess>'
    )
    m = model(
        f'<startEvent id="s"/>{tasks("check", "decide")}{sub}<endEvent id="e"/>',
        "s>check check>decide decide>e",
    )
    assert fits(m, "check decide", "withdraw", "check withdraw", "withdraw decide") == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("row", ["true", "false"])
def test_as_many_instances_as_the_log_shows(row: str) -> None:
    """The number comes from data that no log has: every number that occurs is tried."""
    many = (
        f'<multiInstanceLoopCharacteristics isSequential="{row}"><loopCardinality>count(bodies)'
        "</loopCardinality></multiInstanceLoopCharacteristics>"
    )
    m = model(
        f'<startEvent id="s"/>{tasks("ask", "sum")}<userTask id="opinion" name="opinion">{many}</userTask>'
        '<endEvent id="e"/>',
        "s>ask ask>opinion opinion>sum sum>e",
    )
    paths = ("ask opinion opinion opinion sum", "ask opinion sum", "ask sum", "ask opinion sum opinion")
    assert fits(m, *paths) == [True, True, True, False]


def test_a_sub_process_that_the_log_knows_as_one_step() -> None:
    inside = (
        f'<startEvent id="is"/>{tasks("measure", "draw")}<endEvent id="ie"/>'
        '<sequenceFlow id="i1" sourceRef="is" targetRef="measure"/>'
        '<sequenceFlow id="i2" sourceRef="measure" targetRef="draw"/>'
        '<sequenceFlow id="i3" sourceRef="draw" targetRef="ie"/>'
    )
    m = model(
        f'<startEvent id="s"/><subProcess id="survey" name="survey">{inside}</subProcess>{tasks("decide")}'
        '<endEvent id="e"/>',
        "s>survey survey>decide decide>e",
    )
    assert fits(m, "survey decide", "decide") == [True, False]
    assert fits(m, "measure draw decide", "measure decide") == [True, False]
    # its own event beside those of its steps says nothing new
    assert fits(m, "measure draw survey decide") == [True]


def test_automatic_steps_are_expected_only_where_the_log_knows_them() -> None:
    m = model(
        f'<startEvent id="s" name="begun"/>{tasks("check")}<serviceTask id="x" name="fetch"/>'
        '<endEvent id="e" name="over"/>',
        "s>check check>x x>e",
    )
    assert fits(m, "check") == [True]
    assert fits(m, "check fetch", "check") == [True, False]
    assert fits(m, "begun check over", "begun check", "check over") == [True, False, False]


def test_inclusive_branches_join_when_no_more_can_come() -> None:
    m = blocks.model(("seq", "a", ("or", "b", "c", "d"), "e"))
    paths = ("a b e", "a d b e", "a d c b e", "a e", "a b e c")
    assert fits(m, *paths) == [True, True, True, False, False]


def test_several_processes_must_be_told_apart() -> None:
    other = '<process id="q"><startEvent id="qs"/></process>'
    m = model(f'<startEvent id="s"/>{tasks("a")}<endEvent id="e"/>', "s>a a>e", before=other)
    with pytest.raises(NotFound):
        replayed(m, [["a"]])
    assert replayed(m, [["a"]], process="p").fitting == 1


def test_what_cannot_be_followed_is_refused() -> None:
    strange = model(
        f'<startEvent id="s"/>{tasks("a")}<eventBasedGateway id="g"/><endEvent id="e"/>', "s>g g>a a>e"
    )
    with pytest.raises(NotExecutable):
        replayed(strange, [["a"]])
    plain = blocks.model("a")
    with pytest.raises(BadInput):
        replayed(plain, [["nothing of it"]])
    with pytest.raises(NotFound):
        replayed(plain, [["a"]], steps=StepMap({"a": ("no such step",)}))


@pytest.mark.parametrize("name", ["RECEIVE", " receive ", "ｒｅｃｅｉｖｅ", "n1"])
def test_names_are_compared_without_what_nobody_means(name: str) -> None:
    assert replayed(blocks.model(("seq", "receive", "check")), [[name, "Check"]]).fitting == 1


def write_store(folder: Path, rows: Sequence[str]) -> EventStore:
    source = folder / "log.csv"
    source.write_text("\n".join(rows), encoding="utf-8")
    mapping = Mapping(**{role: role for role in rows[0].split(",")})
    clock = work_clock(load_calendar("weekdays"))
    return ingest(source, folder / "store", mapping=mapping, work_clock=clock)


@pytest.mark.parametrize("form", ["columns", "lifecycle"])
def test_steps_wait_for_what_enabled_them_and_are_worked_on(tmp_path: Path, form: str) -> None:
    """Opinions run side by side: the second waits since the check, not since the first opinion."""
    begin = datetime(2025, 3, 3, 9)
    # step, begun after so many hours, done after so many
    done = [("receive", 0, 1), ("check", 3, 4), ("fire", 5, 6), ("plan", 10, 12), ("decide", 13, 14)]
    if form == "columns":
        rows = ["case,activity,time,end"] + [
            f"1,{name},{begin + timedelta(hours=a)},{begin + timedelta(hours=b)}" for name, a, b in done
        ]
    else:
        rows = ["case,activity,time,lifecycle"]
        for name, a, b in done:
            rows.append(f"1,{name},{begin + timedelta(hours=a)},start")
            rows.append(f"1,{name},{begin + timedelta(hours=b)},complete")
    found = replay(
        write_store(tmp_path, rows),
        blocks.model(("seq", "receive", "check", ("and", "plan", "fire"), "decide")),
    )
    assert found.fitting == 1
    hours = {
        step.name: tuple(None if span is None else span.median / 3600 for span in step.spans)
        for step in steps_of(found)
    }
    assert hours == {
        "receive": (None, None, 1),
        "check": (3, 2, 1),
        "fire": (2, 1, 1),
        "plan": (8, 6, 2),
        "decide": (2, 1, 1),
    }
    warm = heat(found)
    (plan,) = [step for step in steps_of(found) if step.name == "plan"]
    assert warm[plan.element] == {
        "count": 1,
        "cases": 1,
        "rework": 0,
        "deviations": 0,
        "elapsed_seconds": 8 * 3600,
        "waiting_seconds": 6 * 3600,
        "working_seconds": 2 * 3600,
    }
    assert all(warm[flow.id] == {"count": 1} for flow in found.model.flows)


def test_rework_and_flows_are_counted_by_case() -> None:
    m = blocks.model(("seq", ("loop", "check", "correct"), "decide"))
    found = replayed(m, [["check", "correct", "check", "decide"], ["check", "decide"]])
    (check,) = [step for step in steps_of(found) if step.name == "check"]
    assert (check.count, check.cases, check.rework) == (3, 2, 1)
    back = next(f for f in m.flows if m.nodes[f.target].name == "correct")
    assert heat(found)[back.id] == {"count": 1}
