"""What keeps a model from being published: conditions, limits, people, rounds without an end."""

from __future__ import annotations

import itertools
import re
from decimal import Decimal
from typing import Any

import polib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.architecture.sources import SOURCE
from tests.core.process.blocks import (
    Block,
    Both,
    Choice,
    Guard,
    Loop,
    Race,
    Repeat,
    Seq,
    Sub,
    Task,
    blocks,
    bpmn,
    copied,
)
from tests.core.process.driving import AT
from tests.core.process.test_soundness import arrows
from xiaoneng.core.decisions import compile_expression
from xiaoneng.core.process import Model, Start, StepTooLarge, advance, compile_document, read_document
from xiaoneng.core.process.soundness import HINTS, Problem, check
from xiaoneng.core.process.soundness.problem import TEXTS

XN = 'xmlns:xn="urn:xiaoneng:bpmn:1"'
HEAD = f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" {XN} id="d">'


def model_of(body: str, process: str = "") -> Model:
    return compile_document(
        read_document(f'{HEAD}<process id="p"{process}>{body}</process></definitions>'.encode())
    )


def found(model: Model, *kinds: str) -> list[Problem]:
    return [problem for problem in check(model).problems if problem.kind in kinds]


# conditions

CONDITIONS = (
    "conditions_gap",
    "conditions_overlap",
    "condition_never",
    "missing_default",
    "conditions_not_proven",
)


def split(
    conditions: list[str], *, gateway: str = "exclusiveGateway", default: bool = False, more: str = ""
) -> Model:
    """A split with these conditions, and perhaps a default."""
    ways = [*conditions, *([""] if default else [])]
    named = f' default="w{len(conditions)}"' if default else ""
    lines = [
        f'<extensionElements>{more}</extensionElements><startEvent id="s"/>',
        f'<{gateway} id="g"{named}/>',
        '<sequenceFlow id="first" sourceRef="s" targetRef="g"/>',
    ]
    for number, text in enumerate(ways):
        text = text.replace("<", "&lt;")
        asked = f"<conditionExpression>{text}</conditionExpression>" if text else ""
        lines.append(f'<userTask id="t{number}" xn:role="r"/>')
        lines.append(
            f'<sequenceFlow id="w{number}" sourceRef="g" targetRef="t{number}">{asked}</sequenceFlow>'
        )
    return model_of("".join(lines))


@pytest.mark.parametrize(
    ("conditions", "default", "kinds"),
    [
        (["n < 3", "n >= 3"], False, []),
        (["n < 3", "n > 3"], False, ["conditions_gap"]),
        (["n < 3", "n > 3"], True, []),
        (["n <= 3", "n >= 3"], True, ["conditions_overlap"]),
        (["a", "not(a)"], False, []),
        (["a and b", "not(a)"], False, ["conditions_gap"]),
        (["a", "a and b"], True, ["conditions_overlap", "condition_never"]),
        (['r = "x"', 'r = "y"'], False, ["conditions_gap"]),
        (['r = "x"', 'r != "x"'], False, []),
        (["n in [1..3]", "n in (> 3)", "n < 1"], False, []),
        (["n between 1 and 3", "not(n between 1 and 3)"], False, []),
        (["n = null", "n != null"], False, []),
        (["n > m", "n <= m"], False, ["missing_default", "conditions_not_proven"]),
        (["n > m", "n <= m"], True, ["conditions_not_proven"]),
        (["n > m"], True, []),
        (['check.result = "x"', 'check.result = "y"'], True, []),
        (['check.result = "x"', 'check.result != "y"'], False, ["conditions_gap", "conditions_overlap"]),
        (["check.a.b > 3", "check.a.b <= 3"], False, []),
        (["check > 3", "check.a <= 3"], True, ["conditions_not_proven"]),
        (['day > date("2026-01-01")', 'day <= date("2026-01-01")'], False, []),
        (["today() > day", "today() <= day"], False, ["missing_default", "conditions_not_proven"]),
        (['n > 3 or r = "x"', "n <= 3"], False, ["conditions_overlap"]),
        (["count(list) > 3", "count(list) <= 3"], True, ["conditions_not_proven"]),
    ],
)
def test_conditions_of_an_exclusive_split(conditions: list[str], default: bool, kinds: list[str]) -> None:
    model = split(conditions, default=default)
    problems = found(model, *CONDITIONS)
    assert sorted(problem.kind for problem in problems) == sorted(kinds)
    for problem in problems:
        assert problem.path[:2] == ("s", "g")
    verdict = check(model)
    assert verdict.sound
    assert verdict.publishable == (set(kinds) <= HINTS)


