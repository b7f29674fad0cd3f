"""Single cases: what moves with a token, and every reason for which a case is not moved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.core.process.migration.drawing import (
    AT,
    begin,
    do,
    draw,
    flow,
    model,
    opened,
    path,
    waiting,
)
from xiaoneng.core.process import (
    AddSign,
    Cancel,
    Claim,
    Complete,
    Model,
    Resume,
    State,
    Suspend,
    TimerDue,
    advance,
)
from xiaoneng.core.process.migration import Gone, Migrated, VersionMap, check_map, migrate
from xiaoneng.core.process.state import FORK, LISTEN, WAIT

THREE = draw("p q r z", "s a1 p a2 z e", "a1 q a2", "a1 r a2", gateways="a1 a2")
FOUR = draw("p q r n z", "s a1 p a2 z e", "a1 q a2", "a1 r a2", "a1 n a2", gateways="a1 a2")
LINE = draw("p q z", "s p q z e")
DAY = "<timerEventDefinition><timeDuration>P{}D</timeDuration></timerEventDefinition>"


def moved(old: Model, state: State, new: Model, **said: object) -> Migrated:
    return migrate(old, state, new, VersionMap(**said), AT)  # type: ignore[arg-type] # fields by name


def kinds(out: Migrated) -> list[tuple[str, str]]:
    """(kind, element) of what blocks."""
    assert out.state is None
    assert not out.events
    return [(p.kind, p.element) for p in out.problems if p.blocks]


def item(m: Model, state: State, identity: str, role: int = WAIT) -> int:
    number = m.by_id[identity]
    rows = zip(state.ids, state.shape.items, strict=True)
    return next(i for i, row in rows if row[0] == role and row[1] == number)


# a fourth branch


@pytest.mark.parametrize("done", [(), ("p",), ("p", "r")])
def test_an_added_branch_counts_as_passed(done: tuple[str, ...]) -> None:
    state = do(THREE, begin(THREE), *done)
    out = moved(THREE, state, FOUR)
    assert out.state is not None
    assert not out.problems
    assert opened(FOUR, out.state) == opened(THREE, state)
    assert waiting(FOUR, out.state) == sorted(["n-a2", *(f"{task}-a2" for task in done)])
    last = do(FOUR, out.state, *(t for t in "pqr" if t not in done), "z")
    assert last.status == "completed"


@pytest.mark.parametrize("done", [(), ("p",), ("p", "r")])
def test_an_added_branch_is_opened_where_the_map_asks(done: tuple[str, ...]) -> None:
    state = do(THREE, begin(THREE), *done)
    out = moved(THREE, state, FOUR, open=["a1-n"])
    assert out.state is not None
    assert [(e.kind, e.data) for e in out.events] == [("split", ("a1-n",)), ("opened", None)]
    rest = [t for t in "pqr" if t not in done]
    assert opened(FOUR, out.state) == sorted([*rest, "n"])
    before_n = do(FOUR, out.state, *rest)
    assert opened(FOUR, before_n) == ["n"]
    assert do(FOUR, before_n, "n", "z").status == "completed"
    fork = out.state.shape.items[out.state.ids.index(item(FOUR, out.state, "a1", FORK))]
    assert fork[5] == (0b1111,)


def test_a_case_behind_or_before_the_block_opens_nothing() -> None:
    longer = draw("first p q r n z", "s first a1 p a2 z e", "a1 q a2", "a1 r a2", "a1 n a2", gateways="a1 a2")
    before = draw("first p q r z", "s first a1 p a2 z e", "a1 q a2", "a1 r a2", gateways="a1 a2")
    for done in ([], ["first", "p", "q", "r"]):
        state = do(before, begin(before), *done)
        out = moved(before, state, longer, open=["a1-n"])
        assert out.state is not None
        assert out.events == ()
        assert opened(longer, out.state) == opened(before, state)


def test_a_removed_branch_holds_nobody_up_when_it_is_done() -> None:
    state = do(FOUR, begin(FOUR), "n", "p")
    out = moved(FOUR, state, THREE)
    assert out.state is not None
    assert do(THREE, out.state, "q", "r", "z").status == "completed"
    still = do(FOUR, begin(FOUR), "p")
    assert kinds(moved(FOUR, still, THREE)) == [("gone", "n")]


def test_steps_that_were_one_after_the_other_are_beside_each_other_now() -> None:
    beside = draw("p q z", "s a1 p a2 z e", "a1 q a2", gateways="a1 a2")
    state = begin(LINE)
    # q would be left out: the case never passed the split that opens it
    assert kinds(moved(LINE, state, beside)) == [("skipped", "q")]
    left = moved(LINE, state, beside, skip=["q"])
    assert left.state is not None
    assert do(beside, left.state, "p", "z").status == "completed"
    out = moved(LINE, state, beside, open=["a1-q"])
    assert out.state is not None
    assert opened(beside, out.state) == ["p", "q"]
    assert do(beside, out.state, "q", "p", "z").status == "completed"
    # and back: two tokens in a row would do z twice
    both = moved(beside, begin(beside), LINE)
    assert {kind for kind, _ in kinds(both)} == {"meet"}


# what moves with a token


def test_owners_signers_and_ids_move_along() -> None:
    renamed = draw("p2 q z", "s p2 q z e")
    state = advance(LINE, begin(LINE), Claim(item(LINE, begin(LINE), "p"), "ann"), AT).state
    task = item(LINE, state, "p")
    assert kinds(moved(LINE, state, renamed)) == [("gone", "p")]
    out = moved(LINE, state, renamed, elements={"p": "p2"})
    assert out.state is not None
    assert (item(renamed, out.state, "p2"), dict(out.state.owners)) == (task, {task: "ann"})
    assert (out.events, out.moved) == ((), ((task, "p"),))
    signing = advance(LINE, state, AddSign(task, ("bob", "cid"), True, "ann"), AT).state
    out = moved(LINE, signing, renamed, elements={"p": "p2"})
    assert out.state is not None
    state = out.state
    for who in ("bob", "cid", "ann"):
        (open_task,) = [i for i, row in zip(state.ids, state.shape.items, strict=True) if row[0] == WAIT]
        assert state.owners[open_task] == who
        state = advance(renamed, state, Complete(open_task, None, who), AT).state
    assert opened(renamed, state) == ["q"]


def test_a_step_may_be_mapped_to_a_flow() -> None:
    shorter = draw("p z", "s p z e")
    state = do(LINE, begin(LINE), "p")
    assert kinds(moved(LINE, state, shorter)) == [("gone", "q")]
    out = moved(LINE, state, shorter, elements={"q": "p-z"})
    assert out.state is not None
    assert opened(shorter, out.state) == ["z"]
    assert [e.kind for e in out.events] == ["opened"]
    assert out.gone == (Gone("withdrawn", item(LINE, state, "q"), "q"),)


def test_a_step_added_before_the_join_is_done_by_who_waited_there() -> None:
    added = draw("p more q r z", "s a1 p more a2 z e", "a1 q a2", "a1 r a2", gateways="a1 a2")
    out = moved(THREE, do(THREE, begin(THREE), "p"), added)
    assert out.state is not None
    assert opened(added, out.state) == ["more", "q", "r"]
    assert do(added, out.state, "q", "r", "more", "z").status == "completed"


def many(sequential: str = "false", completion: str = "") -> Model:
    asked = f"<completionCondition>{completion}</completionCondition>" if completion else ""
    loop = (
        f'<multiInstanceLoopCharacteristics isSequential="{sequential}"><loopCardinality>3</loopCardinality>'
        f"{asked}</multiInstanceLoopCharacteristics>"
    )
    return model(
        f'<startEvent id="s"/><userTask id="m">{loop}</userTask><userTask id="z"/><endEvent id="e"/>'
        + path("s", "m", "z", "e")
    )


def test_several_instances_keep_their_count() -> None:
    old, new = many(), many(completion="numberOfCompletedInstances &gt;= 2")
    state = do(old, begin(old), "m")
    out = moved(old, state, new)
    assert out.state is not None
    assert not out.problems
    assert opened(new, out.state) == ["m", "m"]
    assert opened(new, do(new, out.state, "m")) == ["z"]
    assert opened(old, do(old, state, "m")) == ["m"]
    assert kinds(moved(old, state, many("true"))) == [("loop_changed", "m")]
    once = draw("m z", "s m z e")
    assert kinds(moved(old, state, once)) == [("loop_changed", "m")]


def test_wrapped_in_a_sub_process_and_taken_out_again() -> None:
    inside = '<startEvent id="is"/><endEvent id="ie"/><userTask id="p"/><userTask id="q"/>'
    wrapped = model(
        f'<startEvent id="s"/><endEvent id="e"/><userTask id="z"/><subProcess id="sub">{inside}'
        f'{path("is", "p", "q", "ie")}</subProcess><boundaryEvent id="late" attachedToRef="sub">'
        f"{DAY.format(2)}</boundaryEvent>{path('s', 'sub', 'z', 'e')}{flow('late', 'e')}"
    )
    state = do(LINE, begin(LINE), "p")
    out = moved(LINE, state, wrapped)
    assert out.state is not None
    assert [e.kind for e in out.events] == ["sub_started", "timer_set"]
    assert opened(wrapped, do(wrapped, out.state, "q")) == ["z"]
    (timer,) = [e for e in out.events if e.kind == "timer_set"]
    assert timer.data == AT + timedelta(days=2)
    fired = advance(wrapped, out.state, TimerDue(timer.item), timer.data).state
    assert fired.status == "completed"
    back = moved(wrapped, out.state, LINE)
    assert back.state is not None
    assert back.state._replace(next=state.next) == state
    assert back.events == ()
    assert [(g.kind, g.element) for g in back.gone] == [("sub_ended", "sub"), ("timer_off", "late")]


def around(inner: str, outer: str) -> Model:
    """A sub-process ``sub`` with what lies in it and around it."""
    ends = '<startEvent id="is"/><endEvent id="ie"/>'
    gates = '<parallelGateway id="a1"/><parallelGateway id="a2"/>' if "a1" in inner else ""
    return model(
        f'<startEvent id="s"/><endEvent id="e"/><subProcess id="sub">{ends}{gates}{inner}</subProcess>{outer}'
    )


def test_moved_out_of_a_sub_process() -> None:
    p, q, r = (f'<userTask id="{task}"/>' for task in "pqr")
    both = around(p + q + path("is", "a1", "p", "a2", "ie") + path("a1", "q", "a2"), path("s", "sub", "e"))
    less = around(
        q + r + path("is", "a1", "q", "a2", "ie") + path("a1", "r", "a2"), p + path("s", "p", "sub", "e")
    )
    assert ("left_scope", "p") in kinds(moved(both, begin(both), less))
    one = around(p + path("is", "p", "ie"), path("s", "sub", "e"))
    other = around(q + path("is", "q", "ie"), p + path("s", "p", "sub", "e"))
    out = moved(one, begin(one), other)
    assert out.state is not None
    # the sub-process that only the moved step kept alive is over, without what comes behind it
    assert (opened(other, out.state), len(out.state.ids)) == (["p"], 1)
    assert do(other, out.state, "p", "q").status == "completed"


# timers and event sub-processes


def timed(days: int, *, limit: str = "", interrupting: str = "false") -> Model:
    text = f'<timerEventDefinition xn:limit="{limit}" xn:limitUnit="wd"/>' if limit else DAY.format(days)
    return model(
        '<startEvent id="s"/><userTask id="p"/><userTask id="remind"/><endEvent id="e"/><endEvent id="e2"/>'
        f'<boundaryEvent id="late" attachedToRef="p" cancelActivity="{interrupting}">{text}</boundaryEvent>'
        + path("s", "p", "e")
        + path("late", "remind", "e2")
    )


def test_a_timer_keeps_the_time_it_was_set_for() -> None:
    old, new = timed(2), timed(5)
    state = begin(old)
    out = moved(old, state, new)
    assert out.state is not None
    assert out.events == ()
    timer = item(new, out.state, "late", LISTEN)
    assert out.state.extra.notes == state.extra.notes
    fired = advance(new, out.state, TimerDue(timer), AT + timedelta(days=2)).state
    assert opened(new, fired) == ["p", "remind"]
    # what has fired is not armed again
    again = moved(new, fired, old)
    assert again.state is not None
    assert again.state.extra.notes == {}


def test_a_changed_limit_is_counted_again() -> None:
    old, new = timed(0, limit="5"), timed(0, limit="3")
    state = begin(old)
    out = moved(old, state, new)
    assert [(e.kind, e.data) for e in out.events] == [("timer_set", (3, "wd"))]
    assert moved(old, state, old).events == ()


def test_timers_come_and_go_with_their_events() -> None:
    plain, new = draw("p", "s p e"), timed(2)
    out = moved(plain, begin(plain), new)
    assert out.state is not None
    assert [e.kind for e in out.events] == ["timer_set"]
    back = moved(new, out.state, plain)
    assert back.state is not None
    assert [g.kind for g in back.gone] == ["timer_off"]
    assert back.state.extra.notes == {}


def guarded(days: int, *, interrupting: str = "false", with_sub: bool = True) -> Model:
    sub = (
        f'<subProcess id="watch" triggeredByEvent="true"><startEvent id="w" isInterrupting="{interrupting}">'
        f'{DAY.format(days)}</startEvent><userTask id="look"/><endEvent id="we"/>{path("w", "look", "we")}'
        "</subProcess>"
    )
    return model(
        '<startEvent id="s"/><userTask id="p"/><userTask id="q"/><endEvent id="e"/>'
        + path("s", "p", "q", "e")
        + (sub if with_sub else "")
    )


@pytest.mark.parametrize("interrupting", ["true", "false"])
def test_event_sub_processes(interrupting: str) -> None:
    without, new = guarded(1, with_sub=False), guarded(1, interrupting=interrupting)
    out = moved(without, begin(without), new)
    assert out.state is not None
    (armed,) = out.events
    fired = advance(new, out.state, TimerDue(armed.item), armed.data).state
    open_now = ["look"] if interrupting == "true" else ["look", "p"]
    assert opened(new, fired) == open_now
    # the running event sub-process has no place where it is not drawn
    assert kinds(moved(new, fired, without))[0] == ("gone", "watch")
    wider = guarded(9, interrupting=interrupting)
    again = moved(new, fired, wider)
    assert again.state is not None
    assert again.state.shape.items == fired.shape.items
    last = do(wider, again.state, *open_now)
    assert (do(wider, last, "q") if interrupting == "false" else last).status == "completed"


# reasons not to move


def test_ended_and_not_executable() -> None:
    state = begin(LINE)
    over = advance(LINE, state, Cancel(), AT).state
    assert kinds(moved(LINE, over, LINE)) == [("ended", "proc")]
    drawn = draw("p", "s p e", more='<task id="t" completionQuantity="0"/>')
    assert kinds(moved(LINE, state, drawn)) == [("not_executable", "t")]
    assert [p.kind for p in check_map(LINE, drawn, VersionMap()) if p.blocks] == ["not_executable"]


def test_a_suspended_case_stays_suspended() -> None:
    state = advance(THREE, do(THREE, begin(THREE), "p"), Suspend(), AT).state
    out = moved(THREE, state, FOUR, open=["a1-n"])
    assert out.state is not None
    assert out.state.status == "suspended"
    state = advance(FOUR, out.state, Resume(), AT).state
    assert do(FOUR, state, "q", "r", "n", "z").status == "completed"


def test_what_the_map_cannot_say() -> None:
    caught = draw(
        "p z", "s p c z e", more=f'<intermediateCatchEvent id="c">{DAY.format(1)}</intermediateCatchEvent>'
    )
    said = VersionMap({"p": "c", "nobody": "z", "q": "nowhere"}, open=["s-p", "x"])
    found = [(p.kind, p.element) for p in check_map(LINE, caught, said) if p.blocks]
    assert found == [
        ("unknown", "nobody"),
        ("unknown", "nowhere"),
        ("open", "s-p"),
        ("unknown", "x"),
        ("kind", "p"),
    ]
    assert kinds(migrate(LINE, begin(LINE), caught, said, AT)) == [("kind", "p")]


def test_a_join_that_can_never_fire() -> None:
    other = flow("x1", "q", "", "v = 1")
    exclusive = draw("p q z", "s x1 p a2 z e", "q a2", gateways="x1/x1-p a2", more=other)
    single = draw("p q z", "s x1 p x2 z e", "q x2", gateways="x1/x1-p x2", more=other)
    out = moved(single, begin(single), exclusive)
    assert kinds(out) == [("deadlock", "a2")]
    assert str(out.problems[0]).startswith("a2 would wait for ever")


def test_two_tokens_at_one_step() -> None:
    state = begin(THREE)
    out = moved(THREE, state, LINE, elements={"q": "p", "r": "q"}, skip=["q", "r"])
    assert {kind for kind, _ in kinds(out)} == {"meet"}


def test_a_way_back_that_is_gone_leaves_nothing_out() -> None:
    back = flow("x1", "x0", "", "v = 1")
    loop = draw("p q z", "s x0 p q x1 z e", gateways="x0 x1/x1-z", more=back)
    straight = draw("p q z", "s p q z e")
    for done in ([], ["p"], ["p", "q"]):
        out = moved(loop, do(loop, begin(loop), *done), straight)
        assert out.state is not None, done
        assert not out.problems
    # but a step that was never done is missed, even where it might not have come
    swapped = draw("q p z", "s q p z e")
    assert kinds(moved(loop, begin(loop), swapped)) == [("skipped", "q")]


def test_a_step_that_cannot_come_to_rest() -> None:
    """A token goes on to a gateway whose condition has no answer for the case."""
    asking = flow("x1", "z", "", "v &gt; 1") + flow("x1", "e", "", "v = 1")
    asks = draw("z", "z e", gateways="x1", more=flow("s", "x1", "on") + asking)
    out = moved(LINE, begin(LINE), asks, elements={"p": "on"}, later=["v"], skip=["z"])
    assert kinds(out) == [("step", "x1-z")]


def test_what_cannot_be_proven_is_told() -> None:
    """A gateway that decides by the case's data."""
    when = "<activationCondition>activationCount &gt;= wanted</activationCondition>"
    body = f'<complexGateway id="c">{when}</complexGateway>'
    old = draw("p q z", "s a1 p c z e", "a1 q c", gateways="a1", more=body)
    state = begin(old, {"wanted": 2})
    out = moved(old, state, draw("p q y z", "s a1 p c y z e", "a1 q c", gateways="a1", more=body))
    assert out.state is not None
    assert [(p.kind, p.blocks) for p in out.problems] == [("not_proven", False)]


