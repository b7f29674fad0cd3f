"""Conditions as SQL give what the interpreter gives, row by row; the rest is refused by name."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xiaoneng.core.decisions import NotInSql, cell_to_sql, compile_expression, compile_unary_tests, to_sql
from xiaoneng.core.decisions.types import BOOLEAN, DATE, DATE_TIME, NUMBER, STRING, Type

COLUMNS: dict[str, Type] = {
    "n": NUMBER,
    "m": NUMBER,
    "办件 类型": STRING,
    "b": BOOLEAN,
    "d": DATE,
    "at": DATE_TIME,
}
NUMBERS = [None, Decimal("-1"), Decimal(0), Decimal("1.5"), Decimal(2), Decimal(3)]
TEXTS = [None, "", "a", "b", "o'x", "窗口"]
DAYS = [None, dt.date(2023, 12, 31), dt.date(2024, 1, 1), dt.date(2024, 2, 29)]
MOMENTS = [
    None,
    dt.datetime(2024, 1, 1),
    dt.datetime(2024, 1, 1, 10, 0, 0, 500_000),
    dt.datetime(2024, 2, 1, 8),
]
ROWS = [
    (
        n,
        NUMBERS[(i * 5 + 2) % 6],
        t,
        [None, True, False][(i + j) % 3],
        DAYS[(i + 2 * j) % 4],
        MOMENTS[(2 * i + j) % 4],
    )
    for i, n in enumerate(NUMBERS)
    for j, t in enumerate(TEXTS)
]


@pytest.fixture(scope="module")
def rows() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE c (i INTEGER, n DECIMAL(18, 4), m DECIMAL(18, 4), "
        '"办件 类型" VARCHAR, b BOOLEAN, d DATE, "at" TIMESTAMP)'
    )
    connection.executemany(
        "INSERT INTO c VALUES (?, ?, ?, ?, ?, ?, ?)", [(i, *row) for i, row in enumerate(ROWS)]
    )
    return connection


def answers(rows: duckdb.DuckDBPyConnection, sql: str, parameters: tuple[Any, ...]) -> list[Any]:
    return [r[0] for r in rows.execute(f"SELECT {sql} FROM c ORDER BY i", list(parameters)).fetchall()]


def interpreted(text: str) -> list[Any]:
    expression = compile_expression(text, COLUMNS)
    return [expression.evaluate(dict(zip(COLUMNS, row, strict=True))).value for row in ROWS]


number = st.sampled_from(["n", "m", "0", "1.5", "-1", "2", "null"])
text = st.sampled_from(["办件 类型", '"a"', '"o\'x"', '"窗口"', "null"])
day = st.sampled_from(["d", '@"2024-01-01"', 'date("2024-02-29")', "date(2023, 12, 31)", "null"])
moment = st.sampled_from(["at", '@"2024-01-01T10:00:00"', 'date and time("2024-01-01T00:00:00")'])
order = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])


def pairs(operand: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} {} {}".format, operand, order, operand),
        st.builds("{} between {} and {}".format, operand, operand, operand),
        st.builds("{} in ({}, > {})".format, operand, operand, operand),
    )


atoms = st.one_of(
    pairs(number),
    pairs(text),
    pairs(day),
    pairs(moment),
    st.sampled_from(
        [
            "b",
            "b = true",
            "b != false",
            "true",
            "null",
            "n in [0..2]",
            "n in (0..2)",
            "n in [1, 2, [3..4]]",
            "n in [null, 2]",
            '办件 类型 in ["a", "b"]',
            '办件 类型 in ("a", null)',
            'd in [@"2024-01-01"..@"2024-02-01"]',
            "n in ]0..2[",
            "n in 2",
            'not(办件 类型 = "a")',
            "n in (<= 0, [1.5..2])",
            "n in []",
            'n in ["a", 2]',
        ]
    ),
)
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
        st.builds("not({})".format, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(conditions)
def test_sql_gives_what_the_interpreter_gives(rows: duckdb.DuckDBPyConnection, condition: str) -> None:
    written = to_sql(condition, COLUMNS)
    assert answers(rows, written.sql, written.parameters) == interpreted(condition), written


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        [
            "-",
            "< 2",
            "[0..2)",
            "0, 1.5",
            "not(2)",
            "not([0..2])",
            "> m",
            "null",
            "!= 2",
            "[0, 2]",
            "not(null, > 2)",
        ]
    )
)
def test_cells_too(rows: duckdb.DuckDBPyConnection, cell: str) -> None:
    written = cell_to_sql(cell, "n", COLUMNS)
    tests = compile_unary_tests(cell, COLUMNS)
    expected = [tests.evaluate(row[0], dict(zip(COLUMNS, row, strict=True))).value for row in ROWS]
    assert answers(rows, written.sql, written.parameters) == expected


@pytest.mark.parametrize(
    ("condition", "construct"),
    [
        ("n + 1 > 2", "arithmetic"),
        ('contains(办件 类型, "a")', "the function contains"),
        ("n > today()", "the function today"),
        ("if b then true else false", "if … then … else"),
        ("some x in [1, 2] satisfies x = n", "some/every … satisfies"),
        ("n < 办件 类型", "number < string"),
        ("b < true", "boolean < boolean"),
        ("x = 1", "the unknown name x"),
        ("n", "n as a condition"),
        ("1", "1 as a condition"),
        ("n in [1..m]", "a range of expressions"),
        ("n in [1, m]", "a list of expressions"),
        ("d.year = 2024", "a path"),
        ('at = @"2024-01-01T00:00:00+08:00"', "a value of the type date and time"),
        ('b = @"P1D"', "a value of the type days and time duration"),
        ('d = @"12024-01-01"', "the date 12024-01-01"),
    ],
)
def test_the_rest_is_refused_by_name(condition: str, construct: str) -> None:
    with pytest.raises(NotInSql) as refused:
        to_sql(condition, COLUMNS)
    assert refused.value.construct == construct


def test_texts_are_parameters_never_sql() -> None:
    written = to_sql('办件 类型 = "x\' OR 1=1 --"', COLUMNS, sql={"办件 类型": "c.kind"})
    assert written.sql == "(c.kind IS NOT DISTINCT FROM ?)"
    assert written.parameters == ("x' OR 1=1 --",)
    assert written.names == ("办件 类型",)
