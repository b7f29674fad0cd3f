"""Hostile texts and endless work end soon, with a reason."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.fuzz_feel import WORDS
from xiaoneng.core.decisions import Limits, compile_expression, compile_unary_tests
from xiaoneng.core.decisions.patterns import _Reader, without_spaces
from xiaoneng.core.errors import BadInput


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "[" * 5000,
        "-" * 5000 + "1",
        "1" + "+1" * 5000,
        "not(" * 3000 + "true" + ")" * 3000,
        "a" + ".a" * 5000,
        "a" + "[1]" * 5000,
        "if true then " * 3000 + "1",
        "1 in (" * 3000,
        "{a:" * 3000,
        "x" * 300_000,
        "1 = " * 3000 + "1",
        "instance of list<" * 3000,
    ],
)
def test_deep_or_long_texts_are_refused_quickly(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(BadInput):
        compile_expression(text)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{f: function(n) f(n + 1)}.f(0)", "too_deep"),
        ("for i in 1..1000000000 return i", "budget"),
        ("every i in 1..1000000000 satisfies true", "budget"),
        ("for i in 1..3000, j in 1..3000 return i", "budget"),
        ("{d: function(l) concatenate(l, l), x: " + "d(" * 22 + "[1,2,3]" + ")" * 22 + "}.x", "budget"),
        ('{d: function(s) s + s, x: d(d(d(d(d(d(d(d(d(d("' + "a" * 3000 + '"))))))))))}.x', "text_result"),
        (
            "{a: {f: function(x) for i in 1..1000 return for j in 1..1000 return for k in 1..1000 return x},"
            " b: a.f(1)}.b",
            "budget",
        ),
    ],
)
def test_endless_work_is_stopped(text: str, code: str) -> None:
    start = time.perf_counter()
    result = compile_expression(text).evaluate()
    assert code in [e.code for e in result.errors], result.errors[:3]
    assert time.perf_counter() - start < 5


def test_the_budget_is_an_argument() -> None:
    expression = compile_expression("for i in 1..100 return i")
    assert expression.evaluate(limits=Limits(steps=99)).value is None
    assert len(expression.evaluate(limits=Limits(steps=200)).value) == 100


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(a*)*c", "(.*)*x"])
def test_catastrophic_patterns_are_stopped(pattern: str) -> None:
    start = time.perf_counter()
    result = compile_expression("matches(s, p)", ["s", "p"]).evaluate({"s": "a" * 40 + "!", "p": pattern})
    assert result.value is False or result.errors[0].code == "pattern_time"
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=a)",
        "(?i)a",
        "(?P<n>a)",
        "a{e<=1}",
        "(?R)",
        "\\L<x>",
        "a**",
        "[b-a]",
        "\\1",
        "(",
        "a)",
        "[",
        "\\b",
        "a{3,2}",
    ],
)
def test_what_xpath_does_not_know_is_refused(pattern: str) -> None:
    result = compile_expression("matches(s, p)", ["s", "p"]).evaluate({"s": "a", "p": pattern})
    assert result.value is None
    assert result.errors[0].code in ("pattern", "pattern_at")


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        expression = compile_expression(text, ["a", "b"])
    except BadInput:
        return
    expression.evaluate({"a": 1, "b": [1, {"a": 2}]}, limits=Limits(steps=2000))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30))
def test_any_cell_is_read_or_refused(text: str) -> None:
    try:
        tests = compile_unary_tests(text)
    except BadInput:
        return
    assert tests.evaluate(1, limits=Limits(steps=2000)).value in (True, False, None)


@given(st.text("ab \\[]()^-x", max_size=20))
def test_spaces_are_dropped_outside_classes_only(pattern: str) -> None:
    shorter = without_spaces(pattern)
    assert [c for c in shorter if c != " "] == [c for c in pattern if c != " "]
    assert _Reader(shorter, "x").text == shorter