def test_a_scope_that_does_not_exist_for_the_case() -> None:
    into = model(
        '<startEvent id="s"/><endEvent id="e"/><userTask id="z"/><subProcess id="watch" '
        'triggeredByEvent="true"><startEvent id="w"><messageEventDefinition messageRef="m"/></startEvent>'
        f'<userTask id="p"/><endEvent id="we"/>{path("w", "p", "we")}</subProcess>' + path("s", "z", "e")
    )
    assert not into.executable
    named = model(
        '<startEvent id="s"/><endEvent id="e"/><userTask id="z"/><subProcess id="watch" '
        f'triggeredByEvent="true"><startEvent id="w">{DAY.format(1)}</startEvent>'
        f'<userTask id="p"/><endEvent id="we"/>{path("w", "p", "we")}</subProcess>' + path("s", "z", "e")
    )
    assert kinds(moved(LINE, begin(LINE), named)) == [("no_scope", "p")]


def gated(condition: str, *, before: str = "p") -> Model:
    return model(
        '<startEvent id="s"/><endEvent id="e"/><userTask id="p"/><userTask id="y"/><userTask id="n"/>'
        '<exclusiveGateway id="x" default="x-n"/>'
        + path("s", before, "x", "n", "e")
        + flow("x", "y", "", condition)
        + path("y", "e")
    )