def test_what_a_gap_and_an_overlap_say() -> None:
    (gap,) = found(split(['r = "refused"', 'r = "granted" and n < 5']), "conditions_gap")
    where = 'not(r in ("refused", "granted")) and n < 5'
    assert str(gap) == f"no condition after g holds when {where}, and it has no default flow"
    (overlap,) = found(split(["n <= 3", "n >= 3"]), "conditions_overlap")
    assert str(overlap) == "two conditions after g hold when n = 3; the first of them decides"
    assert overlap.path == ("s", "g", "w0", "w1")


def test_options_of_a_variable_bound_it() -> None:
    more = '<xn:variable name="r" type="text" options="granted|refused"/>'
    conditions = ['r = "granted"', 'r = "refused"']
    assert found(split(conditions), "conditions_gap")
    assert not found(split(conditions, more=more), *CONDITIONS)


@pytest.mark.parametrize(
    ("conditions", "default", "kinds"),
    [
        (["n <= 3", "n >= 3"], False, set()),
        (["n < 3", "n > 3"], False, {"conditions_gap"}),
        (["n > m"], False, {"missing_default", "conditions_not_proven"}),
        (["n < 3", "n > 3"], True, set()),
        (["n < 3 and n > 5", "n > 3"], True, {"condition_never"}),
    ],
)
def test_an_inclusive_split_may_overlap(conditions: list[str], default: bool, kinds: set[str]) -> None:
    model = split([*conditions, "n > 100"], gateway="inclusiveGateway", default=default)
    assert {problem.kind for problem in found(model, *CONDITIONS)} == kinds


ATOMS = (
    "a",
    "not(b)",
    "n > 3",
    "n in [1..4]",
    "n <= 5.5",
    "n = 2",
    'r = "x"',
    'r in ("x", "y")',
    "n between 2 and 4",
)
conditions = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not({})".format, inner),
    ),
    max_leaves=4,
)
GRID: dict[str, list[Any]] = {
    "a": [True, False],
    "b": [True, False],
    "n": [Decimal(half) / 2 for half in range(-2, 15)],
    "r": ["x", "y", "z"],
}


@settings(deadline=None, max_examples=150)
@given(st.lists(conditions, min_size=1, max_size=3, unique=True))
def test_gaps_and_overlaps_agree_with_a_fine_grid(texts: list[str]) -> None:
    compiled = [compile_expression(text, list(GRID)) for text in texts]
    names = sorted({name for expression in compiled for name in expression.names})
    gap = overlap = False
    decides = set()
    for values in itertools.product(*(GRID[name] for name in names)):
        data = dict(zip(names, values, strict=True))
        hold = [i for i, expression in enumerate(compiled) if expression.evaluate(data).value is True]
        gap |= not hold
        overlap |= len(hold) > 1
        decides.update(hold[:1])
    # one condition alone is no split: another way that is never taken keeps the question
    problems = found(split([*texts, "a and not(a)"]), *CONDITIONS)
    kinds = {problem.kind for problem in problems}
    assert ("conditions_gap" in kinds) == gap
    assert ("conditions_overlap" in kinds) == overlap
    never = {problem.element for problem in problems if problem.kind == "condition_never"}
    assert never == {f"w{i}" for i in range(len(texts) + 1) if i not in decides}


# limits


def limited(block: Block, limit: int) -> Model:
    """The process of a tree with a limit; task number k has the limit k * 7 % 5 + 1."""
    source = re.sub(
        r'<bpmn:userTask id="t(\d+)"',
        lambda hit: f'{hit[0]} xn:limit="{weight(int(hit[1]))}"',
        bpmn(block)[0].decode(),
    )
    source = source.replace("<bpmn:definitions", f"<bpmn:definitions {XN}")
    source = source.replace('<bpmn:process id="p"', f'<bpmn:process id="p" xn:limit="{limit}"')
    return compile_document(read_document(source.encode()))


def weight(number: int) -> int:
    return number * 7 % 5 + 1


def longest(block: Block, names: dict[int, str], rest: int) -> int:
    """The longest way through a block and what follows it, by its structure."""
    if isinstance(block, Task):
        return weight(int(names[id(block)].removeprefix("t"))) + rest
    if isinstance(block, Seq):
        for part in reversed(block.parts):
            rest = longest(part, names, rest)
        return rest
    if isinstance(block, (Both, Choice)):
        parts = list(block.branches) if isinstance(block, Both) else [b for _, b in block.branches]
        if isinstance(block, Choice):
            parts.append(block.default)
        return max(longest(part, names, rest) for part in parts)
    if isinstance(block, Repeat):
        return longest(block.host, names, 0) + rest
    if isinstance(block, (Loop, Sub)):
        return longest(block.body, names, 0) + rest
    if isinstance(block, Race):
        return max(longest(block.message, names, rest), longest(block.timer, names, rest))
    assert isinstance(block, Guard)
    handled = longest(block.handler, names, rest if block.interrupting else 0)
    return longest(block.host, names, 0) + max(rest, handled)


