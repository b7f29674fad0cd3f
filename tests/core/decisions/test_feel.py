"""FEEL expressions: values, three-valued logic, names, scopes, recorded faults."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoneng.core.decisions import compile_expression, compile_unary_tests, feel_literal, from_python
from xiaoneng.core.decisions.faults import FeelSyntaxError
from xiaoneng.core.decisions.operators import same
from xiaoneng.core.decisions.types import NUMBER, STRING, context_of, feel_text, list_of
from xiaoneng.core.decisions.values import Date, DateTime, DaysTime, Time, civil_from_days, days_from_civil


def value(text: str, **inputs: object) -> object:
    result = compile_expression(text, list(inputs)).evaluate(inputs)
    assert not result.errors, [str(e) for e in result.errors]
    return result.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", "7"),
        ("-2 ** 2", "4"),
        ("2 ** 3 ** 2", "64"),
        ("1/3", "0.3333333333333333333333333333333333"),
        ("0.1 + 0.2", "0.3"),
        ("if 1 > 2 then 3 else 4", "4"),
        ("{a: 1, b: a + 1}.b", "2"),
        ("{f: function(n) if n <= 1 then 1 else n * f(n - 1)}.f(20)", "2432902008176640000"),
        ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1, 1, 2, 6, 24]"),
        ("[{x: 1, y: 2}, {x: 2, y: 3}][x = 2].y", "[3]"),
        ("[{item: 1}, {item: 3}][item >= 2]", "[{item: 3}]"),
        ("[1, 2, 3][item > count([1])]", "[2, 3]"),
        ("1 in (1, < 5, >= 10) and 7 in [5..8[ and not(3 in (3..4])", "true"),
        ("[18..21[ = [18..21)", "true"),
        ('@"2021-01-31" + @"P1M"', "2021-02-28"),
        ('@"-2021-01-01T10:10:10+11:00" - @"P1D"', "-2022-12-31T10:10:10+11:00"),
        ('date("2024-02-29") - date("2023-03-01")', "P365D"),
        ('string(@"2018-12-08T10:30:11@Australia/Melbourne")', "2018-12-08T10:30:11@Australia/Melbourne"),
        ('replace("abracadabra", "a(.)", "a$1$1")', "abbraccaddabbra"),
        ('matches("efef", "[d-i-[f]]{2}")', "false"),
        ("(function(a, b) a - b)(b: 1, a: 3)", "2"),
        ("some x in [1, null], y in [2] satisfies x = y - 1", "true"),
        ("every x in [] satisfies false", "true"),
        ("null and false", "false"),
        ("null or true", "true"),
        ("null = null", "true"),
        ("{} = {}", "true"),
        ("sort([3, 1, 2], function(a, b) a > b)", "[3, 2, 1]"),
        ('"\\U01F40E\\uD83D\\uDCA9"', "🐎💩"),
        ("// nothing\n1 /* one */ + 1", "2"),
        ("5 between 10 and null", "false"),
    ],
)
def test_values(text: str, expected: str) -> None:
    result = compile_expression(text).evaluate()
    assert feel_text(result.value) == expected, result.errors


def test_a_function_keeps_the_values_of_its_loop() -> None:
    assert value("{fs: for x in [1, 2] return function() x, r: [fs[1](), fs[2]()]}.r") == [
        Decimal(1),
        Decimal(2),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1 / 0", "division_by_zero"),
        ('100 = "100"', "operand_types"),
        ("null < 1", "operand_types"),
        ('"a" + 1', "operand_types"),
        ("nobody", "unknown_name"),
        ("{a: 1}.b", "unknown_member"),
        ("{a: 1, a: 2}", "duplicate_key"),
        ('@"2024-02-30"', "literal"),
        ('date("2024-02-30")', "literal"),
        ("[1..0]", "range_ends"),
        ('for i in "a".."c" return i', "not_iterable"),
        ("substring(1, 2)", "argument_type"),
        ('substring("a")', "argument_count"),
        ("not(negated: true)", "argument_name"),
        ('matches("a", "(?=a)")', "pattern_at"),
        ("10 ** 10000", "number_range"),
        ("today()", "missing_input"),
        ("{a: 1}.a(2)", "not_function"),
        ("min([])", "empty_list"),
        ('function(x) external {java: {class: "X"}}', None),
    ],
)
def test_nulls_with_their_reason(text: str, code: str | None) -> None:
    result = compile_expression(text).evaluate()
    assert [e.code for e in result.errors][:1] == ([code] if code else [])
    assert code is None or result.value is None


def test_a_missing_input_is_named() -> None:
    result = compile_expression("a + 1", ["a"]).evaluate({})
    assert result.value is None
    assert result.errors[0].params == {"name": "a"}


def test_faults_say_where() -> None:
    fault, *_ = compile_expression("1 + (2 / 0)").evaluate().errors
    assert fault.at == 7
    assert str(fault) == ":8: division by zero"


class TestNames:
    """Names with spaces and signs are resolved against what is known."""

    def test_the_longest_known_name_wins(self) -> None:
        assert value("loan - to value", **{"loan": 10, "to value": 3, "loan - to value": 99}) == 99
        assert value("loan - to value", **{"loan": 10, "to value": 3}) == 7

    def test_spacing_is_free(self) -> None:
        assert value("a-b  c", **{"a - b c": 5}) == 5

    def test_chinese_names(self) -> None:
        assert value('月 收入 > 3000 and 户籍 = "本地"', **{"月 收入": 4000, "户籍": "本地"}) is True

    def test_keywords_inside_names(self) -> None:
        assert (
            value("date and time of birth.year", **{"date and time of birth": dt.datetime(2000, 1, 1)})
            == 2000
        )

    def test_members_by_declared_type(self) -> None:
        typed = context_of({"net-income": NUMBER, "first name": STRING})
        found = compile_expression("p.net-income + 1", {"p": typed}).evaluate({"p": {"net-income": 3}})
        assert found.value == 4
        rows = compile_expression("ps[net-income > 3].first name", {"ps": list_of(typed)})
        people = [{"net-income": 3, "first name": "A"}, {"net-income": 4, "first name": "B"}]
        assert rows.evaluate({"ps": people}).value == ["B"]

    def test_an_input_may_have_the_name_of_a_function(self) -> None:
        assert value("date(date).year + number", date="2024-01-01", number=1) == 2025

    def test_items_come_before_outer_names(self) -> None:
        assert value("xs[a = 1]", a=2, xs=[{"a": 1}, {"a": 2}]) == [{"a": 1}]
        assert value("xs[b = a]", a=2, xs=[{"b": 1}, {"b": 2}]) == [{"b": 2}]


@pytest.mark.parametrize(
    "text", ["", "1 +", "(1", "[1,", '"abc', "{a 1}", "if 1 then 2", "1 2", "a.", "for i in", "@x", "}"]
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(FeelSyntaxError) as raised:
        compile_expression(text)
    assert raised.value.place is not None
    assert raised.value.expected


@pytest.mark.parametrize(
    ("tests", "given_", "expected"),
    [
        ("-", 1, True),
        ("", None, True),
        ("< 5", 4, True),
        ("not(< 5, 7)", 7, False),
        ("[1..3], > 10", 11, True),
        ('"a", "b"', "b", True),
        ("? > 2 and ? < 4", 3, True),
        ('contains(?, "x")', "axb", True),
        ("null", None, True),
        ("< 5", None, None),
        ("true", True, True),
        ("limit", 5, True),
        ("< limit", 4, True),
    ],
)
def test_unary_tests(tests: str, given_: object, expected: bool | None) -> None:
    assert compile_unary_tests(tests, ["limit"]).evaluate(given_, {"limit": 5}).value is expected


def test_the_clock_is_an_argument() -> None:
    clock = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    assert str(compile_expression("today()").evaluate(clock=clock).value) == "2026-03-01"
    assert str(compile_expression("now()").evaluate(clock=clock).value) == "2026-03-01T23:30:00+08:00"


@given(st.integers(-(10**6), 10**6))
def test_days_and_dates_are_inverse(days: int) -> None:
    assert days_from_civil(*civil_from_days(days)) == days


@given(st.dates(), st.integers(-40_000, 40_000))
def test_day_arithmetic_agrees_with_python(day: dt.date, shift: int) -> None:
    moved = Date(day.year, day.month, day.day).ordinal + shift
    if 1 <= civil_from_days(moved)[0] <= 9999:
        other = day + dt.timedelta(days=shift)
        assert civil_from_days(moved) == (other.year, other.month, other.day)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9),
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8),
    st.dates(min_value=dt.date(1, 1, 1)),
    st.datetimes(min_value=dt.datetime(1900, 1, 1)),
    st.timedeltas(max_value=dt.timedelta(days=10**6), min_value=dt.timedelta(days=-(10**6))),
    st.times(),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.text("abc d", min_size=1, max_size=4).map(str.strip).filter(bool), inner, max_size=4
        ),
    ),
    max_leaves=8,
)


@given(values)
def test_a_literal_gives_its_value_again(given_: object) -> None:
    feel = from_python(given_)
    result = compile_expression(feel_literal(feel)).evaluate()
    assert not result.errors
    assert same(result.value, feel)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12),
)
def test_arithmetic_is_decimal128(a: Decimal, b: Decimal) -> None:
    import decimal

    context = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN, Emin=-6143, Emax=6144)
    assert value("a + b", a=a, b=b) == context.add(a, b)
    assert value("a * b", a=a, b=b) == context.multiply(a, b)


def test_python_values_come_in_exactly() -> None:
    assert from_python(0.1) == Decimal("0.1")
    assert from_python(True) is True
    assert from_python(dt.timedelta(days=1, microseconds=1)) == DaysTime(86_400_000_001_000)
    assert from_python(dt.datetime(2024, 1, 1, tzinfo=dt.UTC)) == DateTime(
        Date(2024, 1, 1), Time(0, 0, 0, 0, 0)
    )
