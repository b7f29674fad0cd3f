"""Comparison of two versions: nothing is told of what is the same, and of a change no more than it is."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.core.process.blocks import Block, blocks, bpmn, copied
from xiaoneng.core.process import Model, compile_document, read_document
from xiaoneng.core.process.diff import FIELDS, Diff, compare

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xn="urn:xiaoneng:bpmn:1" id="d">'
    '<process id="p">'
)


def chain(*steps: str, ids: str = "") -> Model:
    """Steps one after the other; a step may say more: ``name xn:limit="5"``."""
    names = [step.split(" ")[0] for step in steps]
    tags = [
        f'<userTask id="{ids}{name}" name="{name}" {step[len(name) :]}/>'
        for name, step in zip(names, steps, strict=True)
    ]
    row = ["s", *(ids + name for name in names), "e"]
    flows = "".join(
        f'<sequenceFlow id="{ids}f{n}" sourceRef="{a}" targetRef="{b}"/>'
        for n, (a, b) in enumerate(itertools.pairwise(row))
    )
    return model(f'<startEvent id="s"/>{"".join(tags)}<endEvent id="e"/>{flows}')


def model(body: str) -> Model:
    return compile_document(read_document(f"{HEAD}{body}</process></definitions>".encode()))


def source(block: Block) -> str:
    return bpmn(copied(block))[0].decode()


def read(text: str) -> Model:
    return compile_document(read_document(text.encode()))


def lists(found: Diff) -> tuple[object, ...]:
    return found.added, found.removed, found.moved, found.changed


@settings(deadline=None, max_examples=100)
@given(blocks(leaves=12))
def test_a_model_is_like_itself(block: Block) -> None:
    text = source(block)
    found = compare(read(text), read(text))
    assert not found
    assert lists(found) == ((), (), (), ())


@settings(deadline=None, max_examples=150)
@given(blocks(leaves=12), st.data())
def test_one_task_more_is_one_added_and_nothing_else(block: Block, data: st.DataObject) -> None:
    """On any flow, also inside blocks, loops and sub-processes; and the other way round one is gone."""
    text = source(block)
    flows = re.findall(r'<bpmn:sequenceFlow id="(\w+)" sourceRef="(\w+)" targetRef="(\w+)"', text)
    # behind an event gateway nothing but events may stand
    name, before, after = data.draw(st.sampled_from([f for f in flows if f[1] not in races(text)]))
    more = text.replace(
        f'id="{name}" sourceRef="{before}" targetRef="{after}"',
        f'id="{name}" sourceRef="{before}" targetRef="added"',
    ).replace(
        f'<bpmn:sequenceFlow id="{name}"',
        f'<bpmn:userTask id="added"/><bpmn:sequenceFlow id="behind" sourceRef="added" targetRef="{after}"/>'
        f'<bpmn:sequenceFlow id="{name}"',
    )
    assert lists(compare(read(text), read(more))) == (("added",), (), (), ())
    assert lists(compare(read(more), read(text))) == ((), ("added",), (), ())


def races(text: str) -> set[str]:
    return set(re.findall(r'<bpmn:eventBasedGateway id="(\w+)"', text))


@settings(deadline=None, max_examples=150)
@given(blocks(events=False, leaves=12), st.data())
def test_two_swapped_tasks_are_one_or_two_moved(block: Block, data: st.DataObject) -> None:
    text = source(block)
    # a task that is repeated would take its repetition along
    tasks = sorted(re.findall(r'<bpmn:userTask id="(\w+)" name="\w+"></bpmn:userTask>', text))
    assume(len(tasks) > 1)
    one, two = data.draw(st.lists(st.sampled_from(tasks), min_size=2, max_size=2, unique=True))
    marked = re.sub(rf'"{one}"', '"@"', text)
    swapped = re.sub('"@"', f'"{two}"', re.sub(rf'"{two}"', f'"{one}"', marked))
    found = compare(read(text), read(swapped))
    assert (found.added, found.removed, found.changed) == ((), (), ())
    # two branches may be written in the other order, and nothing has changed
    assert len(found.moved) <= 2


@settings(deadline=None, max_examples=100)
@given(st.integers(2, 9), st.data())
def test_a_task_elsewhere_in_a_row_is_the_one_that_moved(length: int, data: st.DataObject) -> None:
    names = [f"n{i}" for i in range(length)]
    at, to = data.draw(st.permutations(range(length)))[:2]
    order = [n for n in names if n != names[at]]
    order.insert(to, names[at])
    found = compare(chain(*names), chain(*order))
    assert (found.added, found.removed, found.changed) == ((), (), ())
    if abs(at - to) > 1:
        assert found.moved == (names[at],)
    else:
        assert len(found.moved) == 1


def test_side_by_side_instead_of_one_after_the_other_is_a_move() -> None:
    row = chain("a", "b", "c")
    tasks = "".join(f'<userTask id="{n}" name="{n}"/>' for n in "abc")
    ends = "s>x x>a x>b a>y b>y y>c c>e"
    beside = model(
        f'<startEvent id="s"/>{tasks}<endEvent id="e"/><parallelGateway id="x"/><parallelGateway id="y"/>'
        + "".join(
            f'<sequenceFlow id="q{i}" sourceRef="{pair[0]}" targetRef="{pair[2]}"/>'
            for i, pair in enumerate(ends.split())
        )
    )
    found = compare(row, beside)
    assert found.added == ("x", "y")
    assert len(found.moved) == 1
    assert set(found.moved) < {"a", "b"}


@pytest.mark.parametrize(
    ("old", "new", "fields"),
    [
        ("check", 'check xn:limit="3"', ("limit",)),
        ('check xn:limit="5"', 'check xn:limit="5" xn:limitUnit="cd"', ("unit",)),
        ('check xn:role="window"', 'check xn:role="head"', ("role",)),
        ("check", 'check xn:decision="fee"', ("decision",)),
    ],
)
def test_facts_that_changed_are_named_with_their_values(old: str, new: str, fields: tuple[str, ...]) -> None:
    found = compare(chain("a", old, "b"), chain("a", new, "b"))
    assert found.changed == (("check", fields),)
    (change,) = found.details
    assert [field for field, _, _ in change.fields] == list(fields)
    assert change.fields[0][1] != change.fields[0][2]
    assert {field for field, _, _ in change.fields} <= set(FIELDS)


def test_new_ids_do_not_hide_what_is_the_same() -> None:
    """A file drawn anew: every id is another, one step is new, one has another limit."""
    old = chain("receive", 'check xn:limit="5"', "decide")
    new = chain("receive", 'check xn:limit="8"', "sign", "decide", ids="z_")
    found = compare(old, new)
    assert found.added == ("z_sign",)
    assert found.removed == ()
    assert found.moved == ()
    assert dict(found.changed)["z_check"] == ("id", "limit")
    assert found.renamed == {"z_receive": "receive", "z_check": "check", "z_decide": "decide"}


def test_a_step_of_another_name_and_id_is_another_step() -> None:
    found = compare(chain("receive", "check", "decide"), chain("receive", "sign", "decide"))
    assert (found.added, found.removed) == (("sign",), ("check",))
    assert not found.moved


def test_a_way_past_a_step_is_a_change_of_the_gateway() -> None:
    body = (
        '<startEvent id="s"/><exclusiveGateway id="g"/><userTask id="a"/><userTask id="b"/>'
        '<exclusiveGateway id="j"/><endEvent id="e"/>'
    )
    ends = ["s>g", "g>a", "a>j", "g>b", "b>j", "j>e"]

    def drawn(pairs: list[str]) -> Model:
        flows = [pair.split(">") for pair in pairs]
        return model(
            body + "".join(f'<sequenceFlow id="{x}_{y}" sourceRef="{x}" targetRef="{y}"/>' for x, y in flows)
        )

    found = compare(drawn(ends), drawn([*ends, "g>j"]))
    assert found.changed == (("g", ("flows",)),)
    assert (found.added, found.removed, found.moved) == ((), (), ())
    assert compare(drawn(ends), drawn([*ends, "j>g"])).changed == (("j", ("flows",)),)
