"""Decision tables: hit policies, and the fast ways against the plain reading of the rules."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.decisions.models import definitions, input_data, table_model
from xiaoneng.core.decisions import bind, compile_unary_tests, decide_many, load_model
from xiaoneng.core.decisions.operators import same
from xiaoneng.core.decisions.values import Date

NUMBERS = [("x", "number")]
RULES = [(["< 10"], ["1"]), ([">= 5"], ["2"]), (["[5..10)"], ["3"])]


def decide(model: bytes, **inputs: Any) -> Any:
    return load_model(model).evaluate("D", inputs)


@pytest.mark.parametrize(
    ("policy", "aggregation", "x", "expected"),
    [
        ("FIRST", "", 7, 1),
        ("RULE ORDER", "", 7, [1, 2, 3]),
        ("COLLECT", "", 7, [1, 2, 3]),
        ("COLLECT", "SUM", 7, 6),
        ("COLLECT", "MIN", 7, 1),
        ("COLLECT", "MAX", 7, 3),
        ("COLLECT", "COUNT", 7, 3),
        ("UNIQUE", "", 3, 1),
        ("UNIQUE", "", 7, None),
        ("ANY", "", 7, None),
        ("COLLECT", "", None, []),
        ("COLLECT", "COUNT", None, 0),
        ("PRIORITY", "", 7, 3),
        ("OUTPUT ORDER", "", 7, [3, 2, 1]),
    ],
)
def test_hit_policies(policy: str, aggregation: str, x: Any, expected: Any) -> None:
    model = table_model(
        NUMBERS, RULES, policy=policy, aggregation=aggregation, outputs=[("out", "number", "3, 2, 1")]
    )
    assert decide(model, x=x).value == expected


def test_what_went_wrong_names_table_and_rules() -> None:
    (fault,) = decide(table_model(NUMBERS, RULES), x=7).errors
    assert (fault.code, fault.where, fault.params["rules"]) == ("several_rules", "D", "1, 2, 3")


def test_a_wrong_type_does_not_take_the_default_rule() -> None:
    model = table_model(NUMBERS, [*RULES, (["-"], ["9"])], policy="FIRST")
    result = decide(model, x="seven")
    assert result.value is None
    assert result.errors[0].code == "conformance"


def test_allowed_values_of_an_input_are_enforced() -> None:
    model = table_model(
        [("s", "string")], [(['"a"'], ["1"]), (["-"], ["2"])], policy="FIRST", allowed={"s": '"a","b"'}
    )
    assert decide(model, s="b").value == 2
    result = decide(model, s="c")
    assert (result.value, result.errors[0].code) == (None, "input_value")


def test_default_and_several_outputs() -> None:
    model = table_model(
        NUMBERS,
        [(["< 1"], ["1", '"low"'])],
        outputs=[("n", "number", ""), ("t", "string", "")],
        default="null",
    )
    assert decide(model, x=0).value == {"n": 1, "t": "low"}
    both = table_model(NUMBERS, [(["< 1"], ["1"])], default="99")
    assert decide(both, x=5).value == 99


def test_results_may_be_computed() -> None:
    model = table_model(NUMBERS, [(["< 10"], ["x * 2"]), (["-"], ["x + 1"])], policy="FIRST")
    assert [decide(model, x=x).value for x in (3, 10)] == [6, 11]


def test_a_cell_may_use_its_value_and_other_inputs() -> None:
    model = table_model(
        [("x", "number"), ("y", "number")],
        [(["> y", "-"], ["1"]), (["odd(?)", "> 100"], ["2"]), (["-", "-"], ["3"])],
        policy="FIRST",
    )
    assert [decide(model, x=x, y=y).value for x, y in ((5, 1), (5, 200), (4, 200))] == [1, 2, 3]


# the fast ways against cell after cell

number_cells = st.one_of(
    st.just("-"),
    st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), st.integers(0, 6)),
    st.builds(
        lambda a, b, o, c: f"{o}{min(a, b)}..{max(a, b)}{c}",
        st.integers(0, 6),
        st.integers(0, 6),
        st.sampled_from("[(]"),
        st.sampled_from("])["),
    ),
    st.builds("{}, {}".format, st.integers(0, 6), st.integers(0, 6)),
    st.builds("not({}, > {})".format, st.integers(0, 6), st.integers(0, 6)),
    st.builds("[{}, {}.5]".format, st.integers(0, 6), st.integers(0, 6)),
    st.just("null"),
    st.just("? > 3"),
)
text_cells = st.one_of(
    st.just("-"), st.sampled_from(['"a"', '"b", "c"', 'not("a")', '> "b"', "null", '["a".."b"]'])
)
flag_cells = st.sampled_from(["-", "true", "false", "not(true)", "null"])
date_cells = st.sampled_from(
    ["-", '< @"2024-01-03"', '[@"2024-01-02"..@"2024-01-04"]', 'date("2024-01-02")', "> date(2024, 1, 3)"]
)
rules = st.lists(st.tuples(number_cells, text_cells, flag_cells, date_cells), min_size=1, max_size=7)
policies = st.sampled_from(
    [("UNIQUE", ""), ("FIRST", ""), ("ANY", ""), ("COLLECT", ""), ("COLLECT", "SUM"), ("RULE ORDER", "")]
)
numbers = st.one_of(
    st.none(), st.integers(-1, 7), st.sampled_from([Decimal("0.5"), Decimal("2.5"), Decimal("5.999")])
)
texts = st.sampled_from([None, "a", "b", "bb", "c", "d", ""])
flags = st.sampled_from([None, True, False])
dates = st.one_of(st.none(), st.integers(1, 5).map(lambda d: dt.date(2024, 1, d)))
rows = st.lists(st.tuples(numbers, texts, flags, dates), min_size=1, max_size=12)
COLUMNS = [("n", "number"), ("t", "string"), ("f", "boolean"), ("d", "date")]
NAMES = [name for name, _ in COLUMNS]


def satisfied(cells: tuple[str, ...], row: tuple[Any, ...]) -> bool:
    """The plain reading: every cell's tests say true."""
    return all(
        compile_unary_tests(cell).evaluate(value).value is True
        for cell, value in zip(cells, row, strict=True)
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rules, rows)
def test_the_rules_that_apply_are_those_whose_cells_do(
    cells: list[tuple[str, ...]], given_rows: list[tuple[Any, ...]]
) -> None:
    model = load_model(
        table_model(COLUMNS, [(c, [str(i)]) for i, c in enumerate(cells)], policy="RULE ORDER")
    )
    for row in given_rows:
        expected = [i for i, c in enumerate(cells) if satisfied(c, row)]
        assert model.evaluate("D", dict(zip(NAMES, row, strict=True))).value == expected


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rules, policies, rows)
def test_bound_and_batched_are_as_evaluated(
    cells: list[tuple[str, ...]], policy: tuple[str, str], given_rows: list[tuple[Any, ...]]
) -> None:
    model = load_model(
        table_model(
            COLUMNS, [(c, [str(i % 3)]) for i, c in enumerate(cells)], policy=policy[0], aggregation=policy[1]
        )
    )
    fast = bind(model, "D", NAMES)
    expected = [model.evaluate("D", dict(zip(NAMES, row, strict=True))).value for row in given_rows]
    assert all(same(fast(*row), e) for row, e in zip(given_rows, expected, strict=True))
    assert all(same(fast(*row), e) for row, e in zip(given_rows, expected, strict=True)), (
        "the second time, from memory"
    )
    batch = decide_many(model, "D", {name: [row[i] for row in given_rows] for i, name in enumerate(NAMES)})
    assert all(same(got, e) for got, e in zip(batch.values(), expected, strict=True))


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["< 0.1", "[0.1..0.3)", "0.3", "> 0.30000000000000001", "[1..2]", "2.5, 7", "> 9007199254740993"]
        ),
        min_size=1,
        max_size=5,
    ),
    st.lists(
        st.one_of(
            st.floats(-1, 10),
            st.sampled_from([0.1, 0.3, 0.1 + 0.2, float("nan"), 9007199254740992.0, 9007199254740994.0]),
        ),
        min_size=1,
        max_size=20,
    ),
)
def test_arrays_of_floats_are_exact(cells: list[str], values: list[float]) -> None:
    model = load_model(
        table_model(NUMBERS, [([c], [str(i)]) for i, c in enumerate(cells)], policy="RULE ORDER")
    )
    got = decide_many(model, "D", {"x": np.array(values)}).values()
    expected = [model.evaluate("D", {"x": None if v != v else v}).value for v in values]
    assert got == expected