def test_variables_that_new_conditions_need() -> None:
    plain, asking = draw("p n", "s p n e"), gated("amount &gt; 5")
    state = begin(plain, {"amount": 9})
    out = moved(plain, state, asking)
    assert kinds(out) == [("variable", "x")]
    assert out.problems[0].params["name"] == "amount"
    assert "amount" in str(out.problems[0])
    given = moved(plain, state, asking, data={"amount": 9})
    assert given.state is not None
    assert opened(asking, do(asking, given.state, "p")) == ["y"]
    later = moved(plain, state, asking, later=["amount"])
    assert later.state is not None
    # the old version knew the name: a step may still bring it, so it is told and does not block
    stricter = gated("amount &gt; 7")
    told = moved(asking, begin(asking), stricter)
    assert told.state is not None
    assert [(p.kind, p.blocks) for p in told.problems] == [("variable", False)]
    has = moved(asking, begin(asking, {"amount": 6}), stricter)
    assert has.problems == ()
    # what a case has already is not overwritten
    kept = moved(asking, begin(asking, {"amount": 6}), stricter, data={"amount": 9})
    assert kept.state is not None
    assert int(kept.state.variables["amount"]) == 6


def test_a_process_may_have_another_id() -> None:
    body = '<startEvent id="s"/><userTask id="p"/><endEvent id="e"/>' + path("s", "p", "e")
    one, two = model(body, "one"), model(body, "two")
    out = moved(one, begin(one), two)
    assert out.state is not None
    assert do(two, out.state, "p").status == "completed"
    assert kinds(moved(one, begin(one), two, elements={"one": "three"})) == [("process", "one")]


def test_verdicts_are_kept_for_a_batch() -> None:
    known: dict[object, object] = {}
    said, plain, asking = VersionMap(), draw("p n", "s p n e"), gated("amount &gt; 5")
    first = [migrate(plain, begin(plain), asking, said, AT, known=known) for _ in range(2)]
    size = len(known)
    assert kinds(first[0]) == kinds(first[1]) == [("variable", "x")]
    # another map, and a case that has what is asked for, are told apart
    given = migrate(plain, begin(plain), asking, VersionMap(data={"amount": 9}), AT, known=known)
    assert given.state is not None
    assert kinds(migrate(plain, begin(plain), asking, said, AT, known=known)) == [("variable", "x")]
    assert len(known) > size