@settings(deadline=None, max_examples=100)
@given(blocks(leaves=10))
def test_the_longest_way_through_a_process(block: Block) -> None:
    block = copied(block)
    names = bpmn(block)[1]
    total = longest(block, names, 0)
    assert not found(limited(block, total), "limit_too_short", "limit_units_differ")
    if not total:
        return
    (problem,) = found(limited(block, total - 1), "limit_too_short")
    assert problem.params["sum"] == total
    steps = [int(name.removeprefix("t")) for name in problem.path if name.startswith("t")]
    assert sum(map(weight, steps)) == total


def test_limits_in_other_units_are_not_compared() -> None:
    tasks = '<startEvent id="s"/><userTask id="a" xn:role="r" xn:limit="9" xn:limitUnit="{0}"/>{1}'
    flow = '<sequenceFlow id="f" sourceRef="s" targetRef="a"/>'
    model = model_of(tasks.format("cd", flow), ' xn:limit="5"')
    (problem,) = found(model, "limit_too_short", "limit_units_differ")
    assert (
        str(problem)
        == "the limit of p counts working days, a step in it calendar days; they are not compared"
    )
    assert check(model).publishable
    model = model_of(tasks.format("wd", flow), ' xn:limit="5"')
    (problem,) = found(model, "limit_too_short", "limit_units_differ")
    assert str(problem) == "the limit of p is 5 working days, but its steps may take 9 working days"
    assert problem.path == ("s", "a")


def test_a_sub_process_counts_by_its_own_limit() -> None:
    inner = (
        '<subProcess id="u" xn:limit="{0}"><startEvent id="s2"/><userTask id="a" xn:role="r" xn:limit="9"/>'
        '<sequenceFlow id="i" sourceRef="s2" targetRef="a"/></subProcess>'
        '<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="u"/>'
    )
    assert [p.element for p in found(model_of(inner.format(9), ' xn:limit="9"'), "limit_too_short")] == []
    assert [p.element for p in found(model_of(inner.format(5), ' xn:limit="5"'), "limit_too_short")] == ["u"]
    assert [p.element for p in found(model_of(inner.format(9), ' xn:limit="5"'), "limit_too_short")] == ["p"]


# words


def test_every_problem_is_told_in_chinese() -> None:
    catalogue = SOURCE / "core/process/locale/zh_Hans/LC_MESSAGES/django.po"
    known = {entry.msgid: entry.msgstr for entry in polib.pofile(str(catalogue)) if entry.msgstr}
    assert set(TEXTS.values()) <= set(known)
    for text in TEXTS.values():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", known[text])), text


# people


def test_tasks_without_a_role_and_lanes_without_a_body() -> None:
    body = (
        '<laneSet id="ls"><lane id="l" name="窗口"{0}><flowNodeRef>a</flowNodeRef></lane></laneSet>'
        '<startEvent id="s"/><userTask id="a"/><userTask id="b"{1}/><serviceTask id="c"/><endEvent id="e"/>'
        + arrows("s>a", "a>b", "b>c", "c>e")
    )
    kinds = ("lane_without_body", "task_without_role")
    missing = found(model_of(body.format("", "")), *kinds)
    assert [(p.kind, p.element) for p in missing] == [
        ("lane_without_body", "l"),
        ("task_without_role", "a"),
        ("task_without_role", "b"),
    ]
    assert missing[2].path == ("s", "a", "b")
    filled = model_of(body.format(' xn:body="b1" xn:role="clerk"', ' xn:role="head"'))
    assert not found(filled, *kinds)
    assert check(filled).publishable


# rounds


def test_a_round_that_nothing_interrupts() -> None:
    text = "<conditionExpression>again</conditionExpression>"
    body = (
        '<startEvent id="s"/><exclusiveGateway id="m"/>{0}<exclusiveGateway id="g" default="out"/>'
        '<userTask id="t" xn:role="r"/><endEvent id="e"/><sequenceFlow id="in" sourceRef="s" targetRef="m"/>'
        '<sequenceFlow id="out" sourceRef="g" targetRef="t"/>'
        '<sequenceFlow id="end" sourceRef="t" targetRef="e"/>'
        f'<sequenceFlow id="back" sourceRef="g" targetRef="m">{text}</sequenceFlow>'
    )
    bare = model_of(body.format("") + '<sequenceFlow id="x" sourceRef="m" targetRef="g"/>')
    (problem,) = found(bare, "endless_step")
    assert problem.path == ("s", "m", "g", "m")
    assert check(bare).sound
    assert not check(bare).publishable
    with pytest.raises(StepTooLarge):
        advance(bare, None, Start(data={"again": True}), AT)
    waits = '<userTask id="w" xn:role="r"/>'
    flows = (
        '<sequenceFlow id="x" sourceRef="m" targetRef="w"/><sequenceFlow id="y" sourceRef="w" targetRef="g"/>'
    )
    assert check(model_of(body.format(waits) + flows)).publishable