def test_arrays_of_whole_numbers_days_and_texts() -> None:
    model = load_model(
        table_model(
            COLUMNS,
            [(["[2..4)", "-", "-", '>= @"2024-01-02"'], ["1"]), (["2.5, 4", '"a"', "true", "-"], ["2"])],
            policy="RULE ORDER",
        )
    )
    n = np.array([1, 2, 3, 4, 4])
    t = ["a", "b", None, "a", "c"]
    f = np.array([True, False, True, True, True])
    d = np.array(["2024-01-01", "2024-01-02", "NaT", "2024-05-01", "2024-05-01"], dtype="datetime64[D]")
    assert decide_many(model, "D", {"n": n, "t": t, "f": f, "d": d}).values() == [[], [1], [], [2], []]


def test_a_batch_tells_the_faults_of_its_rows() -> None:
    model = load_model(table_model(NUMBERS, RULES))
    batch = decide_many(model, "D", {"x": [3, 7, "seven"]})
    assert batch.values() == [1, None, None]
    assert [batch.faults[c][0].code if batch.faults[c] else None for c in batch.codes] == [
        None,
        "several_rules",
        "conformance",
    ]


def test_a_bound_decision_of_any_kind() -> None:
    body = input_data("a", "number") + (
        '<decision id="D" name="D">'
        '<informationRequirement id="q"><requiredInput href="#in_a"/></informationRequirement>'
        "<literalExpression><text>a * 2</text></literalExpression></decision>"
    )
    model = load_model(definitions(body))
    assert bind(model, "D", ["a"])(4) == 8
    assert decide_many(model, "D", {"a": [1, 2, 1]}).values() == [2, 4, 2]


def test_whole_numbers_booleans_and_lists_are_told_apart_in_a_batch() -> None:
    model = load_model(
        table_model(
            [("x", "")], [(["1"], ['"one"']), (["true"], ['"yes"']), (["-"], ['"other"'])], policy="FIRST"
        )
    )
    values = [1, True, 1.0, (1, 2), [1], None, "1", False]
    expected = [model.evaluate("D", {"x": v}).value for v in values]
    assert decide_many(model, "D", {"x": values}).values() == expected
    assert decide_many(model, "D", {"x": [v for v in values if not isinstance(v, list)]}).values() == [
        e for v, e in zip(values, expected, strict=True) if not isinstance(v, list)
    ]


def test_days_stay_days() -> None:
    model = load_model(
        table_model([("d", "date")], [(['= @"2024-02-29"'], ["1"]), (["-"], ["2"])], policy="FIRST")
    )
    assert bind(model, "D", ["d"])(Date(2024, 2, 29)) == 1
